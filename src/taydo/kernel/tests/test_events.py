"""Events: stored with the change, delivered at least once, handled once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction

from taydo.kernel import events, sql
from taydo.kernel.events import Event, Meta, deliver, deliver_pending, emit, on


@pytest.fixture
def pond(monkeypatch: pytest.MonkeyPatch) -> tuple[type[Event], list[Any]]:
    monkeypatch.setattr(events, "EVENTS", dict(events.EVENTS))
    monkeypatch.setattr(events, "HANDLERS", {})

    @dataclass(frozen=True)
    class PondOverflowed(Event):
        pond: int
        level: float = 0.0

    return PondOverflowed, []


def waiting() -> int:
    return int(sql.value("SELECT count(*) FROM kernel_outbox"))


@pytest.mark.django_db
def test_a_rolled_back_change_leaves_no_event(pond: Any) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        emit(pond[0](1))
        raise ZeroDivisionError

    assert waiting() == 0


@pytest.mark.django_db
def test_an_event_reaches_every_handler_with_its_fields_and_surroundings(pond: Any) -> None:
    kind, heard = pond
    on(kind)(lambda event, meta: heard.append(("first", event.pond, event.level, meta.subject)))

    @on(kind)
    def second(event: Any, meta: Meta) -> None:
        heard.append(("second", meta.id))

    identifier = emit(kind(7, 1.5), subject=7)

    assert deliver_pending() == 1
    assert heard == [("first", 7, 1.5, "7"), ("second", identifier)]
    assert waiting() == 0


@pytest.mark.django_db
def test_an_event_delivered_twice_is_handled_once(pond: Any) -> None:
    kind, heard = pond

    @on(kind)
    def count(event: Any, meta: Meta) -> None:
        heard.append(1)

    emit(kind(1))
    message = events.cloud_event(sql.rows("SELECT * FROM kernel_outbox")[0])

    assert (deliver(message), deliver(message)) == (1, 0)
    assert heard == [1]


@pytest.mark.django_db
def test_a_handler_that_dies_in_between_is_run_again_and_the_others_are_not(pond: Any) -> None:
    kind, heard = pond
    dying = [True]

    @on(kind)
    def steady(event: Any, meta: Meta) -> None:
        heard.append("steady")

    @on(kind)
    def dies_once(event: Any, meta: Meta) -> None:
        sql.execute("INSERT INTO kernel_loaded (name, checksum, tags) VALUES ('half', '', '{}')")
        if dying:
            dying.clear()
            raise ConnectionError("killed")
        heard.append("again")

    emit(kind(1))
    with pytest.raises(ConnectionError):
        deliver_pending()
    assert sql.value("SELECT count(*) FROM kernel_loaded WHERE name = 'half'") == 0
    assert waiting() == 1

    deliver_pending()

    assert heard == ["steady", "again"]
    assert sql.value("SELECT count(*) FROM kernel_loaded WHERE name = 'half'") == 1


@pytest.mark.django_db
def test_an_event_leaves_as_a_cloud_event(pond: Any) -> None:
    kind, _ = pond
    emit(kind(1), subject="ponds/1")

    message = events.cloud_event(sql.rows("SELECT * FROM kernel_outbox")[0])

    assert message["specversion"] == "1.0"
    assert message["type"] == f"vn.taydo.{kind.type}"
    assert message["data"] == {"pond": 1, "level": 0.0}
    assert uuid.UUID(message["id"]).version == 7
    assert message["subject"] == "ponds/1"


@pytest.mark.django_db
def test_a_newer_sender_may_add_fields(pond: Any) -> None:
    kind, heard = pond

    @on(kind)
    def hear(event: Any, meta: Meta) -> None:
        heard.append(event.pond)

    emit(kind(1))
    message = events.cloud_event(sql.rows("SELECT * FROM kernel_outbox")[0])
    message["data"]["colour"] = "green"

    assert deliver(message) == 1
    assert heard == [1]
