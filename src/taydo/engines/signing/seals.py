"""Pictures of visible signatures, set by typst: a person's words, and a demonstration's round seal, which says that it is none."""

from __future__ import annotations

import base64
import functools
import json
import math
import threading
from collections.abc import Sequence
from pathlib import Path

import typst

HERE = Path(__file__).parent
FONTS = "/usr/share/fonts/truetype/liberation2"
_compilers = threading.local()


def _png(name: str, inputs: dict[str, str]) -> bytes:
    """The picture of a page, by a compiler that stays warm in its thread."""
    known: typst.Compiler | None = getattr(_compilers, "one", None)
    if known is None:
        known = _compilers.one = typst.Compiler(root=str(HERE), font_paths=[FONTS], ignore_system_fonts=True)
    made = known.compile(input=str(HERE / name), format="png", ppi=200, sys_inputs=inputs)
    assert isinstance(made, bytes)
    return made


@functools.lru_cache(maxsize=32)
def round_seal(name: str) -> str:
    """The picture (PNG) of a seal with an agency's name around, in base64."""
    step = min(12.5, 300 / max(len(name), 1))
    inputs = {"words": name, "step": f"{step:.3f}", "size": f"{min(6.4, 13.7 * math.radians(step) * 3.4):.2f}"}
    return base64.b64encode(_png("seal.typ", inputs)).decode()


def words(lines: Sequence[str], width: float, height: float, colour: str, size: float, picture: bytes = b"") -> bytes:
    """The picture (PNG) of what a visible signature says, in points; `picture`: a signature's own, above the words."""
    given = {
        "width": f"{width:.1f}", "height": f"{height:.1f}", "colour": colour, "size": f"{size}", "lines": json.dumps(list(lines)),
        "picture": json.dumps(list(picture)) if picture else "",
    }  # fmt: skip
    return _png("words.typ", given)
