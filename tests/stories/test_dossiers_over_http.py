"""Dossiers from finding the service to the result, over HTTP: online and at the desk, with other agencies, refused and mended, withdrawn, joint."""

from __future__ import annotations

import io
from typing import Any

import httpx
import pytest
from PIL import Image
from tests.people import as_, post, until
from tests.running_city import PASSWORD, RunningCity

pytestmark = pytest.mark.slow
WARD = "31135"
PERSON = {"name": "Nguyễn Thị Sông Hậu", "number": "092190000123", "phone": "0912345678", "address": "12 Hai Bà Trưng"}
COMMON = {"commune": WARD, "applicant_name": PERSON["name"], "applicant_number": PERSON["number"], "applicant_phone": PERSON["phone"], "applicant_address": PERSON["address"]}  # fmt: skip
BIRTH = COMMON | {
    "relation": "mother", "child_name": "Trần Lúa Vàng", "child_born_on": "2026-11-01", "child_sex": "female", "birthplace": "Bệnh viện Phụ sản Cần Thơ",
    "mother_name": PERSON["name"], "father_named": False,
}  # fmt: skip
SINGLE = COMMON | {"status": "single", "purpose": "house"}
BUSINESS = COMMON | {
    "born_on": "1990-05-01", "business_name": "Hộ kinh doanh Bánh Cống Sông Hậu", "business_address": "12 Hai Bà Trưng", "premises": "own",
    "business_lines": [{"code": "5610", "name": "Nhà hàng, quán ăn"}], "capital_vnd": 50_000_000, "owners": "person",
}  # fmt: skip
BUILDING = COMMON | {
    "address": "Hẻm 51 đường 3 Tháng 2", "plot": "123", "sheet": "45", "plot_area_m2": 80, "kind": "house", "floors": 2, "floor_area_m2": 140, "near_river": False,
    "designer": "Công ty Thiết kế Tây Đô",
}  # fmt: skip


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "navy").save(out, "JPEG")
    return out.getvalue()


