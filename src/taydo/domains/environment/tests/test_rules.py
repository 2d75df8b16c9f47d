"""What readings mean."""

import datetime as dt

import pytest

from taydo.domains.environment import rules
from taydo.methods import aqi

HOUR = dt.datetime(2026, 11, 22, 5, tzinfo=dt.UTC)


def test_an_hour_of_air_takes_the_worst_pollutant() -> None:
    hours = rules.gapless(HOUR, HOUR + 2 * rules.HOUR)

    found = rules.air_hours(hours, {"pm25": dict.fromkeys(hours, 50.0), "o3": dict.fromkeys(hours, 300.0)})

    assert [(hour.value, hour.dominant) for hour in found][-1] == (150, "O3")


def test_air_without_dust_has_no_index() -> None:
    assert rules.air_hours([HOUR], {"o3": {HOUR: 100.0}}) == []


def test_an_index_carries_the_colour_the_law_gives() -> None:
    assert rules.index_words("aqi", 42, "vi") | {"meaning": ""} == {
        "kind": "aqi", "value": 42, "band": aqi.band(42).code, "colour": "#00E400", "word": "Tốt", "meaning": "",
    }  # fmt: skip


def test_too_little_water_data_gives_no_index() -> None:
    assert rules.water_index({"ph": 7.0}) is None


def test_clean_water_is_near_a_hundred() -> None:
    found = rules.water_index({"ph": 7.2, "do": 7.6, "cod": 8.0, "nh4": 0.1, "water_temperature": 28.0})

    assert found is not None
    assert found.value >= 95


def test_the_tide_is_judged_by_the_levels_of_its_day() -> None:
    before = rules.tide_words("Cần Thơ", 1.92, dt.date(2019, 9, 29), "vi")
    after = rules.tide_words("Cần Thơ", 1.92, dt.date(2026, 9, 29), "vi")

    assert (before[2], after[2]) == (3, 2)


def test_a_gauge_without_levels_says_nothing() -> None:
    assert rules.tide_words("Trần Đề", 2.0, dt.date(2026, 1, 1), "vi") == ("", "", 0)


@pytest.mark.parametrize(
    ("states", "worst"),
    [(["ok", "exceed"], "exceed"), (["ok", "broken", "tendency"], "broken"), ([], "stale"), (["ok"], "ok")],
)
def test_a_station_is_as_bad_as_its_worst_value(states: list[str], worst: str) -> None:
    assert rules.worst(states) == worst


def test_missing_steps_are_gaps_not_lines() -> None:
    points = rules.with_gaps([(HOUR, 1.0), (HOUR + rules.HOUR, 2.0), (HOUR + 5 * rules.HOUR, 3.0)], 3600)

    assert [value for _, value in points] == [1.0, 2.0, None, 3.0]


def test_can_tho_to_soc_trang_is_some_fifty_kilometres() -> None:
    assert 45 < rules.distance_km(105.787, 10.033, 105.974, 9.602) < 60
