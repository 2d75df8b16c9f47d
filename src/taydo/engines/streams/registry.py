"""The datastreams and their bounds as columns, so that a batch is checked without a query per reading."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

COLUMNS = """
SELECT d.id, d.thing_id, coalesce(d.low, '-Infinity'), coalesce(d.high, 'Infinity'), coalesce(d.max_step, 'Infinity'),
       coalesce(d.stuck_after, 0) * 1000000::bigint,
       t.retired_at IS NOT NULL, l.phenomenon_time, l.result, coalesce(l.same_since, l.phenomenon_time)
FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id LEFT JOIN streams_latest l ON l.datastream_id = d.id
"""
NEVER = np.iinfo(np.int64).min


@dataclass(slots=True)
class Registry:
    """Sorted by `ids`; `last_*` is the newest kept reading and `same_since` how long its value has not changed (µs)."""

    ids: NDArray[np.int32]
    thing: NDArray[np.int32]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    max_step: NDArray[np.float64]
    stuck_after: NDArray[np.int64]
    retired: NDArray[np.bool_]
    last_time: NDArray[np.int64]
    last_result: NDArray[np.float64]
    same_since: NDArray[np.int64]

    def find(self, ids: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Positions of `ids` and whether each is known; the position of an unknown one is meaningless."""
        if not len(self.ids):
            return np.zeros(len(ids), np.intp), np.zeros(len(ids), bool)
        at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return at, self.ids[at] == ids


def load(connection: psycopg.Connection[Any], ids: Iterable[int] | None = None) -> Registry:
    """The registry as the database has it now: all datastreams, or those named."""
    sql = COLUMNS.replace("l.phenomenon_time, l.result, coalesce(l.same_since, l.phenomenon_time)", _MICROS)
    with connection.cursor(row_factory=psycopg.rows.tuple_row) as cursor:
        if ids is None:
            cursor.execute(sql + " ORDER BY d.id")
        else:
            cursor.execute(sql + " WHERE d.id = ANY(%s) ORDER BY d.id", [list(ids)])
        columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * 10
    kinds = (np.int32, np.int32, np.float64, np.float64, np.float64, np.int64, np.bool_, np.int64, np.float64, np.int64)
    return Registry(*(np.array(column, kind) for column, kind in zip(columns, kinds, strict=True)))


_MICROS = f"""
coalesce((extract(epoch FROM l.phenomenon_time) * 1000000)::bigint, {NEVER + 1}),
coalesce(l.result, 'NaN'),
coalesce((extract(epoch FROM coalesce(l.same_since, l.phenomenon_time)) * 1000000)::bigint, {NEVER + 1})
"""
