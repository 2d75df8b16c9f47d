"""Deadlines of cases as pure functions: when one is due soon, how one stands still, and the fixed words for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

WORDS = ("ontime", "soon", "late", "waiting", "done")
"""States of a deadline; their words are fixed for the whole house. `yours` comes on top for the viewer's own cases."""


def soon_at(start: dt.datetime, due: dt.datetime, share: float) -> dt.datetime:
    """The instant from which only `share` of the time between start and due is left."""
    return due - max(due - start, dt.timedelta()) * share


def due_state(
    phase: str, due: dt.datetime | None, soon: dt.datetime | None, paused: dt.datetime | None, now: dt.datetime
) -> str:
    """Which of WORDS holds at `now`. A case that waits while its clock runs is late all the same."""
    if phase == "done":
        return "done"
    if paused is None and due is not None and due < now:
        return "late"
    if phase == "waiting" or paused is not None:
        return "waiting"
    return "soon" if soon is not None and soon <= now else "ontime"


Span = Callable[[dt.datetime, dt.datetime], dt.timedelta]
Add = Callable[[dt.datetime, float], dt.datetime]


def left_when_paused(now: dt.datetime, due: dt.datetime, working: Span | None) -> float:
    """Seconds that remain when the clock stops at `now`: office time when `working` measures it, else clock time; 0 if late."""
    if due <= now:
        return 0.0
    return (working(now, due) if working else due - now).total_seconds()


def due_when_resumed(now: dt.datetime, due: dt.datetime, left_s: float, add_hours: Add | None) -> dt.datetime:
    """The new deadline when the clock runs again with `left_s` to go; a deadline missed before the pause stays missed."""
    if left_s <= 0:
        return due
    return add_hours(now, left_s / 3600) if add_hours else now + dt.timedelta(seconds=left_s)
