"""A report on the desk, in the browser: worked by keyboard, a second agency asked and answering, more time asked and granted, answered."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import urllib.request

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from tests.running_city import RunningCity
from tests.stories.conftest import PATIENCE_MS, Open

pytestmark = pytest.mark.slow
ROADS, WARD = "H13.07", "Ủy ban nhân dân phường Ninh Kiều"


def reported(city: RunningCity, text: str, public: bool = True) -> str:
    """Somebody reports; returns the code."""
    body = {"text": text, "category": "lamp_out", "lon": 105.7782, "lat": 10.034, "public": public}
    request = urllib.request.Request(
        f"{city.url}/api/v1/hotline/reports", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return str(json.load(answer)["code"])


def routed(page: Page, code: str) -> int:
    """The centre hands the report to the Department of Construction, which then sees it; returns the case's id."""
    page.goto(f"/desk?tab=open&q={code}")
    page.locator(".case-row a").first.click()
    page.locator("summary", has_text="Chuyển cơ quan").click()
    page.get_by_label("Sang cơ quan").fill("Sở Xây dựng")
    page.get_by_label("Lý do chuyển").fill("Đèn đường do Sở quản lý.")
    page.get_by_role("button", name="Chuyển", exact=True).last.click()
    expect(page.locator(".timeline")).to_contain_text("Đèn đường do Sở quản lý.")
    found = re.search(r"/desk/cases/(\d+)", page.url)
    assert found
    return int(found[1])


def found_and_begun(officer: Page, code: str) -> None:
    """The officer finds the case by keyboard alone and starts work."""
    officer.keyboard.press("/")
    officer.keyboard.type(code)
    officer.keyboard.press("Enter")
    expect(officer).to_have_url(re.compile(f"q={code}"))
    expect(officer.locator(".case-row")).to_have_count(1)
    officer.keyboard.press("Escape")
    officer.keyboard.press("j")
    officer.keyboard.press("o")
    expect(officer.locator(".case-head")).to_contain_text(code)
    officer.keyboard.press("e")
    officer.keyboard.press("Enter")
    expect(officer.locator(".case-head")).to_contain_text("Đang xử lý")


def asked_the_ward(officer: Page) -> None:
    """The question goes out from the command palette."""
    officer.keyboard.press("Control+k")
    officer.keyboard.type("hoi co quan")
    officer.keyboard.press("Enter")
    for words in (WARD, "Phường có thấy ai đấu điện vào trụ không?"):
        officer.keyboard.type(words)
        officer.keyboard.press("Tab")
    officer.keyboard.type("2")
    officer.keyboard.press("Enter")
    expect(officer.locator(".tasks")).to_contain_text("Chờ trả lời")


def the_ward_answers(ward: Page) -> None:
    """Its officer finds the question in the same kind of inbox."""
    ward.locator(".case-row a").first.click()
    ward.locator("details[open]").get_by_label("Nội dung").fill("Có một quán đã đấu nối, phường đã nhắc.")
    ward.get_by_role("button", name="Trả lời", exact=True).click()
    expect(ward.locator(".case-head")).to_contain_text("Đã trả lời")


def test_a_report_is_worked_by_keyboard_and_a_second_agency_answers(city: RunningCity, open_as: Open) -> None:
    code = reported(city, "Ba trụ đèn trước chợ Xuân Khánh tắt đã bốn đêm, rất tối.")
    case = routed(open_as("agent", "/desk"), code)

    officer = open_as("roads", "/desk?tab=open")
    found_and_begun(officer, code)
    asked_the_ward(officer)
    the_ward_answers(open_as("ward", "/desk?tab=open&type=consultation"))

    officer.goto(f"/desk/cases/{case}")
    expect(officer.locator(".tasks")).to_contain_text("Có một quán đã đấu nối")
    citizen = open_as(None, f"/report/{code}")
    expect(citizen.locator("main")).to_contain_text("Ba trụ đèn")
    expect(citizen.locator("main")).not_to_contain_text("đã đấu nối")


