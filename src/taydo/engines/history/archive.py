"""Closed days as Parquet files, sorted by datastream, read by DuckDB: years of readings without asking PostgreSQL."""

from __future__ import annotations

import hashlib
import os
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from taydo.kernel import clock, sql

CLOSED_AFTER = timedelta(hours=6)
SETTLED_DAYS = 400
COLUMNS = "datastream_id, phenomenon_time, result, flags, received_at"
TYPES = {
    "datastream_id": "INTEGER", "phenomenon_time": "TIMESTAMPTZ", "result": "DOUBLE", "flags": "SMALLINT",
    "received_at": "TIMESTAMPTZ",
}  # fmt: skip
OUT = f"""
COPY (SELECT {COLUMNS} FROM streams_observation WHERE phenomenon_time >= %(start)s AND phenomenon_time < %(end)s
      ORDER BY datastream_id, phenomenon_time) TO STDOUT (FORMAT csv)
"""
PARQUET = "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 100000)"


def folder() -> Path:
    """Where the files are: one a day, `year=2026/2026-11-20.parquet`."""
    return Path(settings.TAYDO_HOME) / "archive"


def path_of(day: date) -> Path:
    """The file of a local day (Asia/Ho_Chi_Minh)."""
    return folder() / f"year={day.year}" / f"{day.isoformat()}.parquet"


def write(day: date) -> int:
    """Writes one local day and its manifest row; returns the number of readings. Written again, it replaces the file."""
    start = datetime(day.year, day.month, day.day, tzinfo=clock.LOCAL)
    bounds = {"start": start, "end": start + timedelta(days=1)}
    path = path_of(day)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh, text = path.with_suffix(".tmp"), path.with_suffix(".csv")
    with connection.cursor() as cursor, text.open("wb") as output, cursor.copy(OUT, bounds) as rows:
        for piece in rows:
            output.write(piece)
    import duckdb  # heavy; only the archive needs it

    with duckdb.connect() as duck:
        duck.execute(f"COPY (FROM read_csv('{text}', header = false, columns = {TYPES})) TO '{fresh}' {PARQUET}")
        count = int(duck.execute(f"SELECT count(*) FROM read_parquet('{fresh}')").fetchone()[0])  # type: ignore[index]
    text.unlink()
    checksum = hashlib.sha256(fresh.read_bytes()).hexdigest()
    os.replace(fresh, path)
    sql.execute(
        """INSERT INTO streams_archive (day, path, rows, checksum) VALUES (%(day)s, %(path)s, %(rows)s, %(checksum)s)
           ON CONFLICT (day) DO UPDATE SET path = excluded.path, rows = excluded.rows, checksum = excluded.checksum,
               written_at = now()""",
        {"day": day, "path": str(path.relative_to(folder())), "rows": count, "checksum": checksum},
    )
    return count


def verify(day: date) -> bool:
    """Whether the file of the day is the one its manifest row tells of."""
    known = sql.value("SELECT checksum FROM streams_archive WHERE day = %(day)s", {"day": day})
    path = path_of(day)
    return known is not None and path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == known


def query(statement: str, start: date, end: date, params: list[Any] | None = None) -> list[dict[str, Any]]:
    """Runs DuckDB SQL over view `observations` of the archived local days in [start, end].

    Columns: datastream_id, phenomenon_time, result, flags, received_at. Days not archived are simply not in it.
    """
    days = sql.rows(
        "SELECT path FROM streams_archive WHERE day BETWEEN %(start)s AND %(end)s AND rows > 0 ORDER BY day",
        {"start": start, "end": end},
    )
    files = [str(folder() / row["path"]) for row in days]
    import duckdb  # heavy; only the archive needs it

    with duckdb.connect() as duck:
        duck.execute("SET TimeZone = 'Asia/Ho_Chi_Minh'")
        if files:
            duck.execute(
                f"CREATE VIEW observations AS SELECT {COLUMNS} FROM read_parquet({files!r}, hive_partitioning = false)"
            )
        else:
            duck.execute(
                """CREATE TABLE observations (datastream_id INTEGER, phenomenon_time TIMESTAMPTZ, result DOUBLE,
                   flags SMALLINT, received_at TIMESTAMPTZ)"""
            )
        cursor = duck.execute(statement, params or [])
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, record, strict=True)) for record in cursor.fetchall()]


def write_closed() -> None:
    """Writes every closed day that has readings and no file (late readings take the file's row away), oldest first."""
    last = (clock.now() - timedelta(days=1) - CLOSED_AFTER).astimezone(clock.LOCAL).date()
    missing = sql.rows(
        """SELECT DISTINCT (d.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day FROM streams_daily d
           WHERE d.at >= %(from)s AND (d.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date <= %(last)s
             AND NOT EXISTS (SELECT FROM streams_archive a WHERE a.day = (d.at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)
           ORDER BY day LIMIT 60""",
        {"from": clock.now() - timedelta(days=SETTLED_DAYS), "last": last},
    )
    for row in missing:
        write(row["day"])
