"""Time of the house: aware instants in UTC, days in Việt Nam, deadlines in working time."""

from __future__ import annotations

import csv
import datetime as dt
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from zoneinfo import ZoneInfo

from . import specs

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
_frozen: ContextVar[dt.datetime | None] = ContextVar("frozen_now", default=None)


def now() -> dt.datetime:
    """The present instant, aware, in UTC (or the frozen one inside `at`)."""
    return _frozen.get() or dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """The present date in Việt Nam."""
    return now().astimezone(LOCAL).date()


@contextmanager
def at(instant: dt.datetime) -> Iterator[None]:
    """Freeze `now()` inside the block; for tests and recomputation."""
    token = _frozen.set(instant.astimezone(dt.UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


@functools.cache
def calendar() -> Any:
    """The city's working calendar: public holidays and swapped working Saturdays from `holidays.csv`."""
    from taydo.methods import workingtime

    path = specs.city() / "holidays.csv"
    off: set[dt.date] = set()
    on: set[dt.date] = set()
    with path.open(encoding="utf-8") as source:
        for record in csv.DictReader(line for line in source if not line.startswith("#")):
            (off if record["kind"] == "holiday" else on).add(dt.date.fromisoformat(record["date"]))
    return workingtime.Calendar(off=frozenset(off), on=frozenset(on))


def deadline(
    start: dt.datetime,
    *,
    working_days: int | None = None,
    working_hours: float | None = None,
    hours: float | None = None,
    cutoff_hour: int | None = None,
) -> dt.datetime:
    """When work begun at `start` is due: in working days (BLDS 2015 Đ147-148), working hours, or clock hours.

    Returns an aware UTC instant. Exactly one measure is given. `cutoff_hour` (local) moves later starts to the next working day.
    """
    from taydo.methods import workingtime

    if hours is not None:
        return start + dt.timedelta(hours=hours)
    local = start.astimezone(LOCAL)
    if working_hours is not None:
        return workingtime.add_working_hours(calendar(), local, working_hours).astimezone(dt.UTC)
    if working_days is None:
        raise ValueError("a deadline needs working_days, working_hours or hours")
    day = workingtime.add_working_days(calendar(), local, working_days, cutoff_hour=cutoff_hour)
    return workingtime.end_of_working_day(calendar(), day).astimezone(dt.UTC)
