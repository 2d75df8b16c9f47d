"""The operator's desk by keyboard alone, and pages without serious findings of axe."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from tests.running_city import PASSWORD, RunningCity
from tests.stories.conftest import Open
from tests.stories.test_browser_exceedance import report

pytestmark = pytest.mark.slow


def sign_in_by_keyboard(page: Page) -> None:
    """Name, tab, password, enter."""
    page.goto("/signin?next=/desk?tab=open")
    page.get_by_label("Tên đăng nhập").focus()
    page.keyboard.type("operator")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def with_a_case(city: RunningCity, page: Page) -> None:
    """Make sure that something waits on the desk."""
    with city.database() as link:
        waiting = link.execute("SELECT count(*) FROM cases_case WHERE state = 'new'").fetchone()
    if not waiting or not waiting[0]:
        report(city, "CT-DM-04", [2.60, 2.66, 2.61, 2.68, 2.63])
    for _ in range(60):
        page.goto("/desk?tab=open")
        if page.locator(".case-row").count():
            return
        page.wait_for_timeout(500)
    raise AssertionError("no case reached the desk")


def test_the_desk_is_worked_by_keyboard_alone(city: RunningCity, open_as: Open) -> None:
    page = open_as(None, "/signin")
    sign_in_by_keyboard(page)
    with_a_case(city, page)

    page.keyboard.press("j")
    expect(page.locator(".case-row[data-lit]")).to_have_count(1)
    page.keyboard.press("o")
    expect(page.locator(".case-head")).to_be_visible()
    page.keyboard.press("c")
    page.keyboard.type("Đã gọi trạm.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline")).to_contain_text("Đã gọi trạm.")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Phím tắt")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("tiep nhan")
    page.keyboard.press("Enter")
    expect(page.locator(".case-head")).to_contain_text("Đã tiếp nhận")


def test_words_typed_on_the_desk_survive_a_lost_connection(city: RunningCity, open_as: Open) -> None:
    page = open_as("operator", "/desk")
    with_a_case(city, page)
    page.locator(".case-row a").first.click()
    expect(page.locator(".case-head")).to_be_visible()
    page.keyboard.press("c")
    box = page.locator("#f-comment-text")
    box.fill("Chữ này phải còn.")
    page.context.set_offline(True)

    page.get_by_role("button", name="Ghi vào hồ sơ").click()

    expect(page.locator("[data-offline]")).to_be_visible()
    expect(box).to_have_value("Chữ này phải còn.")
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("#f-comment-text")).to_have_value("Chữ này phải còn.")


@pytest.mark.parametrize(
    ("who", "path"),
    [
        (None, "/"),
        (None, "/stations"),
        (None, "/stations/CT-DM-04"),
        (None, "/signin"),
        ("operator", "/wall"),
        ("operator", "/desk"),
        ("operator", "/desk?tab=open&filter"),
        ("head", "/desk/late"),
        ("roads", "/desk/away"),
        (None, "/operations/ranking?least=1"),
        (None, "/operations/heat"),
        ("citizen", "/subscriptions"),
    ],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_as: Open, who: str | None, path: str, scheme: str) -> None:
    page = open_as(who, path, color_scheme=scheme, bypass_csp=True)
    page.wait_for_timeout(1000)

    found = Axe().run(page).response["violations"]

    assert [
        (item["id"], item["nodes"][0]["html"][:120]) for item in found if item["impact"] in ("serious", "critical")
    ] == []
