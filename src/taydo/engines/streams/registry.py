"""The datastreams and their bounds as columns, so that a batch is checked without a query per reading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from taydo.protocols import tt10

NEVER = -(2**63) + 1
COLUMNS = f"""
SELECT d.id, d.thing_id, coalesce(d.low, '-Infinity'), coalesce(d.high, 'Infinity'), coalesce(d.max_step, 'Infinity'),
       coalesce(d.stuck_after, 0),
       t.retired_at IS NOT NULL, coalesce((extract(epoch FROM l.phenomenon_time) * 1000000)::bigint, {NEVER}),
       coalesce(l.result, 'NaN'), coalesce(l.same, 0), t.public AND d.public,
       coalesce(d.expected_every_s, 0)
FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id LEFT JOIN streams_latest l ON l.datastream_id = d.id
"""


KINDS = (
    np.int32, np.int32, np.float64, np.float64, np.float64, np.int32, np.bool_, np.int64, np.float64, np.int32, np.bool_, np.int64,
)  # fmt: skip


@dataclass(slots=True)
class Registry:
    """Sorted by `ids`; `last_*` is the newest kept reading and `same` how many readings
    in a row have had its value."""

    ids: NDArray[np.int32]
    thing: NDArray[np.int32]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    max_step: NDArray[np.float64]
    stuck_after: NDArray[np.int32]
    retired: NDArray[np.bool_]
    last_time: NDArray[np.int64]
    last_result: NDArray[np.float64]
    same: NDArray[np.int32]
    public: NDArray[np.bool_]
    every_s: NDArray[np.int64]

    def find(self, ids: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Positions of `ids` and whether each is known; the position of an unknown one is meaningless."""
        if not len(self.ids):
            return np.zeros(len(ids), np.intp), np.zeros(len(ids), bool)
        at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return at, self.ids[at] == ids


def load(connection: psycopg.Connection[Any], ids: Iterable[int] | None = None) -> Registry:
    """The registry as the database has it now: all datastreams, or those named."""
    with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        if ids is None:
            cursor.execute(COLUMNS + " ORDER BY d.id")
        else:
            cursor.execute(COLUMNS + " WHERE d.id = ANY(%s) ORDER BY d.id", [list(ids)])
        columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(KINDS)
    return Registry(*(np.array(column, kind) for column, kind in zip(columns, KINDS, strict=True)))


def stations(connection: psycopg.Connection[Any], codes: Iterable[str] | None = None) -> dict[str, dict[str, int]]:
    """Station code → parameter symbol (`spelling`) → datastream id: all stations, or those named."""
    where = "" if codes is None else "WHERE t.code = ANY(%s)"
    sql = f"SELECT t.code, d.symbol, d.id FROM streams_thing t LEFT JOIN streams_datastream d ON d.thing_id = t.id {where}"
    found: dict[str, dict[str, int]] = {}
    with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        for code, symbol, datastream in cursor.execute(sql, None if codes is None else [list(codes)]):
            symbols = found.setdefault(code, {})
            if symbol:
                symbols[spelling(symbol)] = datastream
    return found


def spelling(symbol: str) -> str:
    """One spelling for all of `PM2,5`, `PM2.5`, `pm25`: what loggers write is compared by this."""
    return tt10.symbol_of(symbol.strip()).casefold()
