"""What people say and what the official words are: declared by the city in `search.yaml`."""

from __future__ import annotations

import functools
from collections import defaultdict
from dataclasses import dataclass

from taydo.kernel import specs
from taydo.kernel.specs import Spec
from taydo.methods.vietnamese import fold, same, words

SKIPPED = 2  # idle words that may stand inside a saying


class Said(Spec):
    """Official words and what people say instead, in any dialect and language."""

    means: str
    said: list[str]


class Declared(Spec):
    """`search.yaml`: sayings, words of titles about special cases, and words that say nothing of what is wanted."""

    words: list[Said] = []
    narrows: list[str] = []
    idle: list[str] = []


@dataclass(frozen=True)
class Found:
    """A saying in a question: from word `start` up to `end`, and the official words it may mean."""

    start: int
    end: int
    means: tuple[str, ...]


class Sayings:
    """The declared sayings, looked up by their first folded word."""

    def __init__(self, declared: Declared) -> None:
        self.idle = {plain: written for entry in declared.idle for written, plain in words(entry)}
        self.narrows = [fold(entry) for entry in declared.narrows]
        self.phrases: list[str] = [saying for entry in declared.words for saying in (entry.means, *entry.said)]
        self._by_first: dict[str, list[tuple[list[tuple[str, str]], str]]] = defaultdict(list)
        for entry in declared.words:
            for saying in entry.said:
                said = words(saying)
                self._by_first[said[0][1]].append((said, entry.means))
        for known in self._by_first.values():
            known.sort(key=lambda pair: -len(pair[0]))

    def is_idle(self, written: str, plain: str) -> bool:
        """Whether a word says nothing of what is wanted."""
        return plain in self.idle and same(written, self.idle[plain])

    def find(self, asked: list[tuple[str, str]]) -> list[Found]:
        """Sayings in a question, the longest first and none inside another, in the order of the question."""
        held = [hit for start in range(len(asked)) if (hit := self._longest(asked, start))]
        taken: list[Found] = []
        for hit in sorted(held, key=lambda found: (found.start - found.end, found.start)):
            if all(hit.end <= other.start or hit.start >= other.end for other in taken):
                taken.append(hit)
        return sorted(taken, key=lambda found: found.start)

    def _longest(self, asked: list[tuple[str, str]], start: int) -> Found | None:
        best, end, means = 0, start, []
        for said, meant in self._by_first.get(asked[start][1], ()):
            if len(said) < best:
                break
            stop = self._stop(asked, start, said)
            if stop:
                best, end = len(said), stop
                means.append(meant)
        return Found(start, end, tuple(dict.fromkeys(means))) if means else None

    def _stop(self, asked: list[tuple[str, str]], start: int, said: list[tuple[str, str]]) -> int:
        """Where the saying ends when it stands at `start`, else 0."""
        at, skipped = start, 0
        for written, plain in said:
            while (
                at < len(asked)
                and asked[at][1] != plain
                and at > start
                and skipped < SKIPPED
                and self.is_idle(*asked[at])
            ):
                at, skipped = at + 1, skipped + 1
            if at >= len(asked) or asked[at][1] != plain or not same(asked[at][0], written):
                return 0
            at += 1
        return at


@functools.cache
def declared() -> Sayings:
    """The city's sayings; none when it declares none."""
    path = specs.city() / "search.yaml"
    return Sayings(specs.load(path, Declared) if path.exists() else Declared())
