"""How well the search finds procedures: everyday questions against the 2,642 real ones of the shared data.

`PYTHONPATH=src:. python -m tests.measure_search` prints the tables of docs/measured/search.md.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from taydo.engines.search import index, meaning, queries, refreshing
from taydo.engines.search.index import Doc
from taydo.engines.search.ranking import tokens
from taydo.kernel import sql
from taydo.methods.vietnamese import fold

SHARED = Path(os.environ.get("TAYDO_SHARED", "../shared")) / "data" / "procedures"
QUESTIONS = Path(__file__).parent / "questions.csv"
TEXTS = ("ket_qua_xu_ly", "thanh_phan_ho_so", "yeu_cau_dieu_kien")
DEPTH = 20
Ranker = Callable[[str], list[str]]


@dataclass(frozen=True)
class Question:
    """A question with the codes of procedures that answer it (none: the city cannot), how it is written, and its half."""

    half: str
    style: str
    text: str
    codes: frozenset[str]


@dataclass
class Quality:
    """How often the first hit answers, one of the first three does, and the mean of one over the place of the first that does."""

    asked: int = 0
    first: float = 0.0
    three: float = 0.0
    mrr: float = 0.0


def questions() -> list[Question]:
    """All questions kept."""
    with QUESTIONS.open(encoding="utf-8", newline="") as file:
        return [
            Question(row["half"], row["style"], row["question"], frozenset(row["codes"].split()))
            for row in csv.DictReader(file)
        ]


def procedures() -> Iterator[Doc]:
    """The real procedures, as the catalogue puts them into the search: those of communes before the city's before the ministries'."""
    with gzip.open(SHARED / "procedures_slim.jsonl.gz", "rt", encoding="utf-8") as file:
        told = {record["ma_thu_tuc"]: record for record in map(json.loads, file)}
    with (SHARED / "procedures.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            code, level = row["ma_thu_tuc"], row["cap_thuc_hien"]
            text = " ".join(str(told.get(code, {}).get(key) or "") for key in TEXTS)[:2000]
            weight = 1.0 if "xã" in level else 0.9 if "tỉnh" in level else 0.6
            yield Doc(code, row["ten_thu_tuc"], text, row["linh_vuc"], f"/procedures/{code}", weight=weight)


def fill() -> int:
    """Put all procedures into the search and make what is made of them; returns how many."""
    count = index.put("procedure", procedures(), replace=True)
    sql.execute("ANALYZE search_entry")
    refreshing.count_terms()
    refreshing.make_meanings(600)
    queries._memory, meaning._matrix = queries._Memory(), meaning.Matrix()
    return count


def quality(ranker: Ranker, asked: list[Question]) -> Quality:
    """Measure one way of finding on questions that have an answer."""
    result = Quality()
    for question in asked:
        places = [at for at, code in enumerate(ranker(question.text)[:DEPTH], 1) if code in question.codes]
        result.asked += 1
        if places:
            result.first += places[0] == 1
            result.three += places[0] <= 3
            result.mrr += 1 / places[0] if places[0] <= 10 else 0.0
    n = result.asked or 1
    return Quality(result.asked, result.first / n, result.three / n, result.mrr / n)


def full_text(question: str) -> list[str]:
    """PostgreSQL full text alone: any word, folded, titles over fields over texts, `ts_rank`."""
    words = fold(question).split()
    found = sql.rows(
        """SELECT ref FROM (SELECT ref, setweight(to_tsvector('simple', title_words), 'A') || setweight(to_tsvector('simple', keyword_words), 'B')
             || setweight(words, 'D') AS v FROM search_entry WHERE kind = 'procedure') e
           WHERE v @@ to_tsquery('simple', %(q)s) ORDER BY ts_rank(v, to_tsquery('simple', %(q)s), 1) DESC, ref LIMIT 20""",
        {"q": " | ".join(words)},
    )
    return [row["ref"] for row in found] if words else []


class Bm25:
    """BM25 over folded words and pairs of titles and fields and words of texts: the baseline to beat."""

    def __init__(self, docs: list[Doc], k: float = 1.2, b: float = 0.7) -> None:
        self.codes, self.held = [doc.id for doc in docs], defaultdict(list)
        bags = []
        for doc in docs:
            bag: Counter[str] = Counter()
            for text, weight in ((doc.title, 1.0), (doc.keywords, 0.4), (doc.text, 0.15)):
                for word, count in Counter(tokens(fold(text))).items():
                    bag[word] += weight * min(count, 3)
            bags.append((bag, len(fold(doc.title).split())))
        mean = sum(length for _, length in bags) / len(bags)
        for at, (bag, length) in enumerate(bags):
            for word, often in bag.items():
                self.held[word].append((at, often * (k + 1) / (often + k * (1 - b + b * length / mean))))

    def __call__(self, question: str) -> list[str]:
        score, total = np.zeros(len(self.codes)), len(self.codes)
        for word in set(tokens(fold(question))):
            holds = self.held.get(word, [])
            for at, says in holds:
                score[at] += says * math.log(1 + (total - len(holds) + 0.5) / (len(holds) + 0.5))
        return [self.codes[at] for at in np.argsort(-score, kind="stable")[:DEPTH]]


def dense(question: str) -> list[str]:
    """Meanings alone: the question as typed."""
    to = meaning.vector(question, patience=10)
    assert to is not None
    near = meaning.matrix(1).nearest(to, [], DEPTH)
    named = {
        row["id"]: row["ref"]
        for row in sql.rows("SELECT id, ref FROM search_entry WHERE id = ANY(%(i)s)", {"i": list(near)})
    }
    return [named[one] for one in sorted(near, key=lambda one: -near[one])]


def ours(question: str) -> list[str]:
    """The search as people get it."""
    return [hit.id for hit in queries.find(question, limit=DEPTH).hits]


def by_words(question: str) -> list[str]:
    """The search without meanings."""
    return [hit.id for hit in queries.find(question, limit=DEPTH, by_meaning=False).hits]


def ways() -> dict[str, Ranker]:
    """Every way that is compared."""
    found: dict[str, Ranker] = {
        "PostgreSQL full text alone": full_text,
        "BM25, folded, with pairs": Bm25(list(procedures())),
    }
    if meaning.model() is not None:
        found["meanings alone (e5-small, as typed)"] = dense
    return found | {"ours, words only": by_words, "ours, words and meanings": ours}


def tables() -> Iterator[str]:
    """The tables of the page, line by line."""
    asked = questions()
    known = ways()
    yield "| way | half | questions | first is right | in first three | MRR@10 |"
    yield "|---|---|---|---|---|---|"
    for name, ranker in known.items():
        for half in ("tuned", "held"):
            found = quality(ranker, [q for q in asked if q.half == half and q.codes])
            yield f"| {name} | {half} | {found.asked} | {found.first:.3f} | {found.three:.3f} | {found.mrr:.3f} |"
    yield ""
    yield "| held-out questions | number | full text first | ours first | ours in first three |"
    yield "|---|---|---|---|---|"
    for style in ("plain", "accents", "typo", "dialect", "english"):
        some = [q for q in asked if q.half == "held" and q.style == style and q.codes]
        one, two = quality(full_text, some), quality(ours, some)
        yield f"| {style} | {one.asked} | {one.first:.2f} | {two.first:.2f} | {two.three:.2f} |"
    yield ""
    yield "| what the city cannot answer | questions | answered nothing, by words | answered nothing, with meanings |"
    yield "|---|---|---|---|"
    for half in ("tuned", "held"):
        vain = [q.text for q in asked if q.half == half and not q.codes]
        yield f"| {half} | {len(vain)} | {sum(not by_words(q) for q in vain)} | {sum(not ours(q) for q in vain)} |"


def misses(half: str) -> Iterator[str]:
    """Questions whose first hit is wrong, to look at."""
    for question in questions():
        got = ours(question.text)
        if question.half == half and (got[:1] != [] if not question.codes else not set(got[:1]) & question.codes):
            answer = queries.find(question.text, limit=2)
            yield f"{question.text} | {answer.understood} | {[hit.title[:60] for hit in answer.hits]}"
