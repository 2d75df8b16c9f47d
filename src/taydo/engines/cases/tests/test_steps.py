"""Steps that the person who asked or the house takes, notes that are for them, and cases opened for another."""

from __future__ import annotations

import pytest

from taydo.engines.cases import actions, casetype, queries
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.specs import parse

from .sample import TYPE
from .test_verbs import problem

pytestmark = pytest.mark.django_db
HOUSE = Viewer.system("test")


@pytest.fixture(autouse=True)
def asked() -> None:
    """The sample type, where the asker answers and reopens, and closing says something to them."""
    text = TYPE.replace("from: [asked], to: working,", "from: [asked], to: working, by: asker, public: true,")
    text = text.replace("to: closed}", "to: closed, public: true}").replace(
        "deadline: {working_hours: 4}, permission: cases.assign", "by: house, deadline: again"
    )
    casetype.declare(parse(text.replace("deadline: {working_hours: 8}", "deadline: {working_hours: 8}\ndeadlines: {fast: {hours: 1}}"),
                           casetype.CaseType, "sample.yaml"))  # fmt: skip


def test_officials_do_not_take_the_steps_of_the_asker_nor_of_the_house(an: Viewer) -> None:
    case = int(actions.open_case(an, "sample", "Việc", agency="A")["id"])
    actions.move(an, case, "start")
    actions.move(an, case, "ask", "Ảnh nào?")
    assert queries.case(an, case)["moves"] == []
    with problem("not_by_officials") as told:
        actions.move(an, case, "answer", fields={"papers": 1})
    assert told[0].status == 403
    actions.move(HOUSE, case, "answer", "Ảnh đây", fields={"papers": 1}, by_name="Chị Lan")
    line = queries.timeline(an, case)[0]
    assert (line["who"], line["public"], line["to_state"]) == ("Chị Lan", True, "working")
    assert sql.value("SELECT actor_name FROM kernel_audit ORDER BY id DESC LIMIT 1") == HOUSE.username


def test_notes_of_public_steps_are_for_the_asker_others_are_not(an: Viewer) -> None:
    case = int(actions.open_case(an, "sample", "Việc", agency="A")["id"])
    actions.move(an, case, "start", "nội bộ")
    actions.move(an, case, "close", "Đã sửa xong")
    assert [(line["kind"], line["text"]) for line in queries.public_lines(case)] == [
        ("opened", ""),
        ("moved", "Đã sửa xong"),
    ]


def test_reopening_begins_the_cases_own_class_anew(an: Viewer) -> None:
    case = int(actions.open_case(an, "sample", "Việc", agency="A", deadline="fast")["id"])
    first = queries.case(an, case)["due"]
    actions.move(an, case, "close")
    actions.move(HOUSE, case, "reopen")
    again = queries.case(an, case)
    opened = queries.timeline(an, case)[0]["at"]
    assert again["due"] > first and abs((again["due"] - opened).total_seconds() - 3600) < 1


def test_only_the_house_acts_for_somebody_and_a_class_must_exist(an: Viewer) -> None:
    with problem("not_allowed"):
        actions.open_case(an, "sample", "Việc", agency="A", by_name="Người khác")
    with problem("unknown_deadline"):
        actions.open_case(an, "sample", "Việc", agency="A", deadline="never")
    case = int(actions.open_case(HOUSE, "sample", "Việc", agency="A", by_name="Chị Lan", asker_id=5)["id"])
    with problem("not_allowed"):
        actions.move(an, case, "start", by_name="Người khác")
    assert queries.timeline(an, case)[0]["who"] == "Chị Lan"
    assert queries.case(an, case)["asker_id"] == 5


def test_a_case_opened_under_another_is_counted_by_it_until_it_ends(an: Viewer) -> None:
    parent = int(actions.open_case(an, "sample", "Việc lớn", agency="A")["id"])
    child = int(actions.open_case(an, "sample", "Việc nhỏ", agency="A", parent_id=parent)["id"])
    assert queries.case(an, parent)["tasks_open"] == 1
    actions.move(an, child, "close", "Xong")
    assert queries.case(an, parent)["tasks_open"] == 0
    actions.move(HOUSE, child, "reopen")
    assert queries.case(an, parent)["tasks_open"] == 1
    kinds = [line["kind"] for line in queries.timeline(an, parent, newest_first=False)]
    assert kinds == ["opened", "asked_agency", "task_done", "task_reopened"]
