"""A dossier by keyboard alone, of a citizen on a phone and of a clerk at the desk; without script; pages without serious findings of axe."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Locator, Page, expect
from tests.people import as_, post
from tests.running_city import PASSWORD, RunningCity
from tests.stories.conftest import Open
from tests.stories.test_browser_public_page import PHONE
from tests.stories.test_dossiers_over_http import BIRTH, filed, picture

pytestmark = [pytest.mark.slow, pytest.mark.browser]
MOST_TABS = 160
"""Stops that no page of a dossier has: who is not reached by then is not reached by keyboard."""
CHILD = {"child_name": "Trần Lúa Vàng", "birthplace": "Bệnh viện Phụ sản Cần Thơ", "mother_name": "Nguyễn Thị Sông Hậu"}


def to(page: Page, wanted: Locator) -> None:
    """Tab until the focus stands on this; it must be seen there."""
    for _ in range(MOST_TABS):
        if wanted.evaluate("node => node === document.activeElement"):
            assert wanted.evaluate("node => node.matches(':focus-visible')")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {wanted} on {page.url}")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Reach a link or button and press it; another page comes."""
    to(page, wanted)
    with page.expect_navigation():
        page.keyboard.press(key)


def write(page: Page, wanted: Locator, words: str) -> None:
    to(page, wanted)
    page.keyboard.press("Control+a")
    page.keyboard.type(words)


def choose(page: Page, name: str, value: str) -> None:
    """One of a group of radio buttons: reached by Tab, chosen by Space and the arrows."""
    focused = f"document.activeElement.name === '{name}' && document.activeElement.type === 'radio'"
    for _ in range(MOST_TABS):
        if page.evaluate(focused):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    group = page.locator(f"input[type=radio][name='{name}']")
    for _ in range(group.count()):
        if page.locator(f"input[name='{name}']:checked").get_attribute("value") == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrows do not reach {value} of {name}")


def pick(page: Page, wanted: Locator, value: str) -> None:
    """A line of a list, by the arrows."""
    to(page, wanted)
    for _ in range(wanted.locator("option").count()):
        if wanted.input_value() == value:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrows do not reach {value}")


def day(page: Page, name: str, text: str) -> None:
    """A date as its three boxes: 1 11 2026."""
    for part, digits in zip(("day", "month", "year"), text.split(), strict=True):
        write(page, page.locator(f"[name='{name}.{part}']"), digits)


