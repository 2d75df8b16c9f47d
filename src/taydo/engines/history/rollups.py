"""Hourly and daily values, computed again for every hour in which a reading came, was late or was withdrawn."""

from __future__ import annotations

from django.db import transaction

from taydo.engines.streams.readings import NOT_AVERAGED
from taydo.kernel import sql

LOT = 50_000
ZONE = "Asia/Ho_Chi_Minh"

# Marks are claimed by deleting exactly those we see; the statement that computes runs after, so it sees at least the
# readings that were committed with them. A mark written meanwhile stays for the next run.
CLAIM = """
WITH claimed AS (
    DELETE FROM streams_dirty WHERE ctid = ANY(ARRAY(SELECT ctid FROM streams_dirty LIMIT %(lot)s))
    RETURNING datastream_id, hour)
INSERT INTO streams_rolling SELECT DISTINCT datastream_id, hour FROM claimed
"""
HOURS = f"""
WITH fresh AS (
    SELECT r.datastream_id, r.hour AS at, count(o.result) AS n, avg(o.result) AS mean, min(o.result) AS min,
           max(o.result) AS max, sum(o.result) AS sum,
           (array_agg(o.result ORDER BY o.phenomenon_time DESC) FILTER (WHERE o.result IS NOT NULL))[1] AS last
    FROM streams_rolling r LEFT JOIN LATERAL (
        SELECT result, phenomenon_time FROM streams_observation o WHERE o.datastream_id = r.datastream_id
          AND o.phenomenon_time >= r.hour AND o.phenomenon_time < r.hour + interval '1 hour'
          AND o.flags & {NOT_AVERAGED} = 0) o ON true
    GROUP BY r.datastream_id, r.hour),
emptied AS (
    DELETE FROM streams_hourly h USING fresh f WHERE h.datastream_id = f.datastream_id AND h.at = f.at AND f.n = 0)
INSERT INTO streams_hourly AS h (datastream_id, at, n, mean, min, max, sum, last)
SELECT * FROM fresh WHERE n > 0 ORDER BY datastream_id, at
ON CONFLICT (datastream_id, at) DO UPDATE SET n = excluded.n, mean = excluded.mean, min = excluded.min,
    max = excluded.max, sum = excluded.sum, last = excluded.last
WHERE (h.n, h.sum, h.min, h.max, h.last) IS DISTINCT FROM
      (excluded.n, excluded.sum, excluded.min, excluded.max, excluded.last)
"""
# A day is the sum of its hours; its mean weighs every reading the same.
DAYS = f"""
WITH days AS (
    SELECT DISTINCT datastream_id, date_trunc('day', hour, '{ZONE}') AS at FROM streams_rolling),
fresh AS (
    SELECT d.datastream_id, d.at, coalesce(sum(h.n), 0)::int AS n, sum(h.sum) / nullif(sum(h.n), 0) AS mean,
           min(h.min) AS min, max(h.max) AS max, sum(h.sum) AS sum,
           (array_agg(h.last ORDER BY h.at DESC) FILTER (WHERE h.last IS NOT NULL))[1] AS last
    FROM days d LEFT JOIN streams_hourly h ON h.datastream_id = d.datastream_id AND h.at >= d.at
         AND h.at < d.at + interval '1 day'
    GROUP BY d.datastream_id, d.at),
emptied AS (
    DELETE FROM streams_daily h USING fresh f WHERE h.datastream_id = f.datastream_id AND h.at = f.at AND f.n = 0)
INSERT INTO streams_daily AS h (datastream_id, at, n, mean, min, max, sum, last)
SELECT * FROM fresh WHERE n > 0 ORDER BY datastream_id, at
ON CONFLICT (datastream_id, at) DO UPDATE SET n = excluded.n, mean = excluded.mean, min = excluded.min,
    max = excluded.max, sum = excluded.sum, last = excluded.last
"""
# Days whose archive file no longer tells all: they are written again.
REOPENED = f"""
DELETE FROM streams_archive WHERE day IN (SELECT DISTINCT (hour AT TIME ZONE '{ZONE}')::date FROM streams_rolling)
"""


def roll(lot: int = LOT) -> int:
    """Computes the hours and days of up to `lot` marks, in one transaction; returns how many marks were done."""
    with transaction.atomic():
        sql.execute(
            "CREATE TEMP TABLE IF NOT EXISTS streams_rolling (datastream_id integer, hour timestamptz) ON COMMIT DELETE ROWS"
        )
        sql.execute("TRUNCATE streams_rolling")
        # A marked hour may be claimed in two lots; the second computes it again from what is there then.
        before = sql.value("SELECT count(*) FROM (SELECT FROM streams_dirty LIMIT %(lot)s) AS d", {"lot": lot})
        if not before:
            return 0
        sql.execute(CLAIM, {"lot": lot})
        sql.execute("ANALYZE streams_rolling")
        sql.execute(HOURS)
        sql.execute(DAYS)
        sql.execute(REOPENED)
    return int(before)


def roll_all() -> None:
    """Computes all marked hours, a lot at a time."""
    while roll() >= LOT:
        continue
