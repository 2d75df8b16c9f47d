"""What is made of the entries after they were put: how rare each word is, and the vectors of what they mean."""

from __future__ import annotations

import time

from django.db import transaction

from taydo.kernel import sql

from . import index, meaning

BATCH = 16
STATE = "SELECT count(*) || ':' || coalesce(max(version), 0) FROM search_entry"
TERMS = """INSERT INTO search_term (word, entries) SELECT word, ndoc FROM ts_stat('SELECT titles || words FROM search_entry')"""
MISSING = """SELECT DISTINCT ON (e.mark) e.mark, e.title, e.keywords FROM search_entry e
    WHERE NOT EXISTS (SELECT 1 FROM search_meaning m WHERE m.mark = e.mark) ORDER BY e.mark LIMIT %(n)s"""
NEWER = """INSERT INTO search_mark AS m (name, version, of) VALUES (%(name)s, 1, %(of)s)
    ON CONFLICT (name) DO UPDATE SET version = m.version + 1, of = excluded.of"""


def count_terms() -> bool:
    """Count words anew when any entry changed since; returns whether."""
    state = sql.value(STATE)
    if state == sql.value("SELECT of FROM search_mark WHERE name = 'terms'"):
        return False
    with transaction.atomic():
        sql.execute("DELETE FROM search_term")
        sql.execute(TERMS)
        sql.execute(NEWER, {"name": "terms", "of": state})
    return True


def make_meanings(budget_s: float = 5.0) -> int:
    """Make the vectors that are missing, in batches, for about so many seconds; returns how many. None without a model."""
    if meaning.model() is None:
        return 0
    until, made = time.monotonic() + budget_s, 0
    while time.monotonic() < until and (missing := sql.rows(MISSING, {"n": BATCH})):
        found = meaning.vectors([index.meant(row["title"], row["keywords"]) for row in missing])
        sql.execute(
            "INSERT INTO search_meaning (mark, vector) SELECT * FROM unnest(%(m)s::text[], %(v)s::bytea[]) ON CONFLICT DO NOTHING",
            {"m": [row["mark"] for row in missing], "v": [one.tobytes() for one in found]},
        )
        made += len(missing)
    state = (
        sql.value("SELECT (SELECT of FROM search_mark WHERE name = 'terms') || '/' || count(*) FROM search_meaning")
        or ""
    )
    if state != sql.value("SELECT of FROM search_mark WHERE name = 'meanings'"):
        sql.execute(NEWER, {"name": "meanings", "of": state})
    return made


def forget_meanings() -> int:
    """Vectors of words that no entry has any more go; returns how many."""
    return sql.execute(
        "DELETE FROM search_meaning m WHERE NOT EXISTS (SELECT 1 FROM search_entry e WHERE e.mark = m.mark)"
    )
