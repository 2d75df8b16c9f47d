"""Two officers move one case at once: one wins, the other is told who did what; nothing is half done."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from taydo.engines.cases import actions, queries
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

from .sample import official


def together(*works: object) -> list[object]:
    """Run the works in threads that start at the same moment; return answers or problems."""
    gate, results = threading.Barrier(len(works)), [None] * len(works)

    def run(at: int, work: object) -> None:
        gate.wait()
        try:
            results[at] = work()  # type: ignore[operator]
        except Problem as problem:
            results[at] = problem  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(at, work)) for at, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results  # type: ignore[return-value]


@pytest.mark.django_db(transaction=True)
def test_one_officer_wins_and_the_other_is_told() -> None:
    an, em = official("An", "A"), official("Em", "A")
    for _ in range(5):
        case = actions.open_case(an, "sample", "Tranh nhau", agency="A")["id"]
        results = together(
            lambda case=case: actions.move(an, case, "start", expected_version=1),
            lambda case=case: actions.move(em, case, "close", expected_version=1),
        )
        lost = [result for result in results if isinstance(result, Problem)]
        assert len(lost) == 1 and lost[0].status == 409 and lost[0].fields["who"] in ("An", "Em")
        assert sql.value("SELECT count(*) FROM cases_event WHERE case_id = %(c)s", {"c": case}) == 2
        assert queries.case(an, case)["version"] == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_key_sent_twice_at_once_opens_one_case() -> None:
    an: Viewer = official("An", "A")
    send = lambda: actions.open_case(an, "sample", "Gửi hai lần", agency="A", key="bad-line")
    first, second = together(send, send)
    assert first == second
    assert sql.value("SELECT count(*) FROM cases_case") == 1
