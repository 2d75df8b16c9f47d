"""A report from a phone 390 px wide to its end, in browsers: citizen, operator, officer, a second agency, and the citizen again."""

from __future__ import annotations

import io
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect
from tests.running_city import RunningCity
from tests.stories.conftest import PATIENCE_MS, Open
from tests.stories.test_browser_public_page import BUDGET_BYTES, PHONE, transferred

pytestmark = pytest.mark.slow
HERE = {"longitude": 105.7782, "latitude": 10.0340}


def photo(name: str, colour: str, side: int = 320) -> FilePayload:
    out = io.BytesIO()
    Image.effect_noise((side, side), 90).convert("RGB").save(out, "JPEG", quality=95)
    return {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}


def code_of(page: Page) -> str:
    found = re.search(r"PA-[0-9A-Z]{7}", page.url)
    assert found
    return found.group()


def case_of(city: RunningCity, code: str) -> int:
    with city.database() as link:
        found = link.execute("SELECT case_id FROM hotline_report WHERE code = %s", [code]).fetchone()
    assert found
    return int(found[0])


def send(open_as: Open) -> Page:
    """Somebody without an account reports a broken lamp: words, photo, position, the suggested category."""
    page = open_as(None, "/report", **PHONE, geolocation=HERE, permissions=["geolocation"], locale="vi-VN")
    page.get_by_label("Chuyện gì xảy ra?").fill("Đèn đường hẻm 51 tắt ba đêm nay, tối om")
    page.locator("#f-photos").set_input_files(photo("den.jpg", "navy", 1400))
    expect(page.locator("[data-photo-word]")).to_contain_text("1 ảnh")
    page.get_by_role("button", name="Dùng vị trí của tôi").click()
    expect(page.locator("[data-place-word]")).to_contain_text("Phường Ninh Kiều")
    page.locator("[data-suggested] button", has_text="Đèn đường không sáng").click()
    expect(page.get_by_label("Loại việc")).to_have_value("lamp_out")
    with page.expect_navigation():
        page.get_by_role("button", name="Gửi phản ánh").click()
    expect(page.get_by_role("heading", name="Đã nhận phản ánh của bạn")).to_be_visible()
    return page


def answer(page: Page, case: int, words: str, picture: FilePayload | None = None) -> None:
    """An officer answers on the desk, with a picture."""
    page.goto(f"/desk/cases/{case}")
    box = page.locator("details", has=page.locator("summary", has_text="Trả lời người dân"))
    if not box.evaluate("node => node.open"):
        box.locator("summary").click()
    box.locator("textarea[name=note]").fill(words)
    if picture:
        box.locator("input[type=file]").set_input_files(picture)
    box.get_by_role("button", name="Trả lời người dân").click()
    expect(page.locator(".case-head")).to_contain_text("Đã trả lời", timeout=PATIENCE_MS)


def asked_and_answered(open_as: Open, city: RunningCity, officer: Page, case: int) -> None:
    """The officer asks the ward on the desk; the ward answers on its own."""
    officer.goto(f"/desk/cases/{case}")
    box = officer.locator("details", has=officer.locator("summary", has_text="Hỏi cơ quan khác"))
    box.locator("summary").click()
    box.locator("input[name=agency]").fill("H13.31135")
    box.locator("textarea[name=note]").fill("Phường có cúp điện khu này không?")
    box.get_by_role("button", name="Hỏi", exact=True).click()
    expect(officer.locator(".tasks")).to_be_visible(timeout=PATIENCE_MS)
    with city.database() as link:
        found = link.execute("SELECT id FROM cases_case WHERE parent_id = %s", [case]).fetchone()
    assert found
    ward = open_as("ward", f"/desk/cases/{found[0]}")
    reply = ward.locator("details", has=ward.locator("summary", has_text="Trả lời")).first
    if not reply.evaluate("node => node.open"):
        reply.locator("summary").click()
    reply.locator("textarea[name=note]").fill("Không cúp điện.")
    reply.locator("button[value=answer]").click()
    expect(ward.locator(".case-head")).to_contain_text("Đã trả lời", timeout=PATIENCE_MS)


