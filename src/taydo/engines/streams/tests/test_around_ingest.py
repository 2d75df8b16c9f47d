"""Partitions, silence, who sees what, HTTP: what happens around a reading after it was taken."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from taydo.engines.streams import actions, ingest, partitions, queries, staleness
from taydo.engines.streams.ingest import Batch, Reading
from taydo.engines.streams.tests.test_ingest_take import NOON, make_stream
from taydo.kernel import clock, errors, sql
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


def test_partitions_are_made_ahead(stream: int) -> None:
    with clock.at(datetime(2031, 5, 5, tzinfo=UTC)):
        partitions.ahead()
    assert sql.value("SELECT to_regclass('streams_observation_203108') IS NOT NULL")


def events() -> list[str]:
    return [row["type"] for row in sql.rows("SELECT type FROM kernel_outbox ORDER BY seq")]


def test_silence_is_told_once_when_it_begins_and_once_when_it_ends(stream: int) -> None:
    sql.execute("UPDATE streams_datastream SET expected_every_s = 300")
    take(stream, (0, 10, 0))
    with clock.at(NOON + timedelta(minutes=14)):
        staleness.watch()
    assert events() == []
    with clock.at(NOON + timedelta(minutes=16)):
        staleness.watch()
        staleness.watch()
    assert events() == ["streams.station_went_silent"]
    take(stream, (17, 10, 0))
    with clock.at(NOON + timedelta(minutes=18)):
        staleness.watch()
        staleness.watch()
    assert events() == ["streams.station_went_silent", "streams.station_spoke_again"]


def test_a_stuck_sensor_is_told_once_when_it_begins_and_once_when_it_ends(stream: int) -> None:
    sql.execute("UPDATE streams_datastream SET stuck_after = 3")
    take(stream, (0, 10, 0), (1, 10, 0))
    staleness.watch()
    assert events() == []
    take(stream, (2, 10, 0))
    staleness.watch()
    staleness.watch()
    take(stream, (3, 11, 0))
    staleness.watch()
    assert events() == ["streams.sensor_stuck", "streams.sensor_moved_again"]


def test_only_public_streams_are_seen_by_everybody(stream: int) -> None:
    hidden = make_stream("S2")
    sql.execute("UPDATE streams_datastream SET public = false WHERE id = %s", [hidden])

    nobody = Viewer.anonymous()
    owner = Viewer(1, "o", "o", "official", grants={"streams.see": frozenset({"A1"})})
    device = Viewer(2, "d", "d", "device", grants={"streams.write": frozenset({"thing:S2"})})
    seen = [{row["datastream_id"] for row in queries.latest(viewer)} for viewer in (nobody, owner, device)]
    assert seen == [{stream}, {stream, hidden}, {stream, hidden}]
    with pytest.raises(errors.Problem):
        queries.series(nobody, hidden, NOON, NOON)


def test_things_and_datastreams_are_declared_once_and_brought_up_to_date() -> None:
    first = actions.register_thing(HOUSE, "T1", "Trạm 1", agency="A1", lon=105.7, lat=10.0)
    again = actions.register_thing(HOUSE, "T1", "Trạm một", agency="A1", lon=105.8, lat=10.0)
    one = actions.declare_datastream(HOUSE, "T1", "pm25", "PM2.5", symbol="PM2,5", low=0, high=1000)
    two = actions.declare_datastream(HOUSE, "T1", "pm25", "Bụi mịn", symbol="PM2,5", low=0, high=900)

    assert (first, one) == (again, two)
    assert sql.value("SELECT count(*) FROM streams_historicallocation") == 2
    assert sql.value("SELECT high FROM streams_datastream") == 900


def account(username: str, scope: str) -> dict[str, str]:
    """A device account that may write within the scope; its Basic header."""
    sql.execute(
        """WITH a AS (INSERT INTO kernel_actor (username, password, name, kind, email, phone, agency, language, is_active,
                                                demo)
                      VALUES (%(u)s, %(p)s, '', 'device', '', '', '', 'vi', true, false) RETURNING id)
           INSERT INTO kernel_grant (actor_id, role, scope) SELECT id, 'device', %(s)s FROM a""",
        {"u": username, "p": make_password("device-password"), "s": scope},
    )
    pair = base64.b64encode(f"{username}:device-password".encode()).decode()
    return {"HTTP_AUTHORIZATION": f"Basic {pair}"}


def post(client: Client, code: str, body: object, **headers: str) -> Any:
    url = f"/api/v1/streams/stations/{code}/readings"
    return client.post(url, json.dumps(body), content_type="application/json", **headers)


def test_a_device_sends_readings_over_http_and_sees_at_once_what_was_refused_and_why(
    stream: int, client: Client
) -> None:
    device = account("http-device", "thing:S1")
    body = {"time": NOON.isoformat(), "values": {"pm25": 12.5, "XX": 1, "PM2,5": "12,5"}}
    answer = post(client, "S1", body, **device)

    assert answer.status_code == 200
    receipt = answer.json()
    assert (receipt["taken"], sorted(each["reason"] for each in receipt["refused"])) == (1, ["comma", "unknown_stream"])
    assert all(each["vi"] and each["en"] for each in receipt["refused"])
    assert post(client, "S1", body, **device).json()["duplicate"] == 1
    assert sql.value("SELECT count(*) FROM streams_quarantine") == 4


def test_readings_over_http_are_refused_without_the_permission_and_leave_nothing(stream: int, client: Client) -> None:
    make_stream("S2")
    body = {"time": NOON.isoformat(), "values": {"PM2.5": 1}}

    assert post(client, "S1", body).status_code == 401
    assert post(client, "S2", body, **account("other-device", "thing:S1")).status_code == 403
    assert sql.value("SELECT count(*) FROM streams_observation") == 0
    assert sql.value("SELECT count(*) FROM streams_quarantine") == 0
