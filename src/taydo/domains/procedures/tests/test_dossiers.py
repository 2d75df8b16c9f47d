from __future__ import annotations

import datetime as dt

import pytest

from taydo.domains.procedures import queries
from taydo.domains.procedures.actions import filing, handling, receiving, results
from taydo.domains.procedures.actions.filing import Given
from taydo.engines.cases import actions as cases
from taydo.kernel import clock, sql
from taydo.kernel.errors import Problem

from .conftest import ANSWERS, MONDAY, PAPERS, PERSON, WARD, citizen, head, official

pytestmark = pytest.mark.django_db


def filed(code="1.004873", who=None, **more):
    return filing.submit(
        who or citizen(), code, PERSON, unit_code=WARD, answers=ANSWERS[code], papers=PAPERS[code], **more
    )


def test_a_dossier_goes_from_filing_to_the_result_in_its_owners_hands(town, at_monday):
    mine = filed()
    assert mine["code"] == "H13.31135-20261123-0000001"
    assert receiving.receive(official(), mine["code"])["national"] == 2
    for move in ("check", "submit_draft", "approve"):
        cases.move(official(), mine["case_id"], move)
    assert results.finish(official(), mine["code"], number="12/XN-UBND")["national"] == 9
    assert results.return_result(official(), mine["code"], "Ký nhận tại quầy")["national"] == 10

    found = queries.dossier(citizen(), mine["code"])
    assert (found["state"], found["delivery_state"], found["result_number"]) == ("returned", "done", "12/XN-UBND")
    assert [form["form"] for form in queries.forms(found["id"])] == ["01"]
    assert filing.rate(citizen(), mine["code"], 5)["rating"] == 5


def test_the_clock_begins_with_receipt_and_the_24th_of_november_is_a_holiday(town, at_monday):
    mine = filed()

    due = receiving.receive(official(), mine["code"])["due_at"].astimezone(clock.LOCAL)

    assert due == dt.datetime(2026, 11, 27, 17, 0, tzinfo=clock.LOCAL)  # three working days after Monday: Wed, Thu, Fri


@pytest.mark.parametrize(("hour", "day"), [(14, 23), (15, 25)])
def test_a_same_day_result_received_from_15_on_is_the_next_working_days(town, hour, day):
    with clock.at(MONDAY.replace(hour=hour - 7, minute=0)):
        mine = filed("1.001193")
        due = receiving.receive(official(), mine["code"])["due_at"].astimezone(clock.LOCAL)

    assert (due.day, due.hour) == (day, 17)


def test_supplements_are_asked_for_once_and_the_time_begins_anew(town):
    with clock.at(MONDAY):
        mine = filed()
        receiving.receive(official(), mine["code"])
        cases.move(official(), mine["case_id"], "check")
        receiving.ask_supplement(official(), mine["code"], ["Bản án ly hôn", "Ảnh căn cước rõ hơn"])
    with clock.at(MONDAY + dt.timedelta(days=7)):
        given = filing.give_supplement(citizen(), mine["code"], [Given("divorce", "Bản án ly hôn")])
        assert given["national"] == 4
        assert given["due_at"].astimezone(clock.LOCAL).day == 3  # three working days after Monday the 30th

        with pytest.raises(Problem) as again:
            receiving.ask_supplement(official(), mine["code"], ["Còn thiếu nữa"])
        assert again.value.code == "asked_already"
        assert receiving.ask_supplement(head(), mine["code"], ["Còn thiếu nữa"])["national"] == 5


def test_an_apology_moves_the_appointment_once_and_only_before_it(town, at_monday):
    mine = filed()
    before = receiving.receive(official(), mine["code"])["due_at"]

    after = handling.apologise(official(), mine["code"], "Chờ xác minh nơi cư trú cũ", 3)["due_at"]

    assert clock.calendar().working_days_left(before, after.date()) == 3
    with pytest.raises(Problem):
        handling.apologise(official(), mine["code"], "Lại chờ", 3)


def test_a_refusal_a_stop_and_a_withdrawal_end_it_with_their_forms(town, at_monday):
    refused, stopped, withdrawn = filed()["code"], filed(), filed()
    receiving.refuse(official(), refused, "Không thuộc thẩm quyền")
    receiving.receive(official(), stopped["code"])
    cases.move(official(), stopped["case_id"], "check")
    handling.stop(official(), stopped["code"], "Người nộp không bổ sung trong hạn")
    filing.withdraw(citizen(), withdrawn["code"], "Không cần nữa")

    ends = {code: queries.dossier(citizen(), code) for code in (refused, stopped["code"], withdrawn["code"])}
    assert [found["national"] for found in ends.values()] == [3, 8, 7]
    assert [[form["form"] for form in queries.forms(found["id"])] for found in ends.values()] == [
        ["03"],
        ["01", "05"],
        [],
    ]
    with pytest.raises(Problem):
        filing.withdraw(citizen(), withdrawn["code"])


def test_a_clerk_takes_one_in_and_is_warned_of_a_second(town, at_monday):
    clerk = official()
    first = filing.take_in(clerk, "1.004873", PERSON, unit_code=WARD, answers={}, key="quầy-1-0001")
    assert first["national"] == 2
    assert (
        filing.take_in(clerk, "1.004873", PERSON, unit_code=WARD, answers={}, key="quầy-1-0001")["code"]
        == first["code"]
    )

    with pytest.raises(Problem) as second:
        filing.take_in(clerk, "1.004873", PERSON, unit_code=WARD, answers={})
    assert first["code"] in second.value.vi


def test_what_is_missing_is_named(town, at_monday):
    with pytest.raises(Problem) as wrong:
        filing.submit(
            citizen(), "1.013225", PERSON, unit_code=WARD, answers=ANSWERS["1.013225"], papers=[Given("land", "GCN")]
        )

    assert set(wrong.value.fields) == {"paper.drawings"}
    assert sql.value("SELECT count(*) FROM procedures_dossier") == 0


def test_a_stranger_learns_nothing_but_how_far_it_is(town, at_monday):
    code = filed()["code"]

    for other in (citizen(202), official(agency="H13.31120")):
        with pytest.raises(Problem) as hidden:
            queries.dossier(other, code)
        assert hidden.value.status == 404
    assert set(queries.progress(code)) == {"code", "national", "due_at"}


def test_nothing_personal_stands_clear_in_the_table(town, at_monday):
    filed()

    kept = str(sql.row("SELECT * FROM procedures_dossier"))
    assert not any(part in kept for part in ("Sông Hậu", "092190000123", "0912345678", "Hai Bà Trưng"))
    assert queries.person(sql.value("SELECT id FROM procedures_dossier")).name == PERSON.name
