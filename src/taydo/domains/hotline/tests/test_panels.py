"""What the hotline shows on the wall, the heat map and in the search: counted right, and never a private report."""

import datetime as dt

import pytest

from taydo.domains.hotline import actions, panels
from taydo.engines.cases import actions as cases
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer

pytestmark = pytest.mark.django_db
NOBODY = Viewer.anonymous()
CITY = Viewer.system("test")
LON, LAT = 105.7885, 10.0340
MONDAY = dt.datetime(2026, 11, 16, 3, 0, tzinfo=dt.UTC)


def sent(at: dt.datetime, text: str = "Đèn đường hỏng trước chợ", public: bool = True, category: str = "") -> int:
    with clock.at(at):
        made = actions.report(NOBODY, text, lon=LON, lat=LAT, public=public, category=category)
        sql.execute(
            "UPDATE hotline_report SET asked_at = %(at)s WHERE case_id = %(id)s", {"at": at, "id": made["case_id"]}
        )
    return int(made["case_id"])


def test_the_tile_counts_today_and_judges_the_share_on_time(db: None) -> None:
    for day in (0, 4):
        case = sent(MONDAY + dt.timedelta(days=day))
        with clock.at(MONDAY + dt.timedelta(days=day + (1 if day == 0 else 30))):
            cases.move(CITY, case, "answer", "Đã thay bóng.")
    now = MONDAY + dt.timedelta(days=34, hours=1)
    sent(now - dt.timedelta(minutes=30))

    tile = panels.tile(NOBODY, now)
    before = panels.tile(NOBODY, MONDAY + dt.timedelta(days=2))

    assert (tile.value, tile.state) == (1, "exceed") and "0% đúng hạn" in tile.word
    assert (before.value, before.state) == (0, "ok") and "100% đúng hạn" in before.word
    assert before.trend[-3:] == [1.0, 0.0, 0.0]


def test_private_reports_stand_on_no_map_and_in_no_search(db: None) -> None:
    sent(MONDAY, "Rác đổ trộm sau nhà", public=False)
    with clock.at(MONDAY):
        layer, hot = panels.layer(NOBODY, None), panels.hotspots(NOBODY, "", MONDAY.date(), MONDAY.date())

    assert layer == [] and hot.total == 0 and hot.points == [] and panels.find(NOBODY, "rac do trom") == []


def test_the_map_shows_what_waits_and_rewinds(db: None) -> None:
    case = sent(MONDAY)
    with clock.at(MONDAY + dt.timedelta(days=1)):
        cases.move(CITY, case, "answer", "Đã thay bóng.")

    then = panels.layer(NOBODY, MONDAY + dt.timedelta(hours=2))
    after = panels.layer(NOBODY, MONDAY + dt.timedelta(days=2))
    earlier = panels.layer(NOBODY, MONDAY - dt.timedelta(hours=2))

    assert [(item["lon"], item["lat"]) for item in then] == [(LON, LAT)]
    assert after == earlier == []


def test_hot_spots_count_places_communes_and_weeks(db: None) -> None:
    for days in (0, 1, 8):
        sent(MONDAY + dt.timedelta(days=days))

    hot = panels.hotspots(NOBODY, "", dt.date(2026, 11, 9), dt.date(2026, 11, 25))
    one = panels.hotspots(NOBODY, "nothing", dt.date(2026, 11, 9), dt.date(2026, 11, 25))

    assert hot.total == 3 and [n for _, _, n in hot.points] == [3]
    assert hot.units == [("31135", 3, 3)]
    assert hot.weeks == [(dt.date(2026, 11, 9), 0), (dt.date(2026, 11, 16), 2), (dt.date(2026, 11, 23), 1)]
    assert one.total == 0


def test_the_search_finds_a_public_report_by_words_without_accents_and_by_code(db: None) -> None:
    case = sent(MONDAY)
    code = sql.value("SELECT code FROM hotline_report WHERE case_id = %(id)s", {"id": case})

    assert [hit.href for hit in panels.find(NOBODY, "den duong hong")] == [f"/report/{code}"]
    assert [hit.href for hit in panels.find(NOBODY, code)] == [f"/report/{code}"]
