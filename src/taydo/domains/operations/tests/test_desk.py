"""The desk over HTTP: filters in the address, steps with fields, many at once, handing over by name, a file on paper."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from PIL import Image

from taydo.engines.cases import actions, queries
from taydo.engines.cases.casetype import Deadline
from taydo.engines.casework import queries as casework
from taydo.kernel import audit, clock
from taydo.kernel.actors import Viewer
from taydo.kernel.models import Actor

from .conftest import SignIn

pytestmark = pytest.mark.django_db
CITY = Viewer.system("test")


def a_case(title: str, agency: str = "H13.90", **more: object) -> int:
    return int(actions.open_case(CITY, "visit", title, agency=agency, **more)["id"])  # type: ignore[arg-type]


def picture(name: str) -> io.BytesIO:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(made, "PNG")
    made.seek(0)
    made.name = name
    return made


def text_of(answer: Any) -> list[str]:
    return b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()


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


def test_another_agency_is_asked_and_its_answer_stands_with_the_case(sign_in: SignIn) -> None:
    browser, an = sign_in("an", "H13.90")
    other, binh = sign_in("binh", "H13.91")
    case = a_case("Đèn hỏng")

    browser.post(f"/desk/cases/{case}/ask", {"agency": "Điện lực Ninh Kiều", "note": "Trụ này của ai?", "days": "2"})
    (task,) = casework.consultations(an, case)
    listed = other.get("/desk?tab=open&type=consultation").content.decode()
    answered = other.post(
        f"/desk/cases/{task['id']}/move", {"move": "answer", "note": "Của điện lực, sẽ thay hôm nay."}
    )
    page = browser.get(f"/desk/cases/{case}").content.decode()

    assert (
        "Lấy ý kiến" in other.get(f"/desk/cases/{task['id']}").content.decode()
        and f"/desk/cases/{task['id']}" in listed
    )
    assert answered.status_code == 302
    assert "Trụ này của ai?" in page and "Của điện lực, sẽ thay hôm nay." in page
    assert queries.case(binh, case)["tasks_open"] == 0


def test_more_time_is_asked_by_one_and_granted_by_another(sign_in: SignIn) -> None:
    browser, an = sign_in("an", "H13.90")
    boss, head = sign_in("hoa", "H13.90", "head")
    case = a_case("Đèn hỏng")
    until = (clock.today() + dt.timedelta(days=5)).isoformat()

    asked = browser.post(f"/desk/cases/{case}/more-time", {"until": until, "reason": "Chờ vật tư"})
    own = browser.get(f"/desk/cases/{case}").content.decode()
    waiting = boss.get("/desk/late").content.decode()
    (request,) = casework.extensions(an, case)
    refused = boss.post(f"/desk/cases/{case}/decide?back=late", {"extension": request["id"], "granted": "no"})
    granted = boss.post(f"/desk/cases/{case}/decide?back=late", {"extension": request["id"], "granted": "yes"})

    assert asked.status_code == 302 and "Chờ vật tư" in own and 'name="granted"' not in own
    assert "Chờ vật tư" in waiting and 'name="granted"' in waiting
    assert refused.status_code == 422 and "Hãy ghi lý do từ chối." in refused.content.decode()
    assert granted["Location"] == "/desk/late"
    assert queries.case(head, case)["due"] == dt.datetime.fromisoformat(f"{until}T17:00:00+07:00")


def test_an_answer_takes_its_pictures_along_or_nothing_happens(sign_in: SignIn) -> None:
    browser, an = sign_in("an", "H13.90")
    case = a_case("Đèn hỏng")
    filled = {
        "move": "visit",
        "note": "Đã đến",
        "field-lamps": "3",
        "field-day": "2026-11-24",
        "field-fixed": "yes",
        "public": "yes",
    }

    refused = browser.post(f"/desk/cases/{case}/move", {**filled, "field-lamps": "", "files": [picture("truoc.png")]})
    none_kept = queries.attachments(an, case)
    done = browser.post(f"/desk/cases/{case}/move", {**filled, "files": [picture("sau.png"), picture("sau-2.png")]})

    assert refused.status_code == 422 and none_kept == []
    assert done.status_code == 302
    assert [(kept.name, kept.public) for kept in queries.attachments(an, case)] == [
        ("sau.png", True),
        ("sau-2.png", True),
    ]


def test_the_other_case_is_shown_before_one_is_merged_into_it(sign_in: SignIn) -> None:
    browser, an = sign_in("an", "H13.90")
    one, other = a_case("Đèn hỏng"), a_case("Đèn tắt cùng chỗ")
    code = queries.case(an, other)["code"]

    shown = browser.get(f"/desk/cases/{one}?merge={code.lower()}").content.decode()
    unknown = browser.get(f"/desk/cases/{one}?merge=KT-0000000").content.decode()
    browser.post(f"/desk/cases/{one}/merge", {"into": other, "note": "Cùng một trụ"})

    assert "Đèn tắt cùng chỗ" in shown and f'name="into" value="{other}"' in shown
    assert "Không có vụ việc này." in unknown and 'name="into"' not in unknown
    assert queries.case(an, one)["merged_into"] == other
    assert "Đèn hỏng" in browser.get(f"/desk/cases/{other}").content.decode()


def test_a_view_is_kept_under_a_name_opened_and_dropped(sign_in: SignIn) -> None:
    browser, an = sign_in("an", "H13.90")

    browser.post("/desk/views?tab=late&type=visit&q=den", {"name": "Đèn trễ"})
    page = browser.get("/desk?tab=open").content.decode()
    (kept,) = casework.saved_filters(an)
    browser.post(f"/desk/views/{kept['id']}/drop")

    assert 'href="/desk?tab=late&amp;type=visit&amp;q=den"' in page and "Đèn trễ" in page
    assert casework.saved_filters(an) == []


def test_who_stands_in_finds_the_others_cases_under_mine(sign_in: SignIn) -> None:
    browser, an = sign_in("an", "H13.90")
    deputy, binh = sign_in("binh", "H13.90")
    case = a_case("Việc của An")
    actions.take(an, case)
    today = clock.today().isoformat()

    wrong = browser.post("/desk/away", {"since": today, "until": "2020-01-01", "deputy": binh.actor_id})
    said = browser.post("/desk/away", {"since": today, "until": today, "deputy": binh.actor_id})
    mine = deputy.get("/desk?tab=mine").content.decode()
    browser.post("/desk/away", {"back": "yes"})

    assert wrong.status_code == 422 and said.status_code == 302
    assert "Việc của An" in mine
    assert "Việc của An" not in deputy.get("/desk?tab=mine").content.decode()


def test_opening_the_case_of_an_asker_is_a_look_they_can_see_once_a_day(sign_in: SignIn) -> None:
    browser, an = sign_in("an", "H13.90")
    asker = Actor.objects.create(username="lan", name="Lan", kind="person")
    case = a_case("Đèn hỏng", asker_id=asker.pk)

    for _ in range(2):
        browser.get(f"/desk/cases/{case}")
    (look,) = audit.looks([audit.person_of(asker.pk)])

    assert look["viewer_id"] == an.actor_id and look["purpose"].startswith("giải quyết vụ việc KT-")


def test_agencies_are_ranked_by_what_is_on_time_of_all_that_is_done_or_late(sign_in: SignIn) -> None:
    browser, _ = sign_in("an", "H13.90")
    with clock.at(dt.datetime(2026, 11, 20, 2, 0, tzinfo=dt.UTC)):
        for agency, done in (("H13.90", 2), ("H13.90", 0), ("H13.91", 1)):
            for _ in range(max(done, 1)):
                case = a_case("Việc", agency, deadline=Deadline(working_hours=2))
                if done:
                    actions.move(CITY, case, "close")
    span = "since=2026-11-16&until=2026-11-22&type=visit"

    page = browser.get(f"/operations/ranking?{span}&least=1").content.decode()
    rows = text_of(browser.get(f"/operations/ranking.csv?{span}&least=1"))
    few = browser.get(f"/operations/ranking?{span}&least=2").content.decode()

    assert rows[0].startswith("Hạng,Mã cơ quan,Cơ quan,Đã mở,Đã xong,Xong đúng hạn,Đang trễ")
    assert rows[1].startswith("1,H13.91,Điện lực Ninh Kiều,1,1,1,0") and rows[2].startswith(
        "2,H13.90,Sở Xây dựng,3,2,2,1"
    )
    assert page.index("Điện lực Ninh Kiều") < page.index("Sở Xây dựng") and "66,7%" in page
    assert "Điện lực Ninh Kiều" not in few


def test_what_is_listed_is_taken_along_as_it_is(sign_in: SignIn) -> None:
    browser, _ = sign_in("an", "H13.90")
    a_case("Đèn hỏng")
    a_case("=cmd|' /C calc'!A0")
    a_case("Việc của nơi khác", "H13.91")

    lines = text_of(browser.get("/desk.csv?tab=open"))
    workbook = b"".join(browser.get("/desk.xlsx?tab=open").streaming_content)

    assert lines[0].startswith("Mã,Loại,Tiêu đề") and len(lines) == 3
    assert any(",Đèn hỏng,Mới," in line for line in lines) and any(",'=cmd" in line for line in lines)
    assert workbook.startswith(b"PK")


def test_a_note_sent_twice_is_one_note(sign_in: SignIn) -> None:
    browser, an = sign_in("an", "H13.90")
    case = a_case("Đèn hỏng")

    for _ in range(2):
        browser.post(f"/desk/cases/{case}/comment", {"text": "Đã gọi điện lực.", "key": "0123456789abcdef"})

    assert [line["text"] for line in queries.timeline(an, case) if line["kind"] == "commented"] == ["Đã gọi điện lực."]


def test_hot_spots_of_all_cases_are_for_officials_and_counted_by_commune(sign_in: SignIn) -> None:
    browser, _ = sign_in("an", "H13.90")
    a_case("Đèn hỏng", unit_code="31135", lon=105.78, lat=10.03)
    a_case("Việc của nơi khác", "H13.91", unit_code="31135", lon=105.78, lat=10.03)

    page = browser.get("/operations/heat?of=cases&kind=visit")

    assert page.status_code == 200
    assert "unit_code=31135" in page.content.decode() and '"points": [[105.78, 10.03, 1]]' in page.content.decode()


@pytest.mark.parametrize(
    "span",
    ["since=0001-01-01&until=0001-01-02", "since=9999-12-31", "since=x&until=2026-13-01", "least=99999999999999"],
)
def test_days_that_make_no_sense_show_the_usual_ones(sign_in: SignIn, span: str) -> None:
    browser, _ = sign_in("an", "H13.90")

    assert browser.get(f"/operations/heat?of=cases&{span}").status_code == 200
    assert browser.get(f"/operations/ranking?{span}").status_code == 200
