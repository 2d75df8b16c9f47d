"""docs/procedures-functions.md names the 31 functions in their 9 groups, and every test it names exists."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "procedures-functions.md").read_text("utf-8")
ROWS = re.findall(r"^\| (CN\d\d) \| (.+?) · .+? \| (yes|partly|not yet) \| (.*) \| (.*) \|$", PAGE, re.M)
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(test_\w+)`", PAGE)))


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_the_test_exists(file: str, name: str) -> None:
    assert re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text("utf-8"), re.M), f"{file}::{name}"


def test_every_function_stands_there_once_with_its_state_and_what_shows_it() -> None:
    assert [code for code, *_ in ROWS] == [f"CN{number:02}" for number in range(1, 32)]
    assert len(re.findall(r"^## ", PAGE, re.M)) == 9
    assert [code for code, _, state, _, shown in ROWS if state != "not yet" and "::" not in shown] == []
    counted = [sum(state == wanted for _, _, state, _, _ in ROWS) for wanted in ("yes", "partly")]
    assert f"Of 31, {counted[0]} are there and {counted[1]} partly." in PAGE


def test_the_names_are_those_of_the_list() -> None:
    listed = Path(os.environ.get("TAYDO_SHARED", ROOT.parent / "shared")) / "data" / "specs" / "tthc_31_functions.csv"
    if not listed.exists():
        pytest.skip(f"no list of functions at {listed}")
    with listed.open(encoding="utf-8") as rows:
        assert [(row["code"], row["function_vi"]) for row in csv.DictReader(rows)] == [row[:2] for row in ROWS]
