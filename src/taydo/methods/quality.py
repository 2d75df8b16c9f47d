"""Plain checks of a series of measurements, all vectorised: what a careful reader of a table would notice.

Each check returns a boolean array, true where a value is suspect. `review` runs those that suit any series and says
in words what was found. They mark, never delete: a flagged value stays in the record for people to judge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

MIN_PERIODS = 4
"""Fewer repeated yearly maxima than this prove nothing."""
MIN_REPEAT = 8
"""Shortest run of values whose exact return elsewhere is worth a thought."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of doubt: check name, how many values, where (bool array), and words."""

    check: str
    count: int
    where: Flags
    vi: str
    en: str


def out_of_range(values: npt.ArrayLike, low: float | None, high: float | None) -> Flags:
    """Mark values below `low` or above `high` (None: no limit). NaN is missing, not wrong."""
    v = np.asarray(values, dtype=float)
    below = np.zeros(v.shape, bool) if low is None else v < low
    return below if high is None else below | (v > high)


def spikes(values: npt.ArrayLike, max_step: float) -> Flags:
    """Mark values that leap more than `max_step` from the present value before and, unless last, back after."""
    v = np.asarray(values, dtype=float)
    flags = np.zeros(v.shape, bool)
    present = np.flatnonzero(~np.isnan(v))
    if present.size < 2:
        return flags
    step = np.diff(v[present])
    there = np.abs(step) > max_step
    back = np.append(np.abs(step[1:]) > max_step / 2, True) & np.append(np.sign(step[1:]) != np.sign(step[:-1]), True)
    flags[present[1:][there & back]] = True
    return flags


def jumps(values: npt.ArrayLike, max_step: float) -> Flags:
    """Mark values more than `max_step` away from the present value before them."""
    v = np.asarray(values, dtype=float)
    flags = np.zeros(v.shape, bool)
    present = np.flatnonzero(~np.isnan(v))
    flags[present[1:][np.abs(np.diff(v[present])) > max_step]] = True
    return flags


def stuck(values: npt.ArrayLike, min_run: int, ignore: float | None = None) -> Flags:
    """Mark runs of at least `min_run` equal present values; `ignore` is a value that may stay (0 for rain)."""
    v = np.asarray(values, dtype=float)
    flags = np.zeros(v.shape, bool)
    present = np.flatnonzero(~np.isnan(v))
    if present.size == 0:
        return flags
    series = v[present]
    starts = np.flatnonzero(np.concatenate([[True], series[1:] != series[:-1]]))
    lengths = np.diff(np.append(starts, series.size))
    suspect = np.repeat(lengths >= min_run, lengths)
    if ignore is not None:
        suspect &= series != ignore
    flags[present[suspect]] = True
    return flags


def clipped_maxima(values: npt.ArrayLike, periods: npt.ArrayLike) -> Flags:
    """Mark values at a ceiling: the same maximum returns in period after period (years, say; one label a value).

    Suspect when at least four periods and a third of all share one exact maximum while maxima within five smallest
    steps of it are four times rarer: coarse honest data repeat a maximum too, but scatter around it.
    """
    v, labels = np.asarray(values, dtype=float), np.asarray(periods)
    flags = np.zeros(v.shape, bool)
    present = ~np.isnan(v)
    if not present.any():
        return flags
    _, codes = np.unique(labels[present], return_inverse=True)
    tops = np.full(codes.max() + 1, -np.inf)
    np.maximum.at(tops, codes, v[present])
    top, counts = np.unique(tops, return_counts=True)
    ceiling, times = top[counts.argmax()], int(counts.max())
    near = int(np.sum((tops != ceiling) & (np.abs(tops - ceiling) <= 5 * _resolution(v[present]) * (1 + 1e-9))))
    if times >= max(MIN_PERIODS, tops.size / 3) and times >= 4 * near:
        flags[present] = v[present] == ceiling
    return flags


