"""Which sensor is watched against which limit today, and the bands by which ingest knows what concerns alerts."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from taydo.kernel import clock, sql

from . import limits
from .limits import Limit

REFRESH_S = 15.0
STREAMS = """
SELECT d.id, p.code AS parameter, t.id AS thing_id, t.code AS thing, t.name, coalesce(nullif(t.properties->>'name_en', ''), t.name) AS name_en,
       t.kind, t.agency, t.unit_code, t.lon, t.lat, d.unit_symbol AS unit, d.expected_every_s AS every_s, (t.public AND d.public) AS public,
       coalesce(t.properties->>'water_class', '') AS water_class
FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id JOIN streams_observedproperty p ON p.id = d.observedproperty_id
WHERE t.retired_at IS NULL AND (p.code = ANY(%(parameters)s) OR d.id = ANY(%(ids)s)) ORDER BY d.id
"""
BANDS = """
WITH bands AS (
    SELECT * FROM unnest(%(ds)s::int[], %(low)s::float8[], %(high)s::float8[]) AS b(datastream_id, low, high)
), gone AS (
    DELETE FROM streams_watch w WHERE NOT EXISTS (SELECT FROM bands b WHERE b.datastream_id = w.datastream_id)
), fresh AS (
    INSERT INTO streams_watch AS w (datastream_id, low, high) SELECT * FROM bands ON CONFLICT (datastream_id)
    DO UPDATE SET low = excluded.low, high = excluded.high WHERE (w.low, w.high) IS DISTINCT FROM (excluded.low, excluded.high)
    RETURNING datastream_id, low, high
)
INSERT INTO streams_watched (datastream_id, phenomenon_time, result, flags)
SELECT l.datastream_id, l.phenomenon_time, l.result, l.flags FROM fresh f JOIN streams_latest l USING (datastream_id)
WHERE l.result <= f.low OR l.result >= f.high
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """One datastream (a row of STREAMS) watched against one limit."""

    limit: Limit
    stream: dict[str, Any]

    @property
    def key(self) -> tuple[int, str]:
        """Datastream and limit: what a state is kept under."""
        return self.stream["id"], self.limit.id


_known: tuple[float, dt.date, list[Pair]] | None = None


def forget() -> None:
    """Look at stations and limits anew at the next occasion."""
    global _known
    _known = None
    limits.declared.cache_clear()


def pairs() -> list[Pair]:
    """Every pair in force today; remembered for a few seconds. When they are looked up anew, the bands are brought up to date."""
    global _known
    today = clock.today()
    if _known is None or _known[1] != today or time.monotonic() - _known[0] > REFRESH_S:
        found = matched(today)
        write_bands(found)
        _known = (time.monotonic(), today, found)
    return _known[2]


def matched(day: dt.date) -> list[Pair]:
    """Limits in force on a day with the datastreams they concern."""
    by_parameter: dict[str, list[Limit]] = {}
    for limit in limits.in_force(day):
        by_parameter.setdefault(limit.parameter, []).append(limit)
    streams = sql.rows(STREAMS, {"parameters": list(by_parameter), "ids": []})
    return [
        Pair(limit, stream)
        for stream in streams
        for limit in by_parameter[stream["parameter"]]
        if _concerns(limit, stream)
    ]


def _concerns(limit: Limit, stream: dict[str, Any]) -> bool:
    if limit.stations is not None:
        return stream["thing"] in limit.stations
    return stream["kind"] in limit.kinds and limit.water_class in (None, stream["water_class"])


def write_bands(found: list[Pair]) -> None:
    """Write what ingest compares readings with: the nearest tier on each side. A sensor that is out already is queued at once."""
    bands: dict[int, list[float | None]] = {}
    for pair in found:
        if pair.limit.window_hours:
            continue
        band = bands.setdefault(pair.stream["id"], [None, None])
        value, above = pair.limit.tiers.tendency, pair.limit.side == "above"
        near = band[above]
        band[above] = value if near is None else min(near, value) if above else max(near, value)
    with transaction.atomic():
        columns = {"low": [low for low, _ in bands.values()], "high": [high for _, high in bands.values()]}
        sql.execute(BANDS, {"ds": list(bands), **columns})
