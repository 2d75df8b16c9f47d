"""How well an entry answers a question, by its words and by its meaning, from 0 to 1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

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
class Words:
    """The words and pairs of an entry, folded: of its title, its keywords and, of those asked for, in its text."""

    title: frozenset[str]
    keywords: frozenset[str] = frozenset()
    text: frozenset[str] = frozenset()


def tokens(folded: str) -> list[str]:
    """Words and pairs of a folded text; a pair is two words written together."""
    found = folded.split()
    return found + [first + second for first, second in pairwise(found)]


def answered(question: Question, entry: Words) -> float:
    """How much of the question the entry's words answer (0 to 1)."""
    whole = sum(group.mass for group in question.groups)
    if not whole:
        return 0.0
    got = 0.0
    for group in question.groups:
        got += group.mass * max(_held(way, entry) for way in group.ways)
    return got / whole


def _held(way: dict[str, float], entry: Words) -> float:
    total = got = 0.0
    for word, says in way.items():
        total += says
        if word in entry.title:
            got += says
        elif word in entry.keywords:
            got += says * IN_KEYWORDS
        elif word in entry.text:
            got += says * IN_TEXT
    return got / total if total else 0.0


def asked(title: list[str], terms: dict[str, float], vocabulary: Vocabulary) -> float:
    """How much of the entry's title the question asks for (0 to 1): a title that says much more is about something else."""
    total = got = 0.0
    for word in title:
        says = vocabulary.idf(word)
        total += says
        if word in terms:
            got += says
    return got / total if total else 0.0


def narrowed(title: str, wanted: str, narrows: list[str]) -> int:
    """How many special cases a folded title is about that were not asked for in the folded words of the question (at most 3)."""
    held, sought = f" {title} ", f" {wanted} "
    return min(3, sum(f" {case} " in held and f" {case} " not in sought for case in narrows))


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
    question: Question, terms: dict[str, float], vocabulary: Vocabulary, row: dict[str, Any], inside: frozenset[str], near: float | None,
    special: int, by_meaning: bool,
) -> Weighed:  # fmt: skip
    """Weigh an entry (`title_words`, `keyword_words`, `weight` of `row`; `inside`: asked words that its text holds)."""
    title = tokens(row["title_words"])
    answers = answered(question, Words(frozenset(title), frozenset(tokens(row["keyword_words"])), inside))
    share = asked(title, terms, vocabulary)
    meant = MEANT * ((near if near is not None else FAR) - FAR) if by_meaning else 0.0
    score = answers + ASKED * share + meant - SPECIAL * special + math.log(max(row["weight"], 0.1)) / 3
    return Weighed(row["id"], answers, share, near, score, fits(answers, share, near))


def fits(answers: float, share: float, near: float | None) -> bool:
    """Whether an entry is an answer at all. Measured on questions the city cannot answer: docs/measured/search.md."""
    both = answers + ASKED * share
    if near is None:
        least, together, title = BY_WORDS
        return answers >= least and both >= together and share >= title
    return near >= NEAR and both >= ANSWERS
