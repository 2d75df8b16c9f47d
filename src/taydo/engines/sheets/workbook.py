"""XLSX workbooks: one sheet, typed cells, written row by row to a file on disk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import IO, Any

import xlsxwriter

from .columns import Column, Row, local

MOST_ROWS = 1_048_575
FORMATS = {"whole": "#,##0", "share": "0.0%", "day": "dd/mm/yyyy", "instant": "dd/mm/yyyy hh:mm"}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def write(
    target: IO[bytes], columns: Sequence[Column], rows: Iterable[Row], *, title: str, notes: Sequence[str] = ()
) -> int:
    """Write a workbook whose sheet is called `title`, with `notes` (source, time, filters) on a second sheet; returns the rows written.

    Memory does not grow with the rows. Text is never read as a formula or a link; rows beyond what a sheet holds are left out.
    """  # fmt: skip
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(target, options)
    head = book.add_format(
        {"bold": True, "bg_color": "#0B5563", "font_color": "#FFFFFF", "text_wrap": True, "valign": "top", "border": 1}
    )
    sheet = book.add_worksheet(_sheet_name(title))
    sheet.freeze_panes(1, 0)
    looks = [book.add_format({"num_format": _number_format(column)}) for column in columns]
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width, looks[at])
        sheet.write_string(0, at, column.title, head)
    count = 0
    for count, row in enumerate(rows, 1):
        if count > MOST_ROWS:
            count = MOST_ROWS
            break
        for at, column in enumerate(columns):
            _put(sheet, count, at, column, column.value(row), looks[at])
    if columns:
        sheet.autofilter(0, 0, max(count, 1), len(columns) - 1)
    if notes:
        about = book.add_worksheet("Nguồn - Source")
        about.set_column(0, 0, 100)
        for at, note in enumerate(notes):
            about.write_string(at, 0, _NOT_XML.sub("", note))
    book.close()
    return count


def _number_format(column: Column) -> str:
    if column.kind == "decimal":
        return "#,##0." + "0" * column.digits if column.digits else "#,##0"
    return FORMATS.get(column.kind, "General")


def _put(sheet: Any, line: int, at: int, column: Column, value: Any, look: Any) -> None:
    if value is None:
        sheet.write_blank(line, at, None, look)
    elif column.numeric:
        sheet.write_number(line, at, float(value), look)
    elif column.kind == "instant":
        sheet.write_datetime(line, at, local(value), look)
    elif column.kind == "day":
        sheet.write_datetime(line, at, value, look)
    elif column.kind == "flag":
        sheet.write_boolean(line, at, bool(value), look)
    else:
        sheet.write_string(line, at, _NOT_XML.sub("", str(value))[:32767], look)


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:31] or "1"
