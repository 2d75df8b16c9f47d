"""What salinity, rain and river stages mean follows the published levels of their own day."""

import csv
from datetime import date

import pytest

from taydo.methods import floodlevel, rain, salinity
from taydo.methods.tests.oracle import shared


def test_salt_water_names_what_it_suits_and_what_it_harms() -> None:
    found = salinity.meaning(1.5)

    assert found.water.vi == "Mặn"
    assert [use.code for use in found.harms] == ["drinking", "durian", "citrus", "rice_young"]
    assert found.suits[0].code == "pomelo_mango"


@pytest.mark.parametrize(
    "value,code", [(0, "fresh"), (0.4, "slight"), (1, "salty"), (3.99, "salty"), (4, "very_salty"), (30, "very_salty")]
)
def test_classes_of_salt_begin_at_their_lines(value: float, code: str) -> None:
    assert salinity.meaning(value).water.code == code


def test_only_the_official_lines_are_called_verified() -> None:
    assert not any(use.verified for use in salinity.USES)
    assert [c.code for c in salinity.CLASSES if c.verified] == ["salty", "very_salty"]


@pytest.mark.parametrize(
    "one,four,level",
    [(0, 0, 0), (24, 0, 0), (25, 0, 1), (50, 0, 2), (60, 0, 2), (60, 30, 2), (91, 0, 3), (95, 60, 3), (100, 91, 4)],
)
def test_salinity_risk_follows_the_reach_of_both_lines(one: float, four: float, level: int) -> None:
    assert salinity.risk_level(one, four) == level


def test_no_negative_salt_or_rain() -> None:
    with pytest.raises(ValueError, match="salinity"):
        salinity.meaning(-0.1)
    with pytest.raises(ValueError, match="rain"):
        rain.rain_class(float("nan"))


@pytest.mark.parametrize(
    "mm,code", [(0, "none"), (0.1, "light"), (16, "moderate"), (49.9, "moderate"), (50, "heavy"), (100, "very_heavy")]
)
def test_rain_has_a_class_with_words(mm: float, code: str) -> None:
    assert rain.rain_class(mm).code == code
    assert rain.rain_class(mm).vi and rain.rain_class(mm).en


def test_rain_risk_needs_amount_days_and_extent_together() -> None:
    assert rain.risk_level(mm_24h=99) == 0
    assert rain.risk_level(mm_24h=100) == 1
    assert rain.risk_level(mm_12h=60) == 1
    assert rain.risk_level(mm_24h=150, days=3, extent="half") == 2
    assert rain.risk_level(mm_24h=250, extent="half") == 2
    assert rain.risk_level(mm_24h=250, days=3, extent="provinces") == 3
    assert rain.risk_level(mm_24h=450, days=5, extent="provinces") == 4
    assert rain.risk_level(mm_24h=450, days=5, extent="local") == 1


def test_the_same_stage_means_another_alarm_before_2020() -> None:
    before, now = (
        floodlevel.judge("Cần Thơ", 1.95, date(2019, 9, 30)),
        floodlevel.judge("Cần Thơ", 1.95, date(2026, 10, 1)),
    )

    assert before is not None and now is not None
    assert (before.alarm, before.above, before.vi) == (3, 0.05, "Báo động III")
    assert (now.alarm, now.above, now.vi) == (2, 0.05, "Báo động II")
    assert now.levels.verified == (3,)


def test_a_stage_below_alarm_one_says_how_far_below() -> None:
    found = floodlevel.judge("Cần Thơ", 1.2, date(2026, 10, 1))
    assert found is not None and (found.alarm, found.above) == (0, -0.6)
    assert floodlevel.judge("Nowhere", 1.2, date(2026, 10, 1)) is None


def test_no_station_has_two_sets_of_levels_on_one_day() -> None:
    for day in (date(2000, 1, 1), date(2020, 3, 14), date(2020, 3, 15), date(2026, 1, 1)):
        stations = [row.station for row in floodlevel.LEVELS if row.in_force(day)]
        assert len(stations) == len(set(stations)) == 5


def test_alarm_levels_equal_the_published_ones() -> None:
    with shared("data", "specs", "flood_alarm_levels_mekong.csv").open(encoding="utf-8") as file:
        rows = {r["station"]: tuple(float(r[f"bd{i}_m"]) for i in (1, 2, 3)) for r in csv.DictReader(file)}
    today = {row.station: row.levels for row in floodlevel.LEVELS if row.in_force(date(2026, 1, 1))}
    old = floodlevel.levels_on("Cần Thơ", date(2015, 1, 1))
    assert old is not None and rows.pop("Cần Thơ (OLD)") == old.levels
    assert today == rows


def test_salinity_limits_equal_the_published_ones() -> None:
    with shared("data", "specs", "salinity_thresholds.csv").open(encoding="utf-8") as file:
        published = sorted(
            float(r["g_per_l_max"]) for r in csv.DictReader(file) if r["g_per_l_max"] and r["verified"] == "no"
        )
    assert sorted(use.limit for use in salinity.USES) == published
    with shared("data", "specs", "disaster_risk_salinity_qd18_2021.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["region"] == "all" or "Nam Bộ" in r["region"].split(", ")]
    ours = {(r["level"], r["isohaline"], r["from_km"], r["to_km"]) for r in salinity.load("salinity")["risk"]["rows"]}
    assert ours == {
        (
            int(r["risk_level"]),
            int(r["isohaline_permil"]),
            int(r["intrusion_km_from"]),
            int(r["intrusion_km_to"] or 0) or None,
        )
        for r in rows
    }
