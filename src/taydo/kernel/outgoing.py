"""What an action leaves behind besides its change: events, live notices, audit rows — gathered, and written as one statement.

An action used to send a statement for each of them; on the hot paths those round trips cost more than the change itself.
Nothing is written before the action's end, everything in its transaction: if it fails, nothing of it was ever said.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from . import sql

WRITE = """
WITH told AS (
    INSERT INTO kernel_outbox (id, type, at, subject, data)
    SELECT id, type, at, subject, data::jsonb FROM unnest(%(ids)s::uuid[], %(types)s::text[], %(times)s::timestamptz[],
        %(subjects)s::text[], %(bodies)s::text[]) AS e(id, type, at, subject, data)
), noted AS (
    INSERT INTO kernel_audit (actor, actor_name, action, object_kind, object_id, agency, outcome, detail, request_id)
    SELECT actor, name, action, kind, object, agency, outcome, detail::jsonb, request
    FROM unnest(%(actors)s::bigint[], %(names)s::text[], %(actions)s::text[], %(kinds)s::text[], %(objects)s::text[],
        %(agencies)s::text[], %(outcomes)s::text[], %(details)s::text[], %(requests)s::text[])
        AS a(actor, name, action, kind, object, agency, outcome, detail, request)
)
SELECT pg_notify(channel, text) FROM unnest(%(channels)s::text[], %(texts)s::text[]) AS n(channel, text)
"""
EVENT = ("ids", "types", "times", "subjects", "bodies")
AUDIT = ("actors", "names", "actions", "kinds", "objects", "agencies", "outcomes", "details", "requests")
NOTICE = ("channels", "texts")


@dataclass
class Gathered:
    """Rows that wait for the end of the action, each a tuple in the order of EVENT, AUDIT or NOTICE."""

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
        params: dict[str, Any] = {}
        for names, rows in ((EVENT, self.events), (AUDIT, self.audits), (NOTICE, self.notices)):
            params |= {name: [row[at] for row in rows] for at, name in enumerate(names)}
        if self.events or self.audits or self.notices:
            sql.prepared(WRITE, params)


_open: ContextVar[Gathered | None] = ContextVar("outgoing", default=None)


def current() -> Gathered | None:
    """What the running action has gathered so far; None outside actions."""
    return _open.get()


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
