"""Deadlines in working time equal the reference implementation beside the law's tables."""

from __future__ import annotations

import datetime as dt
import importlib.util
import os
from pathlib import Path
from typing import Any

import pytest

from taydo.kernel import clock

REFERENCE = Path(os.environ.get("TAYDO_SHARED", "../shared")) / "data/specs/reference_algorithms.py"


@pytest.fixture(scope="module")
def reference() -> Any:
    if not REFERENCE.exists():
        pytest.skip("the reference algorithms (TAYDO_SHARED) are not on this machine")
    spec = importlib.util.spec_from_file_location("reference_algorithms", REFERENCE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_working_days_equal_the_reference_for_every_day_and_span(reference: Any) -> None:
    start = dt.datetime(2025, 1, 1, 9, 30, tzinfo=clock.LOCAL)

    for day in range(0, 1000, 3):
        begun = start + dt.timedelta(days=day, hours=day % 9)
        for span in (1, 2, 5, 15, 30):
            for cutoff in (None, dt.time(15)):
                due = clock.deadline(begun, working_days=span, cutoff=cutoff).astimezone(clock.LOCAL)
                expected = reference.due_working_days(begun.replace(tzinfo=None), span, cutoff.hour if cutoff else None)
                assert due.date() == expected, (begun, span, cutoff)


def test_a_clock_can_be_stopped() -> None:
    instant = dt.datetime(2026, 2, 16, 23, 30, tzinfo=dt.UTC)

    with clock.at(instant):
        assert clock.now() == instant
        assert clock.today() == dt.date(2026, 2, 17)

    assert clock.now() > dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def test_a_deadline_in_hours_does_not_stop_at_night() -> None:
    start = dt.datetime(2026, 4, 30, 20, tzinfo=dt.UTC)

    assert clock.deadline(start, hours=5) == start + dt.timedelta(hours=5)


def test_a_working_hour_waits_for_the_morning() -> None:
    evening = dt.datetime(2026, 11, 20, 18, 0, tzinfo=clock.LOCAL)

    due = clock.deadline(evening, working_hours=1).astimezone(clock.LOCAL)

    assert due.date() == dt.date(2026, 11, 23)
    assert due.hour < 10


def test_a_deadline_needs_a_measure() -> None:
    with pytest.raises(ValueError, match="working_days"):
        clock.deadline(clock.now())
