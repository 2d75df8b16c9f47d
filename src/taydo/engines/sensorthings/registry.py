"""Where each property and relation of SensorThings stands in the tables of the streams engine."""

from __future__ import annotations

from taydo.engines.streams.queries import seen, seen_things
from taydo.engines.streams.readings import WITHDRAWN
from taydo.kernel.actors import EVERYWHERE, Viewer
from taydo.kernel.sql import Sql
from taydo.protocols.sensorthings.sql_values import Column, Link, Params, Schema

TABLE = {
    "Thing": "streams_thing", "Location": "streams_location", "HistoricalLocation": "streams_historicallocation",
    "Datastream": "streams_datastream", "Sensor": "streams_sensor", "ObservedProperty": "streams_observedproperty",
    "Observation": "streams_observation", "FeatureOfInterest": "streams_feature",
}  # fmt: skip


def micros(sql: str) -> str:
    """SQL for an instant as microseconds since 1970."""
    return f"(extract(epoch FROM {sql}) * 1000000)::bigint"


def _named(**more: Column) -> dict[str, Column]:
    return {"@iot.id": Column("number", "{a}.id"), "name": _text("name"), "description": _text("description"), **more,
            "properties": _json("properties")}  # fmt: skip


def _text(name: str) -> Column:
    return Column("text", "{a}." + name)


def _json(name: str) -> Column:
    return Column("json", "{a}." + name, shown="{a}." + name + "::text")


_UNIT = ("jsonb_build_object('name', nullif({a}.unit_name, ''), 'symbol', nullif({a}.unit_symbol, ''), "
         "'definition', nullif({a}.unit_definition, ''))")  # fmt: skip
#: written as an inequality, because the planner takes an equality on an expression for rare
KEPT = f"flags & {WITHDRAWN} <> {WITHDRAWN}"
_PROBE = ("(SELECT o.phenomenon_time FROM streams_observation o WHERE o.datastream_id = {a}.id "
          f"AND o.{KEPT} %s ORDER BY o.phenomenon_time LIMIT 1)")  # fmt: skip
#: the first and last reading; hourly means and `latest` only tell in which partition to look
_FIRST = ("coalesce(" + _PROBE % ("AND o.phenomenon_time < (SELECT min(h.at) + interval '1 hour' FROM streams_hourly h "
                                  "WHERE h.datastream_id = {a}.id)") + ", " + _PROBE % "" + ")")  # fmt: skip
_LAST = ("coalesce((SELECT l.phenomenon_time FROM streams_latest l WHERE l.datastream_id = {a}.id "
         f"AND l.{KEPT}), " + (_PROBE % "").replace("LIMIT", "DESC LIMIT") + ")")  # fmt: skip
_AREA = ("(SELECT l.location FROM streams_thing_location tl JOIN streams_location l ON l.id = tl.location_id "
         "WHERE tl.thing_id = {a}.thing_id ORDER BY l.id LIMIT 1)")  # fmt: skip
#: the end of a reading that covers an interval; most have no `extra` and end where they begin
_END = ("CASE WHEN {a}.extra ? 'phenomenonTime' THEN coalesce(sensorthings_instant(split_part({a}.extra ->> "
        "'phenomenonTime', '/', 2)), {a}.phenomenon_time) ELSE {a}.phenomenon_time END")  # fmt: skip
_VALID = "sensorthings_instant(split_part({a}.extra ->> 'validTime', '/', %s))"
FEATURE_OF = ("CASE WHEN {a}.extra ? 'FeatureOfInterest' AND length({a}.extra ->> 'FeatureOfInterest') < 10 "
              "THEN sensorthings_number({a}.extra -> 'FeatureOfInterest')::integer "
              "ELSE sensorthings_feature_of({a}.datastream_id, {a}.received_at) END")  # fmt: skip

