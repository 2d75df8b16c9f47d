"""On everyday questions against the 2,642 real procedures the search keeps its floors and clearly beats full text and BM25 alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from taydo.engines.search import meaning
from taydo.engines.search.tests import measure
from taydo.engines.search.tests.measure import SHARED, Question, quality, questions

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
PAGE = Path(__file__).resolve().parents[5] / "docs" / "measured" / "search.md"
FLOORS = {"tuned": (0.88, 0.93), "held": (0.50, 0.60)}  # first is right, right among the first three


def of(half: str) -> list[Question]:
    """Questions of a half that the city can answer."""
    return [question for question in questions() if question.half == half and question.codes]


def test_the_search_keeps_its_floors_and_beats_plain_full_text() -> None:
    if not SHARED.exists():
        pytest.skip(f"shared data absent: {SHARED} (set TAYDO_SHARED)")
    if meaning.model() is None:
        pytest.skip("the model of meanings cannot be loaded on this machine")

    assert measure.fill() > 2_600

    for half, (first, three) in FLOORS.items():
        found = quality(measure.ours, of(half))
        assert found.asked >= 150
        assert found.first >= first and found.three >= three, (half, found)
        assert f"| ours, words and meanings | {half} | {found.asked} |" in PAGE.read_text(encoding="utf-8")
    assert found.first >= quality(measure.by_words, of("held")).first
    assert found.first > 1.5 * quality(measure.Bm25(list(measure.procedures())), of("held")).first
    assert found.first > 3 * quality(measure.full_text, of("held")).first
    for asked in ("asdfgh", "mua vé máy bay", "giá vàng hôm nay"):
        assert measure.ours(asked) == []
    assert measure.ours("lam giay khai sinh cho con")[0] == "1.001193"
