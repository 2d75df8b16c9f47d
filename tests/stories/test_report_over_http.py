"""One report over HTTP: with a photo, routed, a second agency asked, answered with a photo, rated, reopened, closed."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from tests.people import as_, post, until
from tests.running_city import RunningCity

pytestmark = pytest.mark.slow
CAI_RANG = {"lon": "105.7533", "lat": "9.9862"}


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, "JPEG")
    return out.getvalue()


def sent_twice(city: RunningCity) -> dict[str, Any]:
    """A citizen sends a report with a photo from a bad line; strangers see it without what is personal."""
    citizen, stranger = as_(city, "citizen"), as_(city, "")
    given = {
        "text": "Ổ gà sâu trước chợ Cái Răng, gọi tôi 0909 123 456", "category": "road_damage", "key": "story-report-00000001", **CAI_RANG,
    }  # fmt: skip
    photo = {"photos": ("o-ga.jpg", picture("navy"), "image/jpeg")}
    sent = [citizen.post("/api/v1/hotline/reports/with-photos", data=given, files=photo).json() for _ in range(2)]
    assert (sent[1]["code"], sent[1]["again"]) == (sent[0]["code"], True)
    seen = stranger.get(f"/api/v1/hotline/reports/{sent[0]['code']}").json()
    assert seen["unit_name"] == "Phường Cái Răng" and "0909" not in seen["text"] and len(seen["photos"]) == 1
    assert stranger.get(seen["photos"][0]["href"]).headers["Content-Type"] == "image/jpeg"
    return dict(sent[0])


def answered_with_another_agency(city: RunningCity, code: str, case: int) -> None:
    """The centre routes it, the department asks the ward, cannot answer before the ward has, then answers with a photo."""
    agent, roads, ward = (as_(city, name) for name in ("agent", "roads", "ward"))
    assert post(agent, f"/hotline/reports/{code}/route")["agency"] == "H13.07"
    post(roads, f"/cases/{case}/move", move="start")
    task = post(roads, f"/cases/{case}/tasks", agency="H13.31135", note="Phường có lịch đào đường ở đây không?")
    assert post(roads, f"/cases/{case}/move", 409, move="answer", note="Xong")["code"] == "tasks_open"
    post(ward, f"/cases/{task['id']}/move", move="answer", note="Không có lịch nào.")
    photo = {"file": ("da-va.jpg", picture("green"), "image/jpeg")}
    attached = roads.post(f"/api/v1/cases/{case}/attachments", data={"public": "true"}, files=photo)
    assert attached.status_code == 200, attached.text
    post(roads, f"/cases/{case}/move", move="answer", note="Đã vá ổ gà sáng nay.")


def test_a_report_goes_all_the_way_and_its_reporter_sees_every_step(city: RunningCity) -> None:
    citizen, roads, stranger = (as_(city, name) for name in ("citizen", "roads", ""))
    made = sent_twice(city)
    code, case = made["code"], made["case_id"]

    def report() -> dict[str, Any]:
        return dict(citizen.get(f"/api/v1/hotline/reports/{code}").json())

    answered_with_another_agency(city, code, case)
    until(lambda: (report()["state"], report()["answer"]), ("answered", "Đã vá ổ gà sáng nay."))
    assert len(report()["photos"]) == 2 and "reopen" in report()["may"]
    assert all(citizen.get(photo["href"]).status_code == 200 for photo in report()["photos"])

    assert post(citizen, f"/hotline/reports/{code}/rate", rating=2)["ask_why"] is True
    assert post(stranger, f"/hotline/reports/{code}/reopen", 404, text="tôi muốn")["code"] == "no_report"
    post(citizen, f"/hotline/reports/{code}/reopen", text="Mưa xuống lại lún")
    assert report()["state"] == "in_progress"
    post(roads, f"/cases/{case}/move", move="answer", note="Đã làm lại nền đường.")
    until(lambda: report()["answer"], "Đã làm lại nền đường.")
    post(citizen, f"/hotline/reports/{code}/rate", rating=5)
    assert report()["state"] == "closed"

    def heard() -> list[str]:
        notices = citizen.get("/api/v1/notices").json()["notices"]
        return sorted(item["title"].replace(code, "…") for item in notices if code in item["title"])

    wanted = ["Đã nhận phản ánh …", "Phản ánh … đã chuyển cơ quan xử lý", "Phản ánh … đã mở lại"]
    until(heard, sorted([*wanted, "Phản ánh … đã có trả lời", "Phản ánh … đã có trả lời"]))


def test_a_private_report_of_nobody_in_particular_is_only_for_its_link_and_its_agencies(city: RunningCity) -> None:
    stranger, agent, roads, admin = (as_(city, name) for name in ("", "agent", "roads", "admin"))
    made = post(
        stranger, "/hotline/reports", text="Quán bên cạnh xả nước thải ra hẻm", category="water_pollution", public=False
    )
    code = made["code"]

    for client in (stranger, roads, admin):
        assert client.get(f"/api/v1/hotline/reports/{code}").status_code == 404
        assert client.get(f"/report/{code}").status_code == 404
    assert stranger.get(f"/api/v1/hotline/reports/{code}", params={"token": made["token"]}).json()["owner"] is True
    assert agent.get(f"/api/v1/hotline/reports/{code}").json()["official"] is True
    assert stranger.get(f"/report/{code}", params={"t": made["token"]}).status_code == 200


def test_who_looked_at_the_reporters_number_is_told_to_them_and_nobody_looks_without_a_purpose(
    city: RunningCity,
) -> None:
    citizen, agent = as_(city, "citizen"), as_(city, "agent")
    made = post(citizen, "/hotline/reports", text="Đèn đường trước nhà tắt", category="lamp_out", phone="0912345678")

    assert post(agent, f"/hotline/reports/{made['code']}/person", 422)["code"] == "purpose_missing"
    assert post(agent, f"/hotline/reports/{made['code']}/person", purpose="Hỏi số trụ đèn")["phone"] == "+84912345678"

    looks = citizen.get("/api/v1/identity/looks").json()
    rows = looks["looks"] if isinstance(looks, dict) else looks
    assert rows[0]["purpose"] == "Hỏi số trụ đèn"
