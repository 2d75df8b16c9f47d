"""Server-sent events: one PostgreSQL listener and one NATS subscription a process, fanned out to every open page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import nats
import psycopg
from django.conf import settings

from . import live
from .logs import log

QUEUE = 256
BEAT_SECONDS = 15.0
LIFE_SECONDS = 1800.0
MOST_PAGES = 4000
READINGS = "live.readings"


class Hub:
    """Holds the open pages of this process and hands each message to those that asked for its topic."""

    def __init__(self) -> None:
        self.pages: dict[asyncio.Queue[bytes], frozenset[str]] = {}
        self.started = False

    @property
    def full(self) -> bool:
        """Whether this process holds as many open pages as it should."""
        return len(self.pages) >= MOST_PAGES

    async def start(self) -> None:
        """Begin listening, once."""
        if not self.started:
            self.started = True
            self.tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._subscribe())]

    def publish(self, topic: str, data: bytes) -> None:
        """Queue one message for every page on the topic; a page too slow to read is told to fetch again."""
        message = b"event: " + topic.encode() + b"\ndata: " + data + b"\n\n"
        for queue, topics in self.pages.items():
            if topic in topics:
                if queue.full():
                    while not queue.empty():
                        queue.get_nowait()
                    queue.put_nowait(b"event: refetch\ndata: {}\n\n")
                else:
                    queue.put_nowait(message)

    async def stream(self, topics: frozenset[str]) -> AsyncIterator[bytes]:
        """The bytes of one open page's event stream, with a beat so that a dead line is noticed."""
        await self.start()
        queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE)
        self.pages[queue] = topics
        try:
            yield b"retry: 2000\nevent: hello\ndata: {}\n\n"
            until = asyncio.get_running_loop().time() + LIFE_SECONDS
            while (
                asyncio.get_running_loop().time() < until
            ):  # then the page asks again, and what it may hear is looked up anew
                try:
                    yield await asyncio.wait_for(queue.get(), BEAT_SECONDS)
                except TimeoutError:
                    yield b"event: beat\ndata: {}\n\n"
        finally:
            self.pages.pop(queue, None)

    async def _listen(self) -> None:
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(settings.DATABASE_DSN, autocommit=True)
                async with connection:
                    await connection.execute(f"LISTEN {live.CHANNEL}")
                    async for notice in connection.notifies():
                        message: dict[str, Any] = json.loads(notice.payload)
                        self.publish(message["topic"], json.dumps(message["data"], ensure_ascii=False).encode())
            except (psycopg.Error, OSError) as error:
                log.warning("live listener lost the database", error=str(error))
                await asyncio.sleep(1)

    async def _subscribe(self) -> None:
        while True:
            try:
                client = await nats.connect(settings.NATS_URL, max_reconnect_attempts=-1, name="taydo-live")
                subscription = await client.subscribe(READINGS)
                async for message in subscription.messages:
                    self.publish("readings", message.data)
            except Exception as error:
                log.warning("live listener lost the backbone", error=str(error))
                await asyncio.sleep(1)
