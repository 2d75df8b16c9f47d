"""Other agencies are asked in parallel; the case waits for all of them and says what each answered."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from taydo.engines.cases import actions as cases
from taydo.engines.cases import queries as cases_read
from taydo.engines.cases.casetype import Deadline
from taydo.engines.cases.queries import Filters
from taydo.engines.cases.tests.test_verbs import problem
from taydo.engines.casework import actions, queries
from taydo.kernel import clock, events, sql
from taydo.kernel.actors import Viewer

from .sample import MONDAY, officer, opened

pytestmark = pytest.mark.django_db


def waits_for(case: int) -> int:
    return int(sql.value("SELECT tasks_open FROM cases_case WHERE id = %(id)s", {"id": case}))


def test_two_agencies_are_asked_at_once_and_the_case_waits_for_both(an: Viewer, binh: Viewer, chi: Viewer) -> None:
    case = opened(an)
    first = actions.ask_agency(an, case, "H.3", "Cột đèn của ai?")["id"]
    second = actions.ask_agency(an, case, "H.4", "Có điện không?")["id"]

    assert [item["id"] for item in cases_read.inbox(binh).cases] == [first]
    assert cases_read.case(binh, case)["tasks_open"] == 2
    with problem("tasks_open") as told:
        cases.move(an, case, "close")
    assert told[0].fields["agencies"] == ["H.3", "H.4"] and told[0].status == 409

    cases.move(binh, first, "answer", "Của chúng tôi")
    with problem("tasks_open") as told:
        cases.move(an, case, "close")
    assert told[0].fields["agencies"] == ["H.4"]
    cases.move(chi, second, "decline", "Không thuộc chúng tôi")
    assert cases.move(an, case, "close")["state"] == "closed"

    kinds = [line["kind"] for line in cases_read.timeline(an, case, newest_first=False)]
    assert kinds == ["opened", "asked_agency", "asked_agency", "task_done", "task_done", "moved"]
    shown = queries.consultations(an, case)
    assert [(item["state"], item["question"], item["answer"]) for item in shown] == [
        ("answered", "Cột đèn của ai?", "Của chúng tôi"),
        ("declined", "Có điện không?", "Không thuộc chúng tôi"),
    ]
    told_types = [row["type"] for row in sql.rows("SELECT type FROM kernel_outbox ORDER BY seq")]
    assert told_types.count("cases.case_task_done") == 2


def test_a_move_that_need_not_wait_does_not_and_open_questions_are_taken_back(an: Viewer, binh: Viewer) -> None:
    case = opened(an)
    task = actions.ask_agency(an, case, "H.3", "Vì sao?")["id"]
    cases.move(an, case, "drop")
    events.deliver_pending()

    assert cases_read.case(binh, task)["state"] == "withdrawn"
    assert waits_for(case) == 0


def test_a_question_answered_again_is_owed_again(an: Viewer, binh: Viewer) -> None:
    case = opened(an)
    task = actions.ask_agency(an, case, "H.3", "Vì sao?")["id"]
    cases.move(binh, task, "answer", "Vì mưa")
    cases.move(binh, task, "reopen", "Nhầm")
    assert waits_for(case) == 1
    cases.move(binh, task, "answer", "Vì bão")
    assert waits_for(case) == 0
    assert queries.consultations(an, case)[0]["answer"] == "Vì bão"


def test_only_who_asked_takes_a_question_back(an: Viewer, binh: Viewer) -> None:
    case = opened(an)
    task = actions.ask_agency(an, case, "H.3", "Vì sao?")["id"]
    with problem("not_by_officials"):
        cases.move(binh, task, "withdraw")
    with problem("not_allowed"):
        actions.withdraw(binh, task)
    with problem("no_such_task"):
        actions.withdraw(an, case)
    assert actions.withdraw(an, task, "Thôi")["state"] == "withdrawn"
    assert cases_read.timeline(binh, task)[0]["who"] == "An"


def test_an_answer_is_due_by_the_types_rule_but_not_after_the_case(an: Viewer, binh: Viewer) -> None:
    with clock.at(MONDAY):
        usual = actions.ask_agency(an, opened(an), "H.3", "Hỏi")["id"]
        short = opened(an, deadline="urgent")
        pressed = actions.ask_agency(an, short, "H.3", "Hỏi gấp")["id"]
        given = actions.ask_agency(an, short, "H.3", "Hỏi thêm", deadline=Deadline(working_hours=2))["id"]
        due = {name: cases_read.case(binh, task)["due"] for name, task in (("u", usual), ("p", pressed), ("g", given))}
    local = {name: at.astimezone(clock.LOCAL).strftime("%d %H:%M") for name, at in due.items()}
    assert local == {"u": "19 17:00", "p": "17 17:00", "g": "16 10:00"}


def test_a_question_without_words_or_to_oneself_is_refused(an: Viewer) -> None:
    case = opened(an)
    with problem("same_agency"):
        actions.ask_agency(an, case, "H.1.2", "Hỏi")
    with problem("note_missing"):
        actions.ask_agency(an, case, "H.3", " ")
    cases.move(an, case, "drop")
    with problem("case_ended"):
        actions.ask_agency(an, case, "H.3", "Hỏi")
    assert waits_for(case) == 0


def test_the_same_key_asks_once(an: Viewer) -> None:
    case = opened(an)
    assert actions.ask_agency(an, case, "H.3", "Hỏi", key="k") == actions.ask_agency(an, case, "H.3", "Hỏi", key="k")
    assert waits_for(case) == 1


def test_questions_of_a_restricted_case_are_restricted(an: Viewer, binh: Viewer) -> None:
    case = opened(an, restricted=True)
    task = actions.ask_agency(an, case, "H.3", "Hỏi")["id"]
    city = Viewer(None, "c", "C", "official", "H.9", grants={"cases.see": frozenset("*")})
    assert cases_read.inbox(city, Filters(phase="all")).cases == []
    assert cases_read.case(binh, task)["restricted"]


@pytest.mark.django_db(transaction=True)
def test_answers_that_come_at_the_same_moment_are_all_counted() -> None:
    an = officer("An", "H.1.2")
    asked = [officer(f"Người {n}", f"H.5{n}") for n in range(4)]
    case = opened(an)
    tasks = [actions.ask_agency(an, case, viewer.agency, "Hỏi")["id"] for viewer in asked]
    gate = threading.Barrier(len(asked))

    def answer(viewer: Viewer, task: int) -> None:
        gate.wait()
        cases.move(viewer, task, "answer", "Đáp")
        connection.close()

    threads = [threading.Thread(target=answer, args=pair) for pair in zip(asked, tasks, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert waits_for(case) == 0
    assert cases.move(an, case, "close")["state"] == "closed"
