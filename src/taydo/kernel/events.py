"""Events: what happened, stored with the change itself, delivered after commit at least once, handled exactly once.

An event is a frozen dataclass named in the past tense. `emit` writes it to the outbox inside the transaction; the worker
sends it to JetStream as a CloudEvent (CNCF CloudEvents 1.0, JSON) and hands it to every handler of its type.
"""

from __future__ import annotations

import dataclasses
import json
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from django.db import transaction

from . import clock, ids, outgoing, sql

SOURCE = "/taydo"
EVENTS: dict[str, type[Event]] = {}
HANDLERS: dict[str, list[Handler]] = {}


class Event:
    """The parent of every event; subclasses are frozen dataclasses of JSON-able fields."""

    type: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        part = cls.__module__.split(".")[-2]
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        cls.type = f"{part}.{name}"
        EVENTS[cls.type] = cls


E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Meta:
    """What surrounds an event: its id, its time, what it is about."""

    id: uuid.UUID
    at: str
    subject: str


@dataclass(frozen=True)
class Handler:
    """A function that answers one type of event, under a stable name."""

    name: str
    event: type[Event]
    run: Callable[[Any, Meta], None]


def emit(event: Event, subject: object = "") -> uuid.UUID:
    """Store the event in the running transaction; it is sent once that commits. Returns its id."""
    return emit_all([(event, subject)])[0]


def emit_all(events: Sequence[tuple[Event, object]]) -> list[uuid.UUID]:
    """Store many events, each with its subject; the same promises as `emit`. Returns their ids."""
    now, made = clock.now(), [ids.uuid7() for _ in events]
    with outgoing.gathering() as gathered:
        gathered.events += [
            (identifier, event.type, now, str(subject), json.dumps(vars(event), ensure_ascii=False, default=_plain))
            for identifier, (event, subject) in zip(made, events, strict=True)
        ]
    return made


def _plain(value: Any) -> Any:
    return vars(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else str(value)


def on(event: type[E]) -> Callable[[Callable[[E, Meta], None]], Callable[[E, Meta], None]]:
    """Declare a handler: called in a transaction of its own, once for each event, however often it is delivered."""

    def declare(run: Callable[[E, Meta], None]) -> Callable[[E, Meta], None]:
        name = f"{run.__module__.removeprefix('taydo.')}.{run.__name__}"
        HANDLERS.setdefault(event.type, []).append(Handler(name, event, run))
        return run

    return declare


def cloud_event(record: dict[str, Any]) -> dict[str, Any]:
    """The CloudEvents 1.0 JSON of an outbox row."""
    return {
        "specversion": "1.0",
        "id": str(record["id"]),
        "source": SOURCE,
        "type": f"vn.taydo.{record['type']}",
        "time": record["at"].isoformat(),
        "subject": record["subject"] or None,
        "datacontenttype": "application/json",
        "data": record["data"] if isinstance(record["data"], dict) else json.loads(record["data"]),
    }


def deliver(message: dict[str, Any]) -> int:
    """Run every handler of a CloudEvent that has not run yet; return how many ran. A failing handler raises."""
    kind = message["type"].removeprefix("vn.taydo.")
    identifier = uuid.UUID(message["id"])
    ran = 0
    for handler in HANDLERS.get(kind, ()):
        ran += run_once(handler, identifier, message)
    return ran


def run_once(handler: Handler, identifier: uuid.UUID, message: dict[str, Any]) -> bool:
    """Run one handler for one event unless it has run; the mark and the work are one transaction."""
    names = {item.name for item in dataclasses.fields(handler.event)}  # type: ignore[arg-type]
    event = handler.event(**{key: item for key, item in message["data"].items() if key in names})
    with transaction.atomic():
        fresh = sql.execute(
            "INSERT INTO kernel_handled (handler, event) VALUES (%(h)s, %(e)s) ON CONFLICT DO NOTHING",
            {"h": handler.name, "e": identifier},
        )
        if fresh:
            handler.run(event, Meta(identifier, message["time"], message.get("subject") or ""))
    return bool(fresh)


def deliver_pending(limit: int = 1000) -> int:
    """Hand stored events to their handlers without the backbone, in order; for tests and for `taydo events drain`."""
    done = 0
    for record in sql.rows("SELECT * FROM kernel_outbox ORDER BY seq LIMIT %(n)s", {"n": limit}):
        deliver(cloud_event(record))
        sql.execute("DELETE FROM kernel_outbox WHERE seq = %(seq)s", {"seq": record["seq"]})
        done += 1
    return done
