"""The citizen's page on a cheap phone: small, readable and usable without script."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import CDPSession, Page, expect
from tests.running_city import RunningCity
from tests.stories.conftest import PATIENCE_MS, Open
from tests.stories.test_browser_exceedance import report

pytestmark = pytest.mark.slow
PHONE = {"viewport": {"width": 390, "height": 844}}
BUDGET_BYTES = 60 * 1024


def transferred(page: Page) -> tuple[CDPSession, list[float]]:
    """Bytes on the wire from here on, headers included, as the browser counts them."""
    link = page.context.new_cdp_session(page)
    link.send("Network.enable")
    sizes: list[float] = []
    link.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    return link, sizes


def test_the_public_page_costs_at_most_60_kilobytes(open_as: Open) -> None:
    page = open_as(None, "/healthz", **PHONE, service_workers="block")
    _, sizes = transferred(page)

    page.goto("/", wait_until="networkidle")

    assert 0 < sum(sizes) <= BUDGET_BYTES, f"{sum(sizes) / 1024:.1f} KB in {len(sizes)} answers"


def test_the_public_page_reads_and_sends_without_script(open_as: Open) -> None:
    page = open_as(None, "/", **PHONE, java_script_enabled=False)

    page.locator("#unit").select_option(label="Phường Ninh Kiều")
    page.get_by_role("button", name="Xem", exact=True).click()

    expect(page.locator("#near")).to_contain_text("Phường Ninh Kiều")
    page.locator("#q").fill("tran de")
    page.get_by_role("button", name="Tìm", exact=True).click()
    expect(page.locator("main")).to_contain_text("Trần Đề")


def test_station_pages_read_without_script(open_as: Open) -> None:
    page = open_as(None, "/stations?kind=salinity", **PHONE, java_script_enabled=False)

    page.locator("a.station-row").first.click()

    expect(page.locator("h1")).to_contain_text("Độ mặn")
    expect(page.get_by_role("heading", name="Chất lượng số liệu")).to_be_visible()


def test_a_station_page_shows_a_new_reading_without_reload(city: RunningCity, open_as: Open) -> None:
    page = open_as(None, "/stations/CT-DM-04", **PHONE)
    with page.expect_response(lambda answer: "/live" in answer.url):
        page.reload(wait_until="commit")
    page.wait_for_timeout(1000)

    report(city, "CT-DM-04", [0.37])

    expect(page.locator(f"[data-ds='{city.datastream('CT-DM-04', 'salinity')}'] [data-value]")).to_contain_text(
        "0,37", timeout=PATIENCE_MS
    )


@pytest.mark.parametrize("path", ["/", "/stations", "/wall", "/signin", "/search?q=ninh", "/warnings", "/nowhere"])
def test_no_page_needs_what_the_content_policy_refuses(open_as: Open, city: RunningCity, path: str) -> None:
    page = open_as(None, "/healthz")
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    strangers: list[str] = []
    page.on(
        "request",
        lambda request: (
            strangers.append(request.url)
            if urlsplit(request.url).netloc not in (urlsplit(city.url).netloc, "")
            else None
        ),
    )

    page.goto(path)
    page.wait_for_timeout(1500)

    assert not complaints
    assert not strangers
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_english_stands_beside_vietnamese_on_every_page(open_as: Open) -> None:
    page = open_as(None, "/", **PHONE)

    page.get_by_role("link", name="English").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#near")).to_contain_text("Near you now")
    page.goto("/stations")
    expect(page.locator("h1")).to_have_text("Stations")
