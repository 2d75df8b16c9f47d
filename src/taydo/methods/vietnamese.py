"""Vietnamese as people type it: without accents, or with the keys of Telex and VNI left in the words."""

from __future__ import annotations

import re
import unicodedata

MARKED = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
PLAIN = "a" * 17 + "e" * 11 + "i" * 5 + "o" * 17 + "u" * 11 + "y" * 5 + "d"
_FOLD = str.maketrans(MARKED, PLAIN)
_COMBINING = re.compile("[\u0300-\u036f]")
_REST = re.compile("[^a-z0-9]+")


def fold(text: str) -> str:
    """Without accents and case, everything but letters and digits as single spaces: `Cái  KHẾ, Đất` gives `cai khe dat`."""
    lower = text.lower().translate(_FOLD)
    if not lower.isascii():
        lower = _COMBINING.sub("", unicodedata.normalize("NFD", lower)).translate(_FOLD)
    return _REST.sub(" ", lower).strip()
