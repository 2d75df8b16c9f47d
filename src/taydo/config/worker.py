"""The worker: sends stored events to the backbone, hands them to handlers, does regular work and queued jobs."""

from __future__ import annotations

import asyncio
import json
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import nats
import psycopg
from django.conf import settings
from django.db import close_old_connections, connection
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StreamConfig
from procrastinate.contrib.django import app
from psycopg.rows import dict_row

from taydo.kernel import events, metrics, sql
from taydo.kernel.jobs import REGULAR, Regular, run_regular
from taydo.kernel.logs import log

STREAM, SUBJECTS, DURABLE = "EVENTS", "events.>", "handlers"
TRIES, BATCH = 8, 200
CLAIM = """DELETE FROM kernel_outbox WHERE seq IN
  (SELECT seq FROM kernel_outbox ORDER BY seq LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING *"""


class Worker:
    """One worker process; several may run at once."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self.handlers = ThreadPoolExecutor(1, "handlers")
        self.regular = ThreadPoolExecutor(max(4, len(REGULAR)), "regular")

    async def run(self) -> None:
        """Work until told to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        tasks = [asyncio.create_task(self._forever(self._relay)), asyncio.create_task(self._forever(self._consume))]
        tasks += [asyncio.create_task(self._regular(work)) for work in REGULAR.values()]
        tasks.append(asyncio.create_task(self._forever(self._jobs)))
        log.info("worker started", regular=sorted(REGULAR), handlers=sum(map(len, events.HANDLERS.values())))
        await self.stopping.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _forever(self, work: Any) -> None:
        while not self.stopping.is_set():
            try:
                await work()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.warning("worker part failed; again in a second", part=work.__name__, error=repr(error))
                await asyncio.sleep(1)

    async def _backbone(self) -> tuple[Client, JetStreamContext]:
        client = await nats.connect(settings.NATS_URL, name="taydo-worker", max_reconnect_attempts=-1)
        stream = client.jetstream()
        wanted = StreamConfig(
            name=STREAM, subjects=[SUBJECTS], retention=RetentionPolicy.LIMITS, max_age=30 * 86400, duplicate_window=300
        )
        try:
            await stream.add_stream(wanted)
        except nats.js.errors.BadRequestError:
            await stream.update_stream(wanted)
        return client, stream

    async def _relay(self) -> None:
        client, stream = await self._backbone()
        async with (
            await psycopg.AsyncConnection.connect(settings.DATABASE_DSN, row_factory=dict_row) as work,
            await psycopg.AsyncConnection.connect(settings.DATABASE_DSN, autocommit=True) as ear,
        ):
            await ear.execute("LISTEN outbox")
            while True:
                while await self._send(work, stream):
                    continue
                async for _ in ear.notifies(timeout=1.0, stop_after=1):
                    pass
        await client.close()

    @staticmethod
    async def _send(work: psycopg.AsyncConnection[dict[str, Any]], stream: JetStreamContext) -> int:
        """Claim, publish and only then commit: a crash in between sends again under the same message id."""
        async with work.transaction():
            claimed = await (await work.execute(CLAIM, [BATCH])).fetchall()
            claimed.sort(key=lambda record: record["seq"])
            for record in claimed:
                message = json.dumps(events.cloud_event(record), ensure_ascii=False, default=str).encode()
                headers = {"Nats-Msg-Id": str(record["id"]), "content-type": "application/cloudevents+json"}
                await stream.publish(f"events.{record['type']}", message, headers=headers)
        return len(claimed)

    async def _consume(self) -> None:
        client, stream = await self._backbone()
        consumer = ConsumerConfig(
            durable_name=DURABLE, ack_policy=AckPolicy.EXPLICIT, ack_wait=60, max_ack_pending=1000
        )
        subscription = await stream.pull_subscribe(SUBJECTS, DURABLE, stream=STREAM, config=consumer)
        try:
            while True:
                try:
                    messages = await subscription.fetch(100, timeout=5)
                except TimeoutError:
                    continue
                for message in messages:
                    await self._handle(message)
        finally:
            await client.close()

    async def _handle(self, message: Msg) -> None:
        event = json.loads(message.data)
        try:
            await asyncio.get_running_loop().run_in_executor(self.handlers, _deliver, event)
        except Exception as error:
            tries = message.metadata.num_delivered or 1
            log.warning("handler failed", type=event["type"], id=event["id"], tries=tries, error=repr(error))
            if tries < TRIES:
                await message.nak(delay=min(2**tries, 60))
                return
            await asyncio.get_running_loop().run_in_executor(self.handlers, _keep_failed, event, repr(error), tries)
        await message.ack()

    async def _regular(self, work: Regular) -> None:
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            try:
                await loop.run_in_executor(self.regular, _run_regular, work)
            except Exception as error:
                log.warning("regular work failed", name=work.name, error=repr(error))
            await asyncio.sleep(max(0.05, work.seconds - (loop.time() - begun)))

    async def _jobs(self) -> None:
        connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
        worker_app = app.with_connector(connector)
        async with worker_app.open_async():
            await worker_app.run_worker_async(install_signal_handlers=False, concurrency=2, listen_notify=True)


def _deliver(event: dict[str, Any]) -> None:
    try:
        events.deliver(event)
        metrics.EVENTS.labels(event["type"]).inc()
    finally:
        connection.close()


def _run_regular(work: Regular) -> None:
    try:
        run_regular(work)
    finally:
        connection.close()


def _keep_failed(event: dict[str, Any], reason: str, tries: int) -> None:
    close_old_connections()
    for handler in events.HANDLERS.get(event["type"].removeprefix("vn.taydo."), ()):
        sql.execute(
            """INSERT INTO kernel_failedevent (handler, event, type, data, reason, tries)
               SELECT %(h)s, %(e)s, %(t)s, %(d)s::jsonb, %(r)s, %(n)s
               WHERE NOT EXISTS (SELECT 1 FROM kernel_handled WHERE handler = %(h)s AND event = %(e)s) ON CONFLICT DO NOTHING""",
            {
                "h": handler.name,
                "e": event["id"],
                "t": event["type"],
                "d": json.dumps(event["data"]),
                "r": reason[:4000],
                "n": tries,
            },
        )
    connection.close()


def main() -> None:
    """Run the worker until SIGTERM."""
    asyncio.run(Worker().run())
