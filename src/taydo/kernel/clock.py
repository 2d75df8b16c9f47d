"""Time of the house: aware instants in UTC, days in Việt Nam, deadlines in working time."""

from __future__ import annotations

import csv
import datetime as dt
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

from taydo.methods.workingtime import Calendar

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
def calendar() -> Calendar:
    """The city's working calendar: public holidays and swapped working Saturdays from `holidays.csv`."""
    with (specs.city() / "holidays.csv").open(encoding="utf-8") as source:
        records = csv.DictReader(line for line in source if not line.startswith("#"))
        return Calendar.of((dt.date.fromisoformat(record["date"]), record["kind"]) for record in records)


def deadline(
    start: dt.datetime,
    *,
    working_days: int | None = None,
    working_hours: float | None = None,
    hours: float | None = None,
    cutoff: dt.time | None = None,
) -> dt.datetime:
    """When work begun at `start` is due: in working days (BLDS 2015 Đ147-148), working hours, or clock hours.

    Exactly one measure is given; `cutoff` (local) moves later starts to the next working day. Returns an aware UTC instant.
    """
    if hours is not None:
        return start + dt.timedelta(hours=hours)
    if working_hours is not None:
        return calendar().add_working_hours(start, working_hours).astimezone(dt.UTC)
    if working_days is None:
        raise ValueError("a deadline needs working_days, working_hours or hours")
    return calendar().deadline(start, working_days, cutoff=cutoff).astimezone(dt.UTC)
