"""A small city inside one transaction that is never committed, and the four kinds of people who come to its doors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from taydo.kernel import sql
from taydo.kernel.models import Actor, Grant

PEOPLE = ("anonymous", "powerless", "elsewhere", "right")


def _actor(name: str, role: str, scope: str) -> Actor:
    actor = Actor.objects.create(
        username=f"test-{name}", name=name, kind="official", agency=scope.replace("*", ""), password="!"
    )
    if role:
        Grant.objects.create(actor=actor, role=role, scope=scope)
    return actor


def _readings() -> None:
    from taydo.engines.streams.ingest import Batch, Reading, take

    noon = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0) - dt.timedelta(hours=2)
    streams = [item["id"] for item in sql.rows("SELECT id FROM streams_datastream ORDER BY id")]
    take(
        Batch.of(
            [Reading(stream, noon + dt.timedelta(minutes=10 * n), 5.0 + n) for stream in streams for n in range(6)]
        )
    )


@pytest.fixture(scope="package")
def town(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, Client]]:
    """Clients of each kind of person, before a city that was loaded as `taydo load` does and has a few readings."""
    from taydo.config import city
    from taydo.kernel import logs

    logs.configure()
    with django_db_blocker.unblock():
        around = transaction.atomic()
        around.__enter__()
        try:
            list(city.load(force=True))
            _readings()
            clients = {"anonymous": Client()}
            for name, role, scope in (("powerless", "", ""), ("elsewhere", "admin", "H99.99"), ("right", "admin", "*")):
                clients[name] = Client()
                clients[name].force_login(_actor(name, role, scope))
            yield clients
        finally:
            transaction.set_rollback(True)
            around.__exit__(None, None, None)
