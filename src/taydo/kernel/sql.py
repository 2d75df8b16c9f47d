"""Thin, set-based access to PostgreSQL on Django's connection and transaction.

The hot paths of the house are written as SQL over sets; this is the one place that turns it into Python values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connection
from psycopg.rows import dict_row

Params = Mapping[str, Any] | Sequence[Any] | None


@dataclass(frozen=True)
class Sql:
    """A piece of a WHERE clause with its named parameters."""

    text: str
    params: dict[str, Any] = field(default_factory=dict)

    def __and__(self, other: Sql) -> Sql:
        return Sql(f"({self.text}) AND ({other.text})", {**self.params, **other.params})

    def __or__(self, other: Sql) -> Sql:
        return Sql(f"({self.text}) OR ({other.text})", {**self.params, **other.params})


def rows(sql: str, params: Params = None) -> list[dict[str, Any]]:
    """Run a query; return every row as a dict by column name."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, record, strict=True)) for record in cursor.fetchall()]


def row(sql: str, params: Params = None) -> dict[str, Any] | None:
    """Run a query; return its first row as a dict, or None."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        names = [column[0] for column in cursor.description or ()]
        record = cursor.fetchone()
        return None if record is None else dict(zip(names, record, strict=True))


def value(sql: str, params: Params = None) -> Any:
    """Run a query; return the first column of the first row, or None."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        record = cursor.fetchone()
        return None if record is None else record[0]


def execute(sql: str, params: Params = None) -> int:
    """Run a statement; return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def prepared(sql: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Run a hot statement that the server keeps parsed and planned on this connection; return its rows as dicts.

    The text must be the same every time (values only as parameters, with casts where the server cannot know a type).
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection, row_factory=dict_row) as cursor:
        cursor.execute(sql.encode(), params, prepare=True)
        return cursor.fetchall() if cursor.description else []
