"""What can be found: parts put their public things here and take them out again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from taydo.kernel import sql
from taydo.methods.vietnamese import fold

from .ranking import tokens

TEXT_MOST = 4_000  # letters of a text that are looked at
KEYWORDS_MEANT = 120  # letters of keywords that the meaning is made of, beside the title
_OPENING = re.compile(r"^\s*(thủ tục)\s*:?\s+", re.IGNORECASE)
INCOMING = """CREATE TEMPORARY TABLE search_incoming (kind text, ref text, title text, text text, keywords text, href text, language text,
    weight double precision, title_words text, keyword_words text, titles text[], words text[], mark text) ON COMMIT DROP"""
COPY = "COPY search_incoming FROM STDIN"
TAKE = """
INSERT INTO search_entry AS e (kind, ref, title, text, keywords, href, language, weight, title_words, keyword_words, titles, words, mark, version)
SELECT DISTINCT ON (kind, ref) kind, ref, title, text, keywords, href, language, weight, title_words, keyword_words,
       array_to_tsvector(titles), array_to_tsvector(words), mark, nextval('search_version')
FROM search_incoming i WHERE NOT EXISTS (
    SELECT 1 FROM search_entry o WHERE o.kind = i.kind AND o.ref = i.ref AND (o.title, o.text, o.keywords, o.href, o.language, o.weight)
        = (i.title, i.text, i.keywords, i.href, i.language, i.weight))
ORDER BY kind, ref
ON CONFLICT (kind, ref) DO UPDATE SET title = excluded.title, text = excluded.text, keywords = excluded.keywords, href = excluded.href,
    language = excluded.language, weight = excluded.weight, title_words = excluded.title_words, keyword_words = excluded.keyword_words,
    titles = excluded.titles, words = excluded.words, mark = excluded.mark, version = excluded.version, put_at = now()"""
SWEEP = "DELETE FROM search_entry WHERE kind = %(kind)s AND ref NOT IN (SELECT ref FROM search_incoming)"


@dataclass(frozen=True)
class Doc:
    """A public thing to be found. `keywords`: other words for it; `weight`: how much sooner it comes than its like (1 is usual, 1.2 much)."""

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
        with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for line in _lines(kind, docs):
                copy.write_row(line)
                given += 1
        sql.execute("ANALYZE search_incoming (kind, ref)")
        sql.execute(TAKE)
        if replace:
            sql.execute(SWEEP, {"kind": kind})
        sql.execute("DROP TABLE search_incoming")
    return given


def drop(kind: str, ids: Iterable[str]) -> int:
    """Take things out; returns how many were there."""
    gone = "DELETE FROM search_entry WHERE kind = %(k)s AND ref = ANY(%(ids)s)"
    return sql.execute(gone, {"k": kind, "ids": list(ids)})


def meant(title: str, keywords: str) -> str:
    """The words whose meaning stands for an entry."""
    return f"{_OPENING.sub('', title)[:300]}. {keywords[:KEYWORDS_MEANT]}".strip(". ")


def mark_of(title: str, keywords: str) -> str:
    """The fingerprint of an entry's meaning."""
    return hashlib.blake2b(meant(title, keywords).encode(), digest_size=12).hexdigest()


def _lines(kind: str, docs: Iterable[Doc]) -> Iterator[tuple[object, ...]]:
    for doc in docs:
        title, keywords = doc.title.replace("\0", ""), doc.keywords.replace("\0", "")
        text = doc.text.replace("\0", "")[:TEXT_MOST]
        title_words, keyword_words = fold(_OPENING.sub("", title)), fold(keywords)
        titles = list({*tokens(title_words), *tokens(keyword_words)})
        yield (
            kind, doc.id, title, text, keywords, doc.href, doc.language, doc.weight, title_words, keyword_words,
            titles, list(set(fold(text).split())), mark_of(title, keywords),
        )  # fmt: skip
