"""A private report stays private through every door; a report sent twice at once is one; photos come out harmless."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from taydo.domains.hotline import actions, queries
from taydo.domains.hotline.actions import handling
from taydo.domains.hotline.tests.conftest import photo
from taydo.engines.files import queries as files
from taydo.kernel import i18n, panels, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.jobs import LOADS
from taydo.kernel.models import Actor
from taydo.kernel.specs import city

NOBODY = Viewer.anonymous()
KEY = "0123456789-abcdef"


@pytest.fixture(autouse=True)
def _in_vietnamese() -> None:
    i18n.use("vi")


@pytest.mark.django_db
def test_a_private_report_is_found_through_no_door(agent: Viewer) -> None:
    secret = "thằn lằn phun lửa"
    made = actions.report(
        NOBODY,
        f"Có {secret} sau nhà",
        lon=105.7782,
        lat=10.034,
        public=False,
        photos=[(photo(), "a.jpg")],
        category="animals",
    )
    kept = files.files_of(Viewer.system("test"), "report", str(made["id"]))[0]
    code = made["code"]

    for address in (
        f"/report/{code}", f"/report/{code}?t={'0' * 32}", f"/report/{code}/photos/{kept.id}", f"/files/{kept.id}", f"/api/v1/files/{kept.id}",
        f"/api/v1/hotline/reports/{code}", f"/api/v1/hotline/reports/{code}?token=x", f"/api/v1/cases/{made['case_id']}",
    ):  # fmt: skip
        assert Client().get(address).status_code in (401, 404), address
    hidden = Client().get(f"/api/v1/hotline/reports/{code}").json()
    nothing = Client().get("/api/v1/hotline/reports/PA-NOTHERE").json()
    assert hidden | {"instance": ""} == nothing | {"instance": ""}
    for address in (
        "/hotline", "/hotline/reports", "/hotline/reports?q=than+lan", "/api/v1/hotline/reports?q=than+lan", "/search?q=than+lan", f"/search?q={code}",
        "/api/v1/hotline/duplicates?lon=105.7782&lat=10.034&text=than+lan+phun+lua", "/api/v1/hotline/overview", "/hotline/reports?category=animals",
    ):  # fmt: skip
        answer = Client().get(address)
        assert answer.status_code == 200, address
        assert f"/report/{code}" not in answer.content.decode(), address
        assert secret not in answer.content.decode(), address
    assert all(code not in str(make(NOBODY, None)) for make in panels.LAYERS.values())
    assert all(code not in str(find(NOBODY, "than lan")) for find in panels.FINDERS.values())


@pytest.mark.django_db
def test_who_reported_and_the_agency_in_charge_open_it_and_its_photo(citizen: Viewer, agent: Viewer) -> None:
    made = actions.report(citizen, "Có rắn sau nhà", public=False, photos=[(photo((105.7782, 10.034)), "a.jpg")])
    kept = queries.photos(citizen, queries.report(citizen, made["code"]))[0]
    owner = Client()
    owner.force_login(Actor.objects.get(username="lan"))
    official = Client()
    official.force_login(Actor.objects.get(username="agent1"))

    for client, address in (
        (owner, f"/files/{kept.id}"), (official, f"/files/{kept.id}"), (owner, f"/report/{made['code']}/photos/{kept.id}"),
        (Client(), f"/report/{made['code']}/photos/{kept.id}?t={made['token']}"),
    ):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "sandbox" in answer["Content-Security-Policy"]
        assert b"Exif" not in answer.content


@pytest.mark.django_db
def test_making_a_report_private_closes_its_photos_at_once(agent: Viewer) -> None:
    made = actions.report(NOBODY, "Đèn tắt", photos=[(photo(), "a.jpg")])
    kept = queries.photos(NOBODY, queries.report(NOBODY, made["code"]))[0]
    assert Client().get(f"/files/{kept.id}").status_code == 200

    handling.classify(agent, made["code"], public=False)

    assert Client().get(f"/files/{kept.id}").status_code == 404


@pytest.mark.django_db
def test_what_is_no_picture_is_refused_and_the_words_are_kept_on_the_form() -> None:
    import io

    script = io.BytesIO(b"<script>alert(1)</script>")
    script.name = "anh.jpg"
    answer = Client().post("/report", {"text": "Đèn tắt", "photos": script, "key": KEY})

    assert answer.status_code == 422
    assert "Đèn tắt" in answer.content.decode() and KEY in answer.content.decode()
    assert sql.value("SELECT count(*) FROM hotline_report") == 0


@pytest.mark.django_db
def test_the_form_sends_without_script_and_twice_is_once() -> None:
    client = Client()
    sent = [
        client.post("/report", {"text": "Đèn tắt", "unit_code": "31135", "public": "yes", "key": KEY}) for _ in range(2)
    ]

    assert [answer.status_code for answer in sent] == [302, 302]
    assert sent[0]["Location"] == sent[1]["Location"]
    page = client.get(sent[0]["Location"])
    assert "Đã nhận phản ánh của bạn" in page.content.decode()
    assert "Phường Ninh Kiều" in page.content.decode()
    assert page["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_the_reporters_page_rates_reopens_and_says_why_not(agent: Viewer) -> None:
    made = actions.report(NOBODY, "Hỏi giờ mở cửa", category="question")
    page = f"/report/{made['code']}"
    early = Client().post(f"{page}/rate", {"t": made["token"], "rating": "5"})
    assert early.status_code == 409 and "chưa có trả lời" in early.content.decode()

    handling.answer_at_once(agent, made["code"], "7 giờ")
    from taydo.kernel.events import deliver_pending

    deliver_pending()
    assert Client().post(f"{page}/rate", {"rating": "5"}).status_code == 404
    assert Client().post(f"{page}/rate", {"t": made["token"], "rating": "1"}).status_code == 302
    shown = Client().get(f"{page}?t={made['token']}&rated=1").content.decode()
    assert "Vì sao bạn chưa hài lòng?" in shown
    assert Client().post(f"{page}/reopen", {"t": made["token"], "text": ""}).status_code == 422
    assert Client().post(f"{page}/reopen", {"t": made["token"], "text": "Chưa rõ"}).status_code == 302
    assert queries.report(NOBODY, made["code"])["state"] == "in_progress"


@pytest.mark.django_db
def test_an_operator_takes_a_call_on_one_page(agent: Viewer) -> None:
    first = actions.report(NOBODY, "Đèn đường tắt trước chợ", phone="0909123456", lon=105.7782, lat=10.034)
    client = Client()
    client.force_login(Actor.objects.get(username="agent1"))
    given = {"phone": "0909123456", "text": "den duong tat truoc cho", "lon": "105.7782", "lat": "10.0341", "key": KEY}

    looked = client.post("/hotline/intake", {**given, "do": "look"}).content.decode()
    advised = client.post("/hotline/intake", {**given, "do": "advise"}).content.decode()
    routed = client.post("/hotline/intake", {**given, "category": "lamp_out", "do": "route"})

    assert looked.count(first["code"]) >= 2 and "Đèn đường không sáng" in looked
    assert advised.count(first["code"]) >= 1
    assert sql.value("SELECT count(*) FROM kernel_look") == 1
    assert routed.status_code == 302
    done = client.get(routed["Location"]).content.decode()
    assert "Đọc mã cho người gọi" in done and "Trung tâm Quản lý hạ tầng kỹ thuật đô thị" in done


@pytest.mark.django_db(transaction=True)
def test_sent_many_times_at_once_under_one_key_it_is_one_report() -> None:
    for name in ("places", "directory", "hotline"):
        sql.execute("DELETE FROM kernel_loaded WHERE name = %(n)s", {"n": name})
        LOADS[name].run(city())
    made: list[dict[str, Any]] = []
    begin = threading.Barrier(6)

    def send() -> None:
        try:
            begin.wait(10)
            made.append(actions.report(NOBODY, "Đèn tắt", key=KEY, photos=[(photo(), "a.jpg")]))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(made) == 6 and len({item["code"] for item in made}) == 1
    assert sum(not item["again"] for item in made) == 1
    assert sql.value("SELECT count(*) FROM hotline_report") == sql.value("SELECT count(*) FROM cases_case") == 1
    assert sql.value("SELECT count(*) FROM files_file") == 1


@pytest.mark.django_db
def test_codes_and_tokens_of_others_open_nothing(citizen: Viewer) -> None:
    mine = actions.report(citizen, "Của tôi", public=False)
    other = actions.report(NOBODY, "Của người khác", public=False)

    with pytest.raises(Problem):
        queries.report(NOBODY, mine["code"], other["token"])
    with pytest.raises(Problem):
        queries.report(citizen, other["code"])


@pytest.mark.django_db
def test_an_operator_sorts_a_report_that_came_in_and_a_hand_over_on_the_desk_routes_it_too(agent: Viewer) -> None:
    from taydo.engines.cases import actions as cases
    from taydo.kernel.events import deliver_pending

    made = [actions.report(NOBODY, f"Đèn đường số {n} không sáng", lon=105.7782, lat=10.034) for n in range(3)]
    client = Client()
    client.force_login(Actor.objects.get(username="agent1"))
    page = f"/hotline/reports/{made[0]['code']}"

    assert "Đèn đường không sáng" in client.get(page).content.decode()
    assert client.post(page, {"do": "route", "category": "lamp_out"}).status_code == 302
    assert queries.report(agent, made[0]["code"])["agency"] == "H13.07.01"
    assert client.post(f"/hotline/reports/{made[1]['code']}", {"do": f"merge:{made[0]['code']}"}).status_code == 302
    assert client.post(f"/hotline/reports/{made[2]['code']}", {"do": "answer", "answer": ""}).status_code == 422
    cases.hand_over(agent, made[2]["case_id"], "H13.07", "đúng thẩm quyền")
    deliver_pending()

    assert [queries.report(agent, item["code"])["state"] for item in made] == ["routed", "merged", "routed"]
    assert Client().get(page).status_code == 302