COLUMNS: dict[str, dict[str, Column]] = {
    "Thing": _named(),
    "Location": _named(encodingType=_text("encoding_type"), location=_json("location")),
    "HistoricalLocation": {
        "@iot.id": Column("number", "{a}.id"),
        "time": Column("instant", "{a}.time", shown=micros("{a}.time")),
    },
    "Datastream": _named(
        observationType=_text("observation_type"),
        unitOfMeasurement=Column("json", _UNIT, shown=f"({_UNIT})::text"),
        observedArea=Column("json", _AREA, shown=_AREA[:-1].replace("l.location FROM", "l.location::text FROM") + ")"),
        phenomenonTime=Column("instant", _FIRST, _LAST, f"ARRAY[{micros(_FIRST)}, {micros(_LAST)}]"),
        resultTime=Column("instant", "NULL::timestamptz", "NULL::timestamptz", "NULL::bigint[]"),
    ),
    "Sensor": _named(encodingType=_text("encoding_type"), metadata=_json("metadata")),
    "ObservedProperty": _named(definition=_text("definition")),
    "Observation": {
        "@iot.id": Column("text", "({a}.datastream_id || '-' || " + micros("{a}.phenomenon_time") + ")"),
        "phenomenonTime": Column("instant", "{a}.phenomenon_time", _END,
                                 "coalesce({a}.extra ->> 'phenomenonTime', '')"),
        "result": Column("result", "{a}.result", shown="CASE WHEN {a}.extra ? 'result' THEN ({a}.extra -> 'result')::text END"),
        "resultTime": Column("instant", "sensorthings_instant({a}.extra ->> 'resultTime')", shown="{a}.extra ->> 'resultTime'"),
        "resultQuality": Column("json", "({a}.extra -> 'resultQuality')", shown="({a}.extra -> 'resultQuality')::text"),
        "validTime": Column("instant", _VALID % 1, _VALID % 2, "{a}.extra ->> 'validTime'"),
        "parameters": Column("json", "({a}.extra -> 'parameters')", shown="({a}.extra -> 'parameters')::text"),
    },
    "FeatureOfInterest": _named(encodingType=_text("encoding_type"), feature=_json("feature")),
}  # fmt: skip


def _through(table: str, ours: str, theirs: str) -> Link:
    return Link("{a}.id", "{a}.id IN (SELECT " + theirs + " FROM " + table + " WHERE " + ours + " = {k})")


def _up(column: str) -> Link:
    return Link("{a}." + column, "{a}.id = {k}")


def _down(column: str) -> Link:
    return Link("{a}.id", "{a}." + column + " = {k}")


_HISTORY = "streams_historicallocation_location"
_OF_FEATURE = (
    "{a}.datastream_id IN (SELECT n.datastream_id FROM sensorthings_named n WHERE n.feature_id = {k} UNION "
    "SELECT d.id FROM sensorthings_place p JOIN streams_thing_location tl ON tl.location_id = p.location_id "
    "JOIN streams_datastream d ON d.thing_id = tl.thing_id WHERE p.feature_id = {k} UNION "
    "SELECT d.id FROM sensorthings_place p JOIN streams_historicallocation_location hl ON hl.location_id = p.location_id "
    "JOIN streams_historicallocation h ON h.id = hl.historicallocation_id JOIN streams_datastream d ON d.thing_id = h.thing_id "
    "WHERE p.feature_id = {k}) AND " + FEATURE_OF + " = {k}"
)
LINKS: dict[tuple[str, str], Link] = {
    ("Thing", "Datastreams"): _down("thing_id"),
    ("Thing", "Locations"): _through("streams_thing_location", "thing_id", "location_id"),
    ("Thing", "HistoricalLocations"): _down("thing_id"),
    ("Location", "Things"): _through("streams_thing_location", "location_id", "thing_id"),
    ("Location", "HistoricalLocations"): _through(_HISTORY, "location_id", "historicallocation_id"),
    ("HistoricalLocation", "Thing"): _up("thing_id"),
    ("HistoricalLocation", "Locations"): _through(_HISTORY, "historicallocation_id", "location_id"),
    ("Datastream", "Thing"): _up("thing_id"),
    ("Datastream", "Sensor"): _up("sensor_id"),
    ("Datastream", "ObservedProperty"): _up("observedproperty_id"),
    ("Datastream", "Observations"): _down("datastream_id"),
    ("Sensor", "Datastreams"): _down("sensor_id"),
    ("ObservedProperty", "Datastreams"): _down("observedproperty_id"),
    ("Observation", "Datastream"): _up("datastream_id"),
    ("Observation", "FeatureOfInterest"): Link(FEATURE_OF, "{a}.id = {k}"),
    ("FeatureOfInterest", "Observations"): Link("{a}.id", _OF_FEATURE),
}


