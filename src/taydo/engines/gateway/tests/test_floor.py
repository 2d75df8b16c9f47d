"""Acknowledging "all before" must never acknowledge what a dead reader was given and did not keep."""

from __future__ import annotations

import asyncio

from taydo.engines.gateway.outlet import interest
from taydo.engines.gateway.wire import Floor, Reader, Stored
from taydo.engines.streams.messages import Message


def message(sequence: int) -> Stored:
    return Stored(Message("ingest.sta.Datastreams(1)", b"", 0), sequence, f"ack.{sequence}".encode())


def test_with_nothing_pending_the_newest_is_acknowledged_at_once() -> None:
    assert Floor(0, 0).kept([message(1), message(3), message(2)]) == b"ack.3"


def test_new_messages_are_not_acknowledged_before_the_old_ones_came_again() -> None:
    floor = Floor(pending=2, delivered=10)
    assert floor.kept([message(11), message(12)]) == b""
    assert floor.kept([message(9)]) == b""
    assert floor.kept([message(9), message(13)]) == b""
    assert floor.kept([message(10)]) == b"ack.13"
    assert floor.kept([message(14)]) == b"ack.14"


def test_only_subscriptions_that_could_match_make_anybody_listen() -> None:
    assert interest(["v1//1.Datastreams(7).Observations", "ingest.>", "$MQTT.sub.abc"]) == {7}
    assert interest(["v1//1.*.Observations"]) is None
    assert interest([]) == set()


def test_the_reader_takes_messages_torn_anywhere_and_leaves_stored_ones_to_the_store() -> None:
    wire = (
        b"HMSG $MQTT.msgs.ingest.sta.Datastreams(5) 1 $JS.ACK.$MQTT_msgs.ingest.1.42.7.1795316523601800040.0 25 27\r\n"
        b"NATS/1.0\r\nNmqtt-Pub:1\r\n\r\n{}\r\n"
        b"HMSG ingest.sta.Datastreams(5) 2 25 27\r\nNATS/1.0\r\nNmqtt-Pub:1\r\n\r\n{}\r\n"
        b"HMSG ingest.sta.Datastreams(6) 2 25 28\r\nNATS/1.0\r\nNmqtt-Pub:0\r\n\r\n[1]\r\nPING\r\n"
    )

    async def read(size: int) -> Reader:
        reader = Reader("nats://field:x@127.0.0.1:4222")
        for start in range(0, len(wire), size):
            reader.data_received(wire[start : start + size])
        return reader

    for size in (1, 7, 64, 4096):
        reader = asyncio.run(read(size))
        assert [(each.message.subject, each.sequence) for each in reader.stored] == [("ingest.sta.Datastreams(5)", 42)]
        assert [(each.subject, each.payload) for each in reader.unstored] == [("ingest.sta.Datastreams(6)", b"[1]")]
