"""Believable values for demonstration devices: pure functions of station, parameter, time and seed.

Nothing here is measured or forecast. Tides are mixed semi-diurnal (M2, S2, K1, O1) with a season; salt comes with tide and
dry season; dust and gases have the two rush hours; rain falls in afternoon bursts of the wet season.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LOCAL_OFFSET_S = 7 * 3600
DAY_S = 86_400.0
# Period in hours, amplitude in m at the mouth of the Hậu; ours, chosen for shape.
TIDES = ((12.4206, 0.62), (12.0, 0.22), (23.9345, 0.30), (25.8193, 0.22))


def noise(seed: int, time: Array, every_s: float) -> Array:
    """Uniform in [-1, 1), the same for all instants of one `every_s` slot; by splitmix64."""
    with np.errstate(over="ignore"):
        x = (time / every_s).astype(np.int64).astype(np.uint64) + np.uint64(seed * 0x9E3779B97F4A7C15 % 2**64)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    unit: Array = (x >> np.uint64(11)).astype(np.float64) / 2**52 - 1
    return unit


def smooth(seed: int, time: Array, every_s: float) -> Array:
    """Noise that wanders: neighbouring slots joined by a line."""
    part = time / every_s - np.floor(time / every_s)
    return noise(seed, time, every_s) * (1 - part) + noise(seed, time + every_s, every_s) * part


def hour_of(time: Array) -> Array:
    """Local hour of the day, 0 ≤ h < 24."""
    return ((time + LOCAL_OFFSET_S) % DAY_S) / 3600


def season(time: Array, peak_day: float) -> Array:
    """A yearly cosine, 1 on `peak_day` of the year, -1 half a year off."""
    return np.asarray(np.cos(2 * np.pi * ((time / DAY_S) % 365.2425 - peak_day) / 365.2425), np.float64)


def bump(hour: Array, at: float, width: float) -> Array:
    """A bell over the clock, also around midnight."""
    away = np.abs(hour - at)
    return np.asarray(np.exp(-0.5 * (np.minimum(away, 24 - away) / width) ** 2), np.float64)


def tide(time: Array, inland: float) -> Array:
    """m above mean; `inland` 0 at the mouth … 1 far up, where the wave comes later and lower."""
    late = inland * 4.5 * 3600
    waves = [size * np.cos(2 * np.pi * (time - late) / (period * 3600)) for period, size in TIDES]
    return np.asarray((1 - 0.45 * inland) * np.sum(waves, axis=0))


def _rush(time: Array) -> Array:
    hour = hour_of(time)
    return bump(hour, 7.5, 1.6) + 0.9 * bump(hour, 18.5, 2.0)


def _sun(time: Array) -> Array:
    return np.maximum(np.sin((hour_of(time) - 6) / 12 * np.pi), 0)


def _salinity(time: Array, seed: int, inland: float) -> Array:
    dry = 0.5 + 0.5 * season(time, 90)
    reach = np.clip(1.15 - inland * (2.6 - 1.5 * dry), 0, 1)
    return np.maximum(0.05, 19 * reach**2 * (0.75 + 0.25 * tide(time, inland)) + 0.3 * smooth(seed, time, 5400))


def rain_per_hour(time: Array, seed: int) -> Array:
    """mm/h: bursts of one hour or so, mostly after noon, mostly in the wet season."""
    chance = 0.03 + 0.12 * (0.5 + 0.5 * season(time, 260)) * (0.3 + bump(hour_of(time), 15.5, 3))
    falls = noise(seed, time, 3600) * 0.5 + 0.5 < chance
    return np.where(falls, 2 + 28 * (noise(seed + 1, time, 3600) * 0.5 + 0.5) ** 2, 0.0)


Model = Callable[[Array, int, float], Array]


def _around(mean: float, swing: float, wander: float, grain: float, shape: Callable[[Array], Array] | None) -> Model:
    def model(time: Array, seed: int, inland: float) -> Array:
        value = mean + wander * smooth(seed, time, 10_800) + grain * noise(seed + 7, time, 1)
        return value + swing * shape(time) if shape else value

    return model


MODELS: dict[str, Model] = {
    "pm25": _around(19, 14, 6, 0.8, _rush),
    "pm10": _around(34, 22, 9, 1.4, _rush),
    "no2": _around(18, 26, 5, 0.9, _rush),
    "so2": _around(12, 6, 4, 0.7, _rush),
    "co": _around(620, 560, 120, 12, _rush),
    "o3": _around(28, 62, 9, 1.2, _sun),
    "temperature": _around(25.6, 6.6, 0.9, 0.08, _sun),
    "humidity": _around(88, -26, 4, 0.5, _sun),
    "pressure": lambda t, s, _: 1009.5 + 1.4 * np.cos(4 * np.pi * (hour_of(t) - 10) / 24) + 0.8 * smooth(s, t, 43_200),
    "water_temperature": _around(28.2, 1.4, 0.3, 0.03, _sun),
    "ph": _around(7.1, 0.2, 0.15, 0.02, _sun),
    "do": _around(5.2, 1.1, 0.4, 0.04, _sun),
    "bod5": _around(4.6, 0.8, 0.7, 0.1, _rush),
    "cod": _around(11.5, 2.2, 1.6, 0.2, _rush),
    "toc": _around(4.4, 0.6, 0.5, 0.06, _rush),
    "tss": _around(46, 9, 12, 1, _rush),
    "nh4": _around(0.24, 0.1, 0.07, 0.01, _rush),
    "no3": _around(1.2, 0.2, 0.3, 0.03, _rush),
    "po4": _around(0.11, 0.03, 0.03, 0.004, _rush),
    "coliform": _around(3400, 900, 700, 60, _rush),
    "turbidity": _around(58, 8, 16, 1.2, _rush),
    "water_level": lambda t, s, i: 0.52 + 0.34 * i * season(t, 290) + tide(t, i) + 0.03 * smooth(s, t, 7200),
    "salinity": _salinity,
    "conductivity": lambda t, s, i: 210 + 1720 * _salinity(t, s, i),
}
DECIMALS = {"co": 0, "coliform": 0, "tss": 0, "turbidity": 0, "conductivity": 0, "humidity": 0, "pm25": 1, "pm10": 1}


def seed_of(station: str, seed: int) -> int:
    """A number for the station that is the same on every machine."""
    return (zlib.crc32(station.encode()) + seed * 7919) % 2**31


def inland_of(lon: float | None, lat: float | None) -> float:
    """0 at the mouth of the Hậu (106.2 E, 9.5 N) … 1 at Thốt Nốt, some 100 km up."""
    if lon is None or lat is None:
        return 0.6
    away = float(np.hypot((lon - 106.2) * 109.5, (lat - 9.5) * 110.6))
    return min(away / 105, 1.0)


def values(parameter: str, station: str, time: Array, *, seed: int, inland: float, span_s: Array | float) -> Array:
    """What the station's device shows at `time` (s since 1970). `span_s`: time since its last reading, for rain.

    A parameter nobody modelled wanders around 10.
    """
    own = seed_of(f"{station}/{parameter}", seed)
    if parameter == "rain":
        return np.round(rain_per_hour(time, seed_of(station, seed)) * span_s / 3600, 1)
    model = MODELS.get(parameter) or _around(10, 1, 1, 0.1, _rush)
    shown = np.maximum(model(time, own, inland), -3.0 if parameter == "water_level" else 0.0)
    return np.asarray(np.round(shown, DECIMALS.get(parameter, 2)), np.float64)
