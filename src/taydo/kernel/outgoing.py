"""What an action leaves behind besides its change: events, live notices, audit rows — gathered, and written as one statement.

An action used to send a statement for each of them; on the hot paths those round trips cost more than the change itself.
Nothing is written before the action's end, everything in its transaction: if it fails, nothing of it was ever said.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from . import sql

INSERTS = (
    ("kernel_outbox (id, type, at, subject, data)", ("uuid", "text", "timestamptz", "text", "jsonb")),
    (
        "kernel_audit (actor, actor_name, action, object_kind, object_id, agency, outcome, detail, request_id)",
        ("bigint", "text", "text", "text", "text", "text", "text", "jsonb", "text"),
    ),
)
SMALL = 8  # rows up to which the statement is worth keeping prepared: what most actions need


@functools.lru_cache(maxsize=256)
def _text(rows: tuple[int, int], notices: int) -> str:
    """The statement for so many events, audit rows and notices."""
    parts = []
    for kind, ((table, types), count) in enumerate(zip(INSERTS, rows, strict=True)):
        values = ", ".join(
            "(" + ", ".join(f"%(r{kind}_{row}_{at})s::{name}" for at, name in enumerate(types)) + ")"
            for row in range(count)
        )
        if count:
            parts.append(f"written{kind} AS (INSERT INTO {table} VALUES {values})")
    told = ", ".join(f"pg_notify(%(c{at})s::text, %(t{at})s::text)" for at in range(notices)) or "1"
    return (f"WITH {', '.join(parts)} " if parts else "") + f"SELECT {told}"


@dataclass
class Gathered:
    """Rows that wait for the end of the action, each a tuple in the order of its columns in INSERTS."""

    events: list[tuple[Any, ...]] = field(default_factory=list)
    audits: list[tuple[Any, ...]] = field(default_factory=list)
    notices: list[tuple[str, str]] = field(default_factory=list)

    def notify(self, channel: str, text: str) -> None:
        """Send a notice of PostgreSQL when the transaction commits; the same one once."""
        if (channel, text) not in self.notices:
            self.notices.append((channel, text))

    def cut(self, events: int, audits: int, notices: int) -> None:
        """Forget what came after these counts: an inner action failed and was undone."""
        del self.events[events:], self.audits[audits:], self.notices[notices:]

    def write(self) -> None:
        """One statement for all of it."""
        if self.events:
            self.notify("outbox", "")
        counts = (len(self.events), len(self.audits))
        params = {
            f"r{kind}_{row}_{at}": value
            for kind, rows in enumerate((self.events, self.audits))
            for row, values in enumerate(rows)
            for at, value in enumerate(values)
        }
        for at, (channel, text) in enumerate(self.notices):
            params |= {f"c{at}": channel, f"t{at}": text}
        if params:
            small = sum(counts) + len(self.notices) <= SMALL
            (sql.prepared if small else sql.rows)(_text(counts, len(self.notices)), params)


_open: ContextVar[Gathered | None] = ContextVar("outgoing", default=None)


@contextmanager
def gathering() -> Iterator[Gathered]:
    """Gather until the end of the block, then write; an inner block leaves the writing to the outer one.

    Must stand inside the transaction of the change.
    """
    outer = _open.get()
    if outer is not None:
        before = (len(outer.events), len(outer.audits), len(outer.notices))
        try:
            yield outer
        except BaseException:
            outer.cut(*before)
            raise
        return
    gathered = Gathered()
    token = _open.set(gathered)
    try:
        yield gathered
        gathered.write()
    finally:
        _open.reset(token)
