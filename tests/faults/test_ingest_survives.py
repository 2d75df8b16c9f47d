"""kill -9 of ingest, gateway and database while devices publish: every acknowledged reading is there exactly once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import aiomqtt
import psycopg
import pytest
from tests.clients.field_rig import Rig, make_account, make_streams, wait

from taydo.config.servers import CannotStart, Postgres

pytestmark = [pytest.mark.faults, pytest.mark.slow]
START_US = 1_790_000_000_000_000
SECONDS = 6.0
DEVICES = 4


class Publisher:
    """A device that counts only what the gateway acknowledged; each reading has its own time."""

    def __init__(self, rig: Rig, stream: int, number: int) -> None:
        self.rig, self.stream, self.number = rig, stream, number
        self.acknowledged: list[int] = []
        self.next = 0

    async def run(self, until: float) -> None:
        """Publishes with QoS 1, eight in flight, and connects again after every break."""
        while time.monotonic() < until:
            with contextlib.suppress(aiomqtt.MqttError, OSError, TimeoutError):
                async with aiomqtt.Client(
                    "127.0.0.1", self.rig.mqtt_port, username="all", password="all-password", timeout=3
                ) as client:
                    while time.monotonic() < until:
                        await asyncio.gather(*(self._one(client) for _ in range(8)))
            await asyncio.sleep(0.1)

    async def _one(self, client: aiomqtt.Client) -> None:
        self.next += 1
        number = self.next
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(START_US // 1_000_000 + number))
        body = json.dumps({"phenomenonTime": f"{at}Z", "result": float(number)})
        await client.publish(f"v1.1/Datastreams({self.stream})/Observations", body, qos=1, timeout=3)
        self.acknowledged.append(number)


@pytest.fixture
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rig, Postgres, list[int]]]:
    """An own database server, gateway and ingest process with a few streams."""
    home = Path(tmp_path_factory.mktemp("faults"))
    server = Postgres(home)
    server.start()
    server.ensure_database("taydo")
    made = Rig(home, server.url("taydo"))
    try:
        made.manage("migrate")
        with psycopg.connect(made.dsn, autocommit=True) as link:
            streams = make_streams(link, "F1", DEVICES)
            make_account(link, "all", "all-password", "*")
        made.start_nats()
        made.start_ingest()
        made.wait_until_it_reads()
        yield made, server, streams
    finally:
        made.stop()
        server.stop()


def _kill_ingest(rig: Rig, server: Postgres) -> None:
    rig.kill(rig.ingest)
    rig.start_ingest()


def _kill_gateway(rig: Rig, server: Postgres) -> None:
    rig.kill(rig.nats)
    time.sleep(0.3)
    rig.start_nats()


def _kill_database(rig: Rig, server: Postgres) -> None:
    """The postmaster and every backend at once, as a power cut would."""
    assert server.process is not None
    os.killpg(server.process.pid, signal.SIGKILL)
    server.process.wait(10)
    time.sleep(0.3)
    wait(lambda: _started(server), 30, 0.5)


def _started(server: Postgres) -> bool:
    try:
        server.start()
    except CannotStart:
        return False
    return True


async def _publish_while(rig: Rig, server: Postgres, streams: list[int], faults: list) -> list[Publisher]:  # type: ignore[type-arg]
    publishers = [Publisher(rig, stream, number) for number, stream in enumerate(streams)]
    until = time.monotonic() + SECONDS + 3 * len(faults)
    running = [asyncio.create_task(publisher.run(until)) for publisher in publishers]
    chance = random.Random(7)
    for fault in faults:
        await asyncio.sleep(1.5 + chance.random())
        await asyncio.to_thread(fault, rig, server)
    await asyncio.gather(*running)
    return publishers


@pytest.mark.parametrize(
    "faults",
    [
        [_kill_ingest, _kill_ingest],
        [_kill_gateway, _kill_gateway],
        [_kill_database],
        [_kill_ingest, _kill_gateway, _kill_database],
    ],
    ids=["ingest", "gateway", "database", "all"],
)
def test_every_acknowledged_reading_is_kept_exactly_once(rig: tuple[Rig, Postgres, list[int]], faults: list) -> None:  # type: ignore[type-arg]
    city, server, streams = rig
    publishers = asyncio.run(_publish_while(city, server, streams, faults))

    acknowledged = {(each.stream, number) for each in publishers for number in each.acknowledged}
    assert len(acknowledged) > 50
    question = "SELECT datastream_id, result::int FROM streams_observation"

    def kept() -> list[tuple[int, int]]:
        with psycopg.connect(city.dsn) as link:
            return link.execute(question).fetchall()

    wait(lambda: acknowledged <= set(kept()), 30, 0.5)
    rows = kept()
    assert len(rows) == len(set(rows))
    assert city.value("SELECT count(*) FROM streams_quarantine") == 0
    behind = city.value(
        """SELECT count(*) FROM (SELECT datastream_id, max(result) AS last FROM streams_observation GROUP BY 1) o
           LEFT JOIN streams_latest l USING (datastream_id) WHERE l.result IS DISTINCT FROM o.last"""
    )
    assert behind == 0
