"""How well an entry answers a question, by its words and by its meaning, from 0 to 1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from .reading import Question
from .vocabulary import Vocabulary

IN_KEYWORDS, IN_TEXT = 0.7, 0.25
ASKED, MEANT, SPECIAL = (
    0.4,
    3.0,
    0.05,
)  # what a title asked for, nearness in meaning, and a special case weigh beside the words
FAR, NEAR = 0.80, 0.86  # cosines of this model: unrelated, and related
ANSWERS = 0.5  # of question and title together, to be an answer
BY_WORDS = (0.4, 0.55, 0.1)  # without meanings: of the question, of both, of the title


@dataclass(frozen=True)
class Entry:
    """What is known of an entry's words: words and pairs of its title (in order, and as a set), of its keywords, how much its whole title
    says, and the special cases its title is about."""

    title: tuple[str, ...]
    titles: frozenset[str]
    keywords: frozenset[str]
    says: float
    special: tuple[str, ...]


def tokens(folded: str) -> list[str]:
    """Words and pairs of a folded text; a pair is two words written together."""
    found = folded.split()
    return found + [first + second for first, second in pairwise(found)]


def known(title_words: str, keyword_words: str, vocabulary: Vocabulary, narrows: list[str]) -> Entry:
    """What is known of an entry from its folded title and keywords; `narrows`: folded words of titles about special cases."""
    title, padded = tuple(tokens(title_words)), f" {title_words} "
    special = tuple(case for case in narrows if f" {case} " in padded)
    return Entry(title, frozenset(title), frozenset(tokens(keyword_words)), sum(map(vocabulary.idf, title)), special)


def answered(question: Question, entry: Entry, inside: frozenset[str]) -> float:
    """How much of the question the entry's words answer (0 to 1); `inside`: asked words that its text holds."""
    got = whole = 0.0
    for group in question.groups:
        whole += group.mass
        got += group.mass * max(_held(way, entry, inside) for way in group.ways)
    return got / whole if whole else 0.0


def _held(way: dict[str, float], entry: Entry, inside: frozenset[str]) -> float:
    total = got = 0.0
    for word, says in way.items():
        total += says
        if word in entry.titles:
            got += says
        elif word in entry.keywords:
            got += says * IN_KEYWORDS
        elif word in inside:
            got += says * IN_TEXT
    return got / total if total else 0.0


def asked(entry: Entry, terms: dict[str, float], vocabulary: Vocabulary) -> float:
    """How much of the entry's title the question asks for (0 to 1): a title that says much more is about something else."""
    if not entry.says:
        return 0.0
    return sum(vocabulary.idf(word) for word in entry.title if word in terms) / entry.says


@dataclass(frozen=True)
class Weighed:
    """An entry weighed against a question. `answers`, `asked`: how much of the question and of its title the words share (0 to 1);
    `near`: the cosine of their meanings, None when not known; `score` orders; `fits`: it is an answer at all."""

    id: int
    answers: float
    asked: float
    near: float | None
    score: float
    fits: bool

    @property
    def fit(self) -> float:
        """How well it fits, from 0 to 1."""
        return round(min(1.0, max(0.0, self.score / 2.0)), 3)

    @property
    def why(self) -> str:
        """What speaks for it: `words`, `meaning` or `both`."""
        by_words, by_meaning = self.answers >= ANSWERS, self.near is not None and self.near >= NEAR
        return "both" if by_words and by_meaning else "meaning" if by_meaning else "words"


def weigh(
    question: Question, terms: dict[str, float], vocabulary: Vocabulary, entry: Entry, inside: frozenset[str], wanted: str,
) -> tuple[float, float, float]:  # fmt: skip
    """How much of the question the entry answers, how much of its title was asked for, and what both weigh less its special cases;
    `wanted`: the folded words of the question between spaces."""
    answers, share = answered(question, entry, inside), asked(entry, terms, vocabulary)
    special = sum(f" {case} " not in wanted for case in entry.special)
    return answers, share, answers + ASKED * share - SPECIAL * min(special, 3)


def weighed(
    one: int, weight: float, found: tuple[float, float, float], near: float | None, by_meaning: bool
) -> Weighed:
    """An entry weighed by its words (`found`), its own weight and how near it is in meaning."""
    answers, share, score = found
    meant = MEANT * ((near if near is not None else FAR) - FAR) if by_meaning else 0.0
    return Weighed(
        one, answers, share, near, score + meant + math.log(max(weight, 0.1)) / 3, fits(answers, share, near)
    )


def fits(answers: float, share: float, near: float | None) -> bool:
    """Whether an entry is an answer at all. Measured on questions the city cannot answer: docs/measured/search.md."""
    both = answers + ASKED * share
    if near is None:
        least, together, title = BY_WORDS
        return answers >= least and both >= together and share >= title
    return near >= NEAR and both >= ANSWERS
