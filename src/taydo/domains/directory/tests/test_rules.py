"""Codes by QĐ 20/2020/QĐ-TTg and QCVN 102, with the rules and examples of the specification as an outside witness."""

import json
import re

import pytest
from django.conf import settings

from taydo.domains.directory import rules

GIVEN = settings.TAYDO_SHARED / "data" / "specs" / "agency_code_rules.json"


@pytest.mark.parametrize(
    ("code", "style"),
    [
        ("H13", "qd20"),
        ("H13.06.01", "qd20"),
        ("G22", "qd20"),
        ("A99.X", "qd20"),
        ("000.00.00.H13", "qcvn102"),
        ("000.01.06.H13", "qcvn102"),
        ("Z01ABC", "other"),
        ("Z00ABC", None),
        ("h13", None),
        ("H1", None),
        ("H13.", None),
        ("H13..01", None),
        ("H13.06-1", None),
        ("H13.Đ", None),
        ("H13\n", None),
        ("H13." + "A" * 31, "qd20"),
        ("H13." + "A" * 32, None),
        ("", None),
    ],
)
def test_a_code_is_told_by_its_form(code: str, style: str | None) -> None:
    assert rules.style(code) == style


def test_superiors_are_read_from_left_to_right() -> None:
    assert rules.superiors("H13.06.01") == ["H13", "H13.06"]
    assert rules.superiors("H13") == []
    assert (rules.level("H13"), rules.level("H13.06.01")) == (1, 3)


@pytest.mark.skipif(not GIVEN.exists(), reason=f"no specification at {GIVEN} (set TAYDO_SHARED)")
def test_the_rules_agree_with_the_specification() -> None:
    given = json.loads(GIVEN.read_text(encoding="utf-8"))
    codes = [*given["examples"], "H13.6a", "13H", "000.00.H13", "Z05x", "H13.01", "000.00.5B.H13", "H13.AB.CD"]

    for code in codes:
        assert (rules.style(code) == "qd20") == bool(re.match(given["regex_qd20"], code)), code
        assert (rules.style(code) == "qcvn102") == bool(re.match(given["regex_old_qcvn102"], code)), code
    assert given["max_len"] == rules.MAX_CODE
