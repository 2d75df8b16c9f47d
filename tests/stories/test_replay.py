"""Recorded data of the city goes in through MQTT and through station files and is the same; a made-up series is caught."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.running_city import PASSWORD, RunningCity

pytestmark = pytest.mark.slow
SHARED = Path(os.environ.get("TAYDO_SHARED", "../shared")).resolve()
needs_data = pytest.mark.skipif(not (SHARED / "data").exists(), reason="recorded data (TAYDO_SHARED) is not here")
READINGS = """SELECT substr(t.code, 3) AS station, d.symbol, o.phenomenon_time, o.result, o.flags & ~64 AS flags
  FROM streams_observation o JOIN streams_datastream d ON d.id = o.datastream_id JOIN streams_thing t ON t.id = d.thing_id
  WHERE t.code LIKE %s || '%%' ORDER BY 1, 2, 3"""


def _replay(city: RunningCity, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "taydo.config.cli", "replay", *words],
        env={**city.child_environment(), "TAYDO_SHARED": str(SHARED), "TAYDO_DEVICE_PASSWORD": PASSWORD},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def _stored(city: RunningCity, prefix: str, at_least: int, seconds: float = 90.0) -> list[tuple]:
    """Every reading of the stations with a prefix, once no more are coming."""
    found: list[tuple] = []
    until = time.monotonic() + seconds
    with city.database() as link:
        while time.monotonic() < until:
            now = link.execute(READINGS, [prefix]).fetchall()
            if len(now) >= at_least and len(now) == len(found):
                return now
            found = now
            time.sleep(2)
    raise AssertionError(f"only {len(found)} readings of {prefix} arrived")


@needs_data
@pytest.mark.parametrize(
    ("recording", "since", "at_least"), [("air", (), 3000), ("weather", ("--since", "2020-06-01"), 1500)]
)
def test_a_recording_is_the_same_by_mqtt_and_by_files(
    city: RunningCity, recording: str, since: tuple[str, ...], at_least: int
) -> None:
    _replay(city, recording, "--via", "mqtt", "--prefix", "M-", *since)
    _replay(city, recording, "--via", "tt10", "--prefix", "T-", *since)

    by_mqtt = _stored(city, "M-", at_least)
    by_files = _stored(city, "T-", len(by_mqtt))

    assert [row[:4] for row in by_files] == [row[:4] for row in by_mqtt]


@needs_data
def test_the_made_up_water_levels_are_flagged_at_the_door_and_honest_discharge_hardly(city: RunningCity) -> None:
    _replay(city, "rejected", "--via", "mqtt", "--prefix", "F-", "--since", "2015-01-01")
    _replay(city, "discharge", "--via", "mqtt", "--prefix", "H-", "--since", "2015-01-01")

    shares = {}
    for prefix in ("F-", "H-"):
        stored = _stored(city, prefix, 3000)
        shares[prefix] = sum(row[4] != 0 for row in stored) / len(stored)

    assert shares["F-"] > 0.01
    assert shares["F-"] > 5 * shares["H-"]
