"""The desk over HTTP: filters in the address, steps with fields, many at once, handing over by name, a file on paper."""

from __future__ import annotations

import datetime as dt

import pytest

from taydo.engines.cases import actions, queries
from taydo.engines.cases.casetype import Deadline
from taydo.kernel import clock
from taydo.kernel.actors import Viewer

from .conftest import SignIn

pytestmark = pytest.mark.django_db
CITY = Viewer.system("test")


def a_case(title: str, agency: str = "H13.90", **more: object) -> int:
    return int(actions.open_case(CITY, "visit", title, agency=agency, **more)["id"])  # type: ignore[arg-type]


def test_an_address_says_which_cases_stand_in_the_list(sign_in: SignIn) -> None:
    browser, _ = sign_in("an", "H13.90")
    a_case("Đèn hỏng đường Trần Phú")
    closed = a_case("Cống nghẹt")
    actions.move(CITY, closed, "close")
    a_case("Việc của nơi khác", "H13.91")

    everything = browser.get("/desk?tab=all").content.decode()
    done = browser.get("/desk?tab=all&type=visit&state=closed").content.decode()
    found = browser.get("/desk?tab=open&q=den+tran+phu&agency=Sở Xây dựng").content.decode()

    assert "Đèn hỏng" in everything and "Cống nghẹt" in everything and "Việc của nơi khác" not in everything
    assert "Cống nghẹt" in done and "Đèn hỏng" not in done
    assert "Đèn hỏng" in found and "agency=H13.90" in found


def test_a_step_takes_its_declared_fields_from_the_form(sign_in: SignIn) -> None:
    browser, an = sign_in("an", "H13.90")
    case = a_case("Đèn hỏng")

    answer = browser.post(
        f"/desk/cases/{case}/move",
        {"move": "visit", "note": "Đã đến", "field-lamps": "3", "field-day": "2026-11-24", "field-fixed": "no"},
    )

    assert answer.status_code == 302
    assert queries.case(an, case)["data"] == {"lamps": 3, "day": "2026-11-24", "fixed": False}


def test_a_refused_step_says_what_is_missing_and_keeps_what_was_typed(sign_in: SignIn) -> None:
    browser, an = sign_in("an", "H13.90")
    case = a_case("Đèn hỏng")

    answer = browser.post(f"/desk/cases/{case}/move", {"move": "visit", "note": "Đã đến tận nơi", "field-fixed": "yes"})
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "Đã đến tận nơi" in page and 'href="#f-move-visit-field-lamps"' in page
    assert queries.case(an, case)["state"] == "new"


def test_many_cases_go_to_one_owner_and_each_refusal_is_told(sign_in: SignIn) -> None:
    browser, an = sign_in("an", "H13.90")
    mine, other = a_case("Một"), a_case("Hai", "H13.91")

    answer = browser.post("/desk/bulk?tab=open", {"do": "assign", "ids": [mine, other], "owner": an.actor_id})

    assert "done=1" in answer["Location"] and "refused=1" in answer["Location"]
    assert queries.case(an, mine)["owner_id"] == an.actor_id


def test_a_case_is_handed_over_to_an_agency_by_its_name(sign_in: SignIn) -> None:
    browser, an = sign_in("an", "H13.90")
    case = a_case("Đèn hỏng")

    unknown = browser.post(f"/desk/cases/{case}/hand-over", {"agency": "Sở Không Có", "note": "Không thuộc"})
    known = browser.post(f"/desk/cases/{case}/hand-over", {"agency": "điện lực Ninh Kiều", "note": "Không thuộc"})

    assert unknown.status_code == 422 and known.status_code == 302
    assert queries.case(an, case)["agency"] == "H13.91"


def test_the_file_of_a_case_prints_with_a_code_and_its_answers(sign_in: SignIn) -> None:
    browser, an = sign_in("an", "H13.90")
    case = a_case("Đèn hỏng")
    actions.comment(an, case, "Đã thay bóng đèn.", public=True)

    page = browser.get(f"/desk/cases/{case}/print").content.decode()

    assert queries.case(an, case)["code"] in page and '<svg viewBox="0 0' in page
    assert "Trả lời người hỏi" in page and "Đã thay bóng đèn." in page


def test_what_is_late_stands_under_its_reason_and_is_assigned_there(sign_in: SignIn) -> None:
    browser, an = sign_in("an", "H13.90")
    with clock.at(dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)):
        late = a_case("Trễ và chưa ai nhận", deadline=Deadline(working_hours=2))
        a_case("Còn lâu", deadline=Deadline(working_days=90))

    before = browser.get("/desk/late").content.decode()
    answer = browser.post(f"/desk/cases/{late}/assign?back=late", {"owner": an.actor_id})
    after = browser.get("/desk/late").content.decode()

    assert 'id="unowned"' in before and "Trễ và chưa ai nhận" in before and "Còn lâu" not in before
    assert answer["Location"] == "/desk/late"
    assert 'id="unowned"' not in after and 'id="late"' in after
