"""Keeps checked readings: one transaction writes observations, latest, dirty hours and what the watchers must see.

Works on a psycopg connection, so that Django's connection and the ingest process's own one take the same way.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from taydo.engines.streams.checks import Checked
from taydo.engines.streams.readings import NOT_WATCHED
from taydo.engines.streams.registry import Registry

POSTGRES_EPOCH_US = 946_684_800_000_000
HOUR_US = 3_600_000_000
_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TAIL = b"\xff\xff"
Columns = list[tuple[str, NDArray[Any]]]
_INT4, _INT2, _FLOAT8, _TIME = ">i4", ">i2", ">f8", ">i8"

PREPARE = """
CREATE TEMP TABLE IF NOT EXISTS streams_incoming (
    datastream_id integer, phenomenon_time timestamptz, result double precision, flags smallint, extra jsonb
) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS streams_incoming_latest (
    datastream_id integer, phenomenon_time timestamptz, result double precision, flags smallint,
    previous double precision, previous_time timestamptz, same integer
) ON COMMIT DELETE ROWS;
"""
KEEP = """
INSERT INTO streams_observation (datastream_id, phenomenon_time, result, flags, received_at, extra)
SELECT datastream_id, phenomenon_time, nullif(result, 'NaN'), flags, %(stamp)s, extra FROM streams_incoming
ON CONFLICT DO NOTHING
"""
LATEST = """
INSERT INTO streams_latest AS l
    (datastream_id, phenomenon_time, result, flags, received_at, previous, previous_time, same)
SELECT datastream_id, phenomenon_time, nullif(result, 'NaN'), flags, %(stamp)s, nullif(previous, 'NaN'),
       nullif(previous_time, '-infinity'), same
FROM streams_incoming_latest
ON CONFLICT (datastream_id) DO UPDATE SET
    phenomenon_time = excluded.phenomenon_time, result = excluded.result, flags = excluded.flags,
    received_at = excluded.received_at, same = excluded.same,
    previous = CASE WHEN excluded.previous_time > l.phenomenon_time THEN excluded.previous ELSE l.result END,
    previous_time = greatest(excluded.previous_time, l.phenomenon_time)
WHERE excluded.phenomenon_time > l.phenomenon_time
"""
WATCHED = "SELECT datastream_id, low, high FROM streams_watch WHERE datastream_id = ANY(%s)"
# Rows of the batch that met an older row; NULL (a category) is compared by its JSON.
MET = """
SELECT i.datastream_id, (extract(epoch FROM i.phenomenon_time) * 1000000)::bigint,
       o.result IS NOT DISTINCT FROM nullif(i.result, 'NaN')
           AND (i.result <> 'NaN' OR o.extra -> 'result' IS NOT DISTINCT FROM i.extra -> 'result')
FROM streams_incoming i JOIN streams_observation o USING (datastream_id, phenomenon_time)
WHERE o.received_at <> %(stamp)s
"""


@dataclass(slots=True)
class Kept:
    """How many rows are new, how many were there already, and the batch positions of those that differ."""

    taken: int
    duplicate: int
    differs: list[int]


def packed(columns: Columns, tails: dict[int, bytes] | None = None) -> bytes:
    """Rows in PostgreSQL's binary COPY format. `columns`: (big-endian dtype, values); `tails`: row → jsonb in a last column.

    Without `tails` there is no last column; with it, rows that have none get NULL.
    """
    fields: list[tuple[str, str]] = [("n", ">i2")]
    for position, (kind, _) in enumerate(columns):
        fields += [(f"l{position}", ">i4"), (f"v{position}", kind)]
    if tails is not None:
        fields.append(("tail", ">i4"))
    rows = np.empty(len(columns[0][1]), np.dtype(fields))
    rows["n"] = len(columns) + (tails is not None)
    for position, (kind, values) in enumerate(columns):
        rows[f"l{position}"] = np.dtype(kind).itemsize
        rows[f"v{position}"] = values
    if not tails:
        if tails is not None:
            rows["tail"] = -1
        return rows.tobytes()
    rows["tail"] = -1
    pieces, done = [], 0
    for at in sorted(tails):
        jsonb = b"\x01" + tails[at]
        rows["tail"][at] = len(jsonb)
        pieces += [rows[done : at + 1].tobytes(), jsonb]
        done = at + 1
    return b"".join([*pieces, rows[done:].tobytes()])


def prepare(connection: psycopg.Connection[Any]) -> None:
    """Makes the session's staging tables; again within one transaction empties them."""
    connection.execute(PREPARE)
    connection.execute("TRUNCATE streams_incoming, streams_incoming_latest")


def keep(
    connection: psycopg.Connection[Any], checked: Checked, extra: dict[int, dict[str, Any]], stamp_us: int
) -> Kept:
    """Writes the checked rows in the running transaction. `stamp_us`: received_at, also the mark of this batch."""
    if not len(checked.index):
        return Kept(0, 0, [])
    stamp = {"stamp": _instant(stamp_us)}
    time = checked.time - POSTGRES_EPOCH_US
    tails = _tails(checked, extra)
    body: Columns = [(_INT4, checked.datastream_id), (_TIME, time), (_FLOAT8, checked.result), (_INT2, checked.flags)]
    met: list[tuple[int, int, bool]] = []
    with connection.cursor() as cursor:
        if not _straight(connection, body, checked, tails, stamp_us):
            _copy(cursor, "streams_incoming", packed(body, tails))
            cursor.execute(KEEP, stamp)
            if cursor.rowcount < len(checked.index):
                met = cursor.execute(MET, stamp).fetchall()
        _latest(cursor, checked, time, stamp)
        _dirty(cursor, checked)
        kept = _judge(checked, met)
        _watched(cursor, checked)
    return kept