def visible_in(viewer: Viewer, entity: str, alias: str) -> Sql:
    """Whether this viewer may know of the row under `alias`: the streams' own predicate, reached from every entity type.

    What stands in use by nothing is seen only by those who may declare.
    """
    if entity == "Thing":
        return seen_things(viewer, alias)
    if entity == "ObservedProperty":
        return Sql("TRUE")
    if entity == "HistoricalLocation":
        return _thing(viewer, f"vt.id = {alias}.thing_id")
    if entity == "Datastream":
        return _stream(viewer, f"vd.id = {alias}.id")
    if entity == "Observation":
        return Sql(f"{alias}.{KEPT}") & _stream(viewer, f"vd.id = {alias}.datastream_id")
    if entity == "Sensor":
        unused = f"NOT EXISTS (SELECT FROM streams_datastream ud WHERE ud.sensor_id = {alias}.id)"
        return _stream(viewer, f"vd.sensor_id = {alias}.id") | _unused(viewer, unused)
    if entity == "Location":
        return _at_place(viewer, f"{alias}.id") | _unused(viewer, _no_place(f"{alias}.id"))
    place = f"(SELECT vp.location_id FROM sensorthings_place vp WHERE vp.feature_id = {alias}.id)"
    named = _stream(
        viewer, f"vd.id IN (SELECT vn.datastream_id FROM sensorthings_named vn WHERE vn.feature_id = {alias}.id)"
    )
    unused = f"NOT EXISTS (SELECT FROM sensorthings_named un WHERE un.feature_id = {alias}.id) AND " + _no_place(place)
    return _at_place(viewer, place) | named | _unused(viewer, unused)


def _stream(viewer: Viewer, which: str) -> Sql:
    test = seen(viewer, "vt", "vd")
    if sees_all(viewer):
        return Sql(f"EXISTS (SELECT FROM streams_datastream vd WHERE {which})") if "sensor_id" in which else Sql("TRUE")
    source = "streams_datastream vd JOIN streams_thing vt ON vt.id = vd.thing_id"
    return Sql(f"EXISTS (SELECT FROM {source} WHERE {which} AND ({test.text}))", test.params)


def _thing(viewer: Viewer, which: str) -> Sql:
    test = seen_things(viewer, "vt")
    return Sql(f"EXISTS (SELECT FROM streams_thing vt WHERE {which} AND ({test.text}))", test.params)


def _at_place(viewer: Viewer, place: str) -> Sql:
    """A visible thing stands, or stood, at the location."""
    now = f"vt.id IN (SELECT vl.thing_id FROM streams_thing_location vl WHERE vl.location_id = {place})"
    past = (f"vt.id IN (SELECT vh.thing_id FROM streams_historicallocation vh JOIN {_HISTORY} vhl "
            f"ON vhl.historicallocation_id = vh.id WHERE vhl.location_id = {place})")  # fmt: skip
    return _thing(viewer, now) | _thing(viewer, past)


def _no_place(place: str) -> str:
    return (f"NOT EXISTS (SELECT FROM streams_thing_location ul WHERE ul.location_id = {place}) AND "
            f"NOT EXISTS (SELECT FROM {_HISTORY} uh WHERE uh.location_id = {place})")  # fmt: skip


def _unused(viewer: Viewer, test: str) -> Sql:
    return Sql(test) if viewer.may("streams.declare") else Sql("FALSE")


def sees_all(viewer: Viewer) -> bool:
    """Whether nothing is hidden from this viewer."""
    return EVERYWHERE in viewer.agencies("streams.see") | viewer.agencies("streams.write")


def schema(viewer: Viewer) -> Schema:
    """The tables as this viewer may see them."""

    def visible(entity: str, alias: str) -> tuple[str, dict[str, object]]:
        seen = visible_in(viewer, entity, alias)
        return seen.text, seen.params

    return Schema(TABLE, COLUMNS, LINKS, visible, is_one)


def is_one(entity: str, alias: str, key: int | str, params: Params) -> str:
    """The condition that picks the entity with this identifier; one that cannot be picks nothing."""
    if entity == "Observation":
        return _observation_is(alias, key, params)
    return f"{alias}.id = {key}" if isinstance(key, int) and abs(key) < 2**31 else "FALSE"


def _observation_is(alias: str, key: int | str, params: Params) -> str:
    """The condition that picks the observation with this identifier; a malformed one picks nothing."""
    parts = observation_key(key)
    if parts is None:
        return "FALSE"
    at = f"timestamptz 'epoch' + {params.add(parts[1])}::bigint * interval '1 microsecond'"
    return f"({alias}.datastream_id = {parts[0]} AND {alias}.phenomenon_time = {at})"


def observation_key(key: int | str) -> tuple[int, int] | None:
    """(datastream id, microseconds since 1970) of an observation's identifier."""
    first, dash, second = str(key).partition("-")
    minus = second.removeprefix("-")
    if not (dash and first.isascii() and first.isdigit() and minus.isascii() and minus.isdigit()):
        return None
    if len(first) > 9 or len(minus) > 17 or int(second) < -62_135_596_800_000_000:
        return None
    return int(first), int(second)
