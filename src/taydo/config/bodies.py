"""What a client sends is taken whole before a thread works on it: a slow line holds no thread, a cut one leaves nothing."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

MOST_BYTES = 110 * 2**20
"""Five photos of 20 MB, as many as a report may have, and the form around them."""
MOST_HELD = 2 * 2**30
"""All bodies together that one process holds at a time."""
IN_MEMORY, PART, SECONDS = 2**20, 2**18, 300.0
CODES = {400: b"cut_off", 408: b"too_slow", 413: b"too_large", 503: b"too_much_at_once"}
Receive = Callable[[], Awaitable[Any]]


class Unreadable(Exception):
    """The request did not come whole; `status` is the answer, if somebody is still there to read it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Bodies:
    """The bodies this process holds."""

    def __init__(self) -> None:
        self.held = 0

    @asynccontextmanager
    async def whole(self, scope: dict[str, Any], receive: Receive) -> AsyncIterator[Receive]:
        """Take a body to its end and give it out again, from memory or, when it is great, from disk. Raises Unreadable.

        Cut off: 400. Longer than MOST_BYTES: 413. Not there after SECONDS: 408. More than MOST_HELD in all: 503.
        """
        headers = dict(scope["headers"])
        length = headers.get(b"content-length", b"").decode("latin-1")
        if length in ("", "0") and b"transfer-encoding" not in headers:
            yield _given(None)
            return
        meant = int(length) if length.isdecimal() else None
        if meant is not None and meant > MOST_BYTES:
            raise Unreadable(413)
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as kept:
            try:
                await self._take(receive, kept, meant)
                kept.seek(0)
                yield _given(kept)
            finally:
                kept.seek(0, 2)
                self.held = max(0, self.held - kept.tell())

    async def _take(self, receive: Receive, kept: Any, meant: int | None) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                async for part in _parts(receive):
                    self.held += len(part)
                    kept.write(part)
                    self._check(kept.tell(), meant)
        except TimeoutError:
            raise Unreadable(408) from None
        if meant is not None and kept.tell() != meant:
            raise Unreadable(400)

    def _check(self, size: int, meant: int | None) -> None:
        if size > MOST_BYTES or (meant is not None and size > meant):
            raise Unreadable(413)
        if self.held > MOST_HELD:
            raise Unreadable(503)


async def _parts(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Unreadable(400)
        yield message.get("body", b"")
        if not message.get("more_body", False):
            return


def _given(kept: Any) -> Receive:
    async def receive() -> dict[str, Any]:
        part = b"" if kept is None else kept.read(PART)
        return {"type": "http.request", "body": part, "more_body": len(part) == PART}

    return receive
