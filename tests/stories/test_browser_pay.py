"""Paying from a phone 390 px wide: a bill found by its code, paid at a gateway's page, another by the picture of its VietQR; then the cash desk."""

from __future__ import annotations

import io
import json
import urllib.request
import uuid

import pytest
import zxingcpp
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import expect
from tests.faults.people import ask
from tests.running_city import RunningCity
from tests.stories.conftest import Open
from tests.stories.test_browser_public_page import PHONE

from taydo.protocols import vietqr

pytestmark = pytest.mark.slow
AGENCY = "H13.31135"


def raised(city: RunningCity, amount: int) -> str:
    """The code of a new bill of the ward."""
    body = {
        "agency": AGENCY, "purpose_kind": "example", "purpose_id": uuid.uuid4().hex, "title": "Lệ phí cấp bản sao trích lục",
        "lines": [{"code": "fee", "title": "Lệ phí", "amount_vnd": amount}], "payer_name": "Nguyễn Thị Lan", "key": uuid.uuid4().hex,
    }  # fmt: skip
    status, said = ask(city, "POST", "/api/v1/bills", body, "admin")
    assert status == 200, said
    return str(said["code"])


def at_bank(city: RunningCity, path: str, body: dict[str, object]) -> None:
    """An order to the sandbox bank of this city."""
    port = json.loads((city.home / "ports.json").read_text())["sandbox-bank"]
    given = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(given, timeout=20).read()


def serious(page: object) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{item['id']}: {item['nodes'][0]['html'][:120]}" for item in found if item["impact"] in ("serious", "critical")
    ]


def test_a_citizen_pays_at_a_gateway_by_phone_and_the_page_says_so(city: RunningCity, open_as: Open) -> None:
    code = raised(city, 45_000)
    page = open_as(None, "/pay", **PHONE, locale="vi-VN")

    page.get_by_label("Mã khoản thu").fill(f"{code[:4].lower()} {code[4:]}")
    page.get_by_role("button", name="Tìm khoản thu").click()
    expect(page.get_by_text("45.000 đ", exact=True)).to_be_visible()
    assert "Lan" not in page.content() and serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="VNPay").click()
    expect(page.get_by_role("heading", name="SANDBOX VNPay")).to_be_visible()
    page.get_by_role("button", name="Thanh toán / pay").click()

    page.wait_for_url(f"**/pay/{code}**")
    expect(page.get_by_text("Đã nộp")).to_be_visible()
    assert serious(page) == []


def test_a_scanned_code_is_paid_while_its_page_is_open_and_the_page_says_so_by_itself(
    city: RunningCity, open_as: Open
) -> None:
    code = raised(city, 61_000)
    page = open_as(None, f"/pay/{code}", **PHONE, locale="vi-VN")

    picture = Image.open(io.BytesIO(page.locator(".pay-qr img").screenshot()))
    said = vietqr.read(zxingcpp.read_barcodes(picture.convert("L"))[0].text)
    assert (said.amount_vnd, said.purpose) == (61_000, f"TD{code}")
    at_bank(
        city,
        "/transfer",
        {"bin": said.bin, "account": said.account, "amount": said.amount_vnd, "content": f"MB {said.purpose} lan nop"},
    )

    expect(page.get_by_text("Đã nộp")).to_be_visible()


def test_the_code_is_found_and_its_transfer_read_without_script(city: RunningCity, open_as: Open) -> None:
    code = raised(city, 12_000)
    page = open_as(None, "/pay", **PHONE, java_script_enabled=False)

    page.get_by_label("Mã khoản thu").fill(code)
    page.get_by_role("button", name="Tìm khoản thu").click()
    page.get_by_text("Hoặc tự chuyển khoản").click()

    expect(page.get_by_text(f"TD{code}")).to_be_visible()


def test_a_cashier_takes_cash_by_keyboard_and_places_held_money(city: RunningCity, open_as: Open) -> None:
    code, other = raised(city, 33_000), raised(city, 34_000)
    at_bank(
        city,
        "/transfer",
        {"bin": "970415", "account": "0920031135001", "amount": 34_000, "content": f"quen ma {other[:3]}"},
    )
    page = open_as("cashier", "/billing")

    expect(page.get_by_label("Mã khoản thu")).to_be_focused()
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="tiền mặt").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã nộp").first).to_be_visible()
    assert serious(page) == []

    page.goto("/billing")
    row = page.locator("tr", has_text=f"quen ma {other[:3]}")
    row.get_by_text("Xử lý").click()
    row.get_by_label("Gán cho khoản có mã").fill(other)
    row.get_by_role("button", name="Gán").click()
    expect(page.locator("tr", has_text=f"quen ma {other[:3]}")).to_have_count(0)
    assert serious(page) == []
    for path in ("/billing/reconcile", "/billing/ledger"):
        page.goto(path)
        assert serious(page) == []
