"""The pages and the API of workflows, as an official without script and a program meet them."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from taydo.engines.workflows import queries
from taydo.kernel.models import Actor, Grant

PAGE = "/workflows/1.004873?kind=matter_plain"


@pytest.fixture
def admin() -> Client:
    return signed_in("admin", "*")


def signed_in(role: str, scope: str) -> Client:
    actor = Actor.objects.create(
        username=f"{role}-{scope}",
        name="Lê Thị Quản",
        kind="official",
        agency="A",
        password=make_password("a-long-password"),
    )
    Grant.objects.create(actor=actor, role=role, scope=scope)
    client = Client(headers={"Accept-Language": "vi"})
    client.force_login(actor)
    return client


def test_an_official_changes_checks_and_releases_a_workflow_by_forms_alone(admin: Client) -> None:
    assert "Xác nhận hôn nhân" in admin.get("/workflows?q=hôn").content.decode()
    assert "đang theo quy trình chuẩn" in admin.get(PAGE).content.decode()
    assert admin.post(PAGE, {"do": "begin"}).status_code == 302

    made = admin.post(
        PAGE, {"do": "add_step", "after": "received", "vi": "Thực địa", "en": "Site visit", "version": "1"}
    )
    assert made.headers["Location"].endswith("#s-received")
    late = admin.post(PAGE, {"do": "title", "vi": "Tên khác", "en": "Another", "version": "1"})
    assert late.status_code == 422 and "vừa sửa bản nháp" in late.content.decode()
    step = {"do": "step", "id": "thuc_dia", "vi": "Thực địa", "en": "", "outside": "4", "amount": "2", "unit": "working_days", "version": "2",
            "ask-0-agency": "B", "ask-0-question": "Có tranh chấp không?", "ask-1-agency": ""}  # fmt: skip
    assert admin.post(PAGE, step).status_code == 302
    assert "Thiếu tên tiếng Anh: Thực địa" in admin.get(PAGE).content.decode()
    assert admin.post(PAGE, {"do": "release", "why": "Thử"}).status_code == 422
    admin.post(PAGE, {**step, "en": "Site visit", "version": "3"})
    way = {"do": "move", "id": "check", "vi": "Chuyển", "en": "Check", "permission": "cases.move", "note": "required", "tasks_done": "1",
           "primary": "1", "to": "checked", "from": ["thuc_dia"], "field-0-vi": "Số biên bản", "field-0-en": "Record", "field-0-kind": "text",
           "field-0-required": "1", "version": "4"}  # fmt: skip
    assert admin.post(PAGE, way).status_code == 302
    shown = admin.get(PAGE).content.decode()
    assert "Quy trình hợp lệ" in shown and "<svg" in shown and "Thêm bước “Thực địa”" in shown

    assert admin.post(PAGE, {"do": "release", "why": "Cần xem thực địa"}).status_code == 302
    spec = queries.spec_of("matter_plain", "1.004873")
    assert spec.states["thuc_dia"].asks[0].agency == "B" and spec.moves["check"].fields["so_bien_ban"].required
    after = admin.get("/workflows?lang=en").content.decode()
    assert "Cần xem thực địa" in after and "Lê Thị Quản" in after


def test_a_program_reads_and_releases_and_only_who_may_for_the_whole_city(admin: Client) -> None:
    address = "/api/v1/workflows/plain/1.001193"
    found = admin.get(address).json()
    found["spec"]["states"]["checked"]["title"]["vi"] = "Thẩm tra tại chỗ"
    body = json.dumps({"spec": found["spec"], "why": "Đổi tên"})

    for client in (signed_in("officer", "*"), signed_in("admin", "A"), Client()):
        refused = client.post(address, body, "application/json")
        assert refused.status_code in (401, 403)
    broken = json.dumps({"spec": {**found["spec"], "start": "nowhere"}, "why": "Hỏng"})
    assert admin.post(address, broken, "application/json").status_code == 422
    assert admin.post(address, body, "application/json").status_code == 200

    assert admin.get(address).json()["spec"]["states"]["checked"]["title"]["vi"] == "Thẩm tra tại chỗ"
    assert "userTask" in admin.get(f"{address}/bpmn").content.decode()