def repeats(values: npt.ArrayLike, min_length: int | None = None) -> Flags:
    """Mark stretches that return, value for value, elsewhere in the series.

    A stretch must be long enough that chance cannot repeat it (from the entropy of steps), turn up and down, and be
    mostly distinct values: recessions along a rating table and dry spells repeat honestly.
    """
    v = np.asarray(values, dtype=float)
    flags = np.zeros(v.shape, bool)
    present = np.flatnonzero(~np.isnan(v))
    series = v[present]
    length = min_length or _unlikely_length(series)
    if series.size < 2 * length:
        return flags
    windows = np.lib.stride_tricks.sliding_window_view(series, length)
    lively = np.flatnonzero(_lively(windows))
    if lively.size < 2:
        return flags
    rows = np.ascontiguousarray(windows[lively])
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * length))).ravel()
    _, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
    starts = lively[counts[group] > 1]
    for offset in range(length):
        flags[present[starts + offset]] = True
    return flags


def twins(first: npt.ArrayLike, second: npt.ArrayLike, min_length: int | None = None) -> Flags:
    """Mark stretches where two stations' series, aligned in time, are exactly equal for longer than chance allows."""
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    length = min_length or max(_unlikely_length(a[~np.isnan(a)]), MIN_REPEAT)
    same = np.where(a == b, 1.0, np.nan)
    together = stuck(same, length)
    runs = np.flatnonzero(np.diff(np.concatenate([[0], together.astype(np.int8), [0]])))
    for start, end in runs.reshape(-1, 2):
        if np.unique(a[start:end]).size < length // 2:
            together[start:end] = False
    return together


def _resolution(present: Floats) -> float:
    """Smallest step between distinct values (0 when there is one only), float noise aside."""
    gaps = np.diff(np.unique(present))
    gaps = gaps[gaps > 1e-9 * max(1.0, float(np.abs(present).max()))]
    return float(gaps.min()) if gaps.size else 0.0


def _unlikely_length(series: Floats) -> int:
    """Length at which a repeat among n² pairs has odds below 1 in 1000, from the entropy of steps."""
    if series.size < 3:
        return MIN_REPEAT
    _, counts = np.unique(np.round(np.diff(series), 6), return_counts=True)
    share = counts / counts.sum()
    bits = max(float(-(share * np.log2(share)).sum()), 0.3)
    return max(MIN_REPEAT, int(np.ceil((2 * np.log2(series.size) + 10) / bits)))


def _lively(windows: Floats) -> Flags:
    """Windows that turn at least at a third of their steps and hold mostly distinct values."""
    length = windows.shape[1]
    signs = np.sign(np.diff(windows, axis=1))
    turns = np.sum(signs[:, 1:] * signs[:, :-1] < 0, axis=1)
    ordered = np.sort(windows, axis=1)
    distinct = 1 + np.sum(np.diff(ordered, axis=1) != 0, axis=1)
    lively: Flags = (turns >= length // 3) & (distinct >= max(4, length // 2))
    return lively


_WORDS = {
    "range": ("Giá trị ngoài khoảng cho phép", "Values outside the possible range"),
    "jump": ("Giá trị nhảy quá một bước cho phép", "Values leaping more than a step allows"),
    "stuck": ("Giá trị đứng yên bất thường", "Values standing still unusually long"),
    "clipped": (
        "Cực đại bị cắt: nhiều năm có cùng một giá trị lớn nhất",
        "Clipped maxima: many periods share one exact maximum",
    ),
    "repeat": ("Đoạn số liệu lặp lại y hệt ở chỗ khác", "Stretches that return value for value elsewhere"),
}


def review(
    values: npt.ArrayLike,
    periods: npt.ArrayLike | None = None,
    *,
    low: float | None = None,
    high: float | None = None,
    max_step: float | None = None,
    stuck_run: int | None = None,
    may_stay: float | None = None,
) -> list[Finding]:
    """Run every check that has what it needs on one series in order of time and return what was found.

    `periods` (a label a value, the year usually) lets clipped maxima be seen; `low high max_step stuck_run` in the
    units of the series and counts of values; `may_stay` is a value that may stand still. Empty list: nothing to doubt.
    """
    v = np.asarray(values, dtype=float)
    marks = {"range": out_of_range(v, low, high), "repeat": repeats(v)}
    if max_step is not None:
        marks["jump"] = jumps(v, max_step)
    if stuck_run is not None:
        marks["stuck"] = stuck(v, stuck_run, may_stay)
    if periods is not None:
        marks["clipped"] = clipped_maxima(v, periods)
    return [Finding(name, int(m.sum()), m, *_WORDS[name]) for name, m in marks.items() if m.any()]
