"""A stuck sensor is one that stands still for long, however often it reports."""

from __future__ import annotations

import datetime as dt

import pytest

from taydo.engines.streams import ingest
from taydo.engines.streams.models import Datastream, ObservedProperty, Sensor, Thing
from taydo.engines.streams.readings import STUCK, Batch, Reading
from taydo.kernel import clock, sql

pytestmark = pytest.mark.django_db


def _gauge() -> int:
    thing = Thing.objects.create(code="GAUGE", name="Gauge")
    made = Datastream.objects.create(
        thing=thing, sensor=Sensor.objects.create(name="s"), observedproperty=ObservedProperty.objects.create(code="wl", name="wl"),
        name="level", expected_every_s=600, stuck_after=3,
    )  # fmt: skip
    return int(made.pk)


def _flags(every_s: int, count: int) -> list[int]:
    stream, start = _gauge(), clock.now() - dt.timedelta(seconds=every_s * count)
    readings = [Reading(stream, start + dt.timedelta(seconds=every_s * n), 1.23) for n in range(count)]

    ingest.take(Batch.of(readings))

    return [row["flags"] & STUCK for row in sql.rows("SELECT flags FROM streams_observation ORDER BY phenomenon_time")]


def test_the_same_value_at_its_own_interval_is_stuck_after_the_declared_count() -> None:
    assert _flags(600, 5) == [0, 0, STUCK, STUCK, STUCK]


def test_the_same_value_reported_every_few_seconds_is_not_stuck_yet() -> None:
    assert _flags(10, 20) == [0] * 20
