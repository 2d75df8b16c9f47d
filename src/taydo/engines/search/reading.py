"""How a question is read: its words mended, sayings turned into official words, and how much each part says."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from taydo.methods.vietnamese import words

from .sayings import Found, Sayings
from .vocabulary import Vocabulary

LONGEST = 200
MOST_WORDS = 24
IDLE = 0.1  # of what an idle word would say
PAIR = 0.6  # of what a pair says, beside its two words
SHORT_SAYING = 0.7  # a saying of one word without accents may be another word
CEILING = 6.5  # no word says more than this


@dataclass(frozen=True)
class Group:
    """A part of the question: how much it says, and the ways in which an entry may answer it, each a bag of words with how much each says."""

    mass: float
    ways: list[dict[str, float]]


@dataclass(frozen=True)
class Question:
    """A question as it was read. `understood`: with accents and official words; `plain`: its words as mended."""

    groups: list[Group] = field(default_factory=list)
    understood: str = ""
    plain: tuple[str, ...] = ()

    @property
    def terms(self) -> dict[str, float]:
        """Every word and pair of any way, with how much it says in the whole question."""
        found: dict[str, float] = {}
        for group in self.groups:
            for way in group.ways:
                whole = sum(way.values()) or 1.0
                for word, says in way.items():
                    found[word] = max(found.get(word, 0.0), group.mass * says / whole)
        return found


def read(query: str, vocabulary: Vocabulary, sayings: Sayings) -> Question:
    """Read a question in plain words."""
    asked = words(query[:LONGEST])[:MOST_WORDS]
    known = sayings.find(asked)
    inside = {at for found in known for at in range(found.start, found.end)}
    mended = vocabulary.mended(asked)
    fixed = [pair if at in inside else mended[at] for at, pair in enumerate(asked)]
    if fixed != asked:
        known = sayings.find(fixed)
    groups: list[Group] = []
    shown: list[str] = []
    at = 0
    for found in [*known, None]:
        stop = found.start if found else len(fixed)
        literal = fixed[at:stop]
        groups += _literal(literal, vocabulary, sayings)
        shown += [vocabulary.accented(literal)] if literal else []
        if found:
            groups.append(_saying(fixed[found.start : found.end], found.means, vocabulary, sayings))
            shown.append(_shown(fixed[found.start : found.end], found, vocabulary))
            at = found.end
    return Question(groups, " ".join(shown), tuple(plain for _, plain in fixed))


def _shown(asked: list[tuple[str, str]], found: Found, vocabulary: Vocabulary) -> str:
    """The official words; a single word that titles write with accents stays as it is, for it may mean itself (`mất`, not `bhyt`)."""
    written = vocabulary.accented(asked)
    return written if len(asked) == 1 and not written.isascii() else found.means[0]


def _literal(asked: list[tuple[str, str]], vocabulary: Vocabulary, sayings: Sayings) -> list[Group]:
    """A group for each word, and one for each pair that stands somewhere."""
    groups = []
    for written, plain in asked:
        says = min(vocabulary.idf(plain), CEILING)
        groups.append(Group(says * (IDLE if sayings.is_idle(written, plain) else 1.0), [{plain: says}]))
    for (one, first), (two, second) in pairwise(asked):
        if vocabulary.knows(first + second) and not (sayings.is_idle(one, first) and sayings.is_idle(two, second)):
            says = min(vocabulary.idf(first + second), CEILING)
            groups.append(Group(says * PAIR, [{first + second: says}]))
    return groups


def _saying(asked: list[tuple[str, str]], means: tuple[str, ...], vocabulary: Vocabulary, sayings: Sayings) -> Group:
    """One group: the official words, or what was said itself."""
    ways = [_bag([plain for _, plain in words(meant)], vocabulary) for meant in means]
    ways.append(_bag([plain for _, plain in asked], vocabulary))
    mass = min(max(sum(way.values()) for way in ways[:1]), 2.5 * CEILING)
    certain = len(asked) > 1 or not asked[0][0].isascii()
    return Group(mass * (1.0 if certain else SHORT_SAYING), ways)


def _bag(plain: list[str], vocabulary: Vocabulary) -> dict[str, float]:
    bag = {word: min(vocabulary.idf(word), CEILING) for word in plain}
    for first, second in pairwise(plain):
        bag[first + second] = PAIR * min(vocabulary.idf(first + second), CEILING)
    return bag
