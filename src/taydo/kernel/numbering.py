"""Numbers without gaps: dossier codes, receipts, documents of a year — one counter a series, held until the transaction ends."""

from __future__ import annotations

from . import sql

_TAKE = """
INSERT INTO kernel_series AS s (name, last) VALUES (%(name)s::text, 1)
ON CONFLICT (name) DO UPDATE SET last = s.last + 1 RETURNING last
"""


def take(series: str) -> int:
    """The next number of a series, from 1, without gaps: it is undone with the transaction that took it.

    Whoever takes from the same series meanwhile waits for that transaction's end: call it as late in an action as possible, and take
    from several series in the order of their names. A series is named by what it counts and for whom: `dossier|H13.03|2026-11-25`.
    """
    return int(sql.prepared(_TAKE, {"name": series})[0]["last"])


def last(series: str) -> int:
    """The number taken last by a finished transaction, 0 when none was."""
    return int(sql.value("SELECT last FROM kernel_series WHERE name = %(name)s", {"name": series}) or 0)
