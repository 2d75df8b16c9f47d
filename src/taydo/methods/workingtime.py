"""Working time in Viet Nam: which days and hours an agency's deadline runs on.

A deadline in working days does not count the day of receipt (Bộ luật Dân sự 2015, Đ.147–148); the dossier rules of
one-stop desks use the same count (NĐ 61/2018 and its successors). Holidays and swapped Saturdays change every year by
notice, so they are rows given to the calendar, never code. All instants are aware; results are in the calendar's zone.
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

OFFICE_HOURS = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 0)))
"""Usual hours of Vietnamese agencies; a city gives its own."""
LAST_RECEIPT = time(15, 0)
"""After this a desk may date a dossier to the next working day (local rules; pass it as `cutoff`)."""
_ONE_DAY = timedelta(days=1)
_SEARCH_DAYS = 366
"""A year without a working day means broken rows, not a long holiday."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working days and hours: `off` = public holidays, `on` = weekend days worked in exchange."""

    off: frozenset[date] = frozenset()
    on: frozenset[date] = frozenset()
    hours: tuple[tuple[time, time], ...] = OFFICE_HOURS
    zone: ZoneInfo = field(default=ZoneInfo("Asia/Ho_Chi_Minh"))

    def __post_init__(self) -> None:
        """Refuse hours that are empty, reversed or overlapping."""
        edges = [edge for span in self.hours for edge in span]
        if not edges or any(a >= b for a, b in pairwise(edges)):
            raise ValueError(f"office hours must rise and not overlap: {self.hours}")

    @classmethod
    def of(cls, rows: Iterable[tuple[date, Literal["holiday", "workday"] | str]], **options: object) -> Calendar:
        """Build from rows (day, `holiday`|`workday`); any other kind is an error."""
        days: dict[str, set[date]] = {"holiday": set(), "workday": set()}
        for day, kind in rows:
            if kind not in days:
                raise ValueError(f"{day}: kind must be holiday or workday, not {kind!r}")
            days[kind].add(day)
        return cls(frozenset(days["holiday"]), frozenset(days["workday"]), **options)  # type: ignore[arg-type]

    def is_working_day(self, day: date) -> bool:
        """Say whether `day` is worked: a swapped day always, else Monday to Friday outside holidays."""
        return day in self.on or (day.weekday() < 5 and day not in self.off)

    def next_working_day(self, day: date) -> date:
        """Return the first working day after `day`."""
        for n in range(1, _SEARCH_DAYS):
            if self.is_working_day(day + timedelta(days=n)):
                return day + timedelta(days=n)
        raise ValueError(f"no working day within a year after {day}")

    def received_on(self, at: datetime, cutoff: time | None = None) -> date:
        """Return the working day an instant counts as: the next one on a day off or from `cutoff` on."""
        local = at.astimezone(self.zone)
        day = local.date()
        if not self.is_working_day(day) or (cutoff is not None and local.time() >= cutoff):
            return self.next_working_day(day)
        return day

    def add_working_days(self, at: datetime, days: int, *, cutoff: time | None = None) -> date:
        """Return the day on which a deadline of `days` working days ends; the day of receipt is not counted."""
        if days < 0:
            raise ValueError("a deadline cannot lie before its start")
        day = self.received_on(at, cutoff)
        for _ in range(days):
            day = self.next_working_day(day)
        return day

    def deadline(self, at: datetime, days: int, *, cutoff: time | None = None) -> datetime:
        """Return the instant a deadline of `days` working days ends: closing time of its last day."""
        return datetime.combine(self.add_working_days(at, days, cutoff=cutoff), self.hours[-1][1], self.zone)

    def calendar_deadline(self, at: datetime, *, days: int = 0, months: int = 0) -> datetime:
        """Return the closing time of the last day of `days` or `months` by the calendar; one that falls on a day off ends on the next
        working day, a month without that day on its last one (Bộ luật Dân sự 2015, Đ.147–148).
        """
        if days < 0 or months < 0:
            raise ValueError("a deadline cannot lie before its start")
        day = at.astimezone(self.zone).date()
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        last = day.replace(year=year, month=month + 1, day=min(day.day, monthrange(year, month + 1)[1])) + timedelta(
            days=days
        )
        if not self.is_working_day(last):
            last = self.next_working_day(last)
        return datetime.combine(last, self.hours[-1][1], self.zone)

    def add_working_hours(self, at: datetime, hours: float) -> datetime:
        """Return the instant at which `hours` of office time have passed since `at`."""
        if hours < 0:
            raise ValueError("a deadline cannot lie before its start")
        left = timedelta(hours=hours)
        for start, end in self._spans_from(at.astimezone(self.zone)):
            if left <= end - start:
                return start + left
            left -= end - start
        raise ValueError("no end of these working hours")

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Return the office time between two instants; zero when `end` is not after `start`."""
        a, b = start.astimezone(self.zone), end.astimezone(self.zone)
        total = timedelta()
        for opened, closed in self._spans_from(a):
            if opened >= b:
                break
            total += min(closed, b) - opened
        return total

    def working_days_left(self, at: datetime, due: date) -> int:
        """Return how many working days remain after the day of `at` up to `due`; negative when it has passed."""
        today = at.astimezone(self.zone).date()
        if due >= today:
            return self._worked(today + _ONE_DAY, due)
        return -self._worked(due + _ONE_DAY, today)

    def _worked(self, first: date, last: date) -> int:
        """Working days in [first, last], by whole weeks and sorted corrections rather than day by day."""
        if last < first:
            return 0
        weeks, rest = divmod((last - first).days + 1, 7)
        count = weeks * 5 + sum((first + timedelta(days=i)).weekday() < 5 for i in range(rest))
        count -= _within([d for d in self.off - self.on if d.weekday() < 5], first, last)
        return count + _within([d for d in self.on if d.weekday() >= 5], first, last)

    def _spans_from(self, local: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Office spans from `local` on, the first one cut at it; ends after a year without work."""
        day, idle = local.date(), 0
        while idle < _SEARCH_DAYS:
            idle += 1
            if self.is_working_day(day):
                idle = 0
                for opens, closes in self.hours:
                    start = max(datetime.combine(day, opens, self.zone), local)
                    end = datetime.combine(day, closes, self.zone)
                    if start < end:
                        yield start, end
            day += _ONE_DAY


def _within(days: list[date], first: date, last: date) -> int:
    ordered = sorted(days)
    return bisect_right(ordered, last) - bisect_right(ordered, first - _ONE_DAY)
