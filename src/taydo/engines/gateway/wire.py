"""A lean NATS reader for the one hot path: what devices sent, from the broker's store and straight from the wire.

nats-py makes an object and a task step for every message; this parses whole buffers. It reads two subscriptions: replies
to pull requests (QoS 1 and 2, stored by the broker before it acknowledged them) and `ingest.>` itself, from which only
QoS 0 messages are kept, because the others come from the store.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from taydo.engines.gateway.server import DURABLE, MAPPED, STREAM
from taydo.engines.streams.messages import Message
from taydo.kernel import clock

PULL = 8192
OVERDUE_SECONDS = 60.0
STORE_PREFIX = len("$MQTT.msgs.")
PULLED, CORE = b"1", b"2"
UNSTORED = b"Nmqtt-Pub:0"


class Stored:
    """A message of the store with its place in the stream and the subject on which it is acknowledged."""

    __slots__ = ("ack", "message", "sequence")

    def __init__(self, message: Message, sequence: int, ack: bytes) -> None:
        self.message = message
        self.sequence = sequence
        self.ack = ack


class Reader(asyncio.Protocol):
    """One connection. Received messages gather in `stored` and `unstored`; `arrived` is set when there are any."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.user, self.password = unquote(parts.username or ""), unquote(parts.password or "")
        self.inbox = f"_INBOX.{secrets.token_hex(8)}"
        self.stored: list[Stored] = []
        self.unstored: list[Message] = []
        self.arrived = asyncio.Event()
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.error = ""
        self.asked = 0
        self.dropped = 0
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Nothing is said before the server's INFO."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wakes whoever waits."""
        if not self.closed.done():
            self.closed.set_result(None)
        self.arrived.set()

    def data_received(self, data: bytes) -> None:
        """Parses every whole message of the buffer."""
        buffer = self._buffer + data if self._buffer else data
        at, end = 0, len(buffer)
        while at < end:
            line_end = buffer.find(b"\r\n", at)
            if line_end < 0:
                break
            head = buffer[at : at + 4]
            if head in (b"HMSG", b"MSG "):
                parts = buffer[at:line_end].split(b" ")
                stop = line_end + 2 + int(parts[-1])
                if stop + 2 > end:
                    break
                self._message(parts, buffer, line_end + 2, stop)
                at = stop + 2
            else:
                self._control(head, buffer[at:line_end])
                at = line_end + 2
        self._buffer = buffer[at:] if at < end else b""
        if self.stored or self.unstored:
            self.arrived.set()

    def _message(self, parts: list[bytes], buffer: bytes, start: int, stop: int) -> None:
        headed = parts[0] == b"HMSG"
        body = start + int(parts[-2]) if headed else start
        if parts[2] == PULLED:
            if len(parts) - headed < 5:  # a status, not a message: the request has ended
                self.asked = 0
                return
            self.asked -= 1
            mark = parts[3].split(
                b"."
            )  # $JS.ACK.<stream>.<consumer>.<tries>.<stream seq>.<consumer seq>.<ns>.<pending>
            text = f"mqtt:{mark[-2].decode()}:{mark[-4].decode()}"
            subject = parts[1].decode()[STORE_PREFIX:]
            message = Message(subject, buffer[body:stop], int(mark[-2]), text)
            self.stored.append(Stored(message, int(mark[-4]), parts[3]))
        elif headed and UNSTORED not in buffer[start:body].replace(b" ", b""):
            return
        elif len(self.unstored) < 200_000:
            now_ns = int(clock.now().timestamp() * 1e6) * 1000
            self.unstored.append(Message(parts[1].decode(), buffer[body:stop], now_ns))
        else:
            self.dropped += 1

    def _control(self, head: bytes, line: bytes) -> None:
        if head == b"PING":
            self._send(b"PONG\r\n")
        elif head == b"INFO":
            self._greet()
        elif head == b"-ERR":
            self.error = line.decode("utf-8", "replace")

    def _greet(self) -> None:
        hello: dict[str, Any] = {
            "user": self.user, "pass": self.password, "name": "taydo-ingest", "lang": "python", "version": "1",
            "protocol": 1, "headers": True, "no_responders": False, "verbose": False, "pedantic": False, "echo": False,
        }  # fmt: skip
        self._send(
            b"CONNECT %s\r\nSUB %s %s\r\nSUB %s %s\r\n"
            % (json.dumps(hello).encode(), self.inbox.encode(), PULLED, MAPPED.encode(), CORE)
        )
        self.pull()

    def pull(self, waiting: int = 0) -> None:
        """Asks the store for more, unless enough is on its way or `waiting` messages are not yet kept."""
        if self.asked < PULL // 2 and waiting < 4 * PULL:
            self.asked += PULL
            request = json.dumps({"batch": PULL}).encode()
            subject = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{DURABLE} {self.inbox}"
            self._send(b"PUB %s %d\r\n%s\r\n" % (subject.encode(), len(request), request))

    def acknowledge(self, subject: bytes) -> None:
        """Tells the store that this message and all before it are kept."""
        self._send(b"PUB %s 4\r\n+ACK\r\n" % subject)

    def close(self) -> None:
        """Hangs up."""
        if self._transport:
            self._transport.close()

    def _send(self, data: bytes) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(data)


class Floor:
    """Up to where the store may be told that all is kept, when acknowledging one message acknowledges all before it.

    A reader that died may have left messages delivered but not kept. The store hands newer ones to the next reader first;
    acknowledging those would lose the old ones. So nothing is acknowledged until all `pending` messages up to stream
    sequence `delivered` (as the consumer stood when we connected) have come again and been kept.
    """

    def __init__(self, pending: int, delivered: int) -> None:
        self.pending = pending
        self.delivered = delivered
        self.back: set[int] = set()
        self.since = time.monotonic()
        self.top = 0
        self.ack = b""

    def kept(self, messages: list[Stored]) -> bytes:
        """Takes note that these are committed; returns the subject to acknowledge on now, or b""."""
        for message in messages:
            if self.pending and message.sequence <= self.delivered:
                self.back.add(message.sequence)
            if message.sequence > self.top:
                self.top, self.ack = message.sequence, message.ack
        if self.pending and len(self.back) >= self.pending:
            self.pending = 0
            self.back.clear()
        return b"" if self.pending else self.ack

    def overdue(self) -> bool:
        """Whether the old messages have kept us waiting for longer than they can take."""
        return bool(self.pending) and time.monotonic() - self.since > OVERDUE_SECONDS


async def connect(url: str) -> Reader:
    """Opens the reader's connection. Raises OSError when the server does not answer."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    _, reader = await asyncio.wait_for(
        loop.create_connection(lambda: Reader(url), parts.hostname or "127.0.0.1", parts.port or 4222), timeout=5
    )
    return reader
