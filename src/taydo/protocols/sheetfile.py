"""Rows of the first sheet of an xlsx file (ECMA-376), as text; reads values only, refuses what could swell."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

_SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
MOST_BYTES = 50_000_000


def _part(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    info = archive.getinfo(name)
    if info.file_size > MOST_BYTES:
        raise ValueError("a part of the sheet is too large")
    content = archive.read(name)
    if b"<!DOCTYPE" in content[:2000]:
        raise ValueError("a sheet with a document type is not read")
    return ElementTree.fromstring(content)


def rows(content: bytes) -> Iterator[list[str]]:
    """Rows of the first sheet, cells as text, gaps as "". ValueError for what is no xlsx file."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        sheet = _part(archive, "xl/worksheets/sheet1.xml")
        shared = _part(archive, "xl/sharedStrings.xml") if "xl/sharedStrings.xml" in archive.namelist() else []
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError) as error:
        raise ValueError(f"no xlsx file: {error}") from error
    words = ["".join(part.text or "" for part in item.iter(f"{_SPACE}t")) for item in shared]
    for row in sheet.iter(f"{_SPACE}row"):
        cells: list[str] = []
        for cell in row.iter(f"{_SPACE}c"):
            place = _column(cell.get("r", ""), len(cells))
            cells += [""] * (place - len(cells))
            cells.append(_text(cell, words))
        yield cells


def _column(reference: str, default: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", reference)
    if letters is None:
        return default
    number = 0
    for letter in letters[0]:
        number = number * 26 + ord(letter) - 64
    return max(number - 1, default)


def _text(cell: ElementTree.Element, words: list[str]) -> str:
    if cell.get("t") == "inlineStr":
        return "".join(part.text or "" for part in cell.iter(f"{_SPACE}t")).strip()
    value = cell.find(f"{_SPACE}v")
    text = (value.text or "") if value is not None else ""
    return (
        words[int(text)].strip() if cell.get("t") == "s" and text.isdigit() and int(text) < len(words) else text.strip()
    )
