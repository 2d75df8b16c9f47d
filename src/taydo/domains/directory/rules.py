"""Electronic agency codes: QĐ 20/2020/QĐ-TTg (Đ4-Đ6) and the former QCVN 102:2016/BTTTT style."""

from __future__ import annotations

import re

MAX_CODE = 35
_NEW = re.compile(r"[A-Y][0-9]{2}(\.[A-Z0-9]+)*")
_OLD = re.compile(r"[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.[A-Y][0-9]{2}")
_OTHER = re.compile(r"Z(?!00)[0-9]{2}.{1,32}")
CODE_PATTERN = r"^[A-Y][0-9]{2}(\.[A-Z0-9]+)*$"
OLD_PATTERN = r"^[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.[A-Y][0-9]{2}$"
STATUSES = ("official", "memory", "placeholder")


def style(code: str) -> str | None:
    """Which rule a code follows: `qd20` (agencies, left to right), `qcvn102` (former, right to left), `other` (Z schemes), None.

    The styles are never computed from each other: the 2025 merger issued codes anew, so both are kept per agency as published.
    """
    if len(code) <= MAX_CODE and _NEW.fullmatch(code):
        return "qd20"
    if _OLD.fullmatch(code):
        return "qcvn102"
    if len(code) <= MAX_CODE and _OTHER.fullmatch(code):
        return "other"
    return None


def superiors(code: str) -> list[str]:
    """Codes above a QĐ 20 code, the highest first: `H13.06.01` gives `H13`, `H13.06`."""
    parts = code.split(".")
    return [".".join(parts[:depth]) for depth in range(1, len(parts))]


def level(code: str) -> int:
    """Level of a QĐ 20 code: 1 for a ministry or province, 2 below it, and so on."""
    return code.count(".") + 1