def test_a_broken_lamp_from_the_phone_to_the_end(open_as: Open, city: RunningCity) -> None:
    phone = send(open_as)
    code = code_of(phone)
    case = case_of(city, code)

    operator = open_as("agent", f"/hotline/reports/{code}")
    operator.get_by_role("button", name="Chuyển", exact=True).click()
    expect(operator.locator("h1")).to_contain_text("Trung tâm Quản lý hạ tầng kỹ thuật đô thị")
    officer = open_as("roads", f"/desk/cases/{case}")
    expect(officer.locator(".files img")).to_have_count(1)
    asked_and_answered(open_as, city, officer, case)
    answer(officer, case, "Đã thay bóng đèn.", photo("xong.jpg", "green"))

    card = phone.locator(".answer-card")
    for _ in range(40):
        phone.reload()
        if card.count():
            break
        phone.wait_for_timeout(500)
    expect(card).to_contain_text("Đã thay bóng đèn.")
    expect(phone.locator(".photo-grid img")).to_have_count(2)
    phone.locator("label.star", has_text="Không").nth(1).click()
    phone.get_by_role("button", name="Gửi đánh giá").click()
    expect(phone.locator("body")).to_contain_text("Vì sao bạn chưa hài lòng?")
    phone.get_by_label("Vì sao chưa xong?").fill("Tối nay lại tắt")
    phone.get_by_role("button", name="Mở lại").click()
    expect(phone.locator(".stand-word")).to_have_text("Đang xử lý")

    answer(officer, case, "Đã thay cả bộ đèn.")
    phone.reload()
    phone.locator("label.star", has_text="Rất hài lòng").click()
    phone.get_by_role("button", name="Gửi đánh giá").click()
    expect(phone.locator(".stand-word")).to_have_text("Đã kết thúc")


def test_the_form_is_light_and_a_report_goes_out_without_script(open_as: Open, city: RunningCity) -> None:
    page = open_as(None, "/healthz", **PHONE, service_workers="block")
    _, sizes = transferred(page)
    page.goto("/report", wait_until="networkidle")
    assert 0 < sum(sizes) <= BUDGET_BYTES, f"{sum(sizes) / 1024:.1f} KB in {len(sizes)} answers"

    plain = open_as(None, "/report", **PHONE, java_script_enabled=False)
    plain.get_by_label("Chuyện gì xảy ra?").fill("Rác chưa gom ba ngày")
    plain.locator("#f-photos").set_input_files(photo("rac.jpg", "brown"))
    plain.get_by_label("Xã, phường").select_option(label="Phường Cái Khế")
    plain.get_by_role("button", name="Gửi phản ánh").click()
    expect(plain.locator("h1")).to_contain_text("Đã nhận phản ánh của bạn")
    expect(plain.locator(".photo-grid img")).to_have_count(1)
    expect(plain.locator("body")).to_contain_text("Phường Cái Khế")


def test_what_was_typed_is_kept_when_the_page_is_left(open_as: Open) -> None:
    page = open_as(None, "/report", **PHONE)
    page.get_by_label("Chuyện gì xảy ra?").fill("Cây ngã chắn đường")
    key = page.locator("[name=key]").input_value()

    page.goto("/")
    page.goto("/report")

    expect(page.get_by_label("Chuyện gì xảy ra?")).to_have_value("Cây ngã chắn đường")
    expect(page.locator("[name=key]")).to_have_value(key)


@pytest.mark.parametrize("path", ["/report", "/hotline", "/hotline/reports", "/hotline/answers", "/follow"])
def test_pages_of_the_hotline_fit_a_phone_and_have_no_serious_finding(open_as: Open, path: str) -> None:
    page = open_as(None, path, **PHONE)

    found = Axe().run(page).response["violations"]

    assert [item["id"] for item in found if item["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


@pytest.mark.parametrize("path", ["/hotline/intake", "/hotline/held"])
def test_pages_of_the_operator_have_no_serious_finding(open_as: Open, path: str) -> None:
    page = open_as("agent", path)

    found = Axe().run(page).response["violations"]

    assert [item["id"] for item in found if item["impact"] in ("serious", "critical")] == []
