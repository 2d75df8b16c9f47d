"""More time is asked for with a reason and decided by somebody else, within what the type allows."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from taydo.engines.cases import actions as cases
from taydo.engines.cases import casetype
from taydo.engines.cases import queries as cases_read
from taydo.engines.cases.tests.sample import official
from taydo.engines.cases.tests.test_verbs import problem
from taydo.engines.casework import actions, lateness, queries
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.specs import parse

from .sample import MONDAY, TYPE, officer, opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def head(db: None) -> Viewer:
    """Who decides in agency H.1.2."""
    return official("Trưởng", "H.1.2", "see", "extend", "ask_more_time")


def due(viewer: Viewer, case: int) -> str:
    at: datetime = cases_read.case(viewer, case)["due"]
    return at.astimezone(clock.LOCAL).strftime("%d/%m %H:%M")


def test_granted_time_moves_the_deadline_and_the_timeline_says_all(an: Viewer, head: Viewer) -> None:
    with clock.at(MONDAY):
        case = opened(an)
        assert due(an, case) == "23/11 17:00"
        request = actions.ask_more_time(an, case, "Chờ vật tư", working_days=2)
        assert [item["id"] for item in queries.to_decide(head)] == [request]
        actions.decide_more_time(head, request, True, "Đồng ý")
        assert due(an, case) == "26/11 17:00"  # the 24th is a holiday
    lines = cases_read.timeline(an, case, newest_first=False)
    assert [(line["kind"], line["who"], line["text"]) for line in lines[1:]] == [
        ("time_asked", "An", "Chờ vật tư"),
        ("extended", "Trưởng", "Đồng ý"),
    ]
    assert cases_read.case(an, case)["extensions_left"] == 1
    assert queries.to_decide(head) == []
    told = [row["type"] for row in sql.rows("SELECT type FROM kernel_outbox ORDER BY seq")]
    assert told == ["cases.case_opened", "casework.case_more_time_asked", "casework.case_extended"]


def test_nobody_decides_on_their_own_request_nor_without_the_permission(an: Viewer, head: Viewer, binh: Viewer) -> None:
    case = opened(an)
    request = actions.ask_more_time(an, case, "Chờ", working_days=1)
    with problem("not_allowed"):
        actions.decide_more_time(an, request, True)
    elsewhere = official("Xa", "H.3", "see", "extend")
    with problem("no_such_case"):
        actions.decide_more_time(elsewhere, request, True)
    with problem("note_missing"):
        actions.decide_more_time(head, request, False)
    actions.decide_more_time(head, request, False, "Đủ thời gian rồi")
    with problem("decided"):
        actions.decide_more_time(head, request, True)
    own = actions.ask_more_time(head, case, "Chờ nữa", working_days=1)
    assert own not in [item["id"] for item in queries.to_decide(head)]
    with problem("ones_own_request"):
        actions.decide_more_time(head, own, True)


def test_the_agency_above_decides_when_it_sees_the_case(an: Viewer) -> None:
    above = official("Trên", "H.1", "see", "extend")
    with clock.at(MONDAY):
        case = opened(an, chain=["H.1"])
        request = actions.ask_more_time(an, case, "Chờ", working_days=1)
        assert [item["id"] for item in queries.to_decide(above)] == [request]
        assert actions.decide_more_time(above, request, True)["agency"] == "H.1.2"


def test_a_type_may_say_that_the_agency_above_decides_and_then_it_sees_the_case(an: Viewer) -> None:
    text = TYPE.replace("longest: {working_days: 10}}", "longest: {working_days: 10}, by: parent}")
    casetype.declare(parse(text, casetype.CaseType, "matter.yaml"))
    above = official("Trên", "H.1", "see", "extend")
    case = opened(an)
    with problem("no_such_case"):
        cases_read.case(above, case)
    request = actions.ask_more_time(an, case, "Chờ", working_days=1)
    assert [item["id"] for item in queries.to_decide(above)] == [request]
    assert actions.decide_more_time(above, request, True)["id"] == case


def test_a_deadline_is_put_off_as_often_and_as_far_as_the_type_allows(an: Viewer, head: Viewer) -> None:
    with clock.at(MONDAY):
        case = opened(an)
        with problem("too_long"):
            actions.ask_more_time(an, case, "Chờ", working_days=11)
        for wrong in (MONDAY, MONDAY + timedelta(days=1)):
            with problem("not_later"):
                actions.ask_more_time(an, case, "Chờ", until=wrong)
        with problem("which_time"):
            actions.ask_more_time(an, case, "Chờ")
        with problem("reason_missing"):
            actions.ask_more_time(an, case, " ", working_days=1)
        for _ in range(2):
            request = actions.ask_more_time(an, case, "Chờ", working_days=1)
            with problem("already_asked"):
                actions.ask_more_time(an, case, "Chờ", working_days=1)
            actions.decide_more_time(head, request, True)
        with problem("extended_enough"):
            actions.ask_more_time(an, case, "Chờ", working_days=1)
        assert due(an, case) == "26/11 17:00"
        plain = int(cases.open_case(an, "sample", "Không gia hạn", agency="H.1.2")["id"])
        with problem("not_extendable"):
            actions.ask_more_time(an, plain, "Chờ", working_days=1)


def test_a_late_case_that_gets_time_is_late_no_more_until_it_is_again(an: Viewer, head: Viewer) -> None:
    system = Viewer.system("test")
    with clock.at(MONDAY):
        case = opened(an)
        request = actions.ask_more_time(an, case, "Chờ", working_days=3)
    with clock.at(MONDAY + timedelta(days=8)):
        assert lateness.report_late(system) == 1
        actions.decide_more_time(head, request, True)
        assert cases_read.case(an, case)["due_state"] in ("ontime", "soon")
        assert lateness.report_late(system) == 0
    with clock.at(MONDAY + timedelta(days=20)):
        assert lateness.report_late(system) == 1


def test_time_granted_while_the_clock_stands_still_is_there_when_it_runs_again(an: Viewer, head: Viewer) -> None:
    with clock.at(MONDAY):
        case = opened(an)
        cases.move(an, case, "start")
        cases.move(an, case, "wait")
        request = actions.ask_more_time(an, case, "Chờ", working_days=1)
        actions.decide_more_time(head, request, True)
    with clock.at(MONDAY + timedelta(days=1)):
        cases.move(Viewer.system("test"), case, "back", by_name="Người hỏi")
        assert due(an, case) == "26/11 17:00"  # six working days and one that was waited


def test_time_is_not_granted_when_it_is_over_or_the_case_is_done(an: Viewer, head: Viewer) -> None:
    with clock.at(MONDAY):
        case = opened(an)
        request = actions.ask_more_time(an, case, "Chờ", working_days=1)
    with clock.at(MONDAY + timedelta(days=30)), problem("time_is_over"):
        actions.decide_more_time(head, request, True)
    cases.move(an, case, "close")
    with problem("case_ended"):
        actions.decide_more_time(head, request, True)
    with problem("case_ended"):
        actions.ask_more_time(officer("Em", "H.1.2"), case, "Chờ", working_days=1)
