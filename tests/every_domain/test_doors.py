"""Every route times every kind of person: never a failure of the house, and whoever is refused leaves no trace."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from taydo.kernel import sql

from . import doors
from .conftest import PEOPLE
from .doors import Door

pytestmark = pytest.mark.django_db
MORE_QUERIES = 8


def refused(answer: Any) -> bool:
    """Whether the answer turns the person away."""
    return answer.status_code in (401, 403) or (answer.status_code == 302 and answer["Location"].startswith("/signin"))


@pytest.mark.parametrize("person", PEOPLE)
def test_no_door_fails_and_who_is_refused_leaves_no_trace(town: dict[str, Client], person: str) -> None:
    failures, traces, names = [], [], doors.tables()
    client, kept = town[person], doors.contents(names)
    cookies = client.cookies.copy()

    for door in doors.pages() + doors.operations():
        before = doors.touched()
        with transaction.atomic():
            answer = door.knock(client)
            if answer.status_code >= 500 and answer.status_code != 501:
                failures.append(f"{door}: {answer.status_code} {answer.content[:200]!r}")
            if refused(answer) and doors.touched() != before and doors.contents(names) != kept:
                traces.append(str(door))
            transaction.set_rollback(True)
        client.cookies = cookies.copy()  # whoever signed out is back: the session was undone, its cookie was not

    assert not failures, "\n".join(failures)
    assert not traces, "\n".join(traces)


def test_what_changes_something_is_closed_to_strangers_unless_it_says_so(town: dict[str, Client]) -> None:
    meant = ("/signin", "/open311/", "/subscriptions", "/api/v1/notices/", "/oauth/token")
    open_doors, names = [], doors.tables()
    kept = doors.contents(names)

    for door in doors.pages() + doors.operations():
        if door.method in doors.WRITING:
            before = doors.touched()
            with transaction.atomic():
                door.knock(town["anonymous"])
                changed = doors.touched() != before and doors.contents(names) != kept
                if changed and not door.path.startswith(meant):
                    open_doors.append(str(door))
                transaction.set_rollback(True)

    assert not open_doors


def _counted(client: Client, door: Door) -> tuple[int, int]:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        status = door.knock(client).status_code
    return status, len(seen)


def test_lists_cost_the_same_queries_for_one_row_and_for_many(town: dict[str, Client]) -> None:
    client = town["right"]
    lists = [door for door in doors.pages() + doors.operations() if door.method == "GET"]
    many = {str(door): _counted(client, door) for door in lists for _ in range(2)}
    with transaction.atomic():
        _leave_one_row_each()
        few = {str(door): _counted(client, door) for door in lists}
        transaction.set_rollback(True)

    dear = [
        f"{name}: {few[name][1]} queries for one row, {often} for many"
        for name, (status, often) in many.items()
        if status == few[name][0] == 200 and often - few[name][1] > MORE_QUERIES
    ]
    assert not dear, "\n".join(dear)


def _leave_one_row_each() -> None:
    """Thin out the town: whatever there is many of, one is left (references are not watched meanwhile)."""
    sql.execute("SET LOCAL session_replication_role = replica")
    for name in doors.tables():
        if name.startswith(
            ("streams_", "environment_", "directory_", "alerts_", "cases_", "warnings_", "notices_", "places_")
        ):
            sql.execute(f"DELETE FROM {name} WHERE ctid NOT IN (SELECT min(ctid) FROM {name})")
    sql.execute("SET LOCAL session_replication_role = origin")
