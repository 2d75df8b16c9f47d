"""Requests that wait to be signed: those with keys at hand, and those whose key is far away, which never hold the others up."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from taydo.kernel import clock, metrics, sql
from taydo.kernel.jobs import every, loads

from .actions import HOUSE
from .keeping import load_demonstration
from .work import ask, work

_DUE = """SELECT r.id FROM signing_request r WHERE r.state = 'wanted' AND r.next_at <= %(now)s
    AND (EXISTS (SELECT FROM signing_key k WHERE k.id = ANY (r.keys) AND k.provider = 'csc')) = %(far)s ORDER BY r.id LIMIT 50"""


@every(seconds=2, name="signing.work")
def sign_waiting() -> None:
    """Every request whose time has come and whose keys are at hand, the oldest first; each in its own transaction."""
    for _ in range(20):
        due = sql.rows(_DUE, {"now": clock.now(), "far": False})
        for one in due:
            work(HOUSE, one["id"])
        if len(due) < 50:
            return


@every(seconds=2, name="signing.far")
def sign_far() -> None:
    """Every request with a key at a provider, as far as it gets."""
    for one in sql.rows(_DUE, {"now": clock.now(), "far": True}):
        for _ in range(8):  # a step for each key, and what is at hand between them
            if work(HOUSE, one["id"]) != "asking" or not ask(one["id"]):
                break


@loads(order=35, name="signing")
def demonstration_keys(folder: Path) -> str:
    """Keys of the demonstration, only with TAYDO_DEMO=1."""
    return f"{load_demonstration(HOUSE, folder, settings.TAYDO_DEMO)} demonstration keys"


@metrics.gauge("taydo_signing_waiting_seconds", "Age of the oldest request that waits to be signed")
def _waiting() -> float:
    found = sql.value("SELECT extract(epoch FROM now() - min(asked_at)) FROM signing_request WHERE state = 'wanted'")
    return float(found or 0)
