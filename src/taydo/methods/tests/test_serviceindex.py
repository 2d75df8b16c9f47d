from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taydo.methods.serviceindex import Item, points, satisfaction, score

SET = [Item("1.4", "open", 18), Item("2.1", "time", 20), Item("3.1", "online", 22, 0.8), Item("4.2", "digital", 22, 0.8), Item("5.4", "liked", 18, 0.9)]  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "most", "full_at", "given"),
    [
        (0.4, 12, 0.8, 6.0),
        (0.8, 12, 0.8, 12.0),
        (0.95, 12, 0.8, 12.0),
        (0.9, 18, 0.9, 18.0),
        (1.0, 20, 1.0, 20.0),
        (0.97, 20, 1.0, 19.4),
    ],
)
def test_points_grow_with_the_rate_up_to_the_threshold(rate, most, full_at, given):
    assert points(rate, most, full_at) == pytest.approx(given)


def test_a_perfect_unit_has_a_hundred_and_what_does_not_apply_is_not_asked():
    assert score(SET, {item.id: 1.0 for item in SET})[1] == pytest.approx(100)
    assert score(SET, {"2.1": 0.5})[1] == pytest.approx(50)
    assert score(SET, {})[1] is None


def test_satisfaction_counts_the_late_and_the_unhappy():
    assert satisfaction(late=5, unhappy=5, total=100) == pytest.approx(0.9)
    assert satisfaction(late=80, unhappy=40, total=100) == 0.0
    assert satisfaction(0, 0, 0) is None


@given(st.dictionaries(st.sampled_from([item.id for item in SET]), st.floats(0, 1), min_size=1))
def test_a_score_lies_between_nothing_and_a_hundred_and_no_better_rate_lowers_it(rates):
    total = score(SET, rates)[1]
    better = score(SET, {name: min(1.0, rate + 0.1) for name, rate in rates.items()})[1]

    assert total is not None and better is not None
    assert 0 <= total <= better + 1e-9 <= 100 + 1e-6
