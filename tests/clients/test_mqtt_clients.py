"""MQTT clients that we did not write, against a real gateway, ingest process and database."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiomqtt
import psycopg
import pytest
from django.db import connection
from tests.clients.field_rig import Rig, make_account, make_streams, wait

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
START = datetime(2026, 11, 20, tzinfo=UTC)


class Field:
    """The running rig with its streams: two of the device `dev`, one of somebody else, one that is not public."""

    def __init__(self, rig: Rig, own: list[int], other: int, hidden: int) -> None:
        self.rig, self.own, self.other, self.hidden = rig, own, other, hidden

    def publish(self, user: str, topic: str, body: Any, qos: int = 1, password: str | None = None) -> int:
        """mosquitto_pub's exit code."""
        text = body if isinstance(body, str) else json.dumps(body)
        who = ["-u", user, "-P", password or f"{user}-password"] if user else []
        address = ["-h", "127.0.0.1", "-p", str(self.rig.mqtt_port)]
        command = ["mosquitto_pub", *address, *who, "-q", str(qos), "-t", topic, "-s"]
        return subprocess.run(command, input=text.encode(), capture_output=True, timeout=20).returncode

    def count(self, stream: int) -> int:
        """How many readings of the stream are committed."""
        return int(self.rig.value("SELECT count(*) FROM streams_observation WHERE datastream_id = %s", stream))

    def reasons(self) -> list[str]:
        """Reasons in quarantine, in order."""
        return list(self.rig.value("SELECT coalesce(array_agg(reason ORDER BY id), '{}') FROM streams_quarantine"))


TABLES = "streams_thing, streams_observation, streams_latest, streams_quarantine, streams_dirty, streams_sensor"


