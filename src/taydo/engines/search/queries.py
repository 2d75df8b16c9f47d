"""Every read: what answers a question in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from taydo.kernel import sql
from taydo.methods.vietnamese import fold


@dataclass(frozen=True)
class Hit:
    """One answer: what it is, where it opens, how well it fits (0 to 1) and why (`words`, `meaning` or both)."""

    kind: str
    id: str
    title: str
    snippet: str
    href: str
    score: float
    why: str = "words"


@dataclass(frozen=True)
class Answer:
    """Hits, the best first; `understood`: how the question was read; `nothing`: nothing fits, then `instead` says what else to try."""

    hits: list[Hit] = field(default_factory=list)
    understood: str = ""
    instead: list[str] = field(default_factory=list)
    nothing: bool = True


FIND = """
SELECT kind, ref, title, text, href, ts_rank('{0.05, 0.2, 0.5, 1.0}', words, to_tsquery('simple', %(any)s), 1) * weight AS score
FROM search_entry WHERE words @@ to_tsquery('simple', %(any)s) AND (%(kinds)s = '{}' OR kind = ANY(%(kinds)s::text[]))
ORDER BY score DESC, id LIMIT %(limit)s"""


def find(query: str, *, kinds: Sequence[str] = (), limit: int = 10) -> Answer:
    """What answers a question in plain words: accents, case and order aside."""
    words = fold(query[:200]).split()[:24]
    if not words:
        return Answer()
    found = sql.rows(FIND, {"any": " | ".join(words), "kinds": list(kinds), "limit": limit})
    hits = [Hit(r["kind"], r["ref"], r["title"], r["text"][:200], r["href"], r["score"]) for r in found]
    return Answer(hits, " ".join(words), [], not hits)
