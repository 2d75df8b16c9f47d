"""When a value is over a limit: tiers, the clear margin on the way back, and how long it must last. Pure functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

TIERS = ("ok", "tendency", "preparing", "exceed")
FLAP = dt.timedelta(minutes=30)
"""An exceedance that comes back within this time is the same alert."""


@dataclass(frozen=True, slots=True)
class Band:
    """Three values from which the state is tendency, preparing, exceed. `margin`: how far back it must go to leave a tier;
    `hold`: how long a tier must last before it counts."""

    values: tuple[float, float, float]
    above: bool
    margin: float
    hold: dt.timedelta

    def reached(self, tier: int, value: float) -> bool:
        """Whether the value is at or past the tier's (1..3)."""
        limit = self.values[tier - 1]
        return value >= limit if self.above else value <= limit

    def holds(self, tier: int, value: float) -> bool:
        """Whether a tier that stands goes on: the value has not come back by the margin."""
        limit = self.values[tier - 1]
        return value > limit - self.margin if self.above else value < limit + self.margin

    def worse(self, value: float, than: float | None) -> bool:
        """Whether the value is further out than another."""
        return than is None or (value > than if self.above else value < than)


@dataclass(slots=True)
class Track:
    """Where one sensor stands against one limit: its tier (0..3), since when each tier is reached, the newest time counted."""

    tier: int = 0
    since: list[dt.datetime | None] = field(default_factory=lambda: [None, None, None])
    last: dt.datetime | None = None

    @property
    def active(self) -> bool:
        """Whether the next reading matters even when it is inside the band."""
        return self.tier > 0 or any(self.since)


def step(band: Band, track: Track, time: dt.datetime, value: float) -> int:
    """Count one value; changes the track and returns its tier. Values come in order of time."""
    risen = 0
    for tier in (1, 2, 3):
        if not band.reached(tier, value):
            track.since[tier - 1] = None
            continue
        began = track.since[tier - 1] = track.since[tier - 1] or time
        if time - began >= band.hold:
            risen = tier
    held = next((tier for tier in range(track.tier, 0, -1) if band.holds(tier, value)), 0)
    track.tier = max(risen, held)
    track.last = time
    return track.tier


def timely(readings: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Of one sensor's readings in order of time, those that were the newest when they came in (`received_at`).

    A reading that arrives after a newer one tells nothing about now; it stays in the record and raises nothing.
    """
    earliest: dt.datetime | None = None
    kept = []
    for reading in reversed(readings):
        if earliest is None or reading["received_at"] <= earliest:
            earliest = reading["received_at"]
            kept.append(reading)
    yield from reversed(kept)


def figure(value: float, language: str) -> str:
    """A measured value as read: at most three significant digits after small numbers, decimal comma in Vietnamese."""
    size = abs(value)
    text = f"{value:,.{0 if size >= 100 else 1 if size >= 10 else 2}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def covered(hours: Iterable[int], window: int) -> bool:
    """Whether enough hours of a window have means: three quarters, the usual rule of completeness."""
    return len(set(hours)) * 4 >= window * 3