def filed(
    client: httpx.Client, procedure: str, answers: dict[str, Any], papers: dict[str, bytes], **more: Any
) -> dict[str, Any]:
    """File online with a picture for each paper."""
    import json

    body = {"procedure": procedure, "unit_code": WARD, "applicant": PERSON, "answers": answers, **more}
    files = [("uploads", (f"{name}.jpg", data, "image/jpeg")) for name, data in papers.items()]
    data = {"body": json.dumps(body), "papers": list(papers)}
    answer = (
        client.post("/api/v1/dossiers/with-files", data=data, files=files)
        if files
        else client.post("/api/v1/dossiers", json=body)
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def state(client: httpx.Client, code: str) -> int:
    return int(client.get(f"/api/v1/dossiers/{code}").json()["national"])


def worked_and_signed(head: httpx.Client, code: str, number: str, facts: list[list[str]]) -> None:
    """Checked, drafted, submitted, approved and signed with every key the head may use."""
    post(head, f"/dossiers/{code}/step", move="check")
    post(head, f"/dossiers/{code}/draft", data={"facts": facts, "office": "Chủ tịch"}, number=number)
    post(head, f"/dossiers/{code}/step", move="submit_draft")
    post(head, f"/dossiers/{code}/approve")
    keys = [
        key["id"]
        for key in sorted(head.get("/api/v1/signing/keys").json(), key=lambda key: key["role"] == "seal")
        if key["role"] in ("officer", "seal")
    ]
    assert keys, "the head of the ward has no key"
    post(head, f"/dossiers/{code}/sign", keys=keys, office="Chủ tịch")
    until(lambda: state(head, code), 9, 40)


def test_a_birth_is_registered_online_and_its_certificate_lies_in_the_vault(city: RunningCity) -> None:
    citizen, clerk, head = (as_(city, name) for name in ("citizen", "clerk", "wardhead"))
    found = httpx.get(f"{city.url}/api/v1/procedures", params={"q": "lam giay khai sinh cho con", "limit": 5}).json()
    assert next(iter(found["procedures"]))["code"] == "1.001193"

    made = filed(citizen, "1.001193", BIRTH, {"birth_note": picture()})
    code = made["code"]
    assert code.startswith("H13.31135-") and state(citizen, code) == 1
    received = post(clerk, f"/dossiers/{code}/receive")
    assert received["national"] == 2 and received["due_at"]
    forms = citizen.get(f"/api/v1/dossiers/{code}").json()["forms"]
    assert [form["form"] for form in forms] == ["01"]
    assert citizen.get(f"/api/v1/dossiers/{code}/forms/{forms[0]['id']}").content.startswith(b"%PDF")

    worked_and_signed(head, code, "101/2026", [["Họ, chữ đệm, tên", "Trần Lúa Vàng"], ["Ngày sinh", "01/11/2026"]])
    shown = citizen.get(f"/api/v1/dossiers/{code}").json()
    verified = httpx.get(f"{city.url}/api/v1/verify/{shown['result_code']}").json()
    assert verified["state"] == "valid" and len(verified["signers"]) >= 1
    pdf = citizen.get(f"/files/{shown['result_file']}").content
    same = httpx.post(f"{city.url}/api/v1/verify/{shown['result_code']}/file", files={"file": ("r.pdf", pdf)}).json()
    assert same["same"] is True and all(one["whole"] for one in same["signatures"])
    until(
        lambda: any(
            paper["kind"] == "birth_certificate" for paper in citizen.get("/api/v1/vault/papers").json()["papers"]
        ),
        True,
        30,
    )
    post(citizen, f"/dossiers/{code}/read-result")
    assert state(citizen, code) == 10
    post(citizen, f"/dossiers/{code}/rate", rating=5)
    stranger = as_(city, "roads")
    assert stranger.get(f"/api/v1/dossiers/{code}").status_code == 404
    assert stranger.get(f"/files/{shown['result_file']}").status_code == 404
    assert httpx.get(f"{city.url}/api/v1/dossiers/follow/{code}").json()["code"] == code


def test_the_same_is_taken_at_the_desk_on_paper_and_handed_out(city: RunningCity) -> None:
    clerk, head, citizen = (as_(city, name) for name in ("clerk", "wardhead", "citizen"))
    person = PERSON | {"name": "Trần Văn Bưởi", "number": "092090000777"}
    body = {"procedure": "1.001193", "unit_code": WARD, "applicant": person, "answers": BIRTH | {"applicant_name": person["name"], "applicant_number": person["number"]},
            "papers": [{"id": "birth_note"}], "key": "quầy số 1, lượt 1"}  # fmt: skip
    taken = [clerk.post("/api/v1/dossiers/take-in", json=body).json() for _ in range(2)]
    code = taken[0]["code"]
    assert taken[1]["code"] == code and taken[0]["national"] == 2
    again = clerk.post("/api/v1/dossiers/take-in", json=body | {"key": "quầy số 1, lượt 2"})
    assert (again.status_code, again.json()["code"]) == (409, "filed_already")

    worked_and_signed(head, code, "102/2026", [["Họ, chữ đệm, tên", "Trần Lúa Vàng"]])
    assert clerk.post(f"/api/v1/dossiers/{code}/return", json={"note": ""}).status_code == 422
    assert post(clerk, f"/dossiers/{code}/return", note="Trần Văn Bưởi ký nhận")["national"] == 10
    assert citizen.get(f"/api/v1/dossiers/{code}").status_code == 404
    slip = head.get(f"/api/v1/dossiers/{code}/control-slip")
    assert slip.content.startswith(b"%PDF")


def two_agencies_answer(city: RunningCity, head: httpx.Client, code: str) -> None:
    """Two agencies are asked at once; work on the result waits for both."""
    asked = post(
        head, f"/dossiers/{code}/consult", working_days=3,
        questions=[{"agency": "H13.07", "question": "Có phù hợp quy hoạch không?"}, {"agency": "H13.06", "question": "Có nằm trong hành lang bảo vệ nguồn nước không?"}],
    )  # fmt: skip
    early = head.post(f"/api/v1/dossiers/{code}/step", json={"move": "draft"})
    assert (early.status_code, early.json()["code"]) == (409, "tasks_open"), early.text
    for name, one, words in (
        ("roads", asked["asked"][0], "Phù hợp."),
        ("officer", asked["asked"][1], "Không nằm trong hành lang."),
    ):
        who = as_(city, name)
        listed = who.get("/api/v1/cases", params={"q": one["case"]}).json()["cases"]
        task = next(case for case in listed if case["code"] == one["case"])
        post(who, f"/cases/{task['id']}/move", move="answer", note=words)


def test_a_building_permit_with_two_agencies_a_supplement_and_an_apology(city: RunningCity) -> None:
    citizen, clerk, head = (as_(city, name) for name in ("citizen", "clerk", "wardhead"))
    code = filed(citizen, "1.013225", BUILDING, {"land": picture(), "drawings": picture()})["code"]
    post(clerk, f"/dossiers/{code}/receive")
    post(head, f"/dossiers/{code}/step", move="check")

    post(head, f"/dossiers/{code}/ask-supplement", lacks=["Bản vẽ mặt đứng có chữ ký", "Ảnh hiện trạng"])
    assert state(citizen, code) == 5
    sent = [("uploads", ("ban-ve.jpg", picture(), "image/jpeg"))]
    given = citizen.post(f"/api/v1/dossiers/{code}/supplement", data={"papers": ["drawings"]}, files=sent)
    assert given.status_code == 200 and given.json()["national"] == 4, given.text
    two_agencies_answer(city, head, code)

    before = citizen.get(f"/api/v1/dossiers/{code}").json()["due_at"]
    after = post(head, f"/dossiers/{code}/apologise", reason="Phải xác minh lại ranh giới thửa đất", working_days=3)[
        "due_at"
    ]
    assert after > before
    twice = head.post(f"/api/v1/dossiers/{code}/apologise", json={"reason": "lại nữa", "working_days": 3})
    assert twice.status_code == 409
    assert [form["form"] for form in citizen.get(f"/api/v1/dossiers/{code}").json()["forms"]] == ["01", "02", "04"]
    post(head, f"/dossiers/{code}/step", move="draft")
    post(head, f"/dossiers/{code}/draft", data={"facts": [["Công trình", "Nhà ở riêng lẻ 2 tầng"]]}, number="15/GPXD")
    post(head, f"/dossiers/{code}/step", move="submit_draft")
    assert post(head, f"/dossiers/{code}/approve")["national"] == 4


def test_a_business_is_refused_by_the_check_before_filing_mended_and_accepted(city: RunningCity) -> None:
    citizen, clerk = as_(city, "citizen"), as_(city, "clerk")
    wrong = BUSINESS | {
        "business_name": "Bánh Cống Sông Hậu",
        "business_lines": [{"code": "0410", "name": "?"}],
        "capital_vnd": 0,
    }
    told = httpx.post(f"{city.url}/api/v1/prechecks/1.001612", json={"answers": wrong}).json()
    assert told["may_file"] is False and {one["field"] for one in told["remarks"]} == {
        "business_name",
        "business_lines",
        "capital_vnd",
    }
    refused = citizen.post(
        "/api/v1/dossiers", json={"procedure": "1.001612", "unit_code": WARD, "applicant": PERSON, "answers": wrong}
    )
    assert refused.status_code == 422 and "business_name" in refused.json()["fields"], refused.text

    code = filed(citizen, "1.001612", BUSINESS, {})["code"]
    assert post(clerk, f"/dossiers/{code}/receive")["national"] == 2
    bills = citizen.get(f"/api/v1/dossiers/{code}").json()["bills"]
    assert [bill["amount_vnd"] for bill in bills] == [150_000]


def test_one_filing_for_a_child_is_worked_in_parts_and_ends_when_they_do(city: RunningCity) -> None:
    clerk, head = as_(city, "clerk"), as_(city, "wardhead")
    person = PERSON | {"name": "Lê Thị Điên Điển", "number": "092190000456"}
    answers = BIRTH | {"applicant_name": person["name"], "applicant_number": person["number"], "request": "Cả ba giấy"}
    whole = post(
        clerk, "/dossiers/take-in", procedure="2.000986", unit_code=WARD, applicant=person, answers=answers, papers=[{"id": "birth_note"}], key="một lần"
    )  # fmt: skip
    code, (birth, residence) = whole["code"], whole["parts"]
    parts = clerk.get(f"/api/v1/dossiers/{code}").json()["parts"]
    assert [(part["code"], part["national"]) for part in parts] == [(birth, 1), (residence, 1)]
    decides = [clerk.get(f"/api/v1/dossiers/{part}").json()["agency_decides"] for part in (birth, residence)]
    assert decides[0] == f"H13.{WARD}" and decides[1] != decides[0]

    post(clerk, f"/dossiers/{birth}/receive")
    worked_and_signed(head, birth, "103/2026", [["Họ, chữ đệm, tên", "Trần Lúa Vàng"]])
    assert state(clerk, code) == 2  # the other part is still open

    post(clerk, f"/dossiers/{residence}/refuse", reason="Chưa có giấy tờ chứng minh chỗ ở hợp pháp")
    until(lambda: state(clerk, code), 9, 30)
    ended = clerk.get(f"/api/v1/dossiers/{code}").json()["parts"]
    assert [part["national"] for part in ended] == [9, 3]
    assert post(clerk, f"/dossiers/{code}/return", note="Lê Thị Điên Điển ký nhận")["national"] == 10


def test_whoever_filed_may_withdraw_once(city: RunningCity) -> None:
    citizen, clerk = as_(city, "citizen"), as_(city, "clerk")
    code = filed(citizen, "1.004873", SINGLE, {})["code"]
    post(clerk, f"/dossiers/{code}/receive")

    assert post(citizen, f"/dossiers/{code}/withdraw", reason="Không cần nữa")["national"] == 7
    assert citizen.post(f"/api/v1/dossiers/{code}/withdraw", json={"reason": ""}).status_code == 409
    assert post(clerk, f"/dossiers/{code}/receive", 409)


@pytest.mark.parametrize(
    "name",
    [
        "virus.exe",
        "trang.html",
        "lenh.sh",
        "anh.svg",
        "macro.php",
        "goi.zip",
        "java.jar",
        "hong.jpg",
        "rong.pdf",
        "lua.gif",
    ],
)
def test_ten_hostile_kinds_of_file_are_refused_at_the_door(city: RunningCity, name: str) -> None:
    import json

    hostile = {
        "virus.exe": b"MZ" + b"\0" * 200, "trang.html": b"<!doctype html><script>alert(1)</script>", "lenh.sh": b"#!/bin/sh\nrm -rf /\n",
        "anh.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "macro.php": b"<?php system($_GET[0]);", "goi.zip": b"PK\x03\x04" + b"\0" * 100,
        "java.jar": b"\xca\xfe\xba\xbe" + b"\0" * 100, "hong.jpg": b"\xff\xd8\xff\xe0" + b"\0" * 50, "rong.pdf": b"", "lua.gif": b"GIF89a<script>",
    }  # fmt: skip
    body = {"procedure": "1.001193", "unit_code": WARD, "applicant": PERSON, "answers": BIRTH}

    answer = as_(city, "citizen").post(
        "/api/v1/dossiers/with-files", data={"body": json.dumps(body), "papers": ["birth_note"]}, files=[("uploads", (name, hostile[name], "image/jpeg"))]
    )  # fmt: skip

    assert answer.status_code in (403, 422), answer.text
    assert PASSWORD not in answer.text
