"""VN_WQI equals hand-worked samples and the published tables."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taydo.methods import wqi
from taydo.methods.tests.oracle import shared

CLEAN = {"pH": 7.0, "DO%": 100.0, "BOD5": 3.0, "COD": 8.0, "N-NH4": 0.1, "Coliform": 1000.0}


@pytest.mark.parametrize(
    "parameter,value,expected",
    [
        ("BOD5", 4, 100), ("BOD5", 5, 87.5), ("BOD5", 6, 75), ("BOD5", 50, 10), ("BOD5", 90, 10), ("COD", 12.5, 87.5),
        ("N-NH4", 0.29, 100), ("N-NH4", 0.3, 75), ("N-NH4", 0.45, 62.5), ("N-NO3", 15, 25), ("N-NO3", 15.1, 10),
        ("N-NO2", 0.05, 100), ("N-NO2", 0.06, 10), ("pH", 5.4, 10), ("pH", 5.5, 50), ("pH", 5.75, 75), ("pH", 9, 50),
        ("DO%", 19, 10), ("DO%", 20, 25), ("DO%", 100, 100), ("DO%", 150, 50), ("DO%", 201, 10),
        ("Coliform", 10_000, 25), ("Coliform", 10_001, 10), ("Aldrin", 0.2, 10), ("As", 0.035, 62.5),
    ],
)  # fmt: skip
def test_a_part_follows_the_table(parameter: str, value: float, expected: float) -> None:
    assert wqi.q(parameter, value) == pytest.approx(expected)


def test_clean_water_is_a_hundred() -> None:
    found = wqi.index(CLEAN)
    assert isinstance(found, wqi.Index)
    assert (found.value, found.band.vi, found.unsure) == (100, "Rất tốt", ())


def test_a_sample_worked_by_hand() -> None:
    # IV: (75 + 50 + 75 + 50) / 4 = 62.5; V: 50; pH 50 → (62.5² · 50)^(1/3) · 0.5 = 29.01
    sample = {"pH": 5.5, "DO%": 75.0, "BOD5": 15.0, "COD": 15.0, "N-NH4": 0.6, "Coliform": 7500.0}
    found = wqi.index(sample)
    assert isinstance(found, wqi.Index)
    assert (found.value, found.band.code) == (29, "bad")


def test_oxygen_in_milligrams_needs_the_temperature() -> None:
    assert wqi.oxygen_saturation(7.55, 30) == pytest.approx(101.51, abs=0.01)
    with_temperature = wqi.index(CLEAN | {"DO": 7.5}, celsius=30)
    assert isinstance(with_temperature, wqi.Index)
    assert isinstance(wqi.index({"pH": 7, "DO": 7.5, "BOD5": 3, "COD": 8, "Coliform": 1}), wqi.TooLittle)


def test_metals_whose_row_is_not_verified_are_left_out_unless_asked_for() -> None:
    plain, asked = wqi.index(CLEAN | {"Pb": 0.05}), wqi.index(CLEAN | {"Pb": 0.05}, unsure=True)
    assert isinstance(plain, wqi.Index) and isinstance(asked, wqi.Index)
    assert (plain.value, plain.unsure) == (100, ())
    assert (asked.value, asked.unsure) == (25, ("Pb",))


def test_too_little_data_gives_no_index_but_a_reason() -> None:
    found = wqi.index({"pH": 7, "DO%": 90.0})
    assert isinstance(found, wqi.TooLittle)
    assert (found.groups, found.group_iv) == (2, 1) and "3" in found.vi and found.en
    assert not wqi.DECISION.verified
    assert isinstance(wqi.index({"pH": 7, "DO%": 90.0}, minimum=wqi.AUTOMATIC_STATION), wqi.Index)


def test_values_that_are_none_of_the_decisions_change_nothing() -> None:
    assert wqi.index(CLEAN | {"TSS": 900, "Turbidity": 900, "TOC": float("nan"), "Cu": -1.0}) == wqi.index(CLEAN)


@given(st.dictionaries(st.sampled_from(wqi.PARAMETERS), st.floats(0, 20_000)))
def test_every_index_lies_between_0_and_100_and_has_a_band(sample: dict[str, float]) -> None:
    found = wqi.index(sample, unsure=True)
    if isinstance(found, wqi.Index):
        assert 0 <= found.value <= 100 and found.band.vi and found.band.use_en


def test_the_bands_meet_without_gaps() -> None:
    assert all(above.low == below.high + 1 for above, below in pairwise(wqi.BANDS))


def test_the_tables_equal_the_published_ones() -> None:
    published = json.loads(shared("data", "specs", "vn_wqi_tables.json").read_text(encoding="utf-8"))
    ours = wqi.load("vn_wqi")["parameters"]
    for name, points in (published["group_IV_mg_l"] | published["group_III_mg_l"]).items():
        if isinstance(points, list):
            assert ours[name]["bp"] == points, name
        elif isinstance(points, dict) and name in ours and "bp" in points:
            assert (ours[name]["bp"], ours[name]["q"]) == (points["bp"], points["q"]), name
    for name, points in published["group_V_MPN_100ml"].items():
        assert (ours[name]["bp"], ours[name]["q"], ours[name]["above"]) == (points["bp"], points["q"], 10)
    saturation = published["group_IV_mg_l"]["DO_percent_sat"]
    assert (ours["DO%"]["bp"], ours["DO%"]["q"]) == (saturation["bp"], saturation["q"])
    assert {k: v for k, v in published["group_II_ug_l"].items() if k != "rule"} == {
        k: v["limit"] for k, v in ours.items() if v["group"] == "II"
    }