@pytest.fixture(scope="module")
def field(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """One gateway for the module."""
    given = connection.settings_dict
    password = f":{given['PASSWORD']}" if given["PASSWORD"] else ""
    dsn = f"postgresql://{given['USER']}{password}@{given['HOST']}:{given['PORT']}/{given['NAME']}"
    rig = Rig(Path(tmp_path_factory.mktemp("field")), dsn)
    with psycopg.connect(dsn, autocommit=True) as link:
        link.execute(f"TRUNCATE {TABLES}, kernel_actor CASCADE")
        own, other, hidden = make_streams(link, "S1", 2), make_streams(link, "S2", 1)[0], make_streams(link, "S3", 1)[0]
        link.execute("UPDATE streams_datastream SET public = false WHERE id = %s", [hidden])
        make_account(link, "dev", "dev-password", "thing:S1")
        make_account(link, "all", "all-password", "*")
    made = Field(rig, own, other, hidden)
    try:
        rig.start_nats()
        rig.start_ingest()
        wait(lambda: made.publish("dev", "stations/S1/readings", "{}") == 0, 30)
        yield made
    finally:
        rig.stop()
        with psycopg.connect(dsn, autocommit=True) as link:
            link.execute(f"TRUNCATE {TABLES}, kernel_actor CASCADE")


def observation(minute: int, value: object) -> dict[str, object]:
    return {"phenomenonTime": (START + timedelta(minutes=minute)).isoformat(), "result": value}


def test_mosquitto_pub_with_any_quality_of_service_is_kept_once(field: Field) -> None:
    before = field.count(field.own[0])
    for qos in (0, 1, 2):
        assert field.publish("dev", f"v1.1/Datastreams({field.own[0]})/Observations", observation(qos, qos), qos) == 0

    wait(lambda: field.count(field.own[0]) == before + 3)


def test_a_wrong_password_and_no_name_are_refused(field: Field) -> None:
    topic = f"v1.1/Datastreams({field.own[0]})/Observations"
    assert field.publish("dev", topic, observation(10, 1), password="wrong") != 0
    assert field.publish("", topic, observation(10, 1)) != 0


def test_a_device_cannot_write_another_ones_stream_and_an_integrator_can(field: Field) -> None:
    topic = f"v1.1/Datastreams({field.other})/Observations"
    field.publish("dev", topic, observation(1, 66))
    field.publish("dev", "stations/S2/readings", {"time": START.isoformat(), "values": {"P1": 66}})
    field.publish("all", topic, observation(2, 67))

    wait(lambda: field.count(field.other) == 1)
    assert field.rig.value("SELECT result FROM streams_observation WHERE datastream_id = %s", field.other) == 67


def test_many_readings_in_one_message_and_a_loggers_own_names_are_understood(field: Field) -> None:
    before = field.count(field.own[1])
    rows = [[(START + timedelta(seconds=i)).isoformat(), i] for i in range(20)]
    body = {"components": ["phenomenonTime", "result"], "dataArray": rows}
    field.publish("dev", f"v1.1/Datastreams({field.own[1]})/CreateObservations", body)
    time = (START + timedelta(hours=5)).isoformat()
    field.publish("dev", "stations/S1/readings", {"time": time, "values": {"p2": 3.5}, "status": "01"})

    wait(lambda: field.count(field.own[1]) == before + 21)
    flags = "SELECT flags FROM streams_observation WHERE datastream_id = %s AND phenomenon_time = %s"
    assert field.rig.value(flags, field.own[1], time) & 8


def test_bad_readings_are_quarantined_each_with_its_reason(field: Field) -> None:
    before = len(field.reasons())
    topic = f"v1.1/Datastreams({field.own[0]})/Observations"
    for body in (
        "junk",
        '{"result": NaN}',
        '{"result": "12,5"}',
        '{"result": true}',
        '{"phenomenonTime": "yesterday", "result": 1}',
        observation(60 * 24 * 365, 1),
        "x" * 1_000_000,
        '{"temperature": 1}',
    ):
        assert field.publish("dev", topic, body) == 0

    wait(lambda: len(field.reasons()) == before + 8)
    wanted = ["not_json", "not_finite", "comma", "type", "time", "future", "too_large", "shape"]
    assert sorted(field.reasons()[before:]) == sorted(wanted)
    assert field.rig.value("SELECT max(length(raw)) FROM streams_quarantine") <= 65_536
    assert field.rig.value("SELECT max(size) FROM streams_quarantine") == 1_000_000


def test_a_subscriber_gets_each_created_observation_once_and_no_raw_message(field: Field) -> None:
    topic = f"v1.1/Datastreams({field.own[0]})/Observations"
    address = ["-h", "127.0.0.1", "-p", str(field.rig.mqtt_port), "-u", "dev", "-P", "dev-password"]
    listener = subprocess.Popen(["mosquitto_sub", *address, "-t", topic, "-W", "6"], stdout=subprocess.PIPE)
    hidden = ["mosquitto_sub", *address, "-t", f"v1.1/Datastreams({field.hidden})/Observations", "-W", "6"]
    other = subprocess.Popen(hidden, stdout=subprocess.PIPE)
    wait(lambda: True, 1)
    asyncio.run(asyncio.sleep(1))
    field.publish("dev", topic, observation(30, 5.5))
    field.publish("dev", topic, observation(30, 5.5))
    field.publish("dev", topic, "junk")
    field.publish("all", f"v1.1/Datastreams({field.hidden})/Observations", observation(30, 1))
    lines = [json.loads(line) for line in listener.communicate(timeout=20)[0].splitlines()]

    assert [line["result"] for line in lines] == [5.5]
    assert lines[0]["@iot.id"] == f"{field.own[0]}-{int((START + timedelta(minutes=30)).timestamp()) * 1_000_000}"
    assert other.communicate(timeout=20)[0] == b""


def test_aiomqtt_publishes_and_subscribes(field: Field) -> None:
    topic = f"v1.1/Datastreams({field.own[1]})/Observations"

    async def talk() -> dict[str, Any]:
        port = field.rig.mqtt_port
        async with aiomqtt.Client("127.0.0.1", port, username="dev", password="dev-password") as client:
            await client.subscribe(topic, qos=1)
            await client.publish(topic, json.dumps(observation(600, 41.5)), qos=1)
            async for message in client.messages:
                return dict(json.loads(message.payload))
        return {}

    assert asyncio.run(asyncio.wait_for(talk(), 15))["result"] == 41.5
