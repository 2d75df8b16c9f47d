"""Recorded data gives the same stored values through every door; demonstration devices are believable and repeatable."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from taydo.engines.gateway import dropfolder
from taydo.engines.simulators import devices, replay, simulation
from taydo.engines.streams import messages
from taydo.engines.streams.messages import Message
from taydo.engines.streams.readings import NOT_AVERAGED
from taydo.kernel import sql

SHARED = Path(os.environ.get("TAYDO_SHARED", "../shared")) / "data"
needs_recordings = pytest.mark.skipif(not SHARED.exists(), reason=f"no recordings at {SHARED} (TAYDO_SHARED)")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.TAYDO_HOME = tmp_path
    return tmp_path


def by_mqtt(points: list[replay.Point], prefix: str) -> None:
    """The payloads of the MQTT door, through its own reader."""
    lot = []
    for point in points:
        topic, body = replay.message(point, prefix)
        lot.append(Message(f"ingest.station.{topic.split('/')[1]}", body, time.time_ns()))
    messages.take(lot, "mqtt")


def stored(prefix: str) -> list[tuple[Any, ...]]:
    rows = sql.rows(
        """SELECT substr(t.code, length(%(prefix)s) + 1) AS code, d.symbol, o.phenomenon_time, o.result, o.flags
           FROM streams_observation o JOIN streams_datastream d ON d.id = o.datastream_id
           JOIN streams_thing t ON t.id = d.thing_id WHERE t.code LIKE %(prefix)s || '%%' ORDER BY 1, 2, 3""",
        {"prefix": prefix},
    )
    return [tuple(row.values()) for row in rows]


@needs_recordings
@pytest.mark.django_db
@pytest.mark.parametrize("name", ["air", "weather"])
def test_a_recording_gives_the_same_stored_values_by_mqtt_and_by_station_files(name: str) -> None:
    recording = replay.RECORDINGS[name]
    points = replay.points(recording, SHARED)[:1500]
    for prefix in ("M-", "F-"):
        replay.declare(recording, {point.station for point in points}, prefix)

    by_mqtt(points, "M-")
    replay.write_files(points, "F-", per_file_s=86_400 * 30)
    dropfolder.take_all(settled_s=-1)

    assert len(stored("M-")) == sum(len(point.values) for point in points)
    assert stored("M-") == stored("F-")


@needs_recordings
@pytest.mark.django_db
def test_the_fake_water_levels_are_flagged_and_the_real_discharge_hardly() -> None:
    shares = {}
    for name in ("rejected", "discharge"):
        recording = replay.RECORDINGS[name]
        points = replay.points(recording, SHARED)
        points = [point for point in points if point.time.year in (2015, 2016, 2017, 2018)]
        replay.declare(recording, {point.station for point in points}, f"{name}-")
        by_mqtt(points, f"{name}-")
        flags = [row[4] for row in stored(f"{name}-")]
        shares[name] = sum(bool(flag & NOT_AVERAGED) for flag in flags) / len(flags)

    assert shares["rejected"] > 10 * shares["discharge"]
    assert shares["rejected"] > 0.005


@pytest.mark.parametrize("parameter", [*simulation.MODELS, "rain", "unheard_of"])
def test_a_simulated_value_depends_only_on_seed_station_and_time(parameter: str) -> None:
    times = 1_795_000_000.0 + np.arange(0, 3 * 86_400, 600.0)
    one = simulation.values(parameter, "CT-1", times, seed=1, inland=0.4, span_s=600.0)
    same = simulation.values(parameter, "CT-1", times, seed=1, inland=0.4, span_s=600.0)
    other = simulation.values(parameter, "CT-1", times, seed=2, inland=0.4, span_s=600.0)

    assert np.array_equal(one, same)
    assert np.isfinite(one).all()
    if parameter != "rain":
        assert not np.array_equal(one, other)


def test_the_tide_is_semi_diurnal_and_lower_and_later_inland() -> None:
    times = 1_795_000_000.0 + np.arange(0, 30 * 86_400, 300.0)
    mouth, far = simulation.tide(times, 0.0), simulation.tide(times, 1.0)
    crests = ((mouth[1:-1] > mouth[:-2]) & (mouth[1:-1] > mouth[2:])).sum()

    assert 50 <= crests <= 60
    assert far.max() < mouth.max()


def test_dust_has_two_rush_hours_and_rain_comes_in_bursts() -> None:
    times = 1_795_000_000.0 + np.arange(0, 60 * 86_400, 600.0)
    dust = simulation.values("pm25", "CT-1", times, seed=1, inland=0.5, span_s=600.0)
    hour = simulation.hour_of(times)
    assert dust[(hour > 7) & (hour < 8)].mean() > dust[(hour > 12) & (hour < 13)].mean() + 5
    rain = simulation.values("rain", "CT-1", times, seed=1, inland=0.5, span_s=600.0)
    assert 0 < (rain > 0).mean() < 0.3


def test_an_exceedance_is_played_on_demand_until_it_ends() -> None:
    device = devices.Device("CT-1", 0.5, 300, {"pm25": (1, "PM2,5")})
    devices.play("CT-1", "pm25", 180.0, minutes=1)
    _, body = devices.reading(device, time.time(), 1, devices.playing())
    assert b"180.0" in body

    devices.play("CT-1", "pm25", 180.0, minutes=0)
    assert devices.playing() == []


@pytest.mark.django_db
def test_simulated_stations_catch_up_on_the_hours_they_missed() -> None:
    sql.execute(
        """WITH t AS (INSERT INTO streams_thing (code, name, simulated, lon, lat)
                      VALUES ('CT-9', 'mô phỏng', true, 105.7, 10.0) RETURNING id),
             s AS (INSERT INTO streams_sensor (name) VALUES ('s') RETURNING id),
             p AS (INSERT INTO streams_observedproperty (code, name) VALUES ('pm25', 'p') RETURNING id)
           INSERT INTO streams_datastream (thing_id, sensor_id, observedproperty_id, name, symbol, expected_every_s)
           SELECT t.id, s.id, p.id, 'd', 'PM2,5', 600 FROM t, s, p"""
    )
    device = devices.devices()[0]
    now = time.time()
    lot = [
        Message(f"ingest.array.Datastreams({topic.split('(')[1].split(')')[0]})", body, time.time_ns())
        for topic, body in devices.history(device, now, 48, 1)
    ]
    messages.take(lot, "mqtt")
    assert sql.value("SELECT count(*) FROM streams_observation") == 288
    assert list(devices.history(devices.devices()[0], now, 48, 1)) == []
