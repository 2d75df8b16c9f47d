"""Requests that wait to be signed."""

from __future__ import annotations

from taydo.kernel import clock, metrics, sql
from taydo.kernel.jobs import every

from .actions import HOUSE, work


@every(seconds=2, name="signing.work")
def sign_waiting() -> None:
    """Every request whose time has come, the oldest first; each in its own transaction."""
    for _ in range(20):
        due = sql.rows(
            "SELECT id FROM signing_request WHERE state = 'wanted' AND next_at <= %(now)s ORDER BY id LIMIT 50",
            {"now": clock.now()},
        )
        for one in due:
            work(HOUSE, one["id"])
        if len(due) < 50:
            return


@metrics.gauge("taydo_signing_waiting_seconds", "Age of the oldest request that waits to be signed")
def _waiting() -> float:
    found = sql.value("SELECT extract(epoch FROM now() - min(asked_at)) FROM signing_request WHERE state = 'wanted'")
    return float(found or 0)
