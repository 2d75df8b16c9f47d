"""The data array extension (18-088, clause 12): many observations as columns, both ways."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from .errors import StaError
from .times import format_instant, format_time, parse_instant, parse_instants, parse_time

MAX_OBSERVATIONS = 1_000_000
#: components that may be given; "FeatureOfInterest/id" as the standard writes it
COMPONENTS = frozenset(
    {
        "id",
        "@iot.id",
        "phenomenonTime",
        "result",
        "resultTime",
        "resultQuality",
        "validTime",
        "parameters",
        "FeatureOfInterest/id",
        "FeatureOfInterest/@iot.id",
    }
)


class _Reference(msgspec.Struct):
    id: int | str = msgspec.field(name="@iot.id")


class _Block(msgspec.Struct):
    components: list[str]
    dataArray: list[list[Any]]
    Datastream: _Reference | None = None


_DECODER = msgspec.json.Decoder(list[_Block])


@dataclass
class Block:
    """The observations of one datastream.

    ``time``: microseconds since 1970, −1 where ``missing_time``; ``result``: NaN where not a number;
    ``extra``: row → what is kept beside the number, by the standard's names; ``bad``: row → reason code.
    """

    datastream: int | str
    time: NDArray[np.int64]
    result: NDArray[np.float64]
    missing_time: bool = False
    extra: dict[int, dict[str, Any]] = field(default_factory=dict)
    bad: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.time)


def parse_blocks(body: bytes) -> list[Block]:
    """The blocks of a ``CreateObservations`` body; bad rows are marked. Raises StaError if the document is wrong."""
    try:
        found = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StaError(f"Mảng dữ liệu sai: {error}", f"Bad data array: {error}") from None
    if sum(len(one.dataArray) for one in found) > MAX_OBSERVATIONS:
        raise StaError(f"Quá {MAX_OBSERVATIONS} quan trắc", f"More than {MAX_OBSERVATIONS} observations")
    known = _Instants()
    return [_block(one, number, known) for number, one in enumerate(found, 1)]


def _block(raw: _Block, number: int, known: _Instants) -> Block:
    names = raw.components
    wrong = [name for name in names if name not in COMPONENTS]
    if raw.Datastream is None or wrong or len(set(names)) != len(names) or "result" not in names:
        raise StaError(
            f"Khối {number}: cần Datastream và components có result; không hiểu {wrong}",
            f"Block {number}: needs Datastream and components with result; not understood: {wrong}",
        )
    rows, width = raw.dataArray, len(names)
    bad = {i: "shape" for i, row in enumerate(rows) if len(row) != width}
    if bad:
        filler: list[Any] = [None] * width
        rows = [filler if i in bad else row for i, row in enumerate(rows)]
    columns = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    block = Block(raw.Datastream.id, np.zeros(0, np.int64), np.zeros(0), bad=bad)
    _times(block, columns.get("phenomenonTime"), len(rows), known)
    _results(block, columns["result"])
    for name, column in columns.items():
        if name in _KEPT:
            _keep(block, _KEPT[name], column)
    return block


_KEPT = {
    "resultTime": "resultTime",
    "resultQuality": "resultQuality",
    "validTime": "validTime",
    "parameters": "parameters",
    "FeatureOfInterest/id": "FeatureOfInterest",
    "FeatureOfInterest/@iot.id": "FeatureOfInterest",
}


class _Instants(dict[str, int]):
    """Microseconds by text, so that a time which many datastreams share is read once. Raises for intervals and bad times."""

    def __missing__(self, text: str) -> int:
        if "/" in text:
            raise TypeError("interval")
        (found,) = parse_instants([text])
        self[text] = found
        return found


def _times(block: Block, column: tuple[Any, ...] | None, rows: int, known: _Instants) -> None:
    if column is None:
        block.time, block.missing_time = np.full(rows, -1, np.int64), True
        return
    try:
        block.time = np.array([known[text] for text in column], np.int64)
    except (StaError, TypeError):
        block.time = np.array([_one_time(block, i, text) for i, text in enumerate(column)], np.int64)


def _one_time(block: Block, index: int, text: Any) -> int:
    try:
        start, end = parse_time(text)
    except (StaError, AttributeError, TypeError):
        block.bad.setdefault(index, "time")
        return 0
    if end is not None:
        block.extra.setdefault(index, {})["phenomenonTime"] = format_time(start, end)
    return start


def _results(block: Block, column: tuple[Any, ...]) -> None:
    if set(map(type, column)) <= {int, float}:
        try:
            block.result = np.array(column, np.float64)
            return
        except OverflowError:
            pass
    values = np.full(len(column), np.nan)
    for index, one in enumerate(column):
        if type(one) is float or (type(one) is int and abs(one) < 2**1000):
            values[index] = one
        elif index not in block.bad:
            block.extra.setdefault(index, {})["result"] = one
    block.result = values


def _keep(block: Block, name: str, column: tuple[Any, ...]) -> None:
    for index, one in enumerate(column):
        if one is None or index in block.bad:
            continue
        try:
            block.extra.setdefault(index, {})[name] = well_formed(name, one)
        except (StaError, AttributeError, TypeError):
            block.bad[index] = "time" if name.endswith("Time") else "shape"


def well_formed(name: str, value: Any) -> Any:
    """The value as it is kept for this property of an observation. Raises StaError or TypeError when it cannot stand there."""
    if name == "resultTime":
        return format_instant(parse_instant(value))
    if name == "validTime":
        return format_time(*parse_time(value))
    if name == "parameters" and not isinstance(value, dict):
        raise TypeError(name)
    if name == "FeatureOfInterest" and (isinstance(value, bool) or not isinstance(value, int | str)):
        raise TypeError(name)
    return value


def write_blocks(observations: list[tuple[str, dict[str, Any]]], components: list[str]) -> list[dict[str, Any]]:
    """Observations, each with the link of its datastream, → blocks of components and dataArray, one a datastream."""
    blocks: dict[str, dict[str, Any]] = {}
    for link, one in observations:
        block = blocks.setdefault(
            link,
            {
                "Datastream@iot.navigationLink": link,
                "components": components,
                "dataArray@iot.count": 0,
                "dataArray": [],
            },
        )
        block["dataArray"].append([one.get("@iot.id" if name == "id" else name) for name in components])
        block["dataArray@iot.count"] += 1
    return list(blocks.values())
