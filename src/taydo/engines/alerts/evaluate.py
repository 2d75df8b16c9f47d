"""From readings to alerts, in one transaction with the queue they came by: counted once even when the process is killed.

Instant limits: ingest queues every reading at or outside a sensor's band together with the reading itself. A queued sensor, and
one whose state is not calm, has all its readings since the last one counted, in order of their time, so that a calm reading
between two high ones is seen although nobody queued it. What does not count: readings that were late when they came (more
than an hour), or older than one already there, or disowned by the instrument. So an alert is always about the present.
Averages: means of full hours from the rollups, and sums of the last hours (rain) from the readings.
"""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from django.db import transaction

from taydo.engines.streams.readings import LATE, NOT_AVERAGED, NOT_WATCHED
from taydo.kernel import clock, sql

from . import watch
from .book import Book
from .rules import covered, timely
from .watch import Pair

MOST = 20_000
# By physical place: whatever the statistics of a queue say, this is one pass.
TAKE = """
DELETE FROM streams_watched
WHERE ctid = ANY(ARRAY(SELECT ctid FROM streams_watched ORDER BY seq LIMIT %(most)s FOR UPDATE SKIP LOCKED))
RETURNING datastream_id, phenomenon_time, flags
"""
RESTLESS = """
SELECT s.datastream_id, min(s.last_at) AS since FROM alerts_state s JOIN streams_latest l USING (datastream_id)
WHERE s.active AND l.phenomenon_time > s.last_at GROUP BY 1
"""
READINGS = f"""
SELECT o.datastream_id, o.phenomenon_time AS at, o.result AS value, o.received_at
FROM unnest(%(ds)s::int[], %(since)s::timestamptz[]) AS w(ds, since)
JOIN streams_observation o ON o.datastream_id = w.ds AND o.phenomenon_time >= w.since AND o.phenomenon_time >= %(first)s
WHERE o.result IS NOT NULL AND o.flags & {NOT_WATCHED | LATE} = 0 ORDER BY o.datastream_id, o.phenomenon_time
"""
MEANS = """
SELECT w.ds, w.hours, avg(h.mean) AS value, sum(h.n)::int AS n, count(*)::int AS covered
FROM unnest(%(ds)s::int[], %(hours)s::int[]) AS w(ds, hours)
JOIN streams_hourly h ON h.datastream_id = w.ds AND h.at >= %(end)s - make_interval(hours => w.hours) AND h.at < %(end)s
WHERE h.n > 0 GROUP BY 1, 2
"""
SUMS = f"""
SELECT w.ds, w.hours, sum(o.result) AS value, max(o.phenomenon_time) AS at
FROM unnest(%(ds)s::int[], %(hours)s::int[]) AS w(ds, hours)
JOIN streams_observation o ON o.datastream_id = w.ds AND o.phenomenon_time > %(now)s - make_interval(hours => w.hours)
    AND o.phenomenon_time > %(now)s - interval '24 hours' AND o.phenomenon_time <= %(now)s
WHERE o.flags & {NOT_AVERAGED} = 0 GROUP BY 1, 2
"""
SETTLING = dt.timedelta(seconds=60)


def instant() -> int:
    """Count queued readings and those of restless sensors; returns how many changes of alerts there were."""
    known = watch.pairs()
    changes = 0
    while True:
        with transaction.atomic():
            queued = sql.rows(TAKE, {"most": MOST})
            since = {row["datastream_id"]: row["since"] for row in sql.rows(RESTLESS)}
            for row in queued:
                ds, at = row["datastream_id"], row["phenomenon_time"]
                if not row["flags"] & (NOT_WATCHED | LATE) and (ds not in since or at < since[ds]):
                    since[ds] = at
            if since:
                changes += _count(
                    [pair for pair in known if pair.stream["id"] in since and not pair.limit.window_hours], since
                )
        if len(queued) < MOST:
            return changes


def _count(pairs: list[Pair], since: dict[int, dt.datetime]) -> int:
    if not pairs:
        return 0
    book = Book(pairs)
    by_stream: dict[int, list[Pair]] = {}
    for pair in pairs:
        by_stream.setdefault(pair.stream["id"], []).append(pair)
    params = {
        "ds": list(by_stream),
        "since": [since[ds] for ds in by_stream],
        "first": min(since[ds] for ds in by_stream),
    }
    for ds, group in itertools.groupby(sql.rows(READINGS, params), key=lambda row: row["datastream_id"]):
        readings = list(timely(list(group)))
        for pair in by_stream[ds]:
            last = book.tracks[pair.key].last
            for reading in readings:
                if (last is None or reading["at"] > last) and pair.limit.holds_on(
                    reading["at"].astimezone(clock.LOCAL).date()
                ):
                    book.count(pair, reading["at"], reading["value"])
    return book.keep()


def averages() -> int:
    """Count running means and sums as they are now; returns how many changes of alerts there were."""
    known = [pair for pair in watch.pairs() if pair.limit.window_hours]
    now = clock.now()
    end = (now - SETTLING).replace(minute=0, second=0, microsecond=0)
    with transaction.atomic():
        book = Book(known)
        means = _windows(MEANS, [pair for pair in known if not pair.limit.summed], {"end": end})
        sums = _windows(SUMS, [pair for pair in known if pair.limit.summed], {"now": now})
        for pair in known:
            window = (sums if pair.limit.summed else means).get((pair.stream["id"], pair.limit.window_hours))
            if window is None or window["value"] is None or not (pair.limit.summed or _whole(pair, window)):
                continue
            at = window["at"] if pair.limit.summed else end
            last = book.tracks[pair.key].last
            if last is None or at >= last:
                book.count(pair, at, float(window["value"]))
        return book.keep()


def _windows(text: str, pairs: list[Pair], params: dict[str, Any]) -> dict[tuple[int, int], dict[str, Any]]:
    wanted = sorted({(pair.stream["id"], pair.limit.window_hours) for pair in pairs})
    if not wanted:
        return {}
    found = sql.rows(text, params | {"ds": [ds for ds, _ in wanted], "hours": [hours for _, hours in wanted]})
    return {(row["ds"], row["hours"]): row for row in found}


def _whole(pair: Pair, window: dict[str, Any]) -> bool:
    """Whether a mean rests on enough: three quarters of its hours, and of the readings expected in a single hour."""
    if pair.limit.window_hours == 1 and pair.stream["every_s"]:
        return bool(window["n"] * pair.stream["every_s"] >= 2700)
    return covered(range(window["covered"]), pair.limit.window_hours)
