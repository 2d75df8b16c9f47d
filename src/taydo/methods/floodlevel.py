"""Flood alarm levels (báo động I–III) of river stations and which one a stage means on a given day. Unit: m.

Levels change by decision: Cần Thơ's went from 1.7/1.8/1.9 to 1.8/1.9/2.0 m in 2020, so 1.95 m was above alarm III in
2019 and is below it now. A value is always judged by the levels in force on its own day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from taydo.methods.tables import load

WORDS: tuple[tuple[str, str], ...] = (
    ("Dưới báo động I", "Below alarm I"),
    ("Báo động I", "Alarm I"),
    ("Báo động II", "Alarm II"),
    ("Báo động III", "Alarm III"),
)


@dataclass(frozen=True, slots=True)
class AlarmLevels:
    """Alarm I, II, III (m) of a station while in force; `verified` names the levels a published source confirms."""

    station: str
    river: str
    levels: tuple[float, float, float]
    valid_from: date | None
    valid_to: date | None
    verified: tuple[int, ...]
    source: str

    def in_force(self, on: date) -> bool:
        """Say whether these levels held on a day (both ends included)."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage judged: alarm 0…3, words, metres above the reached alarm (or below alarm I), the levels used."""

    value: float
    alarm: int
    above: float
    vi: str
    en: str
    levels: AlarmLevels


def _row(row: dict[str, object]) -> AlarmLevels:
    def day(text: object) -> date | None:
        return date.fromisoformat(str(text)) if text else None

    low, middle, high = (float(x) for x in row["levels"])  # type: ignore[attr-defined]
    return AlarmLevels(
        str(row["station"]), str(row["river"]), (low, middle, high), day(row["from"]), day(row["to"]),
        tuple(row["verified"]), str(row["source"]),  # type: ignore[arg-type]
    )  # fmt: skip


LEVELS: tuple[AlarmLevels, ...] = tuple(_row(row) for row in load("flood_alarm")["stations"])


def levels_on(station: str, on: date, table: Iterable[AlarmLevels] = LEVELS) -> AlarmLevels | None:
    """Return the alarm levels of a station in force on a day, None when none are known."""
    return next((row for row in table if row.station == station and row.in_force(on)), None)


def judge(station: str, stage_m: float, on: date, table: Iterable[AlarmLevels] = LEVELS) -> Stage | None:
    """Return which alarm a stage (m) reaches on a day; None for a station without known levels."""
    levels = levels_on(station, on, table)
    if levels is None:
        return None
    alarm = sum(stage_m >= level for level in levels.levels)
    above = round(stage_m - levels.levels[max(alarm - 1, 0)], 3)
    return Stage(stage_m, alarm, above, *WORDS[alarm], levels)
