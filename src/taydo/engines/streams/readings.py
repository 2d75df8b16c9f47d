"""What travels through every door: batches of readings, and the receipt for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

RANGE, STEP, STUCK, CALIBRATION, FAULT, WITHDRAWN, LATE = 1, 2, 4, 8, 16, 32, 64
FLAGS = {"range": RANGE, "step": STEP, "stuck": STUCK, "calibration": CALIBRATION, "fault": FAULT,
         "withdrawn": WITHDRAWN, "late": LATE}  # fmt: skip
# A late reading is a good one. Status 01 and 02 of TT 10/2021/TT-BTNMT and everything doubtful stay out of averages.
NOT_AVERAGED = RANGE | STEP | STUCK | CALIBRATION | FAULT | WITHDRAWN
# What the instrument itself disowns must not raise an alert; a step or a stuck value may well be the flood.
NOT_WATCHED = RANGE | CALIBRATION | FAULT | WITHDRAWN


def flag_names(flags: int) -> list[str]:
    """The names of the bits that are set, for people and JSON."""
    return [name for name, bit in FLAGS.items() if flags & bit]


class Reading(NamedTuple):
    """One reading as a door hands it in. `time`: aware datetime or µs since 1970; `result`: None when `extra` has it."""

    datastream_id: int
    time: datetime | int
    result: float | None
    flags: int = 0
    extra: dict[str, Any] | None = None


class Trace(NamedTuple):
    """Where a row came from: topic, file or route; its text; a text that is the same when it is delivered again."""

    source: str
    raw: str | None = None
    origin: str | None = None


@dataclass(slots=True)
class Batch:
    """Columns of equal length. `time`: µs since 1970 UTC; `extra`: index → JSON kept beside the number (SensorThings).

    `trace`: where a row came from, asked for refused rows only.
    """

    datastream_id: NDArray[np.int32]
    time: NDArray[np.int64]
    result: NDArray[np.float64]
    flags: NDArray[np.int16]
    door: str = "rest"
    source: str = ""
    extra: dict[int, dict[str, Any]] = field(default_factory=dict)
    trace: Callable[[int], Trace] | None = None

    def __len__(self) -> int:
        return len(self.datastream_id)

    @classmethod
    def of(cls, readings: Iterable[Reading], door: str = "rest", source: str = "") -> Batch:
        """A batch of single readings; a missing result becomes NaN, which is kept as NULL when there is `extra`."""
        items = list(readings)
        return cls(
            datastream_id=np.array([r.datastream_id for r in items], np.int32),
            time=np.array([microseconds(r.time) for r in items], np.int64),
            result=np.array([np.nan if r.result is None else r.result for r in items], np.float64),
            flags=np.array([r.flags for r in items], np.int16),
            door=door,
            source=source,
            extra={i: r.extra for i, r in enumerate(items) if r.extra is not None},
        )


@dataclass(slots=True)
class Receipt:
    """What became of a batch. `refused`: (index in the batch, reason code of `reasons.REASONS`)."""

    taken: int = 0
    duplicate: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def microseconds(time: datetime | int) -> int:
    """µs since 1970 UTC, exact. A naive datetime is refused with ValueError."""
    if isinstance(time, int):
        return time
    if time.tzinfo is None:
        raise ValueError("naive time")
    delta = time - EPOCH
    return (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds


EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
