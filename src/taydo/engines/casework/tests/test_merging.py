"""Two cases become one, one becomes several: nothing is lost, nothing is shown to whom it is not for."""

from __future__ import annotations

import io
import threading

import pytest
from django.db import connection

from taydo.engines.cases import actions as cases
from taydo.engines.cases import queries as cases_read
from taydo.engines.cases.queries import Filters
from taydo.engines.cases.tests.test_verbs import problem
from taydo.engines.casework import actions, queries
from taydo.kernel import events, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

from .sample import officer, opened

pytestmark = pytest.mark.django_db
CITY = Viewer.system("test")


def test_a_merged_case_ends_and_takes_its_questions_along(an: Viewer, binh: Viewer) -> None:
    case, into = opened(an, asker_id=77), opened(an, "Cùng một đèn")
    open_task = actions.ask_agency(an, case, "H.3", "Cột của ai?")["id"]
    done_task = actions.ask_agency(an, case, "H.3", "Có điện?")["id"]
    cases.move(binh, done_task, "answer", "Có")

    merged = actions.merge(an, case, into, "Trùng")

    assert (merged["state"], merged["merged_into"]) == ("merged", into)
    shown = cases_read.case(an, case)
    assert (shown["phase"], shown["merged_into"], shown["tasks_open"]) == ("done", into, 0)
    assert cases_read.case(an, into)["tasks_open"] == 1
    assert {item["id"] for item in queries.consultations(an, into)} == {open_task, done_task}
    with problem("tasks_open"):
        cases.move(an, into, "close")
    cases.move(binh, open_task, "answer", "Của chúng tôi")
    cases.move(an, into, "close")
    assert cases_read.timeline(an, case)[0]["data"] == {"case": into, "code": cases_read.case(an, into)["code"]}
    assert [line["kind"] for line in cases_read.public_lines(case)] == ["opened", "merged"]
    told = [
        row["type"] for row in sql.rows("SELECT type FROM kernel_outbox WHERE subject = %(c)s", {"c": shown["code"]})
    ]
    assert told == ["cases.case_opened", "casework.case_merged"]


def test_who_worked_on_the_one_sees_the_other_but_not_a_restricted_one(an: Viewer, binh: Viewer) -> None:
    case = opened(an, chain=["H.3"])
    into, secret = opened(an), opened(an, restricted=True)
    with problem("no_such_case"):
        cases_read.case(binh, into)
    actions.merge(an, case, into)
    assert cases_read.case(binh, into)["id"] == into

    shared = opened(an, chain=["H.3"])
    actions.merge(an, shared, secret)
    with problem("no_such_case"):
        cases_read.case(binh, secret)
    assert queries.links(binh, shared) == []
    assert [item["id"] for item in queries.links(an, shared)] == [secret]


def test_links_go_both_ways_and_earlier_merged_cases_go_along(an: Viewer) -> None:
    first, second, third = opened(an), opened(an), opened(an)
    actions.merge(an, first, second)
    actions.merge(an, second, third)
    assert [(item["kind"], item["id"]) for item in queries.links(an, second)] == [
        ("merged_from", first),
        ("merged_into", third),
    ]
    assert cases_read.case(an, first)["merged_into"] == third


def test_files_of_the_merged_case_and_of_its_questions_are_found_with_the_other(an: Viewer) -> None:
    keeper = {**an.grants, "files.keep": frozenset(("H.1.2",))}
    an = Viewer(an.actor_id, an.username, an.name, "official", "H.1.2", grants=keeper)
    case, into = opened(an), opened(an)
    task = actions.ask_agency(an, case, "H.3", "Xem ảnh")["id"]
    kept = [
        cases.attach(an, case, io.BytesIO(b"%PDF-1.7\n1"), "mot.pdf"),
        cases.attach(CITY, task, io.BytesIO(b"%PDF-1.7\n2"), "hai.pdf"),
        cases.attach(an, into, io.BytesIO(b"%PDF-1.7\n3"), "ba.pdf"),
    ]
    actions.merge(an, case, into)
    assert {item.id for item in cases_read.attachments(an, into)} == {item.id for item in kept}


