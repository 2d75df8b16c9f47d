"""The checks see what is wrong with made-up series and leave honest ones alone."""

import csv
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taydo.methods import quality
from taydo.methods.tests.oracle import shared

FAKE = ("data", "_rejected_synthetic", "mekong_water_level_luxabu")
TOWNS = ("can_tho", "ca_mau", "chau_doc", "long_xuyen", "soc_trang", "ho_chi_minh_city", "vinh_long", "rach_gia")
MAX_DAILY_RISE_M = 1.0
"""No gauge of the lower Mekong rises a metre from one day to the next."""


@cache
def column(day: str, value: str, *parts: str) -> tuple[np.ndarray, np.ndarray]:
    """Years and values of a daily file in order of time."""
    with shared(*parts).open(encoding="utf-8") as file:
        rows = sorted((r[day], float(r[value]) if r[value] else np.nan) for r in csv.DictReader(file))
    return np.array([d[:4] for d, _ in rows]), np.array([v for _, v in rows])


def checks(findings: list[quality.Finding]) -> set[str]:
    assert all(f.vi and f.en and f.count == f.where.sum() > 0 for f in findings)
    return {f.check for f in findings}


def test_values_outside_the_range_are_marked_and_missing_ones_not() -> None:
    assert quality.out_of_range([1, 5, np.nan, -1], 0, 4).tolist() == [False, True, False, True]
    assert quality.out_of_range([1, 5], None, None).tolist() == [False, False]


def test_a_spike_is_a_leap_there_and_back_and_a_jump_a_leap_alone() -> None:
    series = [1.0, 1.1, 5.0, 1.2, 1.3, 4.0, 4.1]
    assert quality.spikes(series, 2).tolist() == [False, False, True, False, False, False, False]
    assert quality.jumps(series, 2).tolist() == [False, False, True, True, False, True, False]


def test_a_stuck_sensor_is_marked_and_a_dry_spell_not() -> None:
    assert quality.stuck([1, 2, 2, 2, np.nan, 2, 3], 4).tolist() == [False, True, True, True, False, True, False]
    assert not quality.stuck([0] * 30, 5, ignore=0).any()


def test_a_ceiling_shared_by_most_years_is_marked() -> None:
    rng, years = np.random.default_rng(1), np.repeat(np.arange(12), 365)
    honest = np.round(rng.normal(1, 0.2, years.size), 2)
    clipped = np.minimum(honest, 1.35)

    assert not quality.clipped_maxima(honest, years).any()
    assert quality.clipped_maxima(clipped, years).sum() == (clipped == 1.35).sum()


def test_a_copied_month_is_marked_in_both_places() -> None:
    rng = np.random.default_rng(2)
    series = np.round(rng.normal(20, 3, 2000), 1)
    assert not quality.repeats(series).any()
    series[1500:1530] = series[300:330]
    assert set(np.flatnonzero(quality.repeats(series))) == set(range(300, 330)) | set(range(1500, 1530))


@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), max_size=60))
def test_no_series_makes_a_check_fall(values: list[float]) -> None:
    found = quality.review(values, [0] * len(values), low=-5, high=5, max_step=1, stuck_run=3, may_stay=0)
    assert all(f.where.shape == (len(values),) for f in found)


@pytest.mark.parametrize(
    "station,expected", [("Can_Tho", {"clipped", "repeat"}), ("Chau_Doc", {"jump"}), ("Tan_Chau", {"jump"})]
)
def test_the_fake_water_levels_are_flagged(station: str, expected: set[str]) -> None:
    years, values = column("date", "water_level", *FAKE, f"{station}.csv")
    assert expected <= checks(quality.review(values, years, max_step=MAX_DAILY_RISE_M))


def test_the_fake_cant_tho_ceiling_is_found_at_its_value() -> None:
    years, values = column("date", "water_level", *FAKE, "Can_Tho.csv")
    assert set(values[quality.clipped_maxima(values, years)]) == {1.19}


def test_the_fake_temperature_is_flagged_for_its_ceiling() -> None:
    years, values = column("date", "temperature_2m_max", *FAKE, "Can_Tho.csv")
    assert "clipped" in checks(quality.review(values, years))


def test_two_stations_with_one_series_are_twins_and_neighbours_are_not() -> None:
    _, tan_chau = column("date", "water_level", *FAKE, "Tan_Chau.csv")
    _, chau_doc = column("date", "water_level", *FAKE, "Chau_Doc.csv")
    assert quality.twins(tan_chau, chau_doc).sum() >= 190
    _, soc_trang = column("date", "rain", "data", "environment", "weather", "soc_trang.csv")
    _, bac_lieu = column("date", "rain", "data", "environment", "weather", "bac_lieu.csv")
    _, can_tho = column("date", "rain", "data", "environment", "weather", "can_tho.csv")
    assert quality.twins(soc_trang, bac_lieu).mean() > 0.9
    assert not quality.twins(soc_trang, can_tho).any()


@pytest.mark.parametrize("town", TOWNS)
@pytest.mark.parametrize("what", ["max", "min", "wind", "rain", "humidi", "cloud", "pressure"])
def test_honest_daily_weather_is_left_alone(town: str, what: str) -> None:
    years, values = column("date", what, "data", "environment", "weather", f"{town}.csv")
    assert quality.review(values, years, low=0) == []


MRC = ("data", "hydrology", "mrc")


@pytest.mark.parametrize("file", ["Discharge_ChiangKhan.csv", "Rainfall_ChiangKhan.csv", "Rainfall_StungTreng.csv"])
def test_honest_discharge_and_rain_of_the_mekong_are_left_alone(file: str) -> None:
    years, values = column("Timestamp (UTC+07:00)", "Value", *MRC, file)
    assert quality.review(values, years, low=0) == []


def test_kratie_before_1946_is_a_copy_of_later_years_and_the_rest_is_left_alone() -> None:
    years, values = column("Timestamp (UTC+07:00)", "Value", *MRC, "Discharge_Kratie.csv")

    copied = quality.repeats(values)
    since = years >= "1967"

    assert (copied & (years < "1946")).sum() > 500
    assert quality.review(values[since], years[since], low=0) == []
