"""Search by words in a scope of cases, in the order of a list: quick where the words are common, and where they are rare."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from taydo.kernel import sql
from taydo.kernel.sql import Sql

NEAR = 5_000


def found(
    wrap: Callable[[str], str], columns: str, scope: Sql, words: str, key: str, way: str, limit: int
) -> list[dict[str, Any]]:
    """The first `limit` cases (alias c) of a scope that hold every word, by `key` and id (`way`: ASC or DESC); `wrap` completes the query.

    Words that many cases have stand soon in the order, so the first NEAR cases are looked through; only when these
    were not enough does the index of all words say where the rest may be.
    """
    held, by = _held(words), f"ORDER BY {{0}} {way}, {{1}}.id {way} LIMIT %({{2}})s"
    params = {**scope.params, **held.params, "limit": limit, "near": NEAR}
    near = f"SELECT c.id, {key} AS place FROM cases_case c WHERE {scope.text} {by.format(key, 'c', 'near')}"
    hold = f"SELECT n.id FROM near n WHERE (SELECT {held.text} FROM cases_words w WHERE w.case_id = n.id)"
    hits = f"WITH near AS MATERIALIZED ({near}) {hold} {by.format('n.place', 'n', 'limit')}"
    text = f"SELECT {columns} FROM cases_case c WHERE c.id IN ({hits}) {by.format(key, 'c', 'limit')}"
    first = sql.rows(wrap(text), params)
    most = f"SELECT count(*) FROM (SELECT 1 FROM cases_case c WHERE {scope.text} LIMIT %(near)s + 1) n"
    if len(first) >= limit or sql.value(most, params) <= NEAR:
        return first
    scope &= anywhere(words)
    text = f"SELECT {columns} FROM cases_case c WHERE {scope.text} {by.format(key, 'c', 'limit')}"
    return sql.rows(wrap(text), params)


def anywhere(words: str) -> Sql:
    """The cases whose code, title or summary holds every word, accents or not."""
    held = _held(words)
    return Sql(f"c.id IN (SELECT w.case_id FROM cases_words w WHERE {held.text})", held.params)


def _held(words: str) -> Sql:
    texts, params = [], {}
    for at, word in enumerate(words.split()[:8]):
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        texts.append(f"w.words LIKE cases_fold(%(word{at})s)")
        params[f"word{at}"] = f"%{escaped}%"
    return Sql(" AND ".join(texts), params)
