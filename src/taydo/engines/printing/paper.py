"""Papers as PDF: templates and data in, PDF/A out. Pure: no database, no clock; the same data gives the same bytes."""

from __future__ import annotations

import datetime as dt
import functools
import io
import json
import threading
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import segno
import typst
from fontTools.ttLib import TTFont

from taydo.kernel import manifest

FONTS = Path("/usr/share/fonts/truetype/liberation2")
_compilers = threading.local()


class NoLetters(RuntimeError):
    """The letters papers are printed in are not installed."""


@functools.cache
def templates() -> dict[str, Path]:
    """Every template by name: `<part>/<file>`."""
    found: dict[str, Path] = {}
    for part in manifest.parts():
        folder = manifest.ROOT / part.floor / part.manifest.id / "specs" / "papers"
        found |= {f"{part.manifest.id}/{path.stem}": path for path in sorted(folder.glob("*.typ"))}
    return found


def render(template: str, data: Mapping[str, Any], made_at: dt.datetime | None = None) -> bytes:
    """The PDF/A-2b of a template (`procedures/01`) with data; `made_at` is the instant it bears (none: 1970, for equal bytes).

    `data["verify"]`, the address where the paper can be checked, becomes its QR. Text is set as text whatever it holds; a sign our letters
    lack (an emoji, a control character) is printed as `?`, since PDF/A shows every sign or is none. Raises KeyError for a
    template there is none of, NoLetters without fonts-liberation2.
    """
    path = templates()[template]
    given = printable(dict(data))
    if given.get("verify"):
        given["qr"] = qr(str(given["verify"]))
    text = json.dumps(given, ensure_ascii=False, default=str)
    stamp = int((made_at or dt.datetime(1970, 1, 1, tzinfo=dt.UTC)).timestamp())
    made = _compiler().compile(
        input=str(path), format="pdf", sys_inputs={"data": text}, pdf_standards=["a-2b"], timestamp=stamp
    )
    assert isinstance(made, bytes)
    return made


def printable(value: Any) -> Any:
    """The same data in composed letters, with `?` for every sign that our letters lack."""
    if isinstance(value, str):
        known = letters()
        return "".join(one if ord(one) in known else "?" for one in unicodedata.normalize("NFC", value))
    if isinstance(value, Mapping):
        return {name: printable(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [printable(inner) for inner in value]
    return value


@functools.cache
def letters() -> frozenset[int]:
    """The signs that every cut of our letters has, and the ends of lines."""
    cuts = [
        frozenset(TTFont(path, lazy=True).getBestCmap() or ()) for path in sorted(FONTS.glob("LiberationSerif-*.ttf"))
    ]
    if not cuts:
        raise NoLetters(f"{FONTS}: apt-get install fonts-liberation2")
    return (frozenset.intersection(*cuts) - frozenset(range(32))) | frozenset(map(ord, "\n\r\t"))


def qr(text: str) -> str:
    """A QR code (level M) as SVG."""
    out = io.BytesIO()
    segno.make(text, error="m").save(out, kind="svg", border=0, xmldecl=False, svgns=True, nl=False)
    return out.getvalue().decode()


def _compiler() -> typst.Compiler:
    """A warm compiler of this thread: fonts are read once."""
    known: typst.Compiler | None = getattr(_compilers, "one", None)
    if known is None:
        if not (FONTS / "LiberationSerif-Regular.ttf").exists():
            raise NoLetters(f"{FONTS}: apt-get install fonts-liberation2")
        known = _compilers.one = typst.Compiler(
            root=str(manifest.ROOT), font_paths=[str(FONTS)], ignore_system_fonts=True, sys_inputs={"data": "{}"}
        )
    return known


def day(on: dt.date) -> str:
    """A day as papers write it: ngày 05 tháng 01 năm 2026 (days below 10 and months 1, 2 with a 0, NĐ 30/2020 Phụ lục I)."""
    return (
        f"ngày {on.day:02d} tháng {on.month:02d} năm {on.year}"
        if on.month < 3
        else f"ngày {on.day:02d} tháng {on.month} năm {on.year}"
    )
