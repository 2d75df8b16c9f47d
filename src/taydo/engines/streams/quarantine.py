"""Keeps what could not be taken, with its reason, so that it can be looked at and run again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg

LIMIT = 65_536


@dataclass(slots=True)
class Refusal:
    """One refused reading. `source`: topic, file or route; `origin`: the same text when the message comes again;
    `station`: the thing's code when only that is known; `message`: position in what the door handed in."""

    door: str
    source: str
    raw: str
    reason: str
    detail: str = ""
    datastream_id: int | None = None
    origin: str | None = None
    size: int = 0
    station: str = ""
    message: int = -1


INSERT = """
INSERT INTO streams_quarantine (door, source, raw, size, reason, detail, thing_id, datastream_id, origin)
SELECT door, source, raw, size, reason, detail,
       coalesce((SELECT d.thing_id FROM streams_datastream d WHERE d.id = q.datastream_id),
                (SELECT t.id FROM streams_thing t WHERE t.code = q.station)), datastream_id, origin
FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[], %s::text[], %s::text[], %s::text[], %s::int[], %s::text[])
     AS q(door, source, raw, size, reason, detail, station, datastream_id, origin)
ON CONFLICT (origin) DO NOTHING
"""


def keep(connection: psycopg.Connection[Any], refusals: Iterable[Refusal]) -> None:
    """Stores refusals in the running transaction; those whose origin is already kept are left out."""
    items = list(refusals)
    if not items:
        return
    columns = [
        [item.door for item in items], [item.source[:500] for item in items], [_clean(item.raw) for item in items],
        [item.size or len(item.raw.encode()) for item in items], [item.reason for item in items],
        [_clean(item.detail)[:500] for item in items], [item.station for item in items],
        [item.datastream_id for item in items], [item.origin for item in items],
    ]  # fmt: skip
    connection.execute(INSERT, columns)


def readable(payload: bytes) -> str:
    """Bytes as text that PostgreSQL can keep; what is not UTF-8 is shown as escapes."""
    return _clean(payload[:LIMIT].decode("utf-8", "backslashreplace"))


def _clean(text: str) -> str:
    return text.replace("\x00", "\\x00")[:LIMIT]
