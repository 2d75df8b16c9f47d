"""Reads of the environment domain: stations with what they measure now or measured then, series, indices, quality."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any, Literal

from taydo.engines.alerts import queries as alerts
from taydo.engines.streams import queries as streams
from taydo.engines.streams import reasons
from taydo.engines.streams.readings import FAULT, NOT_AVERAGED, STUCK, flag_names
from taydo.kernel import clock, i18n, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import missing
from taydo.kernel.sql import Sql

from . import rules

STALE_FACTOR = 3
NOW = "LEFT JOIN streams_latest l ON l.datastream_id = d.id"
THEN = """LEFT JOIN LATERAL (SELECT o.phenomenon_time, o.result, o.flags, NULL::float8 AS previous FROM streams_observation o
  WHERE o.datastream_id = d.id AND o.phenomenon_time <= %(at)s AND o.phenomenon_time > %(at)s - interval '1 day'
  ORDER BY o.phenomenon_time DESC LIMIT 1) l ON TRUE"""
READINGS = """SELECT t.id AS thing_id, t.code, t.name, coalesce(t.properties->>'name_en', t.name) AS name_en, t.kind, t.agency, t.lon, t.lat,
    t.unit_code, t.simulated, t.description, coalesce(t.properties->>'gauge', '') AS gauge, d.id AS ds, d.symbol, d.unit_symbol AS unit, p.code AS parameter,
    p.name AS parameter_name, coalesce(p.properties->>'name_en', p.name) AS parameter_name_en,
    coalesce((p.properties->>'decimals')::int, 1) AS digits, coalesce(d.max_step, 1) / 20.0 AS step,
    l.phenomenon_time AS at, l.result AS value, coalesce(l.flags, 0) AS flags, l.previous,
    (l.phenomenon_time IS NULL OR l.phenomenon_time < %(at)s - make_interval(secs => {factor} * coalesce(d.expected_every_s, 3600))) AS stale
  FROM streams_thing t JOIN streams_datastream d ON d.thing_id = t.id JOIN streams_observedproperty p ON p.id = d.observedproperty_id
  {last} WHERE {where} ORDER BY t.code, d.id"""


def readings(viewer: Viewer, at: dt.datetime | None = None, where: Sql | None = None) -> list[dict[str, Any]]:
    """One row a datastream the viewer may see, with its station and its last reading (or the last before an instant), its
    state, its standing limit. Two queries, whatever the number of stations."""
    clause = streams.seen(viewer) & Sql("t.retired_at IS NULL") & (where or Sql("TRUE"))
    text = READINGS.format(factor=STALE_FACTOR, last=THEN if at else NOW, where=clause.text)
    found = sql.rows(text, {"at": at or clock.now(), **clause.params})
    standing = alerts.standing(at)
    for item in found:
        alert = standing.get(item["ds"])
        item["limit"] = alert.limit if alert else None
        item["state"] = _state(item, alert.tier if alert else None)
    return found


def _state(item: dict[str, Any], tier: str | None) -> str:
    if item["flags"] & (STUCK | FAULT):
        return "broken"
    if item["stale"]:
        return "stale"
    return tier or "ok"


def stations(viewer: Viewer, at: dt.datetime | None = None, where: Sql | None = None) -> list[dict[str, Any]]:
    """Stations with their values, state and index, in the reader's language, JSON-able; ordered by code."""
    found: dict[int, dict[str, Any]] = {}
    for item in readings(viewer, at, where):
        station = found.setdefault(item["thing_id"], rules.shown_station(item, i18n.language()))
        first = item["parameter"] == rules.FIRST.get(item["kind"])
        station["values"].insert(0 if first else len(station["values"]), rules.shown_value(item, i18n.language()))
    indices = latest_indices(at)
    rain = summed("rain", 24, at) if any(station["kind"] == "rain" for station in found.values()) else {}
    for station in found.values():
        station["rain_24h"] = rain.get(station["id"], 0.0)
        states = [value["state"] for value in station["values"]]
        fresh = [state for state in states if state != "stale"]
        station["state"] = rules.worst(fresh or states)
        moments = [value["at"] for value in station["values"] if value["at"]]
        station["since"] = max(moments, default=None)
        station["index"] = indices.get(station["id"])
    return list(found.values())


