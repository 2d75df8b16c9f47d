"""VN_AQI, the Vietnamese air quality index (QĐ 1459/QĐ-TCMT, 12/11/2019). Concentrations in µg/m³.

Parameters: `PM2.5 PM10 SO2 NO2 CO O3_1h O3_8h`. Scalar functions for one station and hour, numpy ones for many hours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from taydo.methods.tables import load

Floats = npt.NDArray[np.float64]

_TABLE = load("vn_aqi")
LEVELS: tuple[float, ...] = tuple(float(i) for i in _TABLE["levels"])
BREAKPOINTS: dict[str, tuple[float, ...]] = {p: tuple(map(float, bp)) for p, bp in _TABLE["breakpoints"].items()}
SOURCE: str = _TABLE["source"]
PARTICLES = ("PM2.5", "PM10")
GASES = {"SO2": "SO2", "NO2": "NO2", "CO": "CO", "O3": "O3_1h"}
"""Gases of the hourly index and the table each is read in."""
MIN_HOURS_OF_DAY = 18
"""Hours (75 %) a 24-hour mean of dust needs; the usual rule for means, not stated in our copy of the decision."""


@dataclass(frozen=True, slots=True)
class Band:
    """One of the six bands: index limits, words, the colour the law gives, and what people should do."""

    low: int
    high: int
    code: str
    vi: str
    en: str
    colour_vi: str
    colour: str
    advice_vi: str
    advice_en: str
    sensitive_vi: str
    sensitive_en: str


@dataclass(frozen=True, slots=True)
class Index:
    """An index value, the pollutant that decides it, and each pollutant's part."""

    value: int
    dominant: str
    parts: dict[str, int]

    @property
    def band(self) -> Band:
        """Return the band the value falls in."""
        return band(self.value)


BANDS: tuple[Band, ...] = tuple(Band(**row) for row in _TABLE["bands"])


def band(value: float) -> Band:
    """Return the band of an index value (0 and above; beyond 500 is still the last band)."""
    if not value >= 0:
        raise ValueError(f"not an index value: {value}")
    return next((b for b in BANDS if value <= b.high), BANDS[-1])


def sub_index(parameter: str, concentration: float | None) -> int | None:
    """Return AQI of one parameter, rounded half up; 500 at and above the table's end.

    None when it cannot be computed: no value, below zero, or an 8-hour ozone mean above 400 µg/m³.
    """
    points = BREAKPOINTS[parameter]
    if concentration is None or not concentration >= 0:
        return None
    if concentration >= points[-1]:
        if len(points) == len(LEVELS):
            return 500
        return int(LEVELS[len(points) - 1]) if concentration == points[-1] else None
    k = next(k for k in range(len(points) - 1) if concentration <= points[k + 1])
    slope = (LEVELS[k + 1] - LEVELS[k]) / (points[k + 1] - points[k])
    return int(slope * (concentration - points[k]) + LEVELS[k] + 0.5)


def sub_indices(parameter: str, concentrations: npt.ArrayLike) -> Floats:
    """Return AQI of one parameter for an array of any shape; NaN where `sub_index` gives None."""
    points, c = np.array(BREAKPOINTS[parameter]), np.asarray(concentrations, dtype=float)
    levels = np.array(LEVELS[: len(points)])
    k = np.clip(np.searchsorted(points, np.nan_to_num(c), side="left") - 1, 0, len(points) - 2)
    slope = (levels[k + 1] - levels[k]) / (points[k + 1] - points[k])
    index = np.floor(slope * (c - points[k]) + levels[k] + 0.5)
    beyond = 500.0 if len(points) == len(LEVELS) else np.nan
    index = np.where(c > points[-1], beyond, np.where(c == points[-1], levels[-1], index))
    return np.where(c >= 0, index, np.nan)


def nowcast(latest_first: Sequence[float | None]) -> float | None:
    """Return the Nowcast mean of up to 12 hourly means, the current hour first, missing hours None.

    None unless two of the latest three hours are present. Weights by the ratio of smallest to largest, at least ½.
    """
    hours = (list(latest_first) + [None] * 12)[:12]
    if sum(x is not None for x in hours[:3]) < 2:
        return None
    present = [x for x in hours if x is not None]
    top = max(present)
    weight = max(min(present) / top if top > 0 else 1.0, 0.5)
    if weight == 0.5:
        return sum(0.5 ** (i + 1) * x for i, x in enumerate(hours) if x is not None)
    total = sum(weight**i * x for i, x in enumerate(hours) if x is not None)
    return total / sum(weight**i for i, x in enumerate(hours) if x is not None)


