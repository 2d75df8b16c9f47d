"""An MQTT 3.1.1 publisher that only publishes with QoS 1 and counts acknowledgements, as fast as the gateway takes them."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Sequence

WINDOW = 512


class Publisher(asyncio.Protocol):
    """Keeps at most `WINDOW` messages unacknowledged; `done` is set when all of them are acknowledged."""

    def __init__(self, user: str, password: str, name: str, packets: Sequence[bytes]) -> None:
        self.hello = _connect(user, password, name)
        self.packets = packets
        self.sent = self.acknowledged = 0
        self.greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.started = False
        self.done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.buffer = b""

    def connection_made(self, transport) -> None:  # type: ignore[no-untyped-def]
        self.transport = transport
        transport.write(self.hello)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            error = exc or ConnectionError("the gateway hung up")
            (self.done if self.greeted.done() else self.greeted).set_exception(error)

    def data_received(self, data: bytes) -> None:
        data = self.buffer + data
        whole = len(data) // 4 * 4  # CONNACK and PUBACK are both four bytes long
        self.buffer = data[whole:]
        count = data[:whole:4].count(0x40)
        self.acknowledged += count
        if not self.greeted.done():
            self.greeted.set_result(None)
        self.fill()

    def fill(self) -> None:
        """Sends as much as the window allows, once started."""
        if not self.started:
            return
        if self.acknowledged >= len(self.packets):
            if not self.done.done():
                self.done.set_result(self.acknowledged)
            return
        room = min(self.acknowledged + WINDOW, len(self.packets))
        if room > self.sent:
            self.transport.write(b"".join(self.packets[self.sent : room]))
            self.sent = room


def packet(topic: str, body: bytes, number: int) -> bytes:
    """A PUBLISH packet with QoS 1."""
    name = topic.encode()
    rest = struct.pack(">H", len(name)) + name + struct.pack(">H", number % 65535 + 1) + body
    return b"\x32" + _length(len(rest)) + rest


def _connect(user: str, password: str, name: str) -> bytes:
    fields = b"".join(struct.pack(">H", len(part)) + part for part in (name.encode(), user.encode(), password.encode()))
    rest = b"\x00\x04MQTT\x04\xc2" + struct.pack(">H", 600) + fields
    return b"\x10" + _length(len(rest)) + rest


def _length(size: int) -> bytes:
    out = bytearray()
    while True:
        size, digit = divmod(size, 128)
        out.append(digit | (0x80 if size else 0))
        if not size:
            return bytes(out)


async def publish(
    port: int, user: str, password: str, lots: Sequence[Sequence[bytes]], before: Callable[[], None]
) -> int:
    """Publishes each lot on a connection of its own, all at once; returns how many were acknowledged.

    `before` is called when all are connected and nothing is sent yet.
    """
    loop = asyncio.get_running_loop()
    publishers = []
    for number, lot in enumerate(lots):
        _, each = await loop.create_connection(
            lambda number=number, lot=lot: Publisher(user, password, f"bench{number}", lot), "127.0.0.1", port
        )
        publishers.append(each)
    await asyncio.gather(*(each.greeted for each in publishers))
    before()
    for each in publishers:
        each.started = True
        each.fill()
    acknowledged = await asyncio.gather(*(each.done for each in publishers))
    for each in publishers:
        each.transport.close()
    return sum(acknowledged)
