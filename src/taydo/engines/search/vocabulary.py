"""The words of what can be found: how rare each is, which follow each other, and how they are written with accents."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from taydo.methods.vietnamese import heard, slips, untyped, words

RARE = 2  # a word in at most so many titles may be a slip that happens to be a word
Asked = list[tuple[str, str]]


class Vocabulary:
    """Folded words and pairs (written together: `khaisinh`) with how many entries hold them, and their spelling with accents."""

    def __init__(
        self, entries: dict[str, int], total: int, written: Iterable[str], idle: dict[str, str] | None = None
    ) -> None:
        self.entries, self.total = entries, max(total, 1)
        self.idle = idle or {}
        self.titles: Counter[str] = Counter()
        self.spelled: dict[str, Counter[str]] = defaultdict(Counter)
        self._idf: dict[str, float] = {}
        self.kept: dict[int, tuple[int, Any]] = {}  # entries weighed by these words, by id, with their version
        self.pairs: Counter[tuple[str, str]] = Counter()
        for text in written:
            found = words(text)
            for form, plain in found:
                self.titles[plain] += 1
                self.spelled[plain][form] += 1
            for (one, first), (two, second) in pairwise(found):
                self.titles[first + second] += 1
                self.pairs[one, two] += 1

    def idf(self, word: str) -> float:
        """How much a word or pair says: 0 for one in every entry, about ln(total) for one in none."""
        known = self._idf.get(word)
        if known is None:
            held = self.entries.get(word, 0)
            known = self._idf[word] = math.log(1 + (self.total - min(held, self.total) + 0.5) / (held + 0.5))
        return known

    def share(self, word: str) -> float:
        """The share of entries that hold the word or pair (0 to 1)."""
        return self.entries.get(word, 0) / self.total

    def knows(self, word: str) -> bool:
        """Whether the word or pair stands anywhere."""
        return word in self.titles or word in self.entries

    def mended(self, asked: Asked) -> Asked:
        """The question with the keys of Telex and VNI taken out, and slips and spellings by ear put right where the words around agree."""
        if not self.titles:
            return asked
        fixed = list(asked)
        for at, (written, plain) in enumerate(asked):
            if self.knows(plain) or plain.isdigit() or not written.isascii():
                continue
            bare = untyped(plain)
            better = (
                bare
                if len(bare) > 1 and self.knows(bare)
                else self._nearest(fixed, at, {word for word in (bare, plain) if len(word) > 2})
            )
            if better:
                fixed[at] = (better, better)
        for at in range(len(fixed)):
            if better := self._meant(fixed, at):
                fixed[at] = (better, better)
        return fixed

    def _around(self, asked: Asked, at: int, word: str) -> int:
        """How often a word stands beside its neighbours in titles."""
        before = self.titles[asked[at - 1][1] + word] if at else 0
        after = self.titles[word + asked[at + 1][1]] if at + 1 < len(asked) else 0
        return before + after

    def _nearest(self, asked: Asked, at: int, typed: set[str]) -> str:
        near = {word for one in typed for word in slips(one) if self.titles.get(word)}
        return max(near, key=lambda word: (self._around(asked, at, word), self.titles[word]), default="")

    def _meant(self, asked: Asked, at: int) -> str:
        """What a word that is one, but never stands beside its neighbours, was probably meant to be; "" to leave it."""
        written, plain = asked[at]
        if not written.isascii() or len(plain) < 2 or self._around(asked, at, plain):
            return ""
        near = set(heard(plain)) | (set(slips(plain)) if self.titles[plain] <= RARE and len(plain) > 2 else set())
        known = [(self._around(asked, at, word), word) for word in near if self.titles.get(word)]
        often, word = max(known, default=(0, ""))
        return word if often >= 3 else ""

    def _forms(self, written: str, plain: str) -> list[tuple[str, int]]:
        """How a word may be written, with how often; a word of everyday speech is that unless its neighbour says otherwise."""
        if not written.isascii() or (plain not in self.spelled and plain not in self.idle):
            return [(written, 1)]
        forms = dict(self.spelled[plain].most_common(6)) if plain in self.spelled else {}
        if plain in self.idle:
            forms[self.idle[plain]] = max([*forms.values(), 1]) * 2
        return list(forms.items())

    def finished(self, query: str) -> str:
        """What was typed so far with its last word finished the likeliest way; as it is when the word may be whole."""
        asked = words(query)
        if not asked or query[-1:].isspace():
            return query
        last, before = asked[-1][1], asked[-2][1] if len(asked) > 1 else ""
        if last in self.titles and (not before or before + last in self.titles):
            return query
        begun = [
            word
            for word in self.spelled
            if word.startswith(last) and (last not in self.titles or before + word in self.titles)
        ]
        best = max(begun, key=lambda word: (self.titles[before + word], self.titles[word]), default="")
        return query[: len(query) - len(asked[-1][0])] + best if best else query

    def accented(self, asked: Asked) -> str:
        """The question as it would be written with accents, word by word the likeliest after the one before."""
        ways: list[tuple[float, list[str]]] = [(0.0, [])]
        for written, plain in asked:
            forms = self._forms(written, plain)
            most = sum(n for _, n in forms)
            ways = [
                max(
                    ((score + 3 * math.log1p(self.pairs[way[-1], form] if way else 0) + math.log(n / most), [*way, form]) for score, way in ways),
                    key=lambda pair: pair[0],
                )
                for form, n in forms
            ]  # fmt: skip
        return " ".join(max(ways, key=lambda pair: pair[0])[1])
