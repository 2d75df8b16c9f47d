"""What can be found: parts put their public things here and take them out again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from taydo.kernel import sql
from taydo.methods.vietnamese import fold

TEXT_MOST = 4_000  # letters of a text that are looked at
COLUMNS = (
    "kind", "ref", "title", "text", "keywords", "href", "language", "weight", "title_words", "keyword_words", "text_words", "mark"
)  # fmt: skip
INCOMING = """CREATE TEMPORARY TABLE search_incoming (kind text, ref text, title text, text text, keywords text, href text, language text,
    weight double precision, title_words text, keyword_words text, text_words text, mark text) ON COMMIT DROP"""
TAKE = """
INSERT INTO search_entry AS e (kind, ref, title, text, keywords, href, language, weight, title_words, words, mark)
SELECT DISTINCT ON (kind, ref) kind, ref, title, text, keywords, href, language, weight, title_words,
       setweight(to_tsvector('simple', title_words), 'A') || setweight(to_tsvector('simple', keyword_words), 'B')
       || setweight(to_tsvector('simple', text_words), 'D'), mark
FROM search_incoming ORDER BY kind, ref
ON CONFLICT (kind, ref) DO UPDATE SET title = excluded.title, text = excluded.text, keywords = excluded.keywords, href = excluded.href,
    language = excluded.language, weight = excluded.weight, title_words = excluded.title_words, words = excluded.words,
    mark = excluded.mark, put_at = now()
WHERE (e.title, e.text, e.keywords, e.href, e.language, e.weight)
      IS DISTINCT FROM (excluded.title, excluded.text, excluded.keywords, excluded.href, excluded.language, excluded.weight)"""
SWEEP = """DELETE FROM search_entry e WHERE e.kind = %(kind)s
    AND NOT EXISTS (SELECT 1 FROM search_incoming i WHERE i.kind = e.kind AND i.ref = e.ref)"""


@dataclass(frozen=True)
class Doc:
    """A public thing to be found. `keywords`: other words people use for it; `weight`: how likely people want it (1 is usual)."""

    id: str
    title: str
    text: str = ""
    keywords: str = ""
    href: str = ""
    language: str = "vi"
    weight: float = 1.0


def put(kind: str, docs: Iterable[Doc], replace: bool = False) -> int:
    """Keep things of a kind under their ids, new or changed; with `replace` all others of the kind go. Returns how many were given.

    All is seen at once when the transaction ends and until then all that was: the search is never empty meanwhile. Public things only.
    """
    with transaction.atomic():
        sql.execute("DROP TABLE IF EXISTS search_incoming")
        sql.execute(INCOMING)
        given = 0
        with (
            connection.cursor() as cursor,
            cursor.copy(f"COPY search_incoming ({', '.join(COLUMNS)}) FROM STDIN") as copy,
        ):
            for line in _lines(kind, docs):
                copy.write_row(line)
                given += 1
        sql.execute(TAKE)
        if replace:
            sql.execute(SWEEP, {"kind": kind})
        sql.execute("DROP TABLE search_incoming")
    return given


def drop(kind: str, ids: Iterable[str]) -> int:
    """Take things out; returns how many were there."""
    return sql.execute(
        "DELETE FROM search_entry WHERE kind = %(k)s AND ref = ANY(%(ids)s)", {"k": kind, "ids": list(ids)}
    )


def _lines(kind: str, docs: Iterable[Doc]) -> Iterator[tuple[object, ...]]:
    for doc in docs:
        text = doc.text.replace("\0", "")[:TEXT_MOST]
        mark = hashlib.blake2b(f"{doc.title}\n{doc.keywords}\n{text}".encode(), digest_size=16).hexdigest()
        yield (
            kind, doc.id, doc.title, text, doc.keywords, doc.href, doc.language, doc.weight,
            fold(doc.title), fold(doc.keywords), fold(text), mark,
        )  # fmt: skip