def card(station: dict[str, Any]) -> dict[str, Any]:
    """One value of a station in plain words, in the reader's language."""
    return rules.card(station, clock.today(), i18n.language())


_seen: dict[tuple[Any, ...], tuple[float, list[dict[str, Any]]]] = {}
SNAPSHOT_SECONDS = 1.0


def snapshot(viewer: Viewer, at: dt.datetime | None = None) -> list[dict[str, Any]]:
    """`stations`, at most a second old: what all tiles of a wall and all open home pages share."""
    key = (viewer.agencies("streams.see"), viewer.agencies("streams.write"), i18n.language(), at)
    made, found = _seen.get(key, (0.0, []))
    if time.monotonic() - made > SNAPSHOT_SECONDS:
        found = stations(viewer, at)
        if len(_seen) > 200:
            _seen.clear()
        _seen[key] = (time.monotonic(), found)
    return found


TRENDS = {
    "index": """SELECT {pick}(i.value) AS value FROM generate_series(date_trunc('hour', %(at)s) - interval '23 hours',
        date_trunc('hour', %(at)s), '1 hour') h(at) LEFT JOIN environment_index i ON i.at = h.at AND i.kind = %(name)s
        GROUP BY h.at ORDER BY h.at""",
    "parameter": """SELECT max(s.{pick}) AS value FROM generate_series(date_trunc('hour', %(at)s) - interval '23 hours',
        date_trunc('hour', %(at)s), '1 hour') h(at) LEFT JOIN (streams_hourly s JOIN streams_datastream d ON d.id = s.datastream_id
        JOIN streams_observedproperty p ON p.id = d.observedproperty_id AND p.code = %(name)s) ON s.at = h.at
        GROUP BY h.at ORDER BY h.at""",
}


def trend(
    of: Literal["index", "parameter"], name: str, pick: Literal["min", "max", "sum"], at: dt.datetime | None
) -> list[float | None]:
    """The city's worst value of an index or a parameter in each of the last 24 hours; None where there is none."""
    found = sql.rows(TRENDS[of].format(pick=pick), {"at": at or clock.now(), "name": name})
    return [None if item["value"] is None else float(item["value"]) for item in found]


def latest_indices(at: dt.datetime | None = None) -> dict[int, dict[str, Any]]:
    """The newest hourly index of each station (before an instant), not older than six hours, by thing id, in words."""
    found = sql.rows(
        """SELECT DISTINCT ON (thing_id) thing_id, kind, at, value, dominant FROM environment_index
           WHERE kind IN ('aqi_h', 'wqi') AND value IS NOT NULL AND at <= %(at)s AND at > %(at)s - interval '6 hours' ORDER BY thing_id, at DESC""",
        {"at": at or clock.now()},
    )
    words = {"aqi_h": "aqi", "wqi": "wqi"}
    return {
        item["thing_id"]: rules.index_words(words[item["kind"]], item["value"], i18n.language())
        | {"at": item["at"], "dominant": item["dominant"]}
        for item in found
    }


def index_series(thing_id: int, kind: str, since: dt.datetime, until: dt.datetime) -> list[dict[str, Any]]:
    """Index values of a station by hour or day, oldest first: at, value."""
    return sql.rows(
        """SELECT at, value FROM environment_index WHERE thing_id = %(t)s AND kind = %(k)s AND value IS NOT NULL
           AND at BETWEEN %(a)s AND %(b)s ORDER BY at""",
        {"t": thing_id, "k": kind, "a": since, "b": until},
    )


def station(viewer: Viewer, code: str) -> dict[str, Any]:
    """One station by code. Raises 404 when it is not there or not for this viewer."""
    found = stations(viewer, where=Sql("t.code = %(code)s", {"code": code}))
    if not found:
        raise missing("no_station", f"Không có trạm “{code}”.", f"There is no station “{code}”.", code=code)
    return found[0]


def nearest(viewer: Viewer, lon: float, lat: float, kind: str, count: int = 1) -> list[dict[str, Any]]:
    """The nearest stations of a kind with `distance_km`, stations that report before silent ones."""
    found = [
        {**station, "distance_km": rules.distance_km(lon, lat, station["lon"], station["lat"])}
        for station in snapshot(viewer)
        if station["kind"] == kind and station["lon"] is not None
    ]
    return sorted(found, key=lambda item: (item["state"] in ("stale", "broken"), item["distance_km"]))[:count]


