"""Hours, days and archived days follow the readings, also late and withdrawn ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from taydo.engines.history import archive, rollups
from taydo.engines.streams import actions, ingest, queries
from taydo.engines.streams.ingest import Batch, Reading
from taydo.engines.streams.readings import CALIBRATION
from taydo.engines.streams.tests.test_ingest_take import NOON, make_stream
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer

pytestmark = pytest.mark.django_db
HOUSE = Viewer.system("tests")


@pytest.fixture
def stream() -> int:
    return make_stream("S1", max_step=None, stuck_after=None)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.TAYDO_HOME = tmp_path
    return tmp_path


def take(stream: int, *readings: tuple[int, float, int]) -> None:
    """Readings as (minutes after noon, value, flags)."""
    ingest.take(Batch.of([Reading(stream, NOON + timedelta(minutes=m), value, flags) for m, value, flags in readings]))


def hours() -> list[tuple[int, float]]:
    return [(row["n"], row["mean"]) for row in sql.rows("SELECT n, mean FROM streams_hourly ORDER BY at")]


def test_hours_and_days_are_computed_without_flagged_readings(stream: int) -> None:
    take(stream, (0, 10, 0), (20, 20, 0), (40, 90, CALIBRATION), (60, 40, 0))
    rollups.roll_all()

    assert hours() == [(2, 15.0), (1, 40.0)]
    day = sql.row("SELECT * FROM streams_daily")
    assert day is not None
    assert (day["n"], round(day["mean"], 4), day["min"], day["max"], day["last"]) == (3, 23.3333, 10, 40, 40)
    assert day["at"] == datetime(2026, 11, 19, 17, tzinfo=UTC)


def test_late_and_withdrawn_readings_change_the_hour_they_belong_to(stream: int) -> None:
    take(stream, (0, 10, 0))
    rollups.roll_all()
    take(stream, (30, 30, 0))
    rollups.roll_all()
    assert hours() == [(2, 20.0)]

    start = NOON + timedelta(minutes=30)
    assert actions.withdraw(HOUSE, stream, start, start + timedelta(minutes=1), "test") == 1
    rollups.roll_all()
    assert hours() == [(1, 10.0)]
    assert len(queries.series(HOUSE, stream, NOON, NOON + timedelta(hours=1))) == 1

    actions.withdraw(HOUSE, stream, NOON, start, "test")
    rollups.roll_all()
    assert hours() == []
    assert sql.value("SELECT count(*) FROM streams_daily") == 0


def test_a_closed_day_is_archived_and_written_again_when_late_readings_come(stream: int) -> None:
    take(stream, (0, 10, 0), (1, 20, 0))
    rollups.roll_all()
    day = date(2026, 11, 20)
    with clock.at(NOON + timedelta(days=2)):
        archive.write_closed()
    assert archive.verify(day)
    found = archive.query("SELECT datastream_id, avg(result) AS mean FROM observations GROUP BY 1", day, day)
    assert found == [{"datastream_id": stream, "mean": 15.0}]

    take(stream, (2, 60, 0))
    rollups.roll_all()
    assert not archive.verify(day)
    with clock.at(NOON + timedelta(days=2)):
        archive.write_closed()
    assert archive.query("SELECT count(*) AS n FROM observations", day, day) == [{"n": 3}]
