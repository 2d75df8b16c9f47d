"""A browser for the stories: Debian's Chromium driven by Playwright, one context a person."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.running_city import PASSWORD, RunningCity

FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--disable-background-networking",
]
PATIENCE_MS = 30_000
Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, or a clear skip where there is none."""
    program = os.environ.get("TAYDO_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no Chromium here: apt install chromium, or name one in TAYDO_CHROMIUM")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the driver runs a loop in this thread
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=program, args=FLAGS)
        yield running
        running.close()


@pytest.fixture
def open_as(browser: Browser, city: RunningCity) -> Iterator[Open]:
    """`open_as("operator", "/wall")` — a page of somebody signed in (None: nobody), each with cookies of their own."""
    contexts = []

    def start(username: str | None, path: str = "/", **options: object) -> Page:
        context = browser.new_context(
            **{"locale": "vi-VN", "viewport": {"width": 1440, "height": 900}, "base_url": city.url, **options}
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        if username:
            page.goto("/signin")
            page.get_by_label("Tên đăng nhập").fill(username)
            page.get_by_label("Mật khẩu").fill(PASSWORD)
            with page.expect_navigation():
                page.locator("main").get_by_role("button", name="Đăng nhập").click()
        page.goto(path)
        return page

    yield start
    for context in contexts:
        context.close()
