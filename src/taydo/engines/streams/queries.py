"""Every read of streams: who may see what is one predicate, `seen`, used by all of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from taydo.engines.streams import reasons
from taydo.engines.streams.readings import NOT_AVERAGED, WITHDRAWN
from taydo.kernel import clock, errors, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.permissions import visible
from taydo.kernel.sql import Sql

SILENT_TIMES = 3
MOST_POINTS = 20_000


def seen(viewer: Viewer, thing: str = "t", datastream: str = "d") -> Sql:
    """The datastreams this viewer may read: public ones, those of their agencies, those of their own device."""
    public = f"{thing}.public AND {datastream}.public"
    by_agency = visible(viewer, "streams.see", f"{thing}.agency", public=public)
    own = visible(viewer, "streams.write", f"('thing:' || {thing}.code)")
    return by_agency | own


def seen_things(viewer: Viewer, thing: str = "t") -> Sql:
    """The things this viewer may see."""
    by_agency = visible(viewer, "streams.see", f"{thing}.agency", public=f"{thing}.public")
    return by_agency | visible(viewer, "streams.write", f"('thing:' || {thing}.code)")


def latest(
    viewer: Viewer, *, thing: str | None = None, kind: str | None = None, parameter: str | None = None
) -> list[dict[str, Any]]:
    """The newest reading of every datastream the viewer may see, one row each, also those that never reported.

    `stale`: silent for more than three times its interval. `thing`, `kind`, `parameter` (observed property code) narrow.
    """
    where = seen(viewer)
    return sql.rows(
        f"""SELECT d.id AS datastream_id, t.id AS thing_id, t.code, t.name AS thing, t.kind, t.agency, t.lon, t.lat,
                   t.simulated, p.code AS parameter, d.name, d.symbol, d.unit_symbol, d.expected_every_s,
                   l.phenomenon_time, l.result, l.flags, l.previous, l.previous_time, l.received_at,
                   coalesce(l.phenomenon_time < %(now)s - {SILENT_TIMES} * d.expected_every_s * interval '1 second', true)
                     AS stale
            FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id
            JOIN streams_observedproperty p ON p.id = d.observedproperty_id
            LEFT JOIN streams_latest l ON l.datastream_id = d.id
            WHERE ({where.text}) AND t.retired_at IS NULL
              AND (%(thing)s::text IS NULL OR t.code = %(thing)s) AND (%(kind)s::text IS NULL OR t.kind = %(kind)s)
              AND (%(parameter)s::text IS NULL OR p.code = %(parameter)s)
            ORDER BY t.code, d.id""",
        {**where.params, "now": clock.now(), "thing": thing, "kind": kind, "parameter": parameter},
    )


def datastream(viewer: Viewer, datastream_id: int) -> dict[str, Any]:
    """One datastream with its thing. Raises missing when there is none, or none the viewer may see."""
    where = seen(viewer)
    found = sql.row(
        f"""SELECT d.*, t.code, t.agency, t.kind, t.name AS thing, t.simulated, p.code AS parameter
            FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id
            JOIN streams_observedproperty p ON p.id = d.observedproperty_id
            WHERE d.id = %(id)s AND ({where.text})""",
        {**where.params, "id": datastream_id},
    )
    if found is None:
        raise errors.missing("no_datastream", "Không có chuỗi số liệu này.", "There is no such datastream.")
    return found


def series(
    viewer: Viewer, datastream_id: int, start: datetime, end: datetime, step: str = "raw"
) -> list[dict[str, Any]]:
    """Readings of one datastream in [start, end), oldest first. `step`: raw, hour or day.

    raw: at, value, flags (withdrawn readings left out, at most 20,000: the newest); hour, day: at, value (mean), n, min,
    max, sum, last. Means leave out flagged readings; hours of the last seconds may lag by one roll-up.
    """
    datastream(viewer, datastream_id)
    params = {"id": datastream_id, "start": start, "end": end, "most": MOST_POINTS}
    if step == "raw":
        found = sql.rows(
            f"""SELECT phenomenon_time AS at, result AS value, flags FROM streams_observation
                WHERE datastream_id = %(id)s AND phenomenon_time >= %(start)s AND phenomenon_time < %(end)s
                  AND flags & {WITHDRAWN} = 0 ORDER BY phenomenon_time DESC LIMIT %(most)s""",
            params,
        )
        return found[::-1]
    if step not in ("hour", "day"):
        raise errors.invalid("step", "step là raw, hour hoặc day.", "step is raw, hour or day.", step=step)
    table = "streams_hourly" if step == "hour" else "streams_daily"
    return sql.rows(
        f"""SELECT at, mean AS value, n, min, max, sum, last FROM {table}
            WHERE datastream_id = %(id)s AND at >= %(start)s AND at < %(end)s ORDER BY at""",
        params,
    )


def last_hours(
    datastream_ids: list[int], hours: int, until: datetime | None = None
) -> dict[int, dict[datetime, float]]:
    """Hourly means by datastream and hour start for the last `hours` full or running hours; no visibility check."""
    end = until or clock.now()
    found = sql.rows(
        """SELECT datastream_id, at, mean FROM streams_hourly
           WHERE datastream_id = ANY(%(ids)s) AND at > %(from)s AND at <= %(end)s AND mean IS NOT NULL""",
        {"ids": datastream_ids, "from": end - timedelta(hours=hours), "end": end},
    )
    means: dict[int, dict[datetime, float]] = {}
    for row in found:
        means.setdefault(row["datastream_id"], {})[row["at"]] = row["mean"]
    return means


def stations(viewer: Viewer, kind: str | None = None) -> list[dict[str, Any]]:
    """Things the viewer may see, each with its visible latest readings and how many readings wait in quarantine."""
    where = seen_things(viewer)
    things = sql.rows(
        f"""SELECT t.id, t.code, t.name, t.description, t.kind, t.agency, t.lon, t.lat, t.unit_code, t.simulated,
                   t.properties, (SELECT count(*) FROM streams_quarantine q
                                  WHERE q.thing_id = t.id AND q.state = 'held') AS quarantined
            FROM streams_thing t WHERE ({where.text}) AND t.retired_at IS NULL
              AND (%(kind)s::text IS NULL OR t.kind = %(kind)s) ORDER BY t.code""",
        {**where.params, "kind": kind},
    )
    by_thing: dict[int, list[dict[str, Any]]] = {thing["id"]: [] for thing in things}
    for reading in latest(viewer, kind=kind):
        if reading["thing_id"] in by_thing:
            by_thing[reading["thing_id"]].append(reading)
    return [{**thing, "latest": by_thing[thing["id"]]} for thing in things]


def quarantine(
    viewer: Viewer, *, thing: str | None = None, state: str = "held", before: int | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Refused readings the viewer may handle, newest first, with the reason in both languages. `before`: id to page by."""
    where = visible(viewer, "streams.check", "coalesce(t.agency, '')")
    found = sql.rows(
        f"""SELECT q.id, q.received_at, q.door, q.source, left(q.raw, 2000) AS raw, q.size, q.reason, q.detail,
                   q.thing_id, t.code, q.datastream_id, q.state
            FROM streams_quarantine q LEFT JOIN streams_thing t ON t.id = q.thing_id
            WHERE ({where.text}) AND q.state = %(state)s AND (%(before)s::bigint IS NULL OR q.id < %(before)s)
              AND (%(thing)s::text IS NULL OR t.code = %(thing)s) ORDER BY q.id DESC LIMIT %(limit)s""",
        {**where.params, "state": state, "before": before, "thing": thing, "limit": min(limit, 1000)},
    )
    return [{**row, "why": reasons.explain(row["reason"], row["detail"])} for row in found]


def counts(since: datetime) -> dict[str, int]:
    """How the streams do since then, for the operator's line: readings, stale and reporting datastreams, quarantined."""
    found = sql.row(
        f"""SELECT (SELECT count(*) FROM streams_observation WHERE phenomenon_time >= %(since)s) AS readings,
                   (SELECT count(*) FROM streams_quarantine WHERE state = 'held') AS quarantined,
                   count(*) FILTER (WHERE l.phenomenon_time IS NULL OR l.phenomenon_time <
                     %(now)s - {SILENT_TIMES} * d.expected_every_s * interval '1 second') AS stale,
                   count(*) AS datastreams, count(DISTINCT d.thing_id) AS things
            FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id AND t.retired_at IS NULL
            LEFT JOIN streams_latest l ON l.datastream_id = d.id""",
        {"since": since, "now": clock.now()},
    )
    return dict(found or {})


AVERAGED = f"flags & {NOT_AVERAGED} = 0"
