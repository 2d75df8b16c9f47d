"""Which partners there are, and how each is spoken to: a part of the house declares them in its `jobs.py`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from taydo.kernel.errors import missing
from taydo.kernel.jobs import every
from taydo.kernel.specs import Label

from . import sending
from .messages import Message, Noted, Outcome, Partner, Send

__all__ = ["PARTNERS", "Message", "Noted", "Outcome", "Partner", "Send", "named", "partner"]

PARTNERS: dict[str, Partner] = {}


def partner(
    name: str, *, send: Send, title: Label | None = None, look_up: Send | None = None, sets: int = 50,
    silent_after_minutes: float = 15, ready: Callable[[], bool] = lambda: True, page: str = "",
    noted: Noted = lambda told: None,
) -> Partner:  # fmt: skip
    """Declare a partner; its messages go out from then on, in sets of at most `sets`.

    `ready`: whether an address is configured at all (else messages wait without anybody being called silent); `page`: where its
    subjects are shown, with `{subject}`; `noted`: hears of outcomes as they are written down. A `send` that raises counts as silence; it may answer for fewer than it was given.
    """
    silent = dt.timedelta(minutes=silent_after_minutes)
    made = Partner(name, title or Label(vi=name, en=name), send, look_up, sets, silent, ready, page, noted)
    PARTNERS[name] = made
    every(seconds=1, name=f"relay.{name}")(lambda: sending.drain(PARTNERS[name]))
    return made


def named(name: str) -> Partner:
    """A declared partner; 404 for another name."""
    if name not in PARTNERS:
        raise missing("no_such_partner", "Không có đối tác này.", "There is no such partner.", partner=name)
    return PARTNERS[name]