def test_what_cannot_be_merged_is_refused(an: Viewer, binh: Viewer) -> None:
    case, into = opened(an), opened(an)
    hidden = opened(binh)
    other = int(cases.open_case(an, "sample", "Loại khác", agency="H.1.2")["id"])
    with problem("same_case"):
        actions.merge(an, case, case)
    with problem("no_such_case"):
        actions.merge(an, case, hidden)
    with problem("not_mergeable"):
        actions.merge(an, case, other)
    with problem("not_mergeable"):
        actions.merge(an, other, int(cases.open_case(an, "sample", "Loại khác", agency="H.1.2")["id"]))
    cases.move(an, into, "drop")
    for pair in ((case, into), (into, case)):
        with problem("case_ended"):
            actions.merge(an, *pair)
    reader = officer("Đọc", "H.1.2")
    reader = Viewer(reader.actor_id, "doc", "Đọc", "official", "H.1.2", grants={"cases.see": frozenset(("H.1.2",))})
    with problem("not_allowed"):
        actions.merge(reader, case, opened(an))
    assert cases_read.case(an, case)["phase"] == "open"


def test_a_case_that_was_merged_by_mistake_comes_back_on_its_own(an: Viewer) -> None:
    case, into = opened(an), opened(an)
    actions.merge(an, case, into)
    assert cases.move(an, case, "unmerge")["state"] == "working"
    assert cases_read.case(an, case)["merged_into"] is None


def test_a_split_case_gives_new_ones_with_its_place_its_asker_and_its_deadline(an: Viewer) -> None:
    case = opened(an, asker_id=77, deadline="urgent", lon=105.7, lat=10.0, unit_code="31117", summary="Đèn và rác")
    parts = actions.split(an, case, ["Đèn hỏng", "Rác đầy"], "Hai việc khác nhau")

    before = cases_read.case(an, case)
    for part in parts:
        made = cases_read.case(an, part["id"])
        kept = ("due", "lon", "lat", "unit_code", "asker_id", "deadline_class", "summary", "kind_word")
        assert [made[name] for name in kept] == [before[name] for name in kept]
        assert [line["kind"] for line in cases_read.timeline(an, part["id"])] == ["split_from", "opened"]
        assert [(item["kind"], item["id"]) for item in queries.links(an, part["id"])] == [("split_from", case)]
    assert {item["id"] for item in queries.links(an, case)} == {part["id"] for part in parts}
    assert len(cases_read.inbox(an, Filters(q="rac")).cases) == 3
    with problem("titles_missing"):
        actions.split(an, case, [" "], "Vì sao")
    with problem("note_missing"):
        actions.split(an, case, ["Một"], " ")
    cases.move(an, case, "drop")
    with problem("case_ended"):
        actions.split(an, case, ["Một"], "Vì sao")


@pytest.mark.django_db(transaction=True)
def test_a_merge_and_an_answer_at_the_same_moment_leave_the_count_right() -> None:
    an, binh = officer("An", "H.1.2"), officer("Bình", "H.3")
    for _ in range(6):
        case, into = opened(an), opened(an)
        task = actions.ask_agency(an, case, "H.3", "Hỏi")["id"]
        gate, failures = threading.Barrier(2), []

        def run(work: object, gate: threading.Barrier = gate, failures: list[Problem] = failures) -> None:
            gate.wait()
            try:
                work()  # type: ignore[operator]
            except Problem as told:
                failures.append(told)
            finally:
                connection.close()

        works = (
            lambda case=case, into=into: actions.merge(an, case, into),
            lambda task=task: cases.move(binh, task, "answer", "Đáp"),
        )
        threads = [threading.Thread(target=run, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        counted = sql.rows(
            """SELECT c.id, c.tasks_open, (SELECT count(*) FROM cases_case t WHERE t.parent_id = c.id AND t.phase <> 'done') AS really
               FROM cases_case c WHERE c.id = ANY(%(ids)s)""",
            {"ids": [case, into]},
        )
        assert failures == []
        assert all(row["tasks_open"] == row["really"] == 0 for row in counted)
    events.deliver_pending()