def _straight(
    connection: psycopg.Connection[Any], body: Columns, checked: Checked, tails: dict[int, bytes], stamp_us: int
) -> bool:
    """Tries COPY into the table itself, which is fastest; False, and nothing written, when any reading is there already.

    Live readings are new nearly always. What comes again (after a crash, from a logger's buffer) takes the way by the
    staging table, which knows ON CONFLICT.
    """
    if np.isnan(checked.result).any():  # kept as NULL, which columns of one width cannot say
        return False
    received: Columns = [(_TIME, np.full(len(checked.index), stamp_us - POSTGRES_EPOCH_US))]
    names = "datastream_id, phenomenon_time, result, flags, received_at, extra"
    try:
        with connection.transaction(), connection.cursor() as cursor:
            _copy(cursor, f"streams_observation ({names})", packed(body + received, tails))
    except psycopg.errors.UniqueViolation:
        return False
    return True


def advance(registry: Registry, checked: Checked) -> None:
    """After commit: the registry learns the newest reading of each datastream."""
    rows = np.flatnonzero(checked.last)
    rows = rows[checked.time[rows] > registry.last_time[checked.at[rows]]]
    at = checked.at[rows]
    registry.last_time[at], registry.last_result[at] = checked.time[rows], checked.result[rows]
    registry.same[at] = checked.same[rows]


def _copy(cursor: psycopg.Cursor[Any], table: str, rows: bytes) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN BINARY") as copy:
        copy.write(_HEAD + rows + _TAIL)


def _tails(checked: Checked, extra: dict[int, dict[str, Any]]) -> dict[int, bytes]:
    if not extra:
        return {}
    place = {int(index): row for row, index in enumerate(checked.index)}
    return {
        place[index]: json.dumps(document, ensure_ascii=False).encode()
        for index, document in extra.items()
        if index in place
    }


def _latest(cursor: psycopg.Cursor[Any], checked: Checked, time: NDArray[np.int64], stamp: dict[str, Any]) -> None:
    """The newest row of each datastream; its previous one is in the batch, or is what the table holds now."""
    rows = np.flatnonzero(checked.last)
    alone = checked.first[rows]
    before = np.where(alone, rows, rows - 1)
    previous = np.where(alone, np.nan, checked.result[before])
    # −infinity as a timestamp: older than anything the table can hold.
    previous_time = np.where(alone, np.iinfo(np.int64).min, time[before])
    columns: Columns = [
        (_INT4, checked.datastream_id[rows]), (_TIME, time[rows]), (_FLOAT8, checked.result[rows]),
        (_INT2, checked.flags[rows]), (_FLOAT8, previous), (_TIME, previous_time),
        (_INT4, checked.same[rows]),
    ]  # fmt: skip
    _copy(cursor, "streams_incoming_latest", packed(columns))
    cursor.execute(LATEST, stamp)


def _dirty(cursor: psycopg.Cursor[Any], checked: Checked) -> None:
    hour = checked.time // HOUR_US
    new = checked.first.copy()
    new[1:] |= hour[1:] != hour[:-1]
    columns: Columns = [(_INT4, checked.datastream_id[new]), (_TIME, hour[new] * HOUR_US - POSTGRES_EPOCH_US)]
    _copy(cursor, "streams_dirty", packed(columns))


def _watched(cursor: psycopg.Cursor[Any], checked: Checked) -> None:
    """Queues new readings at or outside the band that somebody watches; the bands are read in this transaction."""
    bands = cursor.execute(WATCHED, [checked.datastream_id[checked.first].tolist()]).fetchall()
    if not bands:
        return
    ids, lows, highs = zip(*sorted(bands), strict=True)
    low = np.array([-np.inf if each is None else each for each in lows])
    high = np.array([np.inf if each is None else each for each in highs])
    at = np.minimum(np.searchsorted(ids, checked.datastream_id), len(ids) - 1)
    watched = np.array(ids)[at] == checked.datastream_id
    with np.errstate(invalid="ignore"):
        outside = watched & ((checked.result <= low[at]) | (checked.result >= high[at]))
    outside &= (checked.flags & NOT_WATCHED) == 0
    rows = np.flatnonzero(outside & checked.new())
    if len(rows):
        columns: Columns = [
            (_INT4, checked.datastream_id[rows]), (_TIME, checked.time[rows] - POSTGRES_EPOCH_US),
            (_FLOAT8, checked.result[rows]), (_INT2, checked.flags[rows]),
        ]  # fmt: skip
        _copy(cursor, "streams_watched (datastream_id, phenomenon_time, result, flags)", packed(columns))


def _judge(checked: Checked, met: list[tuple[int, int, bool]]) -> Kept:
    """New rows, rows that were there with the same value, and positions of those that were there with another."""
    taken = len(checked.index) - len(met)
    if met:
        old = {(stream, time) for stream, time, _ in met}
        keys = zip(checked.datastream_id.tolist(), checked.time.tolist(), strict=True)
        checked.fresh = np.array([key not in old for key in keys], bool)
    different = {(stream, time) for stream, time, equal in met if not equal}
    if not different:
        return Kept(taken, len(met), [])
    pairs = zip(checked.datastream_id.tolist(), checked.time.tolist(), checked.index.tolist(), strict=True)
    differs = [index for stream, time, index in pairs if (stream, time) in different]
    return Kept(taken, len(met) - len(differs), differs)


def _instant(us: int) -> Any:
    return np.datetime64(us, "us").item().replace(tzinfo=UTC)


def months_of(time: NDArray[np.int64]) -> list[np.datetime64]:
    """The distinct months (UTC) of times in µs since 1970."""
    return list(np.unique(time.astype("datetime64[us]").astype("datetime64[M]")))
