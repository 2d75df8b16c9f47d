"""Signing in as people do: a code on a small phone without script, a passkey on a computer, VNeID through the sandbox; and every lie is told."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.running_city import PASSWORD, RunningCity

pytestmark = [pytest.mark.slow, pytest.mark.browser]
Open = Callable[..., Page]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def messages(city: RunningCity) -> list[dict[str, Any]]:
    port = json.loads((city.home / "ports.json").read_text())["sandbox-sms"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/messages.json", timeout=5) as answer:
        return list(json.load(answer))


def digits_for(city: RunningCity, phone: str) -> str:
    """The newest code that reached this phone, once it has."""
    for _ in range(100):
        found = [item["text"][:6] for item in messages(city) if item["to"] == phone]
        if found:
            return str(found[0])
        time.sleep(0.1)
    raise AssertionError("no message came")


def at_localhost(city: RunningCity) -> str:
    """Passkeys want a name, not a number."""
    return f"http://localhost:{city.port}"


def test_a_citizen_signs_in_by_code_on_a_small_phone_without_script(open_as: Open, city: RunningCity) -> None:
    page = open_as(None, "/signin", java_script_enabled=False, **PHONE)
    page.get_by_label("Số điện thoại hoặc thư điện tử").fill("0912 000 111")
    page.get_by_role("button", name="Gửi mã cho tôi").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nhập mã 6 chữ số")
    page.get_by_label("Mã").fill(digits_for(city, "+84912000111"))
    page.get_by_role("button", name="Tiếp tục").click()
    page.goto("/account")

    expect(page.get_by_role("link", name="Ai đã xem dữ liệu của tôi")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_official_adds_a_passkey_and_signs_in_with_it_and_a_copied_key_is_refused(open_as: Open, city: RunningCity) -> None:  # fmt: skip
    page = open_as(None, "/signin", base_url=at_localhost(city))
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}  # fmt: skip
    device = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": key})["authenticatorId"]
    page.get_by_label("Tên đăng nhập").fill("officer")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name="Đăng nhập").click()

    page.goto("/account/factors")
    page.get_by_label("Tên của khoá").fill("Máy bàn của tôi")
    page.get_by_role("button", name="Thêm khoá truy cập").click()
    expect(page.get_by_role("button", name="Bỏ Máy bàn của tôi")).to_be_visible()

    try:
        _sign_out(page)
        with page.expect_navigation(url=re.compile("/desk")):
            page.get_by_role("button", name="Dùng khoá truy cập").click()
        expect(page.get_by_role("link", name="Tài khoản")).to_be_visible()

        held = cdp.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"][0]
        cdp.send("WebAuthn.removeCredential", {"authenticatorId": device, "credentialId": held["credentialId"]})
        cdp.send("WebAuthn.addCredential", {"authenticatorId": device, "credential": {**held, "signCount": 0}})
        _sign_out(page)
        page.get_by_role("button", name="Dùng khoá truy cập").click()
        expect(page.get_by_text("Khoá truy cập không mở được")).to_be_visible()
    finally:  # the demonstration's officer signs in by password alone again
        with city.database() as link:
            link.execute("DELETE FROM signin_passkey")


def _sign_out(page: Page) -> None:
    page.goto("/signout")
    page.locator("main").get_by_role("button", name="Đăng xuất").click()
    page.goto("/signin")


def test_a_citizen_enters_by_vneid_through_the_sandbox_and_each_lie_is_told(open_as: Open, city: RunningCity) -> None:
    page = open_as(None, "/signin?next=/account", **PHONE)
    page.get_by_role("link", name="Đăng nhập VNeID (thử nghiệm)").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("VNeID SANDBOX")
    page.get_by_role("button", name="Tiếp tục").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nguyễn Thị Lan")
    expect(page.get_by_text("•••••••••001")).to_be_visible()

    liar = open_as(None, "/signin")
    for lie, words in (("Chữ ký", "Chữ ký của mã định danh không đúng"), ("nonce", "một lượt đăng nhập khác")):
        liar.goto("/signin/vneid")
        liar.get_by_text("Nói dối để thử").click()
        liar.get_by_label(re.compile(lie)).check()
        liar.get_by_role("button", name="Tiếp tục").click()
        expect(liar.get_by_role("alert")).to_contain_text(words)


def test_a_look_stands_on_the_citizens_page_within_a_second_and_none_happens_without_purpose(open_as: Open, city: RunningCity) -> None:  # fmt: skip
    page = open_as("citizen", "/account/looks")
    about = {"text": "Đèn đường trước nhà hỏng ba hôm nay", "name": "Lan", "phone": "0912 000 333", "lon": 105.787, "lat": 10.035}  # fmt: skip
    with httpx.Client(base_url=f"{city.url}/api/v1/hotline", timeout=30) as desk:
        made = desk.post("/reports", json=about, auth=("citizen", PASSWORD))
        assert made.status_code == 200, made.text
        person = f"/reports/{made.json()['code']}/person"
        without = desk.post(person, json={"purpose": " "}, auth=("agent", PASSWORD))
        begun = time.monotonic()
        looked = desk.post(person, json={"purpose": "Gọi lại hỏi địa chỉ"}, auth=("agent", PASSWORD))
    page.reload()
    expect(page.get_by_text("Gọi lại hỏi địa chỉ")).to_have_count(1)

    print(f"seen {time.monotonic() - begun:.2f} s after the look began")
    assert (without.status_code, without.json()["code"]) == (422, "purpose_missing")
    assert looked.json()["phone"] == "+84912000333"
    other = open_as("officer", "/account/looks")
    expect(other.get_by_text("Gọi lại hỏi địa chỉ")).to_have_count(0)
