"""Rows of a file as typed fields, each with the reason when it does not fit."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any
from zoneinfo import ZoneInfo

from taydo.kernel.errors import invalid

from .mapping import Mapping, Place, Source

REASONS = {
    "missing": ("thiếu", "is missing"),
    "not_an_instant": ("không phải ngày giờ theo khai báo", "is no date and time as declared"),
    "not_a_number": ("không phải số", "is no number"),
    "out_of_range": ("nằm ngoài khoảng cho phép", "is out of range"),
    "not_a_choice": ("là giá trị không có trong khai báo", "is a value that is not declared"),
    "earlier": ("sớm hơn mốc trước nó", "is earlier than what comes before it"),
    "repeated": ("đã có ở dòng trên trong tệp", "stands in the file already, further up"),
}


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a row was refused: a reason of `REASONS` about one field."""

    reason: str
    field: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file (from 1, the header counted): its fields, or why not. `no_place`: a pair that is no place was left out."""

    line: int
    raw: dict[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    refused: Refused | None = None
    no_place: bool = False


class _Unfit(Exception):
    def __init__(self, reason: str) -> None:
        self.reason = reason


def rows(mapping: Mapping, stream: IO[bytes]) -> Iterator[Row]:
    """The file's rows, one after the other. 422 when a declared column is not there."""
    text = io.TextIOWrapper(stream, encoding=mapping.encoding, errors="replace", newline="")
    lines = csv.DictReader(text, delimiter=mapping.delimiter)
    lacking = [name for name in mapping.columns if name not in (lines.fieldnames or ())]
    if lacking:
        names = ", ".join(lacking)
        raise invalid(
            "columns_missing", f"Tệp không có cột: {names}.", f"The file has no column: {names}.", columns=lacking
        )
    zone, seen = ZoneInfo(mapping.zone), set[str]()
    for record in lines:
        raw = {key: (item or "").replace("\0", "").strip() for key, item in record.items() if isinstance(key, str)}
        row = _typed(mapping, zone, lines.line_num, raw)
        if row.refused is None and (known := str(row.values.get("id") or "")):
            if known in seen:
                row = Row(row.line, raw, refused=Refused("repeated", "id"))
            seen.add(known)
        yield row


def _typed(mapping: Mapping, zone: ZoneInfo, line: int, raw: dict[str, str]) -> Row:
    values: dict[str, Any] = {}
    for name, source in mapping.fields.items():
        try:
            values[name] = _value(source, zone, raw[source.column])
        except _Unfit as unfit:
            return Row(line, raw, refused=Refused(unfit.reason, name))
    for first, second in mapping.order:
        before, after = values.get(first), values.get(second)
        if before is not None and after is not None and after < before:
            return Row(line, raw, refused=Refused("earlier", second))
    place = _place(mapping.place, raw) if mapping.place else None
    values["lon"], values["lat"] = place or (None, None)
    given = mapping.place is not None and bool(raw[mapping.place.lon] or raw[mapping.place.lat])
    return Row(line, raw, values, no_place=given and place is None)


def _value(source: Source, zone: ZoneInfo, text: str) -> Any:
    if not text:
        if source.required:
            raise _Unfit("missing")
        return source.otherwise if source.kind == "text" else None
    if source.kind == "instant":
        return _instant(source, zone, text)
    if source.kind == "number":
        return _number(source, text)
    if not source.values:
        return text
    found = source.values.get(text, source.otherwise)
    if found is None:
        raise _Unfit("not_a_choice")
    return found


def _instant(source: Source, zone: ZoneInfo, text: str) -> dt.datetime:
    for pattern in source.formats:
        try:
            found = dt.datetime.strptime(text, pattern)
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=zone)
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise _Unfit("not_an_instant") from None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _number(source: Source, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        raise _Unfit("not_a_number") from None
    low, high = (-math.inf if source.low is None else source.low), (math.inf if source.high is None else source.high)
    if not (math.isfinite(found) and low <= found <= high):
        raise _Unfit("out_of_range")
    return found


def _place(place: Place, raw: dict[str, str]) -> tuple[float, float] | None:
    try:
        lon, lat = float(raw[place.lon]), float(raw[place.lat])
    except ValueError:
        return None
    if not (abs(lon) <= 180 and abs(lat) <= 90) or (lon == lat == 0):
        return None
    if not place.whole_degrees and lon == round(lon) and lat == round(lat):
        return None
    return lon, lat
