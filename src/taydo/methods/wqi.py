"""VN_WQI, the Vietnamese surface water quality index (QĐ 1460/QĐ-TCMT, 12/11/2019).

Parameters and units stand in `tables/vn_wqi.yaml` (mg/L, µg/L for pesticides, MPN/100 mL for bacteria, DO as % of
saturation). Turbidity and suspended solids belong to the older QĐ 879/2011 and are not taken.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from taydo.methods.tables import load

_TABLE = load("vn_wqi")
SOURCE: str = _TABLE["source"]
PARAMETERS: tuple[str, ...] = tuple(_TABLE["parameters"])


@dataclass(frozen=True, slots=True)
class Band:
    """One of the six bands: limits, words, what the water is fit for, the colour in use."""

    low: int
    high: int
    code: str
    vi: str
    en: str
    colour: str
    use_vi: str
    use_en: str


@dataclass(frozen=True, slots=True)
class Minimum:
    """How much data an index needs; `verified` says whether the figures were read in the decision itself."""

    groups: int
    group_iv: int
    verified: bool
    source: str


@dataclass(frozen=True, slots=True)
class Index:
    """An index value with q of each parameter; `unsure` names those whose table row is not verified."""

    value: int
    parts: dict[str, float]
    unsure: tuple[str, ...]

    @property
    def band(self) -> Band:
        """Return the band the value falls in."""
        return band(self.value)


@dataclass(frozen=True, slots=True)
class TooLittle:
    """Why there is no index: groups present and parameters of group IV, against what is needed."""

    groups: int
    group_iv: int
    minimum: Minimum
    vi: str
    en: str


BANDS: tuple[Band, ...] = tuple(Band(**row) for row in _TABLE["bands"])
DECISION = Minimum(**_TABLE["minimum"]["decision"])
AUTOMATIC_STATION = Minimum(**_TABLE["minimum"]["automatic_station"])


def band(value: float) -> Band:
    """Return the band of an index value between 0 and 100."""
    if not 0 <= value <= 100:
        raise ValueError(f"not an index value: {value}")
    return next(b for b in BANDS if value >= b.low)


def oxygen_saturation(oxygen: float, celsius: float) -> float:
    """Return dissolved oxygen (mg/L) at a water temperature as % of saturation."""
    full = 14.652 - 0.41022 * celsius + 0.0079910 * celsius**2 - 0.000077774 * celsius**3
    return oxygen / full * 100


def q(parameter: str, value: float) -> float:
    """Return the index part (10…100, not rounded) of one parameter; KeyError for one the decision does not know."""
    row = _TABLE["parameters"][parameter]
    if "limit" in row:
        return 100.0 if value <= row["limit"] else 10.0
    points, parts = row["bp"], row["q"]
    if value < points[0]:
        return float(row["below"])
    if value > points[-1]:
        return float(row["above"])
    for (b0, q0), (b1, q1) in zip(
        zip(points, parts, strict=True), zip(points[1:], parts[1:], strict=True), strict=False
    ):
        if value <= b1:
            return float((q0 - q1) / (b1 - b0) * (b1 - value) + q1)
    return float(parts[-1])


def index(
    sample: Mapping[str, float], *, celsius: float | None = None, minimum: Minimum = DECISION, unsure: bool = False
) -> Index | TooLittle:
    """Return VN_WQI of one sample, or why there is none.

    `sample` may give oxygen as `DO` in mg/L with the water temperature, or as `DO%`. Unknown names and missing values
    (NaN, negative) are left out; rows that are not verified (Cd, Pb, Hg) too, unless `unsure`.
    """
    parts = _parts(sample, celsius, unsure)
    groups: dict[str, list[float]] = {}
    for parameter, part in parts.items():
        groups.setdefault(_TABLE["parameters"][parameter]["group"], []).append(part)
    fourth = groups.get("IV", [])
    if len(groups) < minimum.groups or len(fourth) < max(minimum.group_iv, 1):
        return _too_little(len(groups), len(fourth), minimum)
    value = math.fsum(fourth) / len(fourth)
    if fifth := groups.get("V"):
        value = (value**2 * (math.fsum(fifth) / len(fifth))) ** (1 / 3)
    for group in ("II", "III"):
        if members := groups.get(group):
            value *= math.prod(members) ** (1 / len(members)) / 100
    if first := groups.get("I"):
        value *= first[0] / 100
    doubtful = tuple(p for p in parts if not _TABLE["parameters"][p]["verified"])
    return Index(int(value + 0.5), parts, doubtful)


def _parts(sample: Mapping[str, float], celsius: float | None, unsure: bool) -> dict[str, float]:
    values = dict(sample)
    oxygen = values.pop("DO", None)
    if oxygen is not None and celsius is not None and "DO%" not in values:
        values["DO%"] = oxygen_saturation(oxygen, celsius)
    table = _TABLE["parameters"]
    return {
        p: q(p, v)
        for p, v in values.items()
        if p in table and v is not None and v >= 0 and (unsure or table[p]["verified"])
    }


def _too_little(groups: int, fourth: int, minimum: Minimum) -> TooLittle:
    return TooLittle(
        groups,
        fourth,
        minimum,
        f"Chưa đủ số liệu: có {groups} nhóm (cần {minimum.groups}), nhóm IV có {fourth} (cần {minimum.group_iv})",
        f"Too little data: {groups} groups (needs {minimum.groups}), group IV has {fourth} (needs {minimum.group_iv})",
    )
