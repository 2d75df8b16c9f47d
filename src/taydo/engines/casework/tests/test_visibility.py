"""The doors of the work on cases hide what the case hides: figures, questions, requests for time, links."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from taydo.engines.cases import queries as cases_read
from taydo.engines.cases.tests.test_visibility import CASES, KINDS, SCOPES, WHOLE_CITY, open_one, undone
from taydo.engines.casework import actions, queries
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

pytestmark = pytest.mark.django_db
HOUSE = Viewer.system("test")


def visible(who: Viewer, case_id: int) -> bool:
    try:
        cases_read.case(who, case_id)
    except Problem:
        return False
    return True


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(KINDS, WHOLE_CITY, "")
@example(KINDS, frozenset(("B",)), "A")
@given(CASES, SCOPES, st.sampled_from(["A", "B", ""]))
def test_questions_requests_links_and_figures_follow_the_case(
    db: None, cases: list[dict[str, object]], scopes: frozenset[str], agency: str
) -> None:
    with undone():
        _compare(cases, Viewer(501, "v", "V", "official", agency, grants={"cases.see": scopes, "cases.extend": scopes}))


def _compare(cases: list[dict[str, object]], who: Viewer) -> None:
    ids = [open_one(case) for case in cases]
    for number, case in zip(ids, cases, strict=True):
        if not case["done"]:
            actions.ask_agency(HOUSE, number, "D", "Hỏi")
            sql.execute(
                """INSERT INTO casework_extension (case_id, asked_by, asked_name, asked_at, reason, due_at, until)
                   VALUES (%(id)s, 7, 'Ai', now(), 'Chờ', now(), now() + interval '1 day')""",
                {"id": number},
            )
        sql.execute(
            "INSERT INTO casework_link (from_id, to_id, kind) VALUES (%(a)s, %(b)s, 'split_into')",
            {"a": ids[0], "b": number},
        )
    everything = [row["id"] for row in sql.rows("SELECT id FROM cases_case")]
    seen = {number for number in everything if visible(who, number)}

    assert sum(group["opened"] for group in queries.figures(who)) == len(seen)
    assert sum(group["opened"] for group in queries.figures(None)) == len(everything)
    assert {item["id"] for item in queries.links(who, ids[0])} == (seen & set(ids) if ids[0] in seen else set())
    for number in ids:
        assert {item["id"] for item in queries.consultations(who, number)} <= seen
        assert bool(queries.extensions(who, number)) <= (number in seen)
    assert {item["case_id"] for item in queries.to_decide(who)} <= seen
