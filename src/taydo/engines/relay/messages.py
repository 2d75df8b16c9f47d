"""What goes to a partner and what it says; and what a partner is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from taydo.kernel.specs import Label


@dataclass(frozen=True, slots=True)
class Message:
    """What a partner is to be told. `key` goes on the wire; `again`: an earlier try ended without an answer, it may have arrived."""

    id: int
    subject: str
    key: str
    title: str
    body: dict[str, Any]
    posted_at: dt.datetime
    tries: int = 0
    again: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: `sent`, `known` (it had it already: as good as sent), `refused` (never as it is), `later` (this one
    again after a while), `silent` (no answer: the partner is away), `absent` (only of a look-up: it does not have it).
    """

    kind: Literal["sent", "known", "refused", "later", "silent", "absent"]
    code: str = ""
    reason: str = ""
    answer: str = ""


Send = Callable[[list[Message]], Sequence[Outcome]]
Noted = Callable[[Sequence[tuple[Message, Outcome]]], None]


@dataclass(frozen=True)
class Partner:
    """A system outside. `send` answers for each message in order; `look_up` tells of messages that may have arrived whether they did;
    `noted` hears of every outcome in the transaction that writes it down.
    """

    name: str
    title: Label
    send: Send
    look_up: Send | None = None
    sets: int = 50
    silent_after: dt.timedelta = dt.timedelta(minutes=15)
    ready: Callable[[], bool] = lambda: True
    page: str = ""
    noted: Noted = lambda told: None
