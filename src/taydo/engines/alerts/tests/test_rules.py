"""Tiers, the clear margin, how long it must last, and what arrives out of order."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taydo.engines.alerts.rules import Band, Track, figure, step, timely

T0 = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
ABOVE = Band((50, 80, 100), True, 5, dt.timedelta())
BELOW = Band((5, 4, 3), False, 0.5, dt.timedelta(minutes=10))


def tiers(band: Band, *values: float, every: int = 1) -> list[int]:
    track = Track()
    return [step(band, track, T0 + at * every * MINUTE, value) for at, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((49.9, 50, 79, 80, 100, 500), [0, 1, 1, 2, 3, 3]),
        ((100, 96, 95, 76, 75, 46, 45), [3, 3, 2, 2, 1, 1, 0]),
        ((100, 44), [3, 0]),
        ((60, 48, 60, 48), [1, 1, 1, 1]),
    ],
)
def test_a_tier_rises_at_its_value_and_falls_only_past_the_clear_margin(
    values: tuple[float, ...], expected: list[int]
) -> None:
    assert tiers(ABOVE, *values) == expected


def test_a_tier_must_last_before_it_counts() -> None:
    assert tiers(BELOW, 2, 2, 2, every=5) == [0, 0, 3]
    assert tiers(BELOW, 2, 6, 2, 2, every=5) == [0, 0, 0, 0]
    assert tiers(BELOW, 4.5, 4.5, 4.5, 2.5, 2.5, 2.5, every=5) == [0, 0, 1, 1, 1, 3]


@given(st.lists(st.floats(0, 200), max_size=60))
def test_the_state_is_never_below_what_the_value_demands_nor_above_what_the_margin_allows(values: list[float]) -> None:
    for value, tier in zip(values, tiers(ABOVE, *values), strict=True):
        demanded = sum(value >= limit for limit in ABOVE.values)
        allowed = sum(value > limit - ABOVE.margin for limit in ABOVE.values)
        assert demanded <= tier <= max(demanded, allowed)


@given(st.lists(st.floats(0, 10), max_size=60))
def test_the_side_below_is_the_side_above_turned_over(values: list[float]) -> None:
    turned = Band((-5, -4, -3), True, 0.5, dt.timedelta(minutes=10))
    assert tiers(BELOW, *values, every=4) == tiers(turned, *[-value for value in values], every=4)


@given(st.permutations(list(range(7))))
def test_only_what_was_the_newest_when_it_came_counts(order: list[int]) -> None:
    arrived = {at: place for place, at in enumerate(order)}
    readings: list[dict[str, Any]] = [{"at": at, "received_at": T0 + arrived[at] * MINUTE} for at in range(7)]
    newest, expected = -1, []
    for at in order:
        if at > newest:
            newest = at
            expected.append(at)
    assert [reading["at"] for reading in timely(readings)] == expected


def test_figures_are_read_the_way_of_each_language() -> None:
    assert [figure(v, "vi") for v in (1234.5, 163.21, 15.25, 2.05, 2.0)] == ["1.234", "163", "15,2", "2,05", "2"]
    assert figure(1234.5, "en") == "1,234" and figure(2.05, "en") == "2.05"