def quality(thing_id: int) -> dict[str, Any]:
    """How a station's readings were taken over the last 30 days: taken, refused, flagged, and the last refusals with reasons."""
    since = clock.now() - dt.timedelta(days=30)
    counts = sql.rows(
        """WITH own AS (SELECT id FROM streams_datastream WHERE thing_id = %(t)s)
           SELECT (SELECT coalesce(sum(n), 0)::bigint FROM streams_hourly WHERE datastream_id IN (SELECT id FROM own) AND at >= %(since)s) AS taken,
             (SELECT count(*) FROM streams_quarantine WHERE thing_id = %(t)s AND received_at >= %(since)s) AS refused,
             (SELECT count(*) FROM streams_observation WHERE datastream_id IN (SELECT id FROM own) AND flags <> 0
                AND phenomenon_time >= %(since)s) AS flagged""",
        {"t": thing_id, "since": since},
    )[0]
    refusals = sql.rows(
        """SELECT id, received_at AS at, door, reason, detail, left(raw, 160) AS raw, state FROM streams_quarantine
           WHERE thing_id = %(t)s ORDER BY received_at DESC LIMIT 10""",
        {"t": thing_id},
    )
    for refusal in refusals:
        words = reasons.explain(refusal["reason"], str(refusal["detail"] or ""))
        refusal |= {"reason": words[i18n.language()], "detail": ""}
    return {**counts, "since": since, "refusals": refusals}


def calibrations(thing_id: int) -> list[dict[str, Any]]:
    """Calibrations of a station's devices, newest first."""
    return sql.rows(
        """SELECT c.at, c.by_name AS who, coalesce(d.symbol, '') AS sensor, c.result, c.drift, c.note, c.next_on FROM environment_calibration c
           LEFT JOIN streams_datastream d ON d.id = c.datastream_id WHERE c.thing_id = %(t)s ORDER BY c.at DESC LIMIT 20""",
        {"t": thing_id},
    )


def summed(parameter: str, hours: int, at: dt.datetime | None = None) -> dict[int, float]:
    """The sum of a parameter over the last hours by thing id (rain: mm)."""
    moment = at or clock.now()
    found = sql.rows(
        """SELECT d.thing_id, sum(h.sum) AS total FROM streams_hourly h JOIN streams_datastream d ON d.id = h.datastream_id
           JOIN streams_observedproperty p ON p.id = d.observedproperty_id
           WHERE p.code = %(p)s AND h.at > %(at)s - make_interval(hours => %(n)s) AND h.at <= %(at)s GROUP BY d.thing_id""",
        {"p": parameter, "at": moment, "n": hours},
    )
    return {item["thing_id"]: float(item["total"]) for item in found}


def surroundings(viewer: Viewer, datastream_id: int) -> dict[str, Any]:
    """What surrounds a case about a datastream: its station and reading, its last day, and the stations of its kind nearby."""
    found = readings(viewer, where=Sql("d.id = %(ds)s", {"ds": datastream_id}))
    if not found:
        return {}
    item = found[0]
    points = sql.rows(
        """SELECT to_timestamp(floor(extract(epoch FROM phenomenon_time) / 1800) * 1800) AS at, avg(result) AS value FROM streams_observation
           WHERE datastream_id = %(ds)s AND phenomenon_time > now() - interval '1 day' GROUP BY 1 ORDER BY 1""",
        {"ds": datastream_id},
    )
    around = nearest(viewer, item["lon"], item["lat"], item["kind"], 5) if item["lon"] else []
    return rules.surroundings(
        item, [other for other in around if other["code"] != item["code"]], points, i18n.language()
    )


def taken_and_refused(thing_id: int | None = None) -> dict[int, tuple[int, int]]:
    """Readings taken and refused in the last day by thing id."""
    found = sql.rows(
        """SELECT t.id, coalesce(h.taken, 0)::bigint AS taken, coalesce(q.refused, 0) AS refused FROM streams_thing t
           LEFT JOIN (SELECT d.thing_id, sum(h.n) AS taken FROM streams_hourly h JOIN streams_datastream d ON d.id = h.datastream_id
             WHERE h.at > %(since)s GROUP BY 1) h ON h.thing_id = t.id
           LEFT JOIN (SELECT thing_id, count(*) AS refused FROM streams_quarantine WHERE received_at > %(since)s GROUP BY 1) q ON q.thing_id = t.id
           WHERE %(id)s::int IS NULL OR t.id = %(id)s""",
        {"since": clock.now() - dt.timedelta(days=1), "id": thing_id},
    )
    return {item["id"]: (item["taken"], item["refused"]) for item in found}


