"""The ingest process: devices' messages from the gateway into the database, acknowledged after commit.

Survives the loss of nats-server and of PostgreSQL by waiting for them; killed at any moment, it loses nothing: what was
not committed comes again, and coming again is harmless.
"""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import suppress

import nats
import psycopg
import uvloop
from django.conf import settings
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from prometheus_client import Counter

from taydo.engines.gateway import server as gateway
from taydo.engines.gateway import wire
from taydo.engines.gateway.device_access import Access
from taydo.engines.gateway.keeper import Keeper, Outcome
from taydo.engines.gateway.outlet import Outlet, Row
from taydo.engines.streams import ingest
from taydo.kernel.logs import log

LOT_MESSAGES, LOT_BYTES = 10_000, 1_500_000
# A lot smaller than this is worth a short wait: one transaction then carries more.
SMALL, PAUSE_SECONDS = 500, 0.02
ACK_WAIT_SECONDS = 5.0
READINGS = Counter("taydo_readings_total", "Readings by what became of them", ["outcome"])


class Process:
    """Everything one ingest process does."""

    def __init__(self) -> None:
        home, url = settings.TAYDO_HOME, settings.NATS_URL
        self.field_url = gateway.url_beside(home, "field", url)
        self.outlet = Outlet(url, gateway.url_beside(home, "system", url), settings.TAYDO_URL)
        self.keeper = Keeper(settings.DATABASE_DSN, lambda: self.outlet.wants_rows)
        self.access = Access(gateway.keys(home))
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        """Work until told to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        parts = (self.outlet.run, self._read, self._listen)
        tasks = [asyncio.create_task(self._forever(part)) for part in parts]
        await self.stopping.wait()
        self.keeper.stopping = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _forever(self, part) -> None:  # type: ignore[no-untyped-def]
        while not self.stopping.is_set():
            try:
                await part()
            except (OSError, TimeoutError, nats.errors.Error, psycopg.Error) as error:
                log.warning("ingest lost a connection", part=part.__name__, error=repr(error))
                await asyncio.sleep(0.5)

    async def _read(self) -> None:
        """One life of the connection to the gateway: make ready, then keep what comes until it breaks."""
        control = await nats.connect(self.field_url, name="taydo-access", max_reconnect_attempts=-1, connect_timeout=3)
        try:
            await asyncio.to_thread(self.keeper.connect)
            floor = await prepare(control)
            await self.access.serve(control)
            reader = await wire.connect(self.field_url)
            log.info("ingest reads", waiting=floor.pending)
            try:
                while not reader.closed.done():
                    await self._once(reader, floor)
            finally:
                reader.close()
            log.warning("the gateway hung up", error=reader.error)
        finally:
            with suppress(nats.errors.Error):
                await control.close()

    async def _once(self, reader: wire.Reader, floor: wire.Floor) -> None:
        await reader.arrived.wait()
        if len(reader.stored) + len(reader.unstored) < SMALL:
            await asyncio.sleep(PAUSE_SECONDS)
        reader.arrived.clear()
        stored, plain = _lot(reader.stored), reader.unstored[:LOT_MESSAGES]
        del reader.stored[: len(stored)], reader.unstored[: len(plain)]
        reader.pull(len(reader.stored))
        if stored or plain:
            lot = [each.message for each in stored] + plain
            self._show(await asyncio.to_thread(self.keeper.keep, lot))
            ack = floor.kept(stored)
            if ack:
                reader.acknowledge(ack)
            elif floor.overdue():  # asks the broker again how we stand
                reader.close()
        if reader.stored or reader.unstored:
            reader.arrived.set()

    def _show(self, outcome: Outcome) -> None:
        READINGS.labels("taken").inc(outcome.taken)
        READINGS.labels("duplicate").inc(outcome.duplicate)
        READINGS.labels("refused").inc(outcome.refused)
        self.outlet.take(outcome.rows, outcome.newest)

    async def _listen(self) -> None:
        """Readings taken through the other doors (HTTP, files), for open pages and subscribers."""
        link = await psycopg.AsyncConnection.connect(settings.DATABASE_DSN, autocommit=True)
        async with link:
            await link.execute(f"LISTEN {ingest.CHANNEL}")
            async for notice in link.notifies():
                told = json.loads(notice.payload)
                rows: list[Row] = [(row[0], row[1], row[2], row[3]) for row in told]
                self.outlet.take(rows, [row for row, each in zip(rows, told, strict=True) if each[4]])


def _lot(stored: list[wire.Stored]) -> list[wire.Stored]:
    size = 0
    for count, each in enumerate(stored):
        size += len(each.message.payload)
        if size > LOT_BYTES or count >= LOT_MESSAGES:
            return stored[: max(count, 1)]
    return stored[:]


async def prepare(control: Client) -> wire.Floor:
    """Sees to the store's stream and our durable consumer before any device may connect; tells how the consumer stands.

    The broker keeps a message only as long as somebody is interested: the consumer must be there first, and is never
    deleted.
    """
    jetstream = control.jetstream()
    try:
        await jetstream.stream_info(gateway.STREAM)
    except nats.js.errors.NotFoundError:
        # As nats-server itself makes it for the first MQTT client of an account.
        wanted = StreamConfig(
            name=gateway.STREAM, subjects=["$MQTT.msgs.>"], retention=RetentionPolicy.INTEREST, storage=StorageType.FILE
        )
        await jetstream.add_stream(wanted)
    # No filter: devices may publish nothing but `ingest.>`, and a filtered consumer costs the broker six times as much.
    consumer = ConsumerConfig(
        durable_name=gateway.DURABLE, ack_policy=AckPolicy.ALL, ack_wait=ACK_WAIT_SECONDS, max_ack_pending=50_000
    )
    await jetstream.add_consumer(gateway.STREAM, consumer)
    info = await jetstream.consumer_info(gateway.STREAM, gateway.DURABLE)
    while info.num_ack_pending:  # acknowledgements of a reader that just died may still be on their way
        await asyncio.sleep(0.5)
        before, info = info, await jetstream.consumer_info(gateway.STREAM, gateway.DURABLE)
        if info.num_ack_pending == before.num_ack_pending:
            break
    delivered = info.delivered.stream_seq if info.delivered else 0
    return wire.Floor(info.num_ack_pending or 0, delivered or 0)


def main() -> None:
    """Run until SIGTERM."""
    uvloop.run(Process().run())
