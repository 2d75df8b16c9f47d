"""What salt in water means for people and crops, and the disaster-risk level of salinity intrusion.

Limits and lines stand in `tables/salinity.yaml`, each with its source and whether it was verified. Unit: g/l (≈ ‰).
"""

from __future__ import annotations

from dataclasses import dataclass

from taydo.methods.tables import load

_TABLE = load("salinity")


@dataclass(frozen=True, slots=True)
class Use:
    """A use of water and the most salt it stands (g/l)."""

    code: str
    limit: float
    vi: str
    en: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Class:
    """A class of water by salt: from `low` g/l up to the next class, with plain advice."""

    low: float
    code: str
    vi: str
    en: str
    advice_vi: str
    advice_en: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a value means: its class, the uses it still suits and those it does not."""

    value: float
    water: Class
    suits: tuple[Use, ...]
    harms: tuple[Use, ...]


USES: tuple[Use, ...] = tuple(Use(**row) for row in _TABLE["uses"])
CLASSES: tuple[Class, ...] = tuple(Class(**row) for row in _TABLE["classes"])
RISK_SOURCE: str = _TABLE["risk"]["source"]


def meaning(value: float) -> Meaning:
    """Return what a salinity (g/l, not below zero) means."""
    if not value >= 0:
        raise ValueError(f"not a salinity: {value}")
    water = next(c for c in reversed(CLASSES) if value >= c.low)
    suits = tuple(use for use in USES if value <= use.limit)
    return Meaning(value, water, suits, tuple(use for use in USES if value > use.limit))


def risk_level(reach_1_km: float = 0.0, reach_4_km: float = 0.0) -> int:
    """Return the risk level 0…4 from how far (km from the river mouth) the 1 ‰ and 4 ‰ lines reach.

    QĐ 18/2021/QĐ-TTg Đ.49 for Nam Bộ; where both lines give a level, the higher holds (Đ.45.7).
    """
    reach = {1: reach_1_km, 4: reach_4_km}
    held = [
        row["level"]
        for row in _TABLE["risk"]["rows"]
        if reach[row["isohaline"]] >= row["from_km"]
        and (row["to_km"] is None or reach[row["isohaline"]] <= row["to_km"])
    ]
    return max(held, default=0)
