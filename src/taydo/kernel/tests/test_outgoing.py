"""What an action tells is written at its end, in order, and only when the action succeeds."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from taydo.kernel import actions, live, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, invalid
from taydo.kernel.events import Event, emit

pytestmark = pytest.mark.django_db
HOUSE = Viewer.system("test")


@dataclass(frozen=True)
class SomethingSaid(Event):
    """For these tests."""

    n: int


@actions.action("test.say")
def say(viewer: Viewer, *numbers: int) -> None:
    """Say numbers; a negative one is refused."""
    for n in numbers:
        emit(SomethingSaid(n), n)
        live.push("cases", {"id": n})
        if n < 0:
            raise invalid("negative", "Âm.", "Negative.")


@actions.action("test.outer")
def outer(viewer: Viewer) -> None:
    """An action within which another one fails."""
    emit(SomethingSaid(1))
    with pytest.raises(Problem):
        say(viewer, 2, -1)
    say(viewer, 3)


def said() -> list[int]:
    return [row["n"] for row in sql.rows("SELECT (data->>'n')::int AS n FROM kernel_outbox ORDER BY seq")]


def test_events_come_out_in_the_order_they_were_said() -> None:
    say(HOUSE, 3, 1, 2)

    assert said() == [3, 1, 2]
    assert sql.value("SELECT count(*) FROM kernel_audit WHERE action = 'test.say'") == 1


def test_an_inner_action_that_fails_says_nothing_and_the_outer_one_still_does() -> None:
    outer(HOUSE)

    assert said() == [1, 3]
    assert sql.value("SELECT array_agg(action ORDER BY id) FROM kernel_audit WHERE action LIKE 'test.%%'") == [
        "test.say",
        "test.outer",
    ]


def test_all_an_action_tells_is_one_statement_however_much_it_is() -> None:
    with CaptureQueriesContext(connection) as few:
        say(HOUSE, 1)
    with CaptureQueriesContext(connection) as many:
        say(HOUSE, *range(50))

    assert len(many) <= len(few) + 1
