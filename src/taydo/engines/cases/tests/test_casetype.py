"""A declaration that does not hold together is refused; a case keeps the version it began with."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taydo.engines.cases import actions, casetype, queries
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.specs import SpecError, parse

from .sample import SAMPLE, TYPE

BROKEN = {
    "start: new": ("start: nowhere", "no state nowhere"),
    "to: asked, note": ("to: lost, note", "no state lost"),
    "  ask: {title: {vi: Yêu cầu bổ sung, en: Ask}, from: [working], to: asked, note: required}\n": (
        "",
        "cannot be reached: asked",
    ),
    "from: [asked], to: working": ("from: [working], to: working", "cannot be brought to an end: asked"),
    "deadline: {working_hours: 8}": ("deadline: {working_hours: 8, hours: 2}", "exactly one"),
    "prefix: TH": ("prefix: TH\ncolour: red", "Extra inputs"),
}


@pytest.mark.parametrize("piece", BROKEN)
def test_a_type_that_does_not_hold_together_is_refused_with_its_reason(piece: str) -> None:
    instead, reason = BROKEN[piece]
    assert piece in TYPE
    with pytest.raises(SpecError, match=reason):
        parse(TYPE.replace(piece, instead), casetype.CaseType, "sample.yaml")


def test_every_declared_type_names_permissions_that_exist() -> None:
    from taydo.kernel import manifest

    for spec in casetype.every():
        assert {move.permission for move in spec.moves.values()} <= manifest.permissions().keys()


@pytest.mark.django_db
def test_a_case_keeps_the_version_it_began_with(an: Viewer) -> None:
    old = actions.open_case(an, "sample", "Trước khi đổi", agency="A")["id"]
    changed = parse(TYPE.replace("vi: Bắt đầu", "vi: Khởi công").replace("from: [new, working], to: closed", "from: [working], to: closed"),
                    casetype.CaseType, "sample.yaml")  # fmt: skip
    casetype.declare(changed)
    new = actions.open_case(an, "sample", "Sau khi đổi", agency="A")["id"]
    casetype._versions.clear()  # as another process would: read it from the table

    assert [move["title"] for move in queries.case(an, old)["moves"]] == ["Bắt đầu", "Đóng"]
    assert [move["title"] for move in queries.case(an, new)["moves"]] == ["Khởi công"]
    actions.move(an, old, "close")
    with pytest.raises(Problem):
        actions.move(an, new, "close")
    casetype.declare(SAMPLE)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*SAMPLE.moves, "unheard_of"]), max_size=12))
def test_no_walk_leaves_the_declared_states_and_the_timeline_is_the_walk(an: Viewer, walk: list[str]) -> None:
    case = actions.open_case(an, "sample", "Đi thử", agency="A")["id"]
    state, taken = SAMPLE.start, []
    for step in walk:
        allowed = step in SAMPLE.moves_from(state)
        try:
            state = actions.move(an, case, step, "ghi chú", fields={"papers": 1} if step == "answer" else {})["state"]
            taken.append((step, state))
            assert allowed
        except Problem:
            assert not allowed

    shown = queries.case(an, case)
    assert shown["state"] == state and state in SAMPLE.states
    assert shown["version"] == 1 + len(taken)
    assert (shown["closed_at"] is not None) == (SAMPLE.states[state].phase == "done")
    lines = queries.timeline(an, case, newest_first=False)[1:]
    assert [(line["move"], line["to_state"]) for line in lines] == taken
    assert [line["from_state"] for line in lines] == [SAMPLE.start, *[to for _, to in taken]][: len(taken)]


@pytest.mark.django_db
def test_versions_are_stored_by_content(an: Viewer) -> None:
    actions.open_case(an, "sample", "Một", agency="A")
    actions.open_case(an, "sample", "Hai", agency="A")
    assert sql.rows("SELECT version, id FROM cases_type") == [{"version": SAMPLE.version, "id": "sample"}]
