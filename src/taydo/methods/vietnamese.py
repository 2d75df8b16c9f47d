"""Vietnamese as people type it: without accents, with the keys of Telex and VNI left in the words, with slips of the finger."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

MARKED = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
PLAIN = "a" * 17 + "e" * 11 + "i" * 5 + "o" * 17 + "u" * 11 + "y" * 5 + "d"
_FOLD = str.maketrans(MARKED, PLAIN)
_COMBINING = re.compile("[\u0300-\u036f]")
_REST = re.compile("[^a-z0-9]+")
_WORDS = re.compile(r"\w+", re.UNICODE)
_SYLLABLE = re.compile(r"^(ngh|ng|nh|th|tr|kh|ph|ch|gh|gi|qu|dd|[bcdfghjklmnpqrstvxz])?(.+)$")
_KEYS = str.maketrans("", "", "sfrxjwz0123456789")
_DOUBLED = re.compile(r"([aeo])\1")
_LETTERS = "abcdeghiklmnopqrstuvxy"
# Sounds that are one in the South, or two spellings of one: each side may be typed for the other.
_ONSETS = (("ch", "tr"), ("s", "x"), ("d", "gi"), ("d", "v"), ("gi", "v"), ("r", "g"), ("qu", "h"), ("l", "n"))
_CODAS = (("n", "ng"), ("t", "c"), ("n", "nh"), ("i", "y"), ("anh", "inh"), ("ich", "it"))


def fold(text: str) -> str:
    """Without accents and case, everything but letters and digits as single spaces: `Cái  KHẾ, Đất` gives `cai khe dat`."""
    lower = text.lower().translate(_FOLD)
    if not lower.isascii():
        lower = _COMBINING.sub("", unicodedata.normalize("NFD", lower)).translate(_FOLD)
    return _REST.sub(" ", lower).strip()


def words(text: str) -> list[tuple[str, str]]:
    """Each word as written (lower case, NFC) and folded."""
    found = _WORDS.findall(unicodedata.normalize("NFC", text.lower()))
    return [(word, plain) for word in found if (plain := fold(word).replace(" ", ""))]


def same(typed: str, meant: str) -> bool:
    """Whether a typed word may be the meant one: it has no accents, or the same ones wherever the tone stands."""
    return fold(typed) == fold(meant) and (typed.isascii() or _marks(typed) == _marks(meant))


def _marks(word: str) -> list[str]:
    return sorted(letter for letter in unicodedata.normalize("NFD", word) if not letter.isalnum() or letter == "đ")


def untyped(word: str) -> str:
    """A folded word without the keys of Telex or VNI: `ddaats` and `d9a61t` give `dat`, `sinhs` gives `sinh`."""
    found = _SYLLABLE.match(word)
    if not found:
        return word
    onset, rest = found.group(1) or "", found.group(2)
    plain = _DOUBLED.sub(r"\1", rest.translate(_KEYS).replace("dd", "d"))
    if not plain and "w" in rest:
        plain = "u"
    return ("d" if onset == "dd" else onset) + plain


def slips(word: str) -> Iterator[str]:
    """Words one slip of the finger away: two letters swapped, one too few, one too many, one wrong."""
    splits = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    for head, tail in splits:
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        if tail:
            yield head + tail[1:]
        for letter in _LETTERS:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]


def heard(word: str) -> Iterator[str]:
    """Words that sound alike in the South or are spelled by ear: `chu` and `tru`, `ki` and `ky`, `biec` and `biet`."""
    for one, other in _ONSETS:
        for typed, meant in ((one, other), (other, one)):
            if word.startswith(typed):
                yield meant + word[len(typed) :]
    for one, other in _CODAS:
        for typed, meant in ((one, other), (other, one)):
            if word.endswith(typed):
                yield word[: -len(typed)] + meant