def values_with_sparks(station: dict[str, Any]) -> list[dict[str, Any]]:
    """A station's values, each with its last day by the hour (None for a gap) and where to fetch it all."""
    found = sql.rows(
        """SELECT d.id, array_agg(h.mean ORDER BY g.at) AS points
           FROM streams_datastream d CROSS JOIN generate_series(date_trunc('hour', %(now)s) - interval '23 hours', date_trunc('hour', %(now)s), '1 hour') g(at)
           LEFT JOIN streams_hourly h ON h.datastream_id = d.id AND h.at = g.at WHERE d.thing_id = %(t)s GROUP BY d.id""",
        {"now": clock.now(), "t": station["id"]},
    )
    points = {item["id"]: item["points"] for item in found}
    limits = alerts.limits_of([value["ds"] for value in station["values"]])
    shown = []
    for value in station["values"]:
        limit = next(iter(limits.get(value["ds"], ())), None)
        shown.append({
            **value, "spark": points.get(value["ds"], []), "href_csv": f"/stations/{station['code']}/{value['ds']}.csv",
            "limit": limit.value if limit else None, "limit_word": limit.word[i18n.language()] if limit else "", "source": limit.source if limit else "",
        })  # fmt: skip
    return shown


def _datastream(viewer: Viewer, code: str, datastream_id: int) -> dict[str, Any]:
    found = readings(viewer, where=Sql("t.code = %(code)s AND d.id = %(ds)s", {"code": code, "ds": datastream_id}))
    if not found:
        raise missing(
            "no_datastream",
            "Trạm này không đo đại lượng đó.",
            "This station does not measure that.",
            code=code,
            datastream=datastream_id,
        )
    return found[0]


def series(viewer: Viewer, code: str, datastream_id: int, days: int) -> dict[str, Any]:
    """Points of one datastream for a chart over the last 1, 7, 30 or 365 days; gaps are None; its limits beside."""
    own = _datastream(viewer, code, datastream_id)
    now = clock.now()
    since = now - dt.timedelta(days=days)
    vi, en, step = rules.STEPS[days]
    if days == 1:
        text = """SELECT to_timestamp(floor(extract(epoch FROM phenomenon_time) / 600) * 600) AS at, avg(result) FILTER (WHERE flags & %(bad)s = 0) AS value
                  FROM streams_observation WHERE datastream_id = %(ds)s AND phenomenon_time > %(since)s AND phenomenon_time <= %(now)s GROUP BY 1 ORDER BY 1"""
    else:
        table = "streams_daily" if days == 365 else "streams_hourly"
        text = f"SELECT at, mean AS value FROM {table} WHERE datastream_id = %(ds)s AND at > %(since)s AND at <= %(now)s ORDER BY at"
    found = sql.rows(text, {"ds": datastream_id, "since": since, "now": now, "bad": NOT_AVERAGED})
    shown = rules.shown_value(own, i18n.language())
    limits = [
        {"value": item.value, "title": item.word[i18n.language()], "source": item.source}
        for item in alerts.limits_of([datastream_id]).get(datastream_id, [])
    ]
    return {
        "ds": datastream_id, "name": shown["name"], "unit": shown["unit"], "points": rules.with_gaps([(i["at"], i["value"]) for i in found], step),
        "limits": limits, "from": since, "to": now, "source": own["name"], "step": i18n.t(vi, en),
    }  # fmt: skip


def raw(viewer: Viewer, code: str, datastream_id: int, days: int) -> list[dict[str, Any]]:
    """Readings as they came, with flags, oldest first; at most 100,000."""
    own = _datastream(viewer, code, datastream_id)
    found = sql.rows(
        """SELECT phenomenon_time AS at, result AS value, flags FROM streams_observation WHERE datastream_id = %(ds)s
           AND phenomenon_time > %(since)s ORDER BY phenomenon_time LIMIT 100000""",
        {"ds": datastream_id, "since": clock.now() - dt.timedelta(days=days)},
    )
    return [{**item, "unit": own["unit"], "flags": "+".join(flag_names(item["flags"]))} for item in found]
