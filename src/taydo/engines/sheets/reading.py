"""Tables out of files that people hand in: CSV or XLSX as rows of text. Nothing in them is believed: sizes, letters, archives, XML."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from taydo.kernel.errors import Problem, invalid

MOST_BYTES, MOST_UNPACKED, MOST_ROWS, MOST_COLUMNS, MOST_CELL = 10_000_000, 60_000_000, 50_000, 100, 2_000
_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CELL = re.compile(r"([A-Z]{1,3})\d+")
DELIMITERS = ",;\t|"


def table(data: bytes) -> list[list[str]]:
    """The rows of a CSV (UTF-8 or Windows-1258, any usual delimiter) or of an XLSX's first sheet; cells stripped, numbers as written.

    Raises 422 `sheet_unreadable` for anything else, or anything too large. Formulas are not computed: their stored result is read.
    """
    if len(data) > MOST_BYTES:
        raise _unreadable("too large")
    try:
        rows = list(_xlsx(data) if data[:4] == b"PK\x03\x04" else _csv(data))
    except (
        zipfile.BadZipFile, zipfile.LargeZipFile, ElementTree.ParseError, csv.Error, KeyError, ValueError, IndexError, EOFError, OSError, RuntimeError, RecursionError,
    ) as error:  # fmt: skip
        raise _unreadable(f"{type(error).__name__}") from error
    if not any(any(row) for row in rows):
        raise _unreadable("empty")
    return rows


def _unreadable(why: str) -> Problem:
    return invalid(
        "sheet_unreadable", "Không đọc được tệp: hãy gửi CSV hoặc XLSX do ngân hàng hoặc Excel xuất ra.",
        "The file cannot be read: send a CSV or XLSX as a bank or Excel writes it.", field="file", why=why,
    )  # fmt: skip


def _csv(data: bytes) -> Iterator[list[str]]:
    if b"\0" in data[:4096]:
        raise ValueError("binary")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1258")
    head = "\n".join(text.splitlines()[:20])
    delimiter = max(DELIMITERS, key=head.count)
    for count, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
        if count >= MOST_ROWS or len(row) > MOST_COLUMNS:
            raise ValueError("too many")
        yield [_cell(item) for item in row]


def _cell(text: str) -> str:
    return " ".join(text.replace("\0", "").split())[:MOST_CELL]


def _xlsx(data: bytes) -> Iterator[list[str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {item.filename: item for item in archive.infolist()}
        if len(parts) > 1000 or sum(item.file_size for item in parts.values()) > MOST_UNPACKED:
            raise ValueError("too much inside")
        sheets = sorted(
            (name for name in parts if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)), key=lambda n: (len(n), n)
        )
        shared: list[str] = []
        if "xl/sharedStrings.xml" in parts:
            root = _tree(archive, "xl/sharedStrings.xml")
            shared = [
                _cell("".join(piece.text or "" for piece in item.iter(f"{_NS}t"))) for item in root.findall(f"{_NS}si")
            ]
        sheet = _tree(archive, sheets[0])
    for count, row in enumerate(sheet.iter(f"{_NS}row")):
        if count >= MOST_ROWS:
            raise ValueError("too many")
        yield _row(row, shared)


def _tree(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    with archive.open(name) as stream:
        text = stream.read(MOST_UNPACKED + 1)
    if (
        len(text) > MOST_UNPACKED
        or b"<!DOCTYPE" in text
        or b"<!ENTITY" in text
        or text[:2] in (b"\xff\xfe", b"\xfe\xff")
    ):
        raise ValueError("not plain XML")
    return ElementTree.fromstring(text)


def _row(row: ElementTree.Element, shared: list[str]) -> list[str]:
    cells: list[str] = []
    for cell in row.iter(f"{_NS}c"):
        named = _CELL.fullmatch(cell.get("r", ""))
        at = _column(named[1]) if named else len(cells)
        if at >= MOST_COLUMNS:
            raise ValueError("too many columns")
        cells += [""] * (at + 1 - len(cells))
        kind, stored = cell.get("t", "n"), cell.findtext(f"{_NS}v") or ""
        if kind == "inlineStr":
            stored = "".join(piece.text or "" for piece in cell.iter(f"{_NS}t"))
        cells[at] = shared[int(stored)] if kind == "s" else _cell(stored)
    return cells


def _column(letters: str) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + ord(letter) - 64
    return at - 1
