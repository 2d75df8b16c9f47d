"""VN_AQI equals the decision's worked numbers and an independent implementation."""

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taydo.methods import aqi
from taydo.methods.tests.oracle import reference, shared

HOURS = st.lists(st.one_of(st.none(), st.floats(0, 700)), min_size=0, max_size=14)


@pytest.mark.parametrize(
    "parameter,concentration,expected",
    [
        ("PM2.5", 0, 0), ("PM2.5", 25, 50), ("PM2.5", 30, 60), ("PM2.5", 50, 100), ("PM2.5", 65, 125),
        ("PM2.5", 500, 500),
        ("PM10", 150, 100), ("PM10", 1000, 500), ("SO2", 9999, 500), ("NO2", 150, 75), ("CO", 10000, 50),
        ("O3_1h", 180, 75), ("O3_8h", 400, 300), ("O3_8h", 401, None), ("PM10", -1, None), ("PM10", None, None),
    ],
)  # fmt: skip
def test_a_sub_index_follows_the_table(parameter: str, concentration: float | None, expected: int | None) -> None:
    assert aqi.sub_index(parameter, concentration) == expected


def test_every_parameter_gives_the_levels_at_its_breakpoints() -> None:
    for parameter, points in aqi.BREAKPOINTS.items():
        assert [aqi.sub_index(parameter, c) for c in points] == [int(i) for i in aqi.LEVELS[: len(points)]]


def test_halves_are_rounded_up() -> None:
    assert aqi.sub_index("PM10", 51) == 51  # 50.5 exactly
    assert aqi.sub_index("PM2.5", 12.25) == 25


def test_the_bands_have_the_laws_words_and_colours() -> None:
    assert [(b.vi, b.colour) for b in aqi.BANDS] == [
        ("Tốt", "#00E400"), ("Trung bình", "#FFFF00"), ("Kém", "#FF7E00"),
        ("Xấu", "#FF0000"), ("Rất xấu", "#8F3F97"), ("Nguy hại", "#7E0023"),
    ]  # fmt: skip
    assert [aqi.band(v).code for v in (0, 50, 51, 150, 151, 300, 301, 500, 612)] == [
        "good", "good", "moderate", "poor", "bad", "very_bad", "hazardous", "hazardous", "hazardous",
    ]  # fmt: skip
    assert all(b.advice_vi and b.advice_en and b.sensitive_vi and b.sensitive_en for b in aqi.BANDS)


def test_the_nowcast_weighs_recent_hours_by_how_much_the_air_changed() -> None:
    assert aqi.nowcast([10] * 12) == pytest.approx(10)
    assert aqi.nowcast([40, 20] + [None] * 10) == pytest.approx(0.5 * 40 + 0.25 * 20)
    assert aqi.nowcast([40, 30] + [None] * 10) == pytest.approx((40 + 0.75 * 30) / 1.75)
    assert aqi.nowcast([None, None, 5]) is None
    assert aqi.nowcast([0, 0, 0]) == 0


def test_the_hourly_index_is_the_worst_pollutant_and_needs_dust() -> None:
    found = aqi.hourly({"PM2.5": [30] * 12, "PM10": [60] * 12, "O3": [180.0], "CO": [500.0]})
    assert found is not None
    assert (found.value, found.dominant, found.band.code) == (75, "O3", "moderate")
    assert found.parts["PM2.5"] == 60
    assert aqi.hourly({"O3": [180.0]}) is None


def test_the_daily_index_uses_means_of_dust_and_maxima_of_gases() -> None:
    day = aqi.daily({"PM2.5": [20.0, 40.0] * 12, "O3": [110.0] * 8 + [40.0] * 16, "NO2": [20.0] * 23 + [150.0]})
    assert day is not None
    assert day.parts == {"PM2.5": 60, "NO2": 75, "O3": 75}
    assert aqi.daily({"PM2.5": [20.0] * 17 + [None] * 7}) is None


def test_an_eight_hour_ozone_mean_above_400_is_dropped_from_the_day() -> None:
    day = aqi.daily({"PM10": [10.0] * 24, "O3": [500.0] * 24})
    assert day is not None and day.parts["O3"] == aqi.sub_index("O3_1h", 500)


def test_units_are_brought_to_micrograms() -> None:
    assert aqi.to_micrograms("CO", 1.5, "mg/Nm3") == 1500
    assert aqi.to_micrograms("PM2.5", 7, "µg/m³") == 7
    assert aqi.to_micrograms("O3", 100, "ppb") == pytest.approx(196.3, abs=0.1)
    with pytest.raises(ValueError, match="PM10"):
        aqi.to_micrograms("PM10", 1, "ppb")


@given(st.sampled_from(sorted(aqi.BREAKPOINTS)), st.lists(st.floats(-5, 200_000), min_size=1, max_size=30))
def test_the_fast_form_equals_the_plain_one(parameter: str, values: list[float]) -> None:
    fast = aqi.sub_indices(parameter, values)

    assert [None if np.isnan(v) else int(v) for v in fast] == [aqi.sub_index(parameter, c) for c in values]


@given(st.lists(st.one_of(st.none(), st.floats(0, 700)), min_size=1, max_size=40))
def test_the_fast_nowcast_and_hours_equal_the_plain_ones(series: list[float | None]) -> None:
    array = np.array([np.nan if x is None else x for x in series])

    means, (index, _) = aqi.nowcasts(array), aqi.hourlies({"PM2.5": array, "NO2": array})

    for i in range(len(series)):
        back = series[max(0, i - 11) : i + 1][::-1]
        plain, whole = aqi.nowcast(back), aqi.hourly({"PM2.5": back, "NO2": back})
        assert (plain is None and np.isnan(means[i])) or means[i] == pytest.approx(plain)
        assert (whole is None and np.isnan(index[i])) or abs(index[i] - (whole.value if whole else -9)) <= 1


@given(st.sampled_from(sorted(aqi.BREAKPOINTS)), st.floats(0, 200_000))
@settings(max_examples=300)
def test_sub_indices_equal_the_reference(parameter: str, concentration: float) -> None:
    assert aqi.sub_index(parameter, concentration) == reference().aqi_param(parameter, concentration)


@given(HOURS)
def test_nowcasts_equal_the_reference(hours: list[float | None]) -> None:
    assert aqi.nowcast(hours) == pytest.approx(reference().nowcast(hours))


def test_the_tables_equal_the_published_ones() -> None:
    with shared("data", "specs", "vn_aqi_breakpoints.csv").open(encoding="utf-8") as file:
        rows = [(r["parameter"], float(r["I_i"]), r["BP_i_ugm3"]) for r in csv.DictReader(file)]
    published: dict[str, list[float]] = {}
    for parameter, _, point in rows:
        if point:
            published.setdefault(parameter, []).append(float(point))
    assert {p: list(bp) for p, bp in aqi.BREAKPOINTS.items()} == published
    with shared("data", "specs", "vn_aqi_bands.csv").open(encoding="utf-8") as file:
        bands = [
            (int(r["aqi_min"]), int(r["aqi_max"]), r["level_vi"], r["level_en"], r["hex"]) for r in csv.DictReader(file)
        ]
    assert [(b.low, b.high, b.vi, b.en, b.colour) for b in aqi.BANDS] == bands


def test_a_year_of_hours_at_many_stations_is_quick_work() -> None:
    rng = np.random.default_rng(7)
    index, _ = aqi.hourlies({"PM2.5": rng.gamma(4, 8, 50_000), "O3": rng.gamma(4, 20, 50_000)})
    assert np.nanmin(index) >= 0 and np.isnan(index[:1]).all() and not np.isnan(index[2:]).any()