def test_more_time_is_granted_by_the_head_and_the_citizen_reads_the_answer(city: RunningCity, open_as: Open) -> None:
    code = reported(city, "Đèn hẻm 108 đường Trần Hưng Đạo chớp tắt.")
    case = routed(open_as("agent", "/desk"), code)
    officer = open_as("roads", f"/desk/cases/{case}")
    officer.locator("summary", has_text="Xin gia hạn").click()
    officer.get_by_label("Đến hết ngày").fill(until_after(officer))
    officer.get_by_label("Lý do", exact=True).fill("Chờ vật tư thay bóng.")
    officer.get_by_role("button", name="Gửi đề nghị").click()
    expect(officer.locator(".decide")).to_contain_text("Chờ vật tư thay bóng.")

    head = open_as("head", "/desk/late")
    head.locator(".decide", has_text=code).get_by_role("button", name="Cho gia hạn").click()
    expect(head.locator(".decide", has_text=code)).to_have_count(0)
    officer.goto(f"/desk/cases/{case}")
    expect(officer.locator(".case-head")).to_contain_text("đã gia hạn 1 lần")
    officer.locator("summary", has_text="Trả lời người dân").click()
    form = officer.locator("details[open]", has_text="Trả lời người dân")
    form.get_by_label("Nội dung gửi người hỏi").fill("Đã thay ba bóng đèn tối nay.")
    form.locator("input[type=file]").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": picture()})
    form.get_by_role("button", name="Trả lời người dân").click()

    expect(officer.locator(".case-head")).to_contain_text("Đã trả lời")
    expect(officer.locator(".files img")).to_have_count(1)
    expect(open_as(None, f"/report/{code}").locator("main")).to_contain_text("Đã thay ba bóng đèn tối nay.")


def until_after(page: Page) -> str:
    """A day some days after the deadline that the page shows."""
    due = re.search(r"hạn (\d\d)/(\d\d)/(\d{4})", page.locator(".deadline").inner_text())
    assert due
    return (dt.date(int(due[3]), int(due[2]), int(due[1])) + dt.timedelta(days=5)).isoformat()


def picture() -> bytes:
    """A small PNG."""
    made = io.BytesIO()
    Image.new("RGB", (80, 60), "seagreen").save(made, "PNG")
    return made.getvalue()


def test_a_case_prints_on_paper_without_tools_and_with_its_code(city: RunningCity, open_as: Open) -> None:
    code = reported(city, "Nắp cống bật trước số 12 đường Mậu Thân.")
    page = open_as("agent", f"/desk?tab=open&q={code}")
    page.locator(".case-row a").first.click()
    expect(page).to_have_url(re.compile("/desk/cases/"))
    page.goto(f"{page.url.split('?')[0]}/print")

    page.emulate_media(media="print")

    expect(page.locator(".paper-tools")).to_be_hidden()
    expect(page.locator(".paper-code")).to_have_text(code)
    expect(page.locator("header svg")).to_be_visible()


def test_a_public_report_stands_on_the_wall_without_reloading_and_a_private_one_does_not(
    city: RunningCity, open_as: Open
) -> None:
    wall = open_as("operator", "/wall")
    expect(wall.locator("[data-live-state]")).to_have_class("wall-live is-live")
    before = wall.locator("[data-tile=reports] .tile-value").inner_text()
    wall.evaluate("window.neverReloaded = true")

    secret = reported(city, "Hàng xóm nhà tôi xây lấn hẻm.", public=False)
    code = reported(city, "Đèn đường Nguyễn Trãi tắt cả đoạn.")

    expect(wall.locator(f"[data-reports] a[href='/report/{code}']")).to_be_visible(timeout=PATIENCE_MS)
    expect(wall.locator(f"[data-reports] a[href='/report/{secret}']")).to_have_count(0)
    expect(wall.locator("[data-tile=reports] .tile-value")).not_to_have_text(before)
    assert wall.evaluate("window.neverReloaded") is True
