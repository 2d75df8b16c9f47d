"""Every read: what answers a question in plain words, and what somebody who is typing may be about to ask."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from taydo.kernel import sql
from taydo.methods.vietnamese import fold

from . import meaning, ranking, sayings
from .ranking import Entry, Weighed
from .reading import Question, read
from .vocabulary import Vocabulary

BY_WORDS, BY_MEANING = 60, 30  # how many candidates each way gives
SOUGHT, FEWEST = 16, 4  # words and pairs of a question that are looked up: at most, and at least
COMMON, RARE = (
    0.35,
    0.08,
)  # shares of entries: a word in more tells nothing apart; one in fewer is looked for in texts too
SURE = (0.75, 0.35, 0.1)  # of the question, of the title, and before the next: then meanings are not asked
CLOSE = 0.85  # the cosine from which a title is worth naming when nothing fits
KEPT = 20_000  # entries whose words are kept in the process
LOOKED_S = 2.0
HELD = 0.88  # what holds every word typed is as near as what means the same
SNIPPET, READ = 200, 1_500  # letters of a snippet, and of the text it is chosen from
FIND = """
WITH t AS (SELECT * FROM unnest(%(terms)s::text[], %(says)s::float8[], %(rare)s::boolean[]) AS t(term, says, rare)),
hits AS (
    SELECT e.id, t.says, NULL::text AS inside FROM t JOIN search_entry e ON e.titles @@ quote_literal(t.term)::tsquery
    WHERE %(all)s::boolean OR e.kind = ANY(%(kinds)s::text[])
    UNION ALL
    SELECT e.id, t.says * 0.25, t.term FROM t JOIN search_entry e ON e.words @@ quote_literal(t.term)::tsquery
    WHERE t.rare AND (%(all)s::boolean OR e.kind = ANY(%(kinds)s::text[]))
)
SELECT id, array_remove(array_agg(inside), NULL) AS inside FROM hits GROUP BY id ORDER BY sum(says) DESC, id LIMIT %(most)s"""
ENTRIES = "SELECT id, version, title_words, keyword_words, weight FROM search_entry WHERE id = ANY(%(ids)s::bigint[])"
SHOWN = "SELECT id, kind, ref, title, text, href FROM search_entry WHERE id = ANY(%(ids)s::bigint[])"
NAMED = "SELECT id FROM search_entry WHERE ref = ANY(%(names)s::text[]) AND (%(all)s::boolean OR kind = ANY(%(kinds)s::text[]))"
_SENTENCE = re.compile(r"(?<=[.;!?])\s+|\s*\n\s*")
_lock = threading.Lock()


@dataclass(frozen=True)
class Hit:
    """One answer: what it is, where it opens, how well it fits (0 to 1) and why: `words`, `meaning`, `both` or `name`."""

    kind: str
    id: str
    title: str
    snippet: str
    href: str
    score: float
    why: str = "words"


@dataclass(frozen=True)
class Answer:
    """Hits, the best first; `understood`: how the question was read; `nothing`: nothing fits, then `instead` holds the nearest titles."""

    hits: list[Hit] = field(default_factory=list)
    understood: str = ""
    instead: list[str] = field(default_factory=list)
    nothing: bool = True


@dataclass
class _Memory:
    looked_at: float = -LOOKED_S
    versions: dict[str, int] = field(default_factory=dict)
    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary({}, 0, ()))
    version: int = -1


_memory = _Memory()


def find(query: str, *, kinds: Sequence[str] = (), limit: int = 10, by_meaning: bool = True) -> Answer:
    """What answers a question in plain words. Accents, case and order of words do not matter; slips and sayings are understood.

    `kinds`: only these (all when empty). `limit`: at most so many hits. Never answers with what does not fit: then `nothing` is true.
    """
    vocabulary = known()
    question = read(query, vocabulary, sayings.declared())
    if not question.groups:
        return Answer()
    named = _named(query, kinds)
    best = sorted(candidates(question, list(kinds), vocabulary, by_meaning), key=lambda one: (-one.score, one.id))
    fitting = {one.id: (one.fit, one.why) for one in best if one.fits}
    if not named and not fitting:
        return Answer(
            [],
            question.understood,
            [row["title"] for row in _shown([one.id for one in best if one.near and one.near >= CLOSE][:3])],
        )
    chosen = dict(
        [*((one, (1.0, "name")) for one in named), *(pair for pair in fitting.items() if pair[0] not in named)][:limit]
    )
    hits = [
        Hit(row["kind"], row["ref"], row["title"], snippet(row["text"], question), row["href"], *chosen[row["id"]])
        for row in _shown(list(chosen))
    ]
    return Answer(hits, question.understood, [], False)


def candidates(question: Question, kinds: list[str], vocabulary: Vocabulary, by_meaning: bool = True) -> list[Weighed]:
    """What may answer a question, by words and, unless these are sure, by meaning, each weighed."""
    terms, sought = question.terms, _sought(question.terms, vocabulary)
    rare = [vocabulary.share(term) <= RARE for term in sought]
    says = [terms[term] for term in sought]
    given = {"terms": sought, "says": says, "rare": rare, "all": not kinds, "kinds": kinds, "most": BY_WORDS}
    inside = {row["id"]: frozenset(row["inside"]) for row in sql.prepared(FIND, given)}
    wanted = f" {fold(question.understood)} {' '.join(question.plain)} "
    weights: dict[int, float] = {}
    found: dict[int, tuple[float, float, float]] = {}

    def take(ids: list[int]) -> None:
        for one, weight, entry in _entries(ids, vocabulary):
            weights[one] = weight
            found[one] = ranking.weigh(question, terms, vocabulary, entry, inside.get(one, frozenset()), wanted)

    take(list(inside))
    near: dict[int, float] = {}
    to = meaning.vector(question.understood) if by_meaning and not _sure(found) else None
    if to is not None:
        matrix = meaning.matrix(_memory.versions.get("meanings", -1))
        near = matrix.cosines(to, list(inside)) | matrix.nearest(to, kinds, BY_MEANING)
        take([one for one in near if one not in found])
    return [ranking.weighed(one, weights[one], by, near.get(one), to is not None) for one, by in found.items()]


def _sought(terms: dict[str, float], vocabulary: Vocabulary) -> list[str]:
    """The words and pairs that tell entries apart: those that say most; what very many hold only where little else is known."""
    telling = sorted((term for term in terms if vocabulary.share(term) <= COMMON), key=lambda term: -terms[term])
    common = sorted((term for term in terms if vocabulary.share(term) > COMMON), key=vocabulary.share)
    known = sum(vocabulary.share(term) > 0 for term in telling)
    return telling[:SOUGHT] + common[: max(0, FEWEST - known)]


def _sure(found: dict[int, tuple[float, float, float]]) -> bool:
    """Whether the words alone leave no doubt which entry is meant."""
    best = sorted(found.values(), key=lambda one: -one[2])[:2]
    return (
        bool(best)
        and best[0][0] >= SURE[0]
        and best[0][1] >= SURE[1]
        and (len(best) < 2 or best[0][2] - best[1][2] >= SURE[2])
    )


def _entries(ids: list[int], vocabulary: Vocabulary) -> list[tuple[int, float, Entry]]:
    """The entries with their weights; their words are kept in the process by id and version."""
    kept, narrows, result = vocabulary.kept, sayings.declared().narrows, []
    for row in sql.prepared(ENTRIES, {"ids": ids}) if ids else []:
        held = kept.get(row["id"])
        if held is None or held[0] != row["version"]:
            if len(kept) >= KEPT:
                kept.clear()
            held = kept[row["id"]] = (
                row["version"],
                ranking.known(row["title_words"], row["keyword_words"], vocabulary, narrows),
            )
        result.append((row["id"], row["weight"], held[1]))
    return result


def suggest(query: str, *, kinds: Sequence[str] = (), limit: int = 6) -> list[Hit]:
    """What somebody who is still typing may be about to ask: the last word may be unfinished."""
    vocabulary = known()
    return find(vocabulary.finished(query), kinds=kinds, limit=limit, by_meaning=False).hits


def liken(query: str, found: Sequence[tuple[str, str]]) -> list[float]:
    """How well things found elsewhere (title, words) fit the question, on the scale of `Hit.score`: they hold what was typed."""
    vocabulary = known()
    question = read(query, vocabulary, sayings.declared())
    entries = [ranking.known(fold(title), fold(words), vocabulary, []) for title, words in found]
    by_words = [ranking.weigh(question, question.terms, vocabulary, entry, frozenset(), "") for entry in entries]
    return [ranking.weighed(0, 1.0, one, HELD, True).fit for one in by_words]


def mended(query: str) -> str:
    """The question with slips put right, without accents."""
    return " ".join(read(query, known(), sayings.declared()).plain)


def known() -> Vocabulary:
    """The words of all entries, read anew soon after they were counted anew."""
    with _lock:
        if time.monotonic() - _memory.looked_at < LOOKED_S:
            return _memory.vocabulary
        _memory.looked_at = time.monotonic()
        _memory.versions = {row["name"]: row["version"] for row in sql.rows("SELECT name, version FROM search_mark")}
        version = _memory.versions.get("terms", -1)
        if version != _memory.version:
            said = sayings.declared()
            entries = {row["word"]: row["entries"] for row in sql.rows("SELECT word, entries FROM search_term")}
            total = int((sql.value("SELECT of FROM search_mark WHERE name = 'terms'") or "0:").split(":")[0])
            titles = [
                row["title"] for row in sql.rows("SELECT title FROM search_entry ORDER BY weight DESC, id LIMIT 20000")
            ]
            _memory.vocabulary, _memory.version = (
                Vocabulary(entries, total, [*titles, *said.phrases], said.idle),
                version,
            )
        return _memory.vocabulary


def snippet(text: str, question: Question) -> str:
    """The sentence of a text that says most of what was asked, cut to about 200 letters."""
    sentences = [part.strip() for part in _SENTENCE.split(text[:READ]) if part.strip()]
    if not sentences:
        return ""
    terms = question.terms
    best = max(sentences[:12], key=lambda part: sum(terms.get(word, 0.0) for word in set(ranking.tokens(fold(part)))))
    return best if len(best) <= SNIPPET else best[:SNIPPET].rsplit(" ", 1)[0] + "…"


def _named(query: str, kinds: Sequence[str]) -> set[int]:
    """Entries whose id was typed, such as a procedure's code."""
    names = [word.strip(".,;") for word in query.split() if any(letter.isdigit() for letter in word)][:4]
    if not names:
        return set()
    return {row["id"] for row in sql.rows(NAMED, {"names": names, "all": not kinds, "kinds": list(kinds)})}


def _shown(ids: list[int]) -> list[dict[str, Any]]:
    place = {one: at for at, one in enumerate(ids)}
    return sorted(sql.prepared(SHOWN, {"ids": ids}), key=lambda row: place[row["id"]]) if ids else []
