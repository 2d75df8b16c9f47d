"""Bad readings sent by MQTT to a running city: each is kept with its reason, or taken where it must be; re-run works."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
import time
import urllib.request

import aiomqtt
import pytest
from tests.running_city import PASSWORD, RunningCity

pytestmark = pytest.mark.slow


def station(city: RunningCity) -> str:
    """The code of a station that measures PM2.5."""
    with city.database() as link:
        found = link.execute(
            """SELECT t.code FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id
               JOIN streams_observedproperty p ON p.id = d.observedproperty_id WHERE p.code = 'pm25' ORDER BY d.id LIMIT 1"""
        ).fetchone()
    assert found
    return str(found[0])


async def publish(city: RunningCity, messages: list[tuple[str, bytes]]) -> None:
    """Every message acknowledged by the gateway."""
    async with aiomqtt.Client("127.0.0.1", city.mqtt_port, username="integrator", password=PASSWORD) as client:
        for topic, body in messages:
            await client.publish(topic, body, qos=1)


def test_bad_readings_over_mqtt_are_kept_with_their_reason_and_good_ones_taken(city: RunningCity) -> None:
    code = station(city)
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)

    def body(value: object, at: str = "", symbol: str = "PM2.5") -> bytes:
        return json.dumps({"time": at or now.isoformat(), "values": {symbol: value}}).encode()

    here, nowhere = f"stations/{code}/readings", "stations/KHONG-CO/readings"
    good = body(21.5, (now - dt.timedelta(minutes=5)).isoformat(), "PM2,5")
    sent = {
        "type": (here, body("nhiều")), "comma": (here, body("12,5")), "time": (here, body(1, "hôm qua")),
        "future": (here, body(1, (now + dt.timedelta(days=2)).isoformat())), "unknown_station": (nowhere, body(1)),
        "not_finite": (here, body(float("nan"))), "too_large": (here, b"x" * 1_000_000),
    }  # fmt: skip
    asyncio.run(publish(city, [*sent.values(), (here, good), (here, good)]))

    with city.database() as link:
        question = "SELECT reason, size, raw <> '' FROM streams_quarantine WHERE door = 'mqtt' AND source = ANY(%s)"
        for _ in range(150):
            held = link.execute(question, [[here, nowhere]]).fetchall()
            found = {row[0] for row in link.execute("SELECT reason FROM streams_quarantine").fetchall()}
            kept = link.execute(
                """SELECT count(*) FROM streams_observation o JOIN streams_datastream d ON d.id = o.datastream_id
                   JOIN streams_thing t ON t.id = d.thing_id WHERE t.code = %s AND o.result = 21.5 AND o.phenomenon_time = %s""",
                [code, now - dt.timedelta(minutes=5)],
            ).fetchone()
            if set(sent) <= found and kept and kept[0]:
                break
            time.sleep(0.1)
    assert found >= set(sent)
    assert all(raw for _, _, raw in held)
    assert kept == (1,)


def post(city: RunningCity, path: str, body: object) -> dict[str, object]:
    """What the API answers the integrator."""
    secret = base64.b64encode(f"integrator:{PASSWORD}".encode()).decode()
    headers = {"Content-Type": "application/json", "Authorization": f"Basic {secret}"}
    request = urllib.request.Request(city.url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return dict(json.load(answer))


def test_readings_of_an_unknown_station_are_taken_by_a_rerun_once_it_is_connected(city: RunningCity) -> None:
    code, at = "CT-KK-99", dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(minutes=3)
    reading = json.dumps({"time": at.isoformat(), "values": {"PM2.5": 17.25}}).encode()
    asyncio.run(publish(city, [(f"stations/{code}/readings", reading)]))
    with city.database() as link:
        question = "SELECT id FROM streams_quarantine WHERE source = %s AND reason = 'unknown_station'"
        for _ in range(150):
            held = link.execute(question, [f"stations/{code}/readings"]).fetchone()
            if held:
                break
            time.sleep(0.1)
        assert held
        place = {"kind": "air", "name": "Trạm thử", "agency": "H13.06", "lon": 105.78, "lat": 10.03}
        post(city, "/api/v1/environment/stations", {"code": code, **place})

        post(city, "/api/v1/streams/quarantine/rerun", {"ids": [held[0]]})

        count = "SELECT count(*) FROM streams_observation WHERE result = 17.25 AND phenomenon_time = %s"
        assert link.execute(count, [at]).fetchone() == (1,)
        state = link.execute("SELECT state FROM streams_quarantine WHERE id = %s", [held[0]]).fetchone()
        assert state == ("taken",)


def test_a_bad_value_over_http_is_refused_by_name_and_the_good_one_beside_it_taken(city: RunningCity) -> None:
    at = (dt.datetime.now(dt.UTC) - dt.timedelta(minutes=2)).isoformat()

    said = post(
        city, f"/api/v1/streams/stations/{station(city)}/readings", {"time": at, "values": {"PM2.5": 9, "PM10": "8,5"}}
    )

    assert said["taken"] == 1
    assert [each["reason"] for each in said["refused"]] == ["comma"]  # type: ignore[attr-defined]