def attach(page: Page, wanted: Locator) -> None:
    """The system's own dialog for files is opened by Enter; what is chosen in it is not the page's business."""
    note: FilePayload = {"name": "chung-sinh.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    to(page, wanted)
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(note)


def go_on(page: Page) -> None:
    press(page, page.get_by_role("button", name="Tiếp tục", exact=True))


def signed_in(page: Page, username: str) -> None:
    write(page, page.get_by_label("Tên đăng nhập"), username)
    write(page, page.get_by_label("Mật khẩu"), PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def answer(page: Page) -> None:
    """The questions of a birth, one page after the other."""
    pick(page, page.get_by_label("Xã, phường"), "31135")
    go_on(page)
    for label, words in (
        ("Họ và tên của bạn", CHILD["mother_name"]),
        ("Số định danh cá nhân", "092190000123"),
        ("Nơi ở hiện nay", "12 Hai Bà Trưng"),
    ):
        write(page, page.get_by_label(label), words)
    choose(page, "relation", "mother")
    go_on(page)
    write(page, page.locator("[name=child_name]"), CHILD["child_name"])
    go_on(page)
    day(page, "child_born_on", "1 11 2026")
    choose(page, "child_sex", "female")
    go_on(page)
    write(page, page.locator("[name=birthplace]"), CHILD["birthplace"])
    go_on(page)
    write(page, page.locator("[name=mother_name]"), CHILD["mother_name"])
    go_on(page)
    choose(page, "father_named", "no")
    go_on(page)
    go_on(page)


def test_a_birth_is_filed_from_a_phone_by_keyboard_alone(open_as: Open, city: RunningCity) -> None:
    nothing_begun(city)
    page = open_as(None, "/procedures", **PHONE)
    write(page, page.get_by_label("Tìm thủ tục"), "lam giay khai sinh cho con")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    press(page, page.locator("a[href^='/procedures/1.001193']").first)
    press(page, page.locator("a[href^='/dossiers/new/1.001193']"))
    press(page, page.get_by_role("button", name="Bắt đầu"))
    signed_in(page, "citizen")
    press(page, page.get_by_role("button", name="Bắt đầu"), "Space")

    answer(page)
    expect(page.locator("main")).to_contain_text("01/11/2026")
    press(page, page.get_by_role("button", name="Đúng rồi, tiếp tục"))
    attach(page, page.get_by_label("Giấy chứng sinh"))
    choose(page, "delivery", "desk")
    press(page, page.get_by_role("button", name="Nộp hồ sơ"), "Space")

    expect(page.get_by_role("heading", name="Đã nộp hồ sơ")).to_be_visible()
    code = page.locator("[data-sent] .code").inner_text()
    assert code.startswith("H13.31135-")
    shown = as_(city, "citizen").get(f"/api/v1/dossiers/{code}").json()
    assert shown["national"] == 1 and len(shown["papers"]) == 1
    page.goto("/my")
    press(page, page.locator("main").get_by_role("link", name="Hồ sơ").first)
    press(page, page.locator(f"main a[href='/dossiers/{code}']"))
    expect(page.locator(".stand-word")).to_have_text("Mới đăng ký")


def test_a_clerk_takes_a_dossier_to_the_printed_receipt_by_keyboard_alone(open_as: Open, city: RunningCity) -> None:
    page = open_as(None, "/counter")
    signed_in(page, "clerk")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("xac nhan tinh trang hon nhan")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    press(page, page.locator("a[href='/counter/1.004873']"))

    number = f"0921{uuid4().int % 10**8:08d}"
    write(page, page.locator("#f-name"), "Trần Văn Bưởi")
    write(page, page.locator("#f-number"), number)
    write(page, page.locator("#f-address"), "12 Hai Bà Trưng")
    pick(page, page.locator("#f-unit_code"), "31135")
    choose(page, "status", "single")
    choose(page, "purpose", "house")
    press(page, page.get_by_role("button", name="Nhận hồ sơ, in giấy hẹn"), "Space")

    expect(page.get_by_role("heading", name="Đã nhận hồ sơ")).to_be_visible()
    printed = page.get_by_role("link", name="In giấy tiếp nhận và hẹn trả")
    expect(printed).to_be_focused()
    href = printed.get_attribute("href")
    assert href is not None
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    assert opened.value is not None
    assert page.request.get(href).body().startswith(b"%PDF")


def test_a_dossier_is_filed_without_script(open_as: Open, city: RunningCity) -> None:
    nothing_begun(city)
    page = open_as("citizen", "/dossiers/new/1.001193", **PHONE, java_script_enabled=False)
    page.get_by_role("button", name="Bắt đầu").click()
    further = page.get_by_role("button", name="Tiếp tục", exact=True)
    page.get_by_label("Xã, phường").select_option("31135")
    further.click()
    page.get_by_label("Họ và tên của bạn").fill(CHILD["mother_name"])
    page.get_by_label("Số định danh cá nhân").fill("092190000123")
    page.get_by_label("Nơi ở hiện nay").fill("12 Hai Bà Trưng")
    page.get_by_label("Mẹ", exact=True).check()
    further.click()
    page.locator("[name=child_name]").fill("Trần Bông Súng")
    further.click()
    for part, digits in (("day", "2"), ("month", "11"), ("year", "2026")):
        page.locator(f"[name='child_born_on.{part}']").fill(digits)
    page.get_by_label("Nữ", exact=True).check()
    further.click()
    for name in ("birthplace", "mother_name"):
        page.locator(f"[name={name}]").fill(CHILD[name])
        further.click()
    further.click()
    expect(page.locator(".summary-errors")).to_contain_text("Hãy trả lời câu này")
    page.locator("[name=father_named][value=no]").check()
    further.click()
    further.click()
    page.get_by_role("button", name="Đúng rồi, tiếp tục").click()
    page.get_by_label("Giấy chứng sinh").set_input_files(
        {"name": "chung-sinh.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    page.get_by_role("button", name="Nộp hồ sơ").click()

    expect(page.get_by_role("heading", name="Đã nộp hồ sơ")).to_be_visible()
    expect(page.locator("main")).to_contain_text("chung-sinh.jpg")


def nothing_begun(city: RunningCity) -> None:
    """The citizen of the demonstration has no dossier half made."""
    person = as_(city, "citizen")
    for one in person.get("/api/v1/drafts").json():
        person.delete(f"/api/v1/drafts/{one['id']}")


def prepared(page: Page, city: RunningCity) -> list[str]:
    """A form half filled, and one at its papers: their addresses."""
    nothing_begun(city)
    person = as_(city, "citizen")
    made = []
    for procedure, answers in (("1.004873", {}), ("1.001193", BIRTH)):
        page.goto(f"/dossiers/new/{procedure}")
        page.locator("main form button").click()
        page.wait_for_url("**/forms/*")
        made.append(page.url.split("/forms/")[1].split("?")[0])
        if answers:
            kept = person.patch(f"/api/v1/drafts/{made[-1]}", json={"answers": answers})
            assert kept.status_code == 200, kept.text
            post(person, f"/drafts/{made[-1]}/complete")
    return [f"/forms/{made[0]}?page=2", f"/dossiers/new/1.001193/{made[1]}"]


def serious(page: Page, paths: list[str]) -> list[tuple[str, str, str]]:
    found = []
    for path in paths:
        answer = page.goto(path)
        assert answer is not None and answer.status == 200, path
        assert page.locator("link[rel=stylesheet]").count(), f"{path} is not dressed: build the front end"
        page.wait_for_timeout(300)
        found += [
            (path, item["id"], item["nodes"][0]["html"][:160])
            for item in Axe().run(page).response["violations"]
            if item["impact"] in ("serious", "critical")
        ]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append((path, "wider than the screen", str(page.viewport_size)))
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_way_of_a_dossier(open_as: Open, city: RunningCity, scheme: str) -> None:
    code = filed(as_(city, "citizen"), "1.001193", BIRTH, {"birth_note": picture()})["code"]
    look: dict[str, Any] = {"color_scheme": scheme, "bypass_csp": True}
    phone = open_as("citizen", "/my", **PHONE, **look)

    of_citizen = serious(
        phone,
        ["/procedures", "/procedures/1.001193", "/dossiers/new/1.001193", *prepared(phone, city), f"/dossiers/{code}", "/my/dossiers", "/my",
         f"/dossiers/follow?code={code}", "/pay", "/verify"],
    )  # fmt: skip
    of_clerk = serious(
        open_as("clerk", "/counter", **look), ["/counter", "/counter/1.004873", f"/dossiers/{code}/work"]
    )

    assert of_citizen + of_clerk == []
