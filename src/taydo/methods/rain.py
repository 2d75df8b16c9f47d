"""What rain in 24 hours means, and the disaster-risk level of heavy rain (QĐ 18/2021/QĐ-TTg). Unit: mm.

Figures, sources and how far they were verified: `tables/rain.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from taydo.methods.tables import load

Extent = Literal["local", "half", "provinces"]
_EXTENTS: tuple[Extent, ...] = ("local", "half", "provinces")
_TABLE = load("rain")
SOURCE: str = _TABLE["classes"]["source"]
VERIFIED: bool = _TABLE["classes"]["verified"]
RISK_SOURCE: str = _TABLE["risk"]["source"]


@dataclass(frozen=True, slots=True)
class Class:
    """A class of daily rain: from `low` mm up to the next class, with plain advice."""

    low: float
    code: str
    vi: str
    en: str
    advice_vi: str
    advice_en: str


CLASSES: tuple[Class, ...] = tuple(Class(**row) for row in _TABLE["classes"]["rows"])


def rain_class(mm_24h: float) -> Class:
    """Return the class of a 24-hour amount (mm, not below zero)."""
    if not mm_24h >= 0:
        raise ValueError(f"not an amount of rain: {mm_24h}")
    return next(c for c in reversed(CLASSES) if mm_24h >= c.low)


def risk_level(*, mm_24h: float = 0.0, mm_12h: float = 0.0, days: int = 1, extent: Extent = "local") -> int:
    """Return the risk level 0…4 of heavy rain.

    `days` it has lasted; `extent`: `local`, over `half` of the city's units, or several `provinces`. A row of the
    decision holds when amount, days and extent all reach it, and the highest that holds is the level (Đ.45.7).
    """
    fallen = {"mm_24h": mm_24h, "mm_12h": mm_12h}
    held = [
        row["level"]
        for row in _TABLE["risk"]["rows"]
        if all(fallen[k] >= row[k] for k in fallen if k in row)
        and days >= row["days"]
        and _EXTENTS.index(extent) >= _EXTENTS.index(row["extent"])
    ]
    return max(held, default=0)
