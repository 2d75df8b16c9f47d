"""One exceedance from the sensor to the citizen, seen in browsers: wall, desk, warning, notice."""

from __future__ import annotations

import base64
import datetime as dt
import json
import urllib.request

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.running_city import PASSWORD, RunningCity
from tests.stories.conftest import PATIENCE_MS, Open

pytestmark = pytest.mark.slow
STATION, PLACE = "CT-DM-05", "Cái Côn"


def report(city: RunningCity, station: str, values: list[float]) -> None:
    """Salinity readings fifteen minutes apart, the last one now, as a data logger sends them after a break."""
    stream = city.datastream(station, "salinity")
    now = dt.datetime.now(dt.UTC)
    rows = [
        [(now - dt.timedelta(minutes=15 * back)).isoformat(), value]
        for back, value in zip(range(len(values) - 1, -1, -1), values, strict=True)
    ]
    body = [{"Datastream": {"@iot.id": stream}, "components": ["phenomenonTime", "result"], "dataArray": rows}]
    secret = base64.b64encode(f"integrator:{PASSWORD}".encode()).decode()
    request = urllib.request.Request(
        f"{city.url}/sta/v1.1/CreateObservations",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Basic {secret}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 201
        assert "error" not in answer.read().decode()


def exceedances(wall: Page) -> Locator:
    """What the wall says about our station."""
    return wall.locator("[data-alerts] .alert-exceed").filter(has_text=PLACE)


def wait_for_case(wall: Page) -> str:
    """The address of the case behind the alert, once somebody was made responsible."""
    link = exceedances(wall).locator("a[href^='/desk/cases/']").first
    expect(link).to_be_visible(timeout=PATIENCE_MS)
    return str(link.get_attribute("href"))


def step(desk: Page, name: str, note: str = "") -> None:
    """Take one step of the open case and see that it was taken."""
    form = desk.locator(".case-move")
    if note:  # a step that needs words has a form of its own, folded until it is the usual next one
        form = desk.locator(".acts > details", has=desk.locator("summary", has_text=name))
        if form.get_attribute("open") is None:
            form.locator("summary").click()
        form.get_by_label("Nội dung").fill(note)
    form.get_by_role("button", name=name, exact=True).click()
    expect(desk.locator(".timeline li").first).to_contain_text(name)


def test_an_exceedance_reaches_the_wall_is_handled_and_citizens_are_told(city: RunningCity, open_as: Open) -> None:
    citizen = open_as("citizen", "/subscriptions")
    citizen.get_by_role("button", name="Nhận cảnh báo").click()
    expect(citizen.get_by_role("status")).to_contain_text("Đã đăng ký")

    wall = open_as("operator", "/wall")
    wall.evaluate("window.neverReloaded = true")
    expect(wall.locator("[data-live-state]")).to_have_class("wall-live is-live")
    expect(exceedances(wall)).to_have_count(0)
    report(city, STATION, [1.60, 1.66, 1.61, 1.68, 1.63])
    expect(exceedances(wall).first).to_contain_text("Độ mặn", timeout=PATIENCE_MS)
    address = wait_for_case(wall)
    assert wall.evaluate("window.neverReloaded") is True

    desk = open_as("operator", address)
    desk.locator("summary", has_text="Giao cho").click()
    desk.locator("#f-assign-owner").select_option(label="Chuyên viên môi trường (trình diễn)")
    desk.get_by_role("button", name="Giao", exact=True).click()
    expect(desk.locator(".case-head")).to_contain_text("Chuyên viên môi trường")

    officer = open_as("officer", address)
    step(officer, "Tiếp nhận")
    step(officer, "Bắt đầu xử lý")
    step(officer, "Ghi nhận đã khắc phục", "Đã đóng cống, đo lại 0,4 ‰.")
    step(officer, "Đóng vụ việc")
    expect(officer.locator(".case-head")).to_contain_text("Đã đóng")

    publish_warning(open_as)
    citizen.goto("/notices")
    expect(citizen.locator("[data-notices] li").first).to_contain_text("Mặn lên cao ở Kế Sách", timeout=PATIENCE_MS)


def publish_warning(open_as: Open) -> None:
    """The officer drafts, the leader approves and publishes: never one person alone."""
    officer = open_as("officer", "/warnings/new")
    officer.locator("#f-hazard").select_option(index=1)
    officer.locator("#f-severity").select_option(index=1)
    officer.locator("#f-units").select_option(index=0)
    officer.locator("#f-headline_vi").fill("Mặn lên cao ở Kế Sách")
    officer.locator("#f-description_vi").fill("Độ mặn 1,6 ‰ tại An Lạc Tây.")
    with officer.expect_navigation():
        officer.locator("main form button[type=submit]").last.click()
    address = officer.url.removesuffix("/edit")
    leader = open_as("leader", address)
    for verb in ("approve", "publish"):
        with leader.expect_navigation():
            leader.locator(f"form[action$='/{verb}'] button").click()
