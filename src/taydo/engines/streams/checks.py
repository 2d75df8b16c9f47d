"""Checks of a batch against the registry: what is refused, and what is kept with a doubt. Pure numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from taydo.engines.streams.readings import LATE, RANGE, STEP, STUCK, Batch
from taydo.engines.streams.registry import NEVER, Registry

SECOND = 1_000_000
FUTURE_US = 600 * SECOND
LATE_US = 3600 * SECOND
EARLIEST_US = -2_208_988_800 * SECOND  # 1900-01-01: no instrument of the city is older
# Two readings further apart than this, and than three intervals, tell nothing about a step.
STEP_WINDOW_US = 6 * 3600 * SECOND


@dataclass(slots=True)
class Checked:
    """Rows that may be kept, sorted by (datastream, time) and free of repeats; what was refused; repeats in the batch.

    `index`: position of each kept row in the batch; `at`: its position in the registry; `first`, `last`: masks of the
    first and last row of each datastream; `same`: how many readings in a row, this one included, have had this value.
    """

    index: NDArray[np.intp]
    at: NDArray[np.intp]
    datastream_id: NDArray[np.int32]
    time: NDArray[np.int64]
    result: NDArray[np.float64]
    flags: NDArray[np.int16]
    first: NDArray[np.bool_]
    last: NDArray[np.bool_]
    same: NDArray[np.int32]
    refused: list[tuple[int, str]]
    duplicate: int
    fresh: NDArray[np.bool_] | None = None

    def new(self) -> NDArray[np.bool_]:
        """Which kept rows were not in the table before (known after `store.keep`)."""
        return np.ones(len(self.index), bool) if self.fresh is None else self.fresh

    def leads(self, registry: Registry) -> NDArray[np.bool_]:
        """Which rows become the latest of their datastream; asked before `store.advance`."""
        leading: NDArray[np.bool_] = self.last & (self.time > registry.last_time[self.at])
        return leading


def check(batch: Batch, registry: Registry, now_us: int) -> Checked:
    """Judges every reading of the batch as of `now_us` (µs since 1970)."""
    at, known = registry.find(batch.datastream_id)
    refused, keep = _refusals(batch, registry, at, known, now_us)
    index = np.flatnonzero(keep)
    ds, time = batch.datastream_id[index], batch.time[index]
    order = np.lexsort((time, ds))
    index, ds, time = index[order], ds[order], time[order]
    index, duplicate, differing = _without_repeats(batch, index, ds, time)
    refused.extend((int(i), "differs") for i in differing)
    ds, time, result, at = batch.datastream_id[index], batch.time[index], batch.result[index], at[index]
    first = np.ones(len(ds), bool)
    first[1:] = ds[1:] != ds[:-1]
    last = np.ones(len(ds), bool)
    last[:-1] = first[1:]
    flags, same = _quality(registry, at, time, result, first, now_us)
    return Checked(index, at, ds, time, result, flags | batch.flags[index], first, last, same, refused, duplicate)


def _refusals(
    batch: Batch, registry: Registry, at: NDArray[np.intp], known: NDArray[np.bool_], now_us: int
) -> tuple[list[tuple[int, str]], NDArray[np.bool_]]:
    finite = np.isfinite(batch.result)
    if batch.extra:  # a category or a truth has no number
        finite[[i for i, extra in batch.extra.items() if "result" in extra]] = True
    reasons = {
        "unknown_stream": ~known,
        "not_finite": ~finite,
        "time": batch.time < EARLIEST_US,
        "future": batch.time > now_us + FUTURE_US,
    }
    if registry.retired.any():
        reasons["retired"] = known & registry.retired[at]
    keep = np.ones(len(batch), bool)
    refused: list[tuple[int, str]] = []
    for reason, bad in reasons.items():
        bad = bad & keep
        if bad.any():
            refused.extend((int(i), reason) for i in np.flatnonzero(bad))
            keep &= ~bad
    return refused, keep


def _without_repeats(
    batch: Batch, index: NDArray[np.intp], ds: NDArray[np.int32], time: NDArray[np.int64]
) -> tuple[NDArray[np.intp], int, NDArray[np.intp]]:
    """The first of readings for one instant stays; equal ones are counted, differing ones returned."""
    repeat = np.zeros(len(index), bool)
    repeat[1:] = (ds[1:] == ds[:-1]) & (time[1:] == time[:-1])
    if not repeat.any():
        return index, 0, index[:0]
    head = np.maximum.accumulate(np.where(repeat, 0, np.arange(len(index))))
    value, kept = batch.result[index], batch.result[index[head]]
    differs = repeat & ~((value == kept) | (np.isnan(value) & np.isnan(kept)))
    return index[~repeat], int((repeat & ~differs).sum()), index[differs]


def _quality(
    registry: Registry,
    at: NDArray[np.intp],
    time: NDArray[np.int64],
    result: NDArray[np.float64],
    first: NDArray[np.bool_],
    now_us: int,
) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    previous, previous_time = np.empty_like(result), np.empty_like(time)
    previous[1:], previous_time[1:] = result[:-1], time[:-1]
    previous[first], previous_time[first] = registry.last_result[at[first]], registry.last_time[at[first]]
    # A late reading has no neighbour that we know; it is neither a step nor stuck.
    follows = (previous_time < time) & (previous_time > NEVER)
    window = np.maximum(STEP_WINDOW_US, 3 * SECOND * registry.every_s[at])
    near = follows & (time - np.where(follows, previous_time, time) <= window)
    with np.errstate(invalid="ignore"):
        step = near & (np.abs(result - previous) > registry.max_step[at])
        outside = (result < registry.low[at]) | (result > registry.high[at])
    equal = follows & (result == previous)
    position = np.arange(len(time))
    origin = np.maximum.accumulate(np.where(equal & ~first, 0, position))
    same = position - origin + 1 + np.where(equal[origin], registry.same[at], 0)
    # `stuck_after` counts readings at the expected interval: who reports more often must stand still as long, not as often.
    oftener = SECOND * registry.every_s[at] / np.maximum(time - np.where(follows, previous_time, time), 1)
    limit = registry.stuck_after[at]
    stuck = (limit > 0) & equal & (same >= limit * np.maximum(oftener, 1.0))
    flags = RANGE * outside + STEP * step + STUCK * stuck + LATE * (time < now_us - LATE_US)
    return flags.astype(np.int16), same.astype(np.int32)
