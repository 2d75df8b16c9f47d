"""How well a unit serves people and businesses: rates by rule, points by group, a score of 100 (QĐ 766/QĐ-TTg, 23/6/2022).

The set itself — groups, items, maxima, thresholds — is declared by officials and dated, since parts of its annex are known only from
provincial pages and NĐ 224/2026 Điều 19 brings other metrics; this module only computes what is declared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One indicator: its group, how many points at most, and the rate from which on all of them are given (1: only at 100 %)."""

    id: str
    group: str
    most: float
    full_at: float = 1.0


@dataclass(frozen=True, slots=True)
class Scored:
    """An item's rate (None: nothing to count) and its points; `most` is 0 when it does not apply to the unit."""

    id: str
    group: str
    rate: float | None
    points: float
    most: float


def points(rate: float, most: float, full_at: float = 1.0) -> float:
    """Points of a rate between 0 and 1: all of them from `full_at` on, below it in proportion (r/0.8·max in QĐ 766 items 3.1, 4.2, 4.3)."""
    if not 0 < full_at <= 1:
        raise ValueError("full_at lies above 0 and at most at 1")
    return most * min(max(rate, 0.0) / full_at, 1.0)


def satisfaction(late: int, unhappy: int, total: int) -> float | None:
    """Item 5.4: 100 % less the share that was late or whose answer displeased; never below 0; None without any."""
    return None if total == 0 else max(0.0, 1 - (late + unhappy) / total)


def score(items: Sequence[Item], rates: Mapping[str, float | None]) -> tuple[list[Scored], float | None]:
    """Each item scored, and the total out of 100 (None when nothing applies).

    An item without a rate leaves the count: its points are neither given nor asked, and the total is scaled to 100 over the rest, as
    provinces do for units without, say, procedures that cost something.
    """
    scored = []
    for item in items:
        rate = rates.get(item.id)
        if rate is None:
            scored.append(Scored(item.id, item.group, None, 0.0, 0.0))
        else:
            scored.append(Scored(item.id, item.group, rate, points(rate, item.most, item.full_at), item.most))
    asked = sum(one.most for one in scored)
    return scored, None if asked == 0 else 100 * sum(one.points for one in scored) / asked
