"""Whatever the door, a reading is kept once, refused with a reason, or kept with a doubt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from taydo.engines.streams import ingest
from taydo.engines.streams.ingest import Batch, Reading
from taydo.engines.streams.readings import RANGE, STEP, STUCK
from taydo.kernel import sql

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


@pytest.fixture
def stream() -> int:
    """One datastream with every bound set."""
    return make_stream("S1")


def make_stream(code: str, **bounds: object) -> int:
    columns = {"low": 0.0, "high": 100.0, "max_step": 20.0, "stuck_after": 3, **bounds}
    return int(
        sql.value(
            "WITH t AS (INSERT INTO streams_thing (code, name, agency) VALUES (%(code)s, %(code)s, 'A1') RETURNING id),"
            " s AS (INSERT INTO streams_sensor (name) VALUES ('s') RETURNING id),"
            " p AS (INSERT INTO streams_observedproperty (name) VALUES ('p') RETURNING id)"
            " INSERT INTO streams_datastream (thing_id, sensor_id, observedproperty_id, name, symbol,"
            " low, high, max_step, stuck_after) SELECT t.id, s.id, p.id, 'd', 'PM2.5', %(low)s, %(high)s, %(max_step)s,"
            " %(stuck_after)s FROM t, s, p RETURNING id",
            {"code": code, **columns},
        )
    )


def take(stream: int, *values: float | None, start: datetime = NOON, step_s: int = 60) -> ingest.Receipt:
    items = [Reading(stream, start + timedelta(seconds=step_s * i), value) for i, value in enumerate(values)]
    return ingest.take(Batch.of(items))


def test_a_new_reading_is_kept_and_becomes_the_latest(stream: int) -> None:
    receipt = take(stream, 10.0, 11.0)

    assert (receipt.taken, receipt.duplicate, receipt.refused) == (2, 0, [])
    latest = sql.row("SELECT * FROM streams_latest")
    assert latest is not None
    assert (latest["result"], latest["previous"], latest["previous_time"]) == (11.0, 10.0, NOON)


def test_the_same_batch_again_changes_nothing(stream: int) -> None:
    take(stream, 10.0, 11.0)
    receipt = take(stream, 10.0, 11.0)

    assert (receipt.taken, receipt.duplicate, receipt.refused) == (0, 2, [])
    assert sql.value("SELECT count(*) FROM streams_observation") == 2


def test_another_value_for_a_kept_instant_is_quarantined_as_differing(stream: int) -> None:
    take(stream, 10.0, 11.0)
    receipt = take(stream, 10.0, 12.0, 13.0)

    assert (receipt.taken, receipt.duplicate, receipt.refused) == (1, 1, [(1, "differs")])
    assert (
        sql.value("SELECT result FROM streams_observation WHERE phenomenon_time = %s", [NOON + timedelta(minutes=1)])
        == 11.0
    )
    assert sql.value("SELECT reason FROM streams_quarantine") == "differs"


def test_repeats_inside_a_batch_are_counted_and_differing_ones_refused(stream: int) -> None:
    items = [Reading(stream, NOON, 1.0), Reading(stream, NOON, 1.0), Reading(stream, NOON, 2.0)]
    receipt = ingest.take(Batch.of(items))

    assert (receipt.taken, receipt.duplicate, receipt.refused) == (1, 1, [(2, "differs")])


def test_impossible_readings_are_refused_each_with_its_reason(stream: int) -> None:
    now = datetime.now(UTC)
    items = [
        Reading(stream, NOON, float("nan")),
        Reading(stream, NOON, float("inf")),
        Reading(stream, now + timedelta(minutes=11), 1.0),
        Reading(stream, datetime(1800, 1, 1, tzinfo=UTC), 1.0),
        Reading(999_999, NOON, 1.0),
        Reading(stream, now + timedelta(minutes=9), 1.0),
    ]
    receipt = ingest.take(Batch.of(items))

    reasons = [reason for _, reason in receipt.refused]
    assert reasons == ["not_finite", "not_finite", "future", "time", "unknown_stream"]
    assert receipt.taken == 1
    assert sql.value("SELECT count(*) FROM streams_quarantine") == 5


def test_doubtful_readings_are_kept_with_flags(stream: int) -> None:
    take(stream, 10.0, 50.0, 50.0, 150.0, 50.0)
    take(stream, 50.0, 50.0, 51.0, start=NOON + timedelta(hours=1))

    flags = [row["flags"] & ~64 for row in sql.rows("SELECT flags FROM streams_observation ORDER BY phenomenon_time")]
    assert flags == [0, STEP, 0, STEP | RANGE, STEP, 0, STUCK, 0]


def test_an_old_reading_does_not_replace_the_latest(stream: int) -> None:
    take(stream, 10.0)
    take(stream, 5.0, start=NOON - timedelta(days=1))

    assert sql.value("SELECT result FROM streams_latest") == 10.0
    assert sql.value("SELECT count(DISTINCT hour) FROM streams_dirty") == 2


def test_readings_at_or_outside_the_watched_band_are_queued_once(stream: int) -> None:
    sql.execute("INSERT INTO streams_watch VALUES (%s, NULL, 30)", [stream])
    take(stream, 29.0, 30.0, 31.0)
    take(stream, 29.0, 30.0, 31.0, 32.0)

    assert [row["result"] for row in sql.rows("SELECT result FROM streams_watched ORDER BY seq")] == [30.0, 31.0, 32.0]


def test_a_category_is_kept_beside_the_number(stream: int) -> None:
    reading = Reading(stream, NOON, None, extra={"result": "cloudy"})
    assert ingest.take(Batch.of([reading])).taken == 1
    assert ingest.take(Batch.of([reading])).duplicate == 1
    other = reading._replace(extra={"result": "clear"})
    assert ingest.take(Batch.of([other])).refused == [(0, "differs")]
    assert sql.row("SELECT result, extra->>'result' AS word FROM streams_observation") == {
        "result": None,
        "word": "cloudy",
    }


def test_a_deleted_datastream_takes_its_readings_along(stream: int) -> None:
    take(stream, 1.0)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM streams_datastream WHERE id = %s", [stream])
    assert sql.value("SELECT count(*) FROM streams_observation") == 0


def test_rows_in_the_default_partition_move_when_their_month_is_made(stream: int) -> None:
    sql.execute(
        "INSERT INTO streams_observation (datastream_id, phenomenon_time, result) VALUES (%s, '2026-03-05', 1)",
        [stream],
    )
    sql.execute("SELECT streams_make_partition('2026-03-31 23:00Z')")

    assert sql.value("SELECT tableoid::regclass::text FROM streams_observation") == "streams_observation_202603"
