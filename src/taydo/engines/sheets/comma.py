"""CSV (RFC 4180), part by part."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .columns import Column, Row, local

MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
ROWS_A_PART = 500


def lines(columns: Sequence[Column], rows: Iterable[Row], *, mark: bool = True) -> Iterator[bytes]:
    """A header of titles, then a line for each row; `mark`: begin with the byte order mark that office programs want.

    Numbers are written with a point, shares as fractions of one, days and instants as ISO 8601 in Vietnamese time.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write(MARK if mark else "")
    writer.writerow([safe(column.title) for column in columns])
    for count, row in enumerate(rows, 1):
        writer.writerow([_cell(column, row) for column in columns])
        if count % ROWS_A_PART == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before what begins like one."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _cell(column: Column, row: Row) -> Any:
    value = column.value(row)
    if value is None:
        return ""
    if column.kind == "instant":
        return local(value).isoformat(sep=" ", timespec="seconds")
    if column.kind == "day":
        return value.isoformat()
    if column.kind == "flag":
        return 1 if value else 0
    return value if column.numeric else safe(str(value))


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "replace")
