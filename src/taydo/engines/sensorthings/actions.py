"""Every write to the entities of SensorThings; readings themselves go in through `observing`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
from django.db import IntegrityError

from taydo.engines.sensorthings import bodies, observing
from taydo.engines.sensorthings.bodies import checked, columns, reference, wrong
from taydo.engines.sensorthings.creating import (
    FOREIGN,
    Creation,
    coordinates,
    existing,
    link,
    move,
    require_things,
    taken,
)
from taydo.engines.sensorthings.registry import TABLE, observation_key, visible_in
from taydo.engines.streams import actions as streams
from taydo.engines.streams.readings import WITHDRAWN
from taydo.kernel import errors, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.protocols.sensorthings.times import EPOCH
from taydo.protocols.sensorthings.vocabulary import TYPES


@action("streams.declare")
def create(viewer: Viewer, entity: str, body: Any, under: tuple[str, str, int] | None = None) -> int:
    """Makes an entity with everything nested in it, all or nothing; returns its id.

    `under`: (parent entity type, relation, parent id) when it is posted to a relation of another entity.
    """
    creation = Creation(viewer)
    if under is None:
        key = creation.create(entity, body)
    else:
        parent, relation, parent_key = under
        inverse = TYPES[parent].relations[relation].inverse
        if TYPES[entity].relations[inverse].many:
            key = creation.resolve(entity, body)
            link(viewer, parent, relation, parent_key, [key])
        else:
            key = creation.create(entity, body, {inverse: parent_key})
    for _, reason in observing.observe(viewer, list(creation.observations)) if creation.observations else ():
        if reason:
            raise observing.refused(reason)
    about(entity.lower(), key)
    return key


@action("streams.declare")
def update(viewer: Viewer, entity: str, key: int, body: Any, whole: bool = False) -> None:
    """Changes what the body names (PATCH), or everything (PUT: what is not named goes back to nothing)."""
    require(viewer, entity, key)
    properties, relations = checked(entity, body, partial=not whole)
    if whole and "properties" in bodies.FIELDS[entity]:
        properties.setdefault("properties", {})
    found = columns(entity, properties)
    for name, value in relations.items():
        if (entity, name) in FOREIGN:
            target = TYPES[entity].relations[name].target
            other = reference(value)
            if other is None:
                raise wrong(name, 'cần {"@iot.id": …}.', 'needs {"@iot.id": …}.')
            found[FOREIGN[entity, name]] = existing(viewer, target, [other])[0]
    if "thing_id" in found:
        require_things(viewer, [found["thing_id"]])
    if "agency" in found:
        viewer.require("streams.declare", found["agency"])
    about(entity.lower(), key)
    if found:
        _write(entity, key, found)
    if entity == "Thing" and "Locations" in relations:
        places = relations["Locations"] if isinstance(relations["Locations"], list) else [relations["Locations"]]
        creation = Creation(viewer)
        move(viewer, [key], [creation.resolve("Location", one) for one in places])


def _write(entity: str, key: int, found: dict[str, Any]) -> None:
    sets = ", ".join(f"{name} = %({name})s{'::jsonb' if name in bodies.JSON_COLUMNS else ''}" for name in found)
    try:
        sql.execute(f"UPDATE {TABLE[entity]} SET {sets} WHERE id = %(key)s", {**found, "key": key})
    except IntegrityError:
        raise taken() from None
    if entity == "Location" and "location" in found:
        if not sql.value("SELECT sensorthings_geometry(location) IS NOT NULL OR encoding_type NOT LIKE '%%geo%%json%%'"
                         " FROM streams_location WHERE id = %(k)s", {"k": key}):  # fmt: skip
            raise wrong("location", "không phải hình học GeoJSON.", "is not a GeoJSON geometry.")
        things = sql.rows("SELECT thing_id FROM streams_thing_location WHERE location_id = %(k)s", {"k": key})
        coordinates([row["thing_id"] for row in things])


_USERS = {
    "Thing": "SELECT id FROM streams_thing WHERE id = %(k)s",
    "Datastream": "SELECT thing_id FROM streams_datastream WHERE id = %(k)s",
    "HistoricalLocation": "SELECT thing_id FROM streams_historicallocation WHERE id = %(k)s",
    "Sensor": "SELECT thing_id FROM streams_datastream WHERE sensor_id = %(k)s",
    "ObservedProperty": "SELECT thing_id FROM streams_datastream WHERE observedproperty_id = %(k)s",
    "Location": """SELECT thing_id FROM streams_thing_location WHERE location_id = %(k)s UNION
        SELECT h.thing_id FROM streams_historicallocation h JOIN streams_historicallocation_location hl
        ON hl.historicallocation_id = h.id WHERE hl.location_id = %(k)s""",
    "FeatureOfInterest": """SELECT d.thing_id FROM sensorthings_named n JOIN streams_datastream d ON d.id = n.datastream_id
        WHERE n.feature_id = %(k)s UNION SELECT tl.thing_id FROM sensorthings_place p
        JOIN streams_thing_location tl ON tl.location_id = p.location_id WHERE p.feature_id = %(k)s""",
}


def require(viewer: Viewer, entity: str, key: int) -> None:
    """Raises 404 unless the entity is there for the viewer, 403 unless they may declare for every agency that uses it."""
    seen = visible_in(viewer, entity, "e")
    if not sql.value(
        f"SELECT TRUE FROM {TABLE[entity]} e WHERE e.id = %(k)s AND ({seen.text})", {**seen.params, "k": key}
    ):
        raise errors.missing("no_entity", f"Không có {entity} này.", f"There is no such {entity}.", entity=entity)
    agencies = sql.rows(f"SELECT DISTINCT agency FROM streams_thing WHERE id IN ({_USERS[entity]})", {"k": key})
    for row in agencies:
        viewer.require("streams.declare", row["agency"])


_REMOVALS = {
    "Thing": (
        """DELETE FROM streams_historicallocation_location WHERE historicallocation_id IN
           (SELECT id FROM streams_historicallocation WHERE thing_id = %(k)s)""",
        "DELETE FROM streams_historicallocation WHERE thing_id = %(k)s",
        "DELETE FROM streams_thing_location WHERE thing_id = %(k)s",
        "DELETE FROM streams_datastream WHERE thing_id = %(k)s",
    ),
    "Location": (
        """WITH gone AS (DELETE FROM streams_historicallocation_location WHERE location_id = %(k)s
                         RETURNING historicallocation_id)
           SELECT count(*) FROM gone""",
        """DELETE FROM streams_historicallocation h WHERE NOT EXISTS
           (SELECT FROM streams_historicallocation_location hl WHERE hl.historicallocation_id = h.id)
           AND h.thing_id IN (SELECT thing_id FROM streams_thing_location WHERE location_id = %(k)s)""",
        "DELETE FROM streams_thing_location WHERE location_id = %(k)s",
    ),
    "HistoricalLocation": ("DELETE FROM streams_historicallocation_location WHERE historicallocation_id = %(k)s",),
    "Datastream": (),
    "Sensor": ("DELETE FROM streams_datastream WHERE sensor_id = %(k)s",),
    "ObservedProperty": ("DELETE FROM streams_datastream WHERE observedproperty_id = %(k)s",),
    "FeatureOfInterest": (),
}


@action("streams.declare")
def remove(viewer: Viewer, entity: str, key: int) -> None:
    """Takes an entity away with what cannot be without it (18-088, table 24). A feature that readings are about stays."""
    require(viewer, entity, key)
    about(entity.lower(), key)
    if entity == "FeatureOfInterest" and sql.value(
        "SELECT EXISTS (SELECT FROM sensorthings_place WHERE feature_id = %(k)s) OR "
        "EXISTS (SELECT FROM sensorthings_named WHERE feature_id = %(k)s)", {"k": key},
    ):  # fmt: skip
        raise errors.conflict("in_use", "Còn số liệu về đối tượng này; số liệu gốc không xoá theo.",
                              "There are readings of this feature; raw readings do not go with it.")  # fmt: skip
    for statement in _REMOVALS[entity]:
        sql.execute(statement, {"k": key})
    sql.execute(f"DELETE FROM {TABLE[entity]} WHERE id = %(k)s", {"k": key})


@action("streams.check")
def annotate(viewer: Viewer, key: str, changes: dict[str, Any]) -> None:
    """Sets resultQuality and parameters of a kept reading (None removes); the reading itself never changes."""
    stream, _ = _reading(viewer, key)
    about("observation", key)
    gone = [name for name, value in changes.items() if value is None]
    kept = {name: value for name, value in changes.items() if value is not None}
    sql.execute(
        """UPDATE streams_observation SET extra = (coalesce(extra, '{}') || %(kept)s::jsonb) - %(gone)s::text[]
           WHERE datastream_id = %(stream)s
             AND phenomenon_time = timestamptz 'epoch' + %(at)s::bigint * interval '1 microsecond'""",
        {"kept": msgspec.json.encode(kept).decode(), "gone": gone, "stream": stream, "at": int(key.split("-", 1)[1])},
    )


def withdraw(viewer: Viewer, key: str) -> None:
    """Marks a reading as withdrawn: it stays on record, but no door shows it any more."""
    stream, at = _reading(viewer, key)
    start = EPOCH + timedelta(microseconds=at)
    streams.withdraw(viewer, stream, start, start + timedelta(microseconds=1), "SensorThings DELETE")


def _reading(viewer: Viewer, key: str) -> tuple[int, int]:
    """(datastream, microseconds) of a reading the viewer may see and check. Raises 404, 403."""
    pair = observation_key(key)
    seen = visible_in(viewer, "Observation", "e")
    row = pair and sql.row(
        f"""SELECT t.agency FROM streams_observation e JOIN streams_datastream d ON d.id = e.datastream_id
            JOIN streams_thing t ON t.id = d.thing_id
            WHERE e.datastream_id = %(d)s AND e.flags & {WITHDRAWN} = 0 AND ({seen.text})
              AND e.phenomenon_time = timestamptz 'epoch' + %(at)s::bigint * interval '1 microsecond'""",
        {**seen.params, "d": pair[0], "at": pair[1]},
    )
    if not pair or not row:
        raise errors.missing(
            "no_entity", "Không có Observation này.", "There is no such Observation.", entity="Observation"
        )
    viewer.require("streams.check", row["agency"])
    return pair
