"""Bad readings sent by MQTT to a running city: each is kept with its reason, or taken where it must be; re-run works."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import time

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
