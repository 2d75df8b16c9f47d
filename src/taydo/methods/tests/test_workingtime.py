"""Deadlines in working time equal hand-counted ones and an independent implementation."""

import csv
from datetime import date, datetime, time, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taydo.methods.tests.oracle import reference, shared
from taydo.methods.workingtime import LAST_RECEIPT, Calendar

ROWS = [
    (date(2026, 4, 26), "holiday"),
    (date(2026, 4, 27), "holiday"),
    (date(2026, 4, 30), "holiday"),
    (date(2026, 5, 1), "holiday"),
    (date(2026, 8, 22), "workday"),
    (date(2026, 8, 31), "holiday"),
    (date(2026, 11, 24), "holiday"),
]
CALENDAR = Calendar.of(ROWS)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=CALENDAR.zone)  # type: ignore[misc,arg-type]


def test_the_day_of_receipt_is_not_counted() -> None:
    assert CALENDAR.add_working_days(local(2026, 11, 18, 9), 1) == date(2026, 11, 19)


def test_holidays_weekends_and_swapped_saturdays_are_respected() -> None:
    assert CALENDAR.add_working_days(local(2026, 4, 24, 9), 3) == date(2026, 5, 4)
    assert CALENDAR.add_working_days(local(2026, 8, 21, 9), 1) == date(2026, 8, 22)
    assert CALENDAR.add_working_days(local(2026, 11, 23, 9), 1) == date(2026, 11, 25)


def test_after_the_hour_of_last_receipt_the_next_working_day_is_the_day_of_receipt() -> None:
    assert CALENDAR.add_working_days(local(2026, 11, 20, 14, 59), 2, cutoff=LAST_RECEIPT) == date(2026, 11, 25)
    assert CALENDAR.add_working_days(local(2026, 11, 20, 15, 0), 2, cutoff=LAST_RECEIPT) == date(2026, 11, 26)
    assert CALENDAR.add_working_days(local(2026, 11, 21, 9), 1) == date(2026, 11, 25)


def test_a_deadline_ends_at_closing_time() -> None:
    assert CALENDAR.deadline(local(2026, 11, 18, 9), 1) == local(2026, 11, 19, 17, 0)


def test_working_hours_skip_noon_night_and_days_off() -> None:
    assert CALENDAR.add_working_hours(local(2026, 11, 18, 10, 30), 2) == local(2026, 11, 18, 14, 30)
    assert CALENDAR.add_working_hours(local(2026, 11, 20, 16, 0), 2) == local(2026, 11, 23, 8, 30)
    assert CALENDAR.add_working_hours(local(2026, 11, 23, 16, 0), 8) == local(2026, 11, 25, 16, 30)
    assert CALENDAR.add_working_hours(local(2026, 11, 21, 5, 0), 0) == local(2026, 11, 23, 7, 30)


def test_working_time_between_two_instants_counts_office_hours_only() -> None:
    assert CALENDAR.working_time(local(2026, 11, 20, 16), local(2026, 11, 25, 8)) == timedelta(hours=1 + 7.5 + 0.5)
    assert CALENDAR.working_time(local(2026, 11, 20, 16), local(2026, 11, 20, 15)) == timedelta()


def test_days_left_are_negative_when_late() -> None:
    assert CALENDAR.working_days_left(local(2026, 11, 20, 8), date(2026, 11, 25)) == 2
    assert CALENDAR.working_days_left(local(2026, 11, 25, 8), date(2026, 11, 20)) == -2
    assert CALENDAR.working_days_left(local(2026, 11, 25, 23), date(2026, 11, 25)) == 0


def test_rows_and_hours_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="kind"):
        Calendar.of([(date(2026, 1, 1), "party")])
    with pytest.raises(ValueError, match="office hours"):
        Calendar(hours=((time(13), time(11)),))
    with pytest.raises(ValueError, match="before its start"):
        CALENDAR.add_working_days(local(2026, 1, 5), -1)


INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 11, 1)).map(lambda d: d.replace(tzinfo=CALENDAR.zone))


@given(INSTANTS, st.floats(0, 120))
def test_adding_hours_and_measuring_them_agree(start: datetime, hours: float) -> None:
    end = CALENDAR.add_working_hours(start, hours)
    assert abs(CALENDAR.working_time(start, end) - timedelta(hours=hours)) < timedelta(milliseconds=1)


@given(INSTANTS, INSTANTS, INSTANTS)
def test_working_time_adds_up(a: datetime, b: datetime, c: datetime) -> None:
    a, b, c = sorted((a, b, c))
    assert CALENDAR.working_time(a, b) + CALENDAR.working_time(b, c) == CALENDAR.working_time(a, c)


@given(INSTANTS, st.integers(0, 60))
def test_days_left_and_adding_days_agree(start: datetime, days: int) -> None:
    received = CALENDAR.received_on(start)
    due = CALENDAR.add_working_days(start, days)
    assert CALENDAR.working_days_left(datetime.combine(received, time(8), CALENDAR.zone), due) == days


@cache
def published() -> Calendar:
    with shared("data", "specs", "holidays_vn_2025_2027.csv").open(encoding="utf-8") as file:
        return Calendar.of([(date.fromisoformat(row["date"]), row["kind"]) for row in csv.DictReader(file)])


@given(st.datetimes(datetime(2025, 1, 1), datetime(2027, 10, 1)), st.integers(0, 40), st.sampled_from([None, 15]))
def test_due_days_equal_the_reference(received: datetime, days: int, hour: int | None) -> None:
    calendar = published()
    at, cutoff = received.replace(tzinfo=calendar.zone), time(hour) if hour else None
    assert calendar.add_working_days(at, days, cutoff=cutoff) == reference().due_working_days(received, days, hour)


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)))
def test_working_days_equal_the_reference(day: date) -> None:
    assert published().is_working_day(day) == reference().is_workday(day)


@pytest.mark.parametrize(
    ("start", "span", "last"),
    [
        (local(2026, 11, 2, 9), {"days": 20}, date(2026, 11, 23)),  # the 22nd is a Sunday
        (local(2026, 11, 3, 9), {"days": 20}, date(2026, 11, 23)),
        (local(2026, 1, 31, 9), {"months": 1}, date(2026, 3, 2)),  # 28 February is a Saturday
    ],
)
def test_days_of_the_calendar_end_on_a_working_day(start: datetime, span: dict[str, int], last: date) -> None:
    ends = Calendar().calendar_deadline(start, **span)

    assert (ends.date(), ends.time()) == (last, time(17, 0))
