"""Words of the query language with the place of each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import StaError
from .times import INSTANT

MAX_LENGTH = 16_384

#: the pattern of an instant without groups of its own
_INSTANT = re.sub(r"[(](?![?])", "(?:", INSTANT.pattern)
_RULES = [
    ("space", r"\s+"),
    ("time", rf"(?:{_INSTANT})(?:/(?:{_INSTANT}))?"),
    ("date", r"\d{4}-\d{2}-\d{2}(?!\d)"),
    ("clock", r"\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?!\d)"),
    ("tagged", r"(?:geography|geometry|duration)'(?:[^']|'')*'"),
    ("string", r"'(?:[^']|'')*'"),
    ("number", r"\d+(?:\.\d+)?(?:[eE][+\-]?\d+)?(?![\w])"),
    ("option", r"\$[a-zA-Z]+"),
    ("name", r"@?[^\W\d]\w*(?:[.\-]\w+)*|\d+[^\W\d]\w*"),
    ("mark", r"[(),;/=*:\[\]\-]"),
]
_PATTERN = re.compile("|".join(f"(?P<{kind}>{rule})" for kind, rule in _RULES))


@dataclass(frozen=True)
class Token:
    """One word: its kind, its text and the position of its first character."""

    kind: str
    text: str
    position: int


def tokens(text: str) -> list[Token]:
    """All words of ``text`` followed by one of kind "end". Raises StaError at a character that starts no word."""
    if len(text) > MAX_LENGTH:
        raise StaError(
            f"Biểu thức dài quá {MAX_LENGTH} ký tự",
            f"The expression is longer than {MAX_LENGTH} characters",
            position=MAX_LENGTH,
            text=text,
        )
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = _PATTERN.match(text, position)
        if match is None:
            what = "chuỗi chưa đóng" if text[position] == "'" else f"ký tự lạ {text[position]!r}"
            said = "unclosed string" if text[position] == "'" else f"unexpected character {text[position]!r}"
            raise StaError(f"Vị trí {position}: {what}", f"Position {position}: {said}", position=position, text=text)
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup or "", match.group(), position))
        position = match.end()
    found.append(Token("end", "", len(text)))
    return found


class Reader:
    """Walks over the words of one text; every complaint names the place."""

    MAX_DEPTH = 60

    def __init__(self, text: str) -> None:
        self.text = text
        self.words = tokens(text)
        self.at = 0
        self.depth = 0

    @property
    def here(self) -> Token:
        """The word under the reader."""
        return self.words[self.at]

    def take(self) -> Token:
        """The word under the reader; the reader moves on."""
        word = self.words[self.at]
        if word.kind != "end":
            self.at += 1
        return word

    def sees(self, mark: str) -> bool:
        """True when the word here is the mark (or keyword) given."""
        return self.here.text == mark and self.here.kind in ("mark", "name", "option")

    def skips(self, mark: str) -> bool:
        """Moves over the mark when it is here and says whether it was."""
        if self.sees(mark):
            self.at += 1
            return True
        return False

    def wants(self, mark: str) -> None:
        """Moves over the mark or complains."""
        if not self.skips(mark):
            raise self.wrong(f"cần {mark!r}", f"expected {mark!r}")

    def wrong(self, vi: str, en: str, token: Token | None = None) -> StaError:
        """An error at the word given (default: here)."""
        token = token or self.here
        got = repr(token.text) if token.text else ""
        return StaError(
            f"Vị trí {token.position}: {vi}" + (f", gặp {got}" if got else ", gặp chỗ kết thúc"),
            f"Position {token.position}: {en}" + (f", found {got}" if got else ", found the end"),
            position=token.position,
            text=self.text,
        )

    def deeper(self) -> None:
        """Counts one level of nesting; refuses more than MAX_DEPTH, so that no query exhausts the stack."""
        self.depth += 1
        if self.depth > self.MAX_DEPTH:
            raise self.wrong(f"lồng quá {self.MAX_DEPTH} tầng", f"nested deeper than {self.MAX_DEPTH} levels")

    def shallower(self) -> None:
        """Leaves one level of nesting."""
        self.depth -= 1

    def finish(self) -> None:
        """Complains unless everything has been read."""
        if self.here.kind != "end":
            raise self.wrong("thừa nội dung", "unexpected text")
