"""Somebody is away, somebody else does their work: it stands in their list, and the timeline says for whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from taydo.engines.cases import actions, queries
from taydo.engines.cases.queries import Filters
from taydo.kernel import actors, clock, sql
from taydo.kernel.actors import Role, Viewer
from taydo.kernel.specs import Label

from .sample import ALL, official
from .test_verbs import problem

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)
DAY = MONDAY.date()


@pytest.fixture
def em(an: Viewer, monkeypatch: pytest.MonkeyPatch) -> Viewer:
    """A colleague of An with the same rights, also in the tables."""
    role = Role(title=Label(vi="Thử", en="Test"), permissions=[f"cases.{verb}" for verb in ALL])
    monkeypatch.setattr(actors, "roles", lambda: {"tester": role})
    colleague = official("Em", "A")
    for who in (an, colleague):
        sql.execute(
            "INSERT INTO kernel_grant (actor_id, role, scope) VALUES (%(id)s, 'tester', 'A')", {"id": who.actor_id}
        )
    return colleague


def test_the_deputy_has_the_work_of_the_absent_and_the_line_says_for_whom(an: Viewer, em: Viewer) -> None:
    with clock.at(MONDAY):
        case, own = (int(actions.open_case(an, "sample", f"Việc {n}", agency="A")["id"]) for n in range(2))
        actions.take(an, case)
        actions.take(em, own)
        assert [item["id"] for item in queries.tasks(em)] == [own]
        actions.be_absent(an, DAY, DAY + timedelta(days=1), em.actor_id or 0)

        assert [item["id"] for item in queries.inbox(em, Filters(whose="mine")).cases] == [case, own]
        assert queries.counts(em)["mine"] == 2
        actions.move(em, case, "start")
        line = queries.timeline(em, case)[0]
        assert (line["who"], line["verb"], line["data"]) == ("Em", "Bắt đầu (thay An)", {"for": "An"})
        assert [(item["absent"], item["deputy"], item["mine"]) for item in queries.absences(em)] == [
            ("An", "Em", False)
        ]
        actions.move(em, own, "start")
        assert queries.timeline(em, own)[0]["data"] == {}
    with clock.at(MONDAY + timedelta(days=2)):
        assert [item["id"] for item in queries.tasks(em)] == [own]
        actions.move(em, case, "close")
        assert queries.timeline(em, case)[0]["data"] == {}


def test_who_is_back_has_their_work_again(an: Viewer, em: Viewer) -> None:
    with clock.at(MONDAY):
        actions.take(an, int(actions.open_case(an, "sample", "Việc", agency="A")["id"]))
        actions.be_absent(an, DAY, DAY, em.actor_id or 0)
        assert queries.counts(em)["mine"] == 1
        assert actions.be_back(an) == 1
        assert queries.counts(em)["mine"] == 0


def test_a_deputy_must_be_able_to_and_days_must_make_sense(an: Viewer, em: Viewer, binh: Viewer) -> None:
    with clock.at(MONDAY):
        for deputy in (binh.actor_id, an.actor_id, 999_999):
            with problem("cannot_stand_in"):
                actions.be_absent(an, DAY, DAY, deputy or 0)
        for since, until in ((DAY, DAY - timedelta(days=1)), (DAY, DAY + timedelta(days=400))):
            with problem("not_these_days"):
                actions.be_absent(an, since, until, em.actor_id or 0)
        with problem("sign_in_first"):
            actions.be_absent(Viewer.anonymous(), DAY, DAY, em.actor_id or 0)
    assert queries.absences(an) == []


def test_moving_a_case_without_owner_or_of_ones_own_asks_nothing_more(an: Viewer, em: Viewer) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    free, mine = (int(actions.open_case(an, "sample", f"Việc {n}", agency="A")["id"]) for n in range(2))
    actions.take(an, mine)
    actions.move(an, int(actions.open_case(an, "sample", "Trước", agency="A")["id"]), "start")
    costs = []
    for case in (free, mine):
        with CaptureQueriesContext(connection) as asked:
            actions.move(an, case, "start")
        costs.append(len(asked))
    assert costs[0] == costs[1]
