"""The figures on docs/measured/category-suggestion.md are what comes out, and where the page says so they beat both baselines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from taydo.engines.suggestions.tests.measure import SETUPS, SHARED, line, measured

pytestmark = pytest.mark.slow
PAGE = Path(__file__).resolve().parents[5] / "docs" / "measured" / "category-suggestion.md"
BEATEN = ("feedback", "kind", "agency", "service", "in_time")


@pytest.mark.parametrize("name", SETUPS)
def test_the_page_says_what_is_measured_and_baselines_are_beaten(name: str) -> None:
    if not SHARED.exists():
        pytest.skip(f"shared data absent: {SHARED} (set TAYDO_SHARED)")

    quality = measured(name)

    wanted = next(
        said for said in PAGE.read_text(encoding="utf-8").splitlines() if said.startswith(f"| {SETUPS[name].name} |")
    )
    said, found = (re.findall(r"\d+\.?\d*", text.split("|", 2)[2]) for text in (wanted, line(name, quality)))
    assert [float(number) for number in said] == pytest.approx([float(number) for number in found], abs=0.02)
    assert quality.accuracy > quality.majority
    if name in BEATEN:
        assert quality.accuracy > quality.naive_bayes
