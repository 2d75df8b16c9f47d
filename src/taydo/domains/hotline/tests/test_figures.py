"""Figures count what was asked for, and the page, the CSV and the workbook say the same."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from taydo.domains.hotline import actions
from taydo.domains.hotline.queries import figures
from taydo.engines.cases import actions as cases
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer

pytestmark = pytest.mark.django_db
HOUSE = Viewer.system("test")
MONDAY = dt.datetime(2026, 11, 2, 3, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
NOVEMBER = {"since": dt.date(2026, 11, 1), "until": dt.date(2026, 11, 30)}


def reported(at: dt.datetime, category: str = "lamp_out", answered: dt.datetime | None = None, **given: Any) -> int:
    """A report received at one instant and answered at another; returns its case."""
    with clock.at(at):
        made = actions.report(HOUSE, f"Đèn tắt {at}", category=category, lon=105.7782, lat=10.0340, **given)
    if answered:
        with clock.at(answered):
            cases.move(HOUSE, made["case_id"], "answer", "Đã xong.")
    return int(made["case_id"])


@pytest.fixture
def november() -> None:
    """One on time, one late and done, one late and open, one open, one withdrawn; one of October, one of another category by phone."""
    reported(MONDAY, answered=MONDAY + 2 * HOUR)
    reported(MONDAY, answered=MONDAY + 10 * DAY)
    reported(MONDAY)
    reported(dt.datetime(2026, 11, 20, 3, tzinfo=dt.UTC))
    case = reported(MONDAY)
    cases.move(HOUSE, case, "withdraw", "")
    reported(MONDAY - 5 * DAY, answered=MONDAY)
    reported(MONDAY + DAY, "road_damage", answered=MONDAY + DAY + 6 * HOUR, channel="phone")
    sql.execute("UPDATE hotline_report SET rating = 4, reopened = 1 WHERE category = 'road_damage'")


def test_each_group_and_the_total_are_counted(november: None) -> None:
    with clock.at(dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC)):
        rows, total = figures.figures(figures.Asked(**NOVEMBER), "category")

    lamp = next(row for row in rows if row["by"] == "lamp_out")
    assert {name: lamp[name] for name in ("received", "done", "open", "late", "on_time")} == {
        "received": 5, "done": 2, "open": 2, "late": 1, "on_time": 1,
    }  # fmt: skip
    assert lamp["on_time_share"] == pytest.approx(1 / 3) and lamp["hours"] == pytest.approx((2 + 240) / 2)
    assert (total["received"], total["done"], total["reopened"], total["rated"], total["rating"]) == (6, 3, 1, 1, 4.0)
    assert [row["by"] for row in rows] == ["lamp_out", "road_damage"]


@pytest.mark.parametrize("by", sorted(figures.GROUPS))
def test_every_grouping_adds_up_to_the_same_total_in_one_query(november: None, by: figures.By) -> None:
    with CaptureQueriesContext(connection) as asked:
        rows, total = figures.figures(figures.Asked(**NOVEMBER), by)

    assert sum(row["received"] for row in rows) == total["received"] == 6
    assert sum("FROM hotline_report" in query["sql"] for query in asked) == 1


def test_periods_stand_in_their_order_and_begin_at_midnight_in_viet_nam() -> None:
    reported(dt.datetime(2026, 11, 1, 18, tzinfo=dt.UTC))  # already the 2nd in Việt Nam
    reported(dt.datetime(2026, 11, 9, 3, tzinfo=dt.UTC))

    def keys(by: figures.By) -> list[str]:
        return [row["by"] for row in figures.figures(figures.Asked(**NOVEMBER), by)[0]]

    assert keys("day") == ["2026-11-02", "2026-11-09"]
    assert keys("week") == ["2026-11-02", "2026-11-09"]
    assert keys("month") == ["2026-11"]


def test_filters_of_the_address_narrow_the_count(november: None) -> None:
    def received(**given: str) -> int:
        return int(figures.figures(figures.Asked(**NOVEMBER, **given), "day")[1]["received"])

    unit = sql.value("SELECT unit_code FROM hotline_report LIMIT 1")
    assert received(channel="phone") == received(category="road_damage") == received(group="roads") == 1
    assert received(unit=unit) == 6 and received(unit="0") == 0 and received(agency="H13.99") == 0
    assert received(source="nyc") == 0 and received(source="*") == 6


def test_without_reports_the_page_says_what_will_stand_here() -> None:
    answer = Client().get("/hotline/figures")

    assert answer.status_code == 200 and "Chưa có phản ánh nào trong khoảng này" in answer.content.decode()
    assert list(csv.reader(io.StringIO(Client().get("/hotline/figures.csv").getvalue().decode("utf-8-sig"))))[1:] == []


@pytest.mark.parametrize("by", ["agency", "category", "channel", "week"])
def test_the_files_give_exactly_what_the_page_shows(november: None, by: str) -> None:
    query = f"by={by}&since=2026-11-01&until=2026-11-30"
    page = Client().get(f"/hotline/figures?{query}").content.decode()
    shown = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line) for line in re.findall(r"<tr>(.*?)</tr>", page.replace("\n", ""))
    ]
    links = re.findall(r'href="(/hotline/figures\.(?:csv|xlsx)\?[^"]*)"', page)

    lines = list(csv.reader(io.StringIO(Client().get(links[0].replace("&amp;", "&")).getvalue().decode("utf-8-sig"))))
    book = openpyxl.load_workbook(io.BytesIO(Client().get(links[1].replace("&amp;", "&")).getvalue()))
    cells = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert [line[0] for line in lines] == [line[0] for line in shown] == [line[0] for line in cells]
    assert lines[-1][0] == "Tổng cộng" and lines[0] == [str(cell) for cell in cells[0]] == shown[0]
    for line, seen, cell in zip(lines[1:], shown[1:], cells[1:], strict=True):
        assert line[1:6] == [str(number) for number in cell[1:6]] == [text.replace(".", "") for text in seen[1:6]]
        assert [float(text) if text else None for text in line[6:8]] == pytest.approx(cell[6:8])
    assert any("Nguồn" in str(row[0].value) for row in book.worksheets[1].iter_rows())


def test_odd_addresses_are_answered() -> None:
    for query in (
        "by=nothing",
        "since=2026-12-01&until=2026-01-01",
        "since=0001-01-01",
        "until=9999-12-31",
        "since=x",
        "unit=%00",
    ):
        assert Client().get(f"/hotline/figures?{query}").status_code == 200
    assert "chưa đúng" in Client().get("/hotline/figures?since=2026-12-01&until=2026-01-01").content.decode()
    assert Client().post("/hotline/figures").status_code == 405