def nowcasts(hourly: npt.ArrayLike) -> Floats:
    """Return the Nowcast of every hour of a gapless hourly series (n,), oldest first, missing hours NaN."""
    series = np.asarray(hourly, dtype=float)
    if series.size == 0:
        return series.copy()
    padded = np.concatenate([np.full(11, np.nan), series])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 12)[:, ::-1]
    present = ~np.isnan(windows)
    top = np.max(np.where(present, windows, -np.inf), axis=1)
    low = np.min(np.where(present, windows, np.inf), axis=1)
    ratio = np.divide(low, top, out=np.ones_like(top), where=(top > 0) & np.isfinite(low))
    weight = np.maximum(ratio, 0.5)
    powers = weight[:, None] ** np.arange(12)
    weighted = np.sum(np.where(present, windows, 0.0) * powers, axis=1)
    sums = np.sum(powers * present, axis=1)
    mean = np.where(weight == 0.5, weighted * 0.5, np.divide(weighted, sums, out=np.zeros_like(sums), where=sums > 0))
    return np.where(present[:, :3].sum(axis=1) >= 2, mean, np.nan)


def hourly(latest_first: Mapping[str, Sequence[float | None]]) -> Index | None:
    """Return VN_AQI of the current hour from hourly means per pollutant (`PM2.5 PM10 SO2 NO2 CO O3`), latest first.

    Dust is averaged by Nowcast over 12 hours, gases take the current hour. None unless PM2.5 or PM10 can be computed.
    """
    parts: dict[str, int | None] = {}
    for dust in PARTICLES:
        parts[dust] = sub_index(dust, nowcast(latest_first.get(dust, ())))
    for gas, table in GASES.items():
        hours = latest_first.get(gas) or (None,)
        parts[gas] = sub_index(table, hours[0])
    return _highest(parts)


def hourlies(series: Mapping[str, npt.ArrayLike]) -> tuple[Floats, dict[str, Floats]]:
    """Return VN_AQI of every hour (n,), NaN where there is none, and each pollutant's part.

    `series`: gapless hourly means per pollutant, all of length n, oldest first, missing hours NaN.
    """
    parts = {p: sub_indices(p, nowcasts(series[p])) for p in PARTICLES if p in series}
    parts |= {g: sub_indices(table, series[g]) for g, table in GASES.items() if g in series}
    dust = [parts[p] for p in PARTICLES if p in parts]
    if not dust:
        n = len(np.asarray(next(iter(series.values()), ())))
        return np.full(n, np.nan), parts
    top = np.fmax.reduce(list(parts.values()))
    return np.where(np.isnan(np.fmax.reduce(dust)), np.nan, top), parts


def daily(hours: Mapping[str, Sequence[float | None]], *, min_hours: int = MIN_HOURS_OF_DAY) -> Index | None:
    """Return VN_AQI of a day from its 24 hourly means per pollutant in order of time (missing None).

    Dust: the mean of the day; ozone: the worse of its highest hour and highest 8-hour mean, the latter dropped when
    above 400; other gases: their highest hour. None unless PM2.5 or PM10 can be computed.
    """
    parts: dict[str, int | None] = {}
    for dust in PARTICLES:
        present = _present(hours.get(dust, ()))
        parts[dust] = sub_index(dust, math.fsum(present) / len(present)) if len(present) >= min_hours else None
    for gas, table in GASES.items():
        parts[gas] = sub_index(table, max(_present(hours.get(gas, ())), default=None))
    eight = _highest_8h(hours.get("O3", ()))
    over8 = sub_index("O3_8h", eight)
    if over8 is not None:
        parts["O3"] = max(over8, parts["O3"] or 0)
    return _highest(parts)


def _highest_8h(hours: Sequence[float | None]) -> float | None:
    """Highest mean of eight consecutive hours of the day with at least six present."""
    means = []
    for start in range(max(len(hours) - 7, 0)):
        present = _present(hours[start : start + 8])
        if len(present) >= 6:
            means.append(math.fsum(present) / len(present))
    return max(means, default=None)


def _present(hours: Sequence[float | None]) -> list[float]:
    return [x for x in hours if x is not None and not math.isnan(x)]


def _highest(parts: Mapping[str, int | None]) -> Index | None:
    if all(parts.get(dust) is None for dust in PARTICLES):
        return None
    known = {p: v for p, v in parts.items() if v is not None}
    dominant = max(known, key=lambda p: known[p])
    return Index(known[dominant], dominant, known)


_GRAMS_PER_MOLE = {"SO2": 64.066, "NO2": 46.006, "CO": 28.010, "O3": 47.998, "NO": 30.006, "NH3": 17.031, "H2S": 34.081}
_LITRES_PER_MOLE = 24.45
"""Ideal gas at 25 °C and 1 atm, the reference state of QCVN 05."""


def to_micrograms(pollutant: str, value: float, unit: str) -> float:
    """Return a concentration in µg/m³ from `ug/m3 ug/Nm3 mg/m3 mg/Nm3 ppb ppm` (also with µ and ³); else ValueError."""
    name = unit.strip().casefold().replace("µ", "u").replace("μ", "u").replace("³", "3").replace("nm3", "m3")
    if name == "ug/m3":
        return value
    if name == "mg/m3":
        return value * 1000
    if name in ("ppb", "ppm") and pollutant in _GRAMS_PER_MOLE:
        return value * _GRAMS_PER_MOLE[pollutant] / _LITRES_PER_MOLE * (1 if name == "ppb" else 1000)
    raise ValueError(f"{pollutant}: no way from {unit!r} to µg/m³")
