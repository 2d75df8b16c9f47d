"""Creation with everything nested in it (18-088, 10.2.1): one transaction, entities in the order they need each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError

from taydo.engines.sensorthings import bodies
from taydo.engines.sensorthings.bodies import GEOJSON, checked, columns, reference, wrong
from taydo.engines.sensorthings.registry import TABLE, visible_in
from taydo.kernel import errors, ids, sql
from taydo.kernel.actors import EVERYWHERE, Viewer
from taydo.protocols.sensorthings.vocabulary import TYPES

FOREIGN = {
    ("Datastream", "Thing"): "thing_id", ("Datastream", "Sensor"): "sensor_id",
    ("Datastream", "ObservedProperty"): "observedproperty_id", ("HistoricalLocation", "Thing"): "thing_id",
}  # fmt: skip
MAX_ENTITIES = 2_000


@dataclass
class Creation:
    """One deep insert. `observations`: (datastream id, body) pairs for the caller to take in when the rest stands."""

    viewer: Viewer
    observations: list[tuple[int, Any]] = field(default_factory=list)
    made: int = 0

    def create(self, entity: str, body: Any, given: dict[str, int] | None = None) -> int:
        """Makes an entity and what is nested in it; `given`: to-one relations already known. Returns its id."""
        self.made += 1
        if self.made > MAX_ENTITIES:
            raise errors.too_large("too_many", f"Quá {MAX_ENTITIES} thực thể.", f"More than {MAX_ENTITIES} entities.")
        properties, relations = checked(entity, body)
        _geometry(entity, properties)
        found = columns(entity, properties)
        for relation in TYPES[entity].relations.values():
            if not relation.many and (entity, relation.name) in FOREIGN:
                found[FOREIGN[entity, relation.name]] = self._parent(entity, relation.name, relations, given or {})
        self._own(entity, found)
        key = insert(entity, found)
        self._children(entity, key, relations)
        return key

    def _parent(self, entity: str, name: str, relations: dict[str, Any], given: dict[str, int]) -> int:
        if name in given:
            return given[name]
        if name not in relations:
            raise wrong(name, f"{entity} cần quan hệ này.", f"{entity} needs this relation.")
        return self.resolve(TYPES[entity].relations[name].target, relations[name])

    def resolve(self, entity: str, value: Any) -> int:
        """The id of an entity that is referred to, or given inline."""
        key = reference(value)
        if key is None:
            return self.create(entity, value)
        return existing(self.viewer, entity, [key])[0]

    def _own(self, entity: str, found: dict[str, Any]) -> None:
        """Settles and checks whose the new entity is."""
        if entity == "Thing":
            found.setdefault("agency", default_agency(self.viewer))
            found.setdefault("code", f"sta-{ids.uuid7().hex}")
            self.viewer.require("streams.declare", found["agency"])
        elif "thing_id" in found:
            require_things(self.viewer, [found["thing_id"]])

    def _children(self, entity: str, key: int, relations: dict[str, Any]) -> None:
        for name, value in relations.items():
            relation = TYPES[entity].relations[name]
            if not relation.many:
                continue
            items = value if isinstance(value, list) else [value]
            if relation.target == "Observation":
                if entity != "Datastream":
                    raise wrong(name, "hãy tạo quan trắc qua Datastream.", "create observations through a Datastream.")
                self.observations += [(key, one) for one in items]
            elif (
                relation.inverse in TYPES[relation.target].relations
                and not TYPES[relation.target].relations[relation.inverse].many
            ):
                for one in items:
                    self.create(relation.target, one, {relation.inverse: key})
            else:
                link(self.viewer, entity, name, key, [self.resolve(relation.target, one) for one in items])


def _geometry(entity: str, properties: dict[str, Any]) -> None:
    """GeoJSON must be GeoJSON; other encodings are kept as they come."""
    name = {"Location": "location", "FeatureOfInterest": "feature"}.get(entity)
    if (
        name is None
        or name not in properties
        or properties.get("encodingType", "application/geo+json").lower() not in GEOJSON
    ):
        return
    text = columns(entity, {name: properties[name]})[name]
    if not sql.value("SELECT sensorthings_geometry(%(g)s::jsonb) IS NOT NULL", {"g": text}):
        raise wrong(name, "không phải hình học GeoJSON.", "is not a GeoJSON geometry.")


def insert(entity: str, found: dict[str, Any]) -> int:
    """One row; returns its id. Raises conflict when a code or symbol is taken."""
    names = list(found)
    casts = dict.fromkeys(bodies.JSON_COLUMNS, "::jsonb")
    values = ", ".join(f"%({name})s{casts.get(name, '')}" for name in names)
    try:
        return int(sql.value(f"INSERT INTO {TABLE[entity]} ({', '.join(names)}) VALUES ({values}) RETURNING id", found))
    except IntegrityError:
        raise taken() from None


def taken() -> errors.Problem:
    """409: the code or symbol belongs to another."""
    return errors.conflict("taken", "Mã hoặc ký hiệu này đã có chủ.", "This code or symbol is already taken.")


def existing(viewer: Viewer, entity: str, keys: list[Any]) -> list[int]:
    """The ids, all of them existing and visible. Raises 400 naming the first that is not."""
    numbers = [key for key in keys if isinstance(key, int) and abs(key) < 2**31]
    seen = visible_in(viewer, entity, "e")
    known = {row["id"] for row in sql.rows(f"SELECT e.id FROM {TABLE[entity]} e WHERE e.id = ANY(%(keys)s) AND ({seen.text})",
                                           {**seen.params, "keys": numbers})}  # fmt: skip
    for key in keys:
        if key not in known:
            raise errors.bad(
                "no_entity", f"Không có {entity} {key!r}.", f"There is no {entity} {key!r}.", entity=entity
            )
    return numbers


def default_agency(viewer: Viewer) -> str:
    """The agency of a new thing that names none: the viewer's own, else the only one they may declare for."""
    held = viewer.agencies("streams.declare")
    if viewer.agency and (EVERYWHERE in held or viewer.agency in held):
        return viewer.agency
    return next(iter(sorted(held))) if EVERYWHERE not in held and len(held) == 1 else ""


def require_things(viewer: Viewer, things: list[int]) -> None:
    """Raises 403 unless the viewer may declare for the agencies of all these things."""
    for agency in {
        row["agency"] for row in sql.rows("SELECT agency FROM streams_thing WHERE id = ANY(%(t)s)", {"t": things})
    }:
        viewer.require("streams.declare", agency)


def link(viewer: Viewer, entity: str, relation: str, key: int, others: list[int]) -> None:
    """Joins two entities of a many-to-many relation; a thing's new locations also go into its history."""
    if (entity, relation) == ("Thing", "Locations"):
        move(viewer, [key], others)
    elif (entity, relation) == ("Location", "Things"):
        move(viewer, others, [key])
    else:
        histories, places = ([key], others) if entity == "HistoricalLocation" else (others, [key])
        owners = sql.rows("SELECT thing_id FROM streams_historicallocation WHERE id = ANY(%(h)s)", {"h": histories})
        require_things(viewer, [row["thing_id"] for row in owners])
        sql.execute(
            """INSERT INTO streams_historicallocation_location (historicallocation_id, location_id)
               SELECT h, l FROM unnest(%(h)s::integer[]) h, unnest(%(l)s::integer[]) l ON CONFLICT DO NOTHING""",
            {"h": histories, "l": places},
        )


def move(viewer: Viewer, things: list[int], places: list[int]) -> None:
    """Things stand at these locations from now on: replaced, written into history, coordinates brought up to date."""
    require_things(viewer, things)
    params = {"t": things, "l": places}
    sql.execute("DELETE FROM streams_thing_location WHERE thing_id = ANY(%(t)s)", params)
    if not places:
        return
    sql.execute(
        """INSERT INTO streams_thing_location (thing_id, location_id)
           SELECT t, l FROM unnest(%(t)s::integer[]) t, unnest(%(l)s::integer[]) l""",
        params,
    )
    sql.execute(
        """WITH moved AS (INSERT INTO streams_historicallocation (thing_id, time)
               SELECT t, clock_timestamp() FROM unnest(%(t)s::integer[]) t RETURNING id)
           INSERT INTO streams_historicallocation_location (historicallocation_id, location_id)
           SELECT moved.id, l FROM moved, unnest(%(l)s::integer[]) l""",
        params,
    )
    coordinates(things)


def coordinates(things: list[int]) -> None:
    """Brings longitude and latitude of things up to date with the middle of the location they stand at."""
    sql.execute(
        """UPDATE streams_thing t SET lon = ST_X(p.point), lat = ST_Y(p.point)
           FROM (SELECT DISTINCT ON (tl.thing_id) tl.thing_id, ST_Centroid(sensorthings_geometry(l.location)) AS point
                 FROM streams_thing_location tl JOIN streams_location l ON l.id = tl.location_id
                 WHERE tl.thing_id = ANY(%(t)s) ORDER BY tl.thing_id, l.id) p
           WHERE p.thing_id = t.id AND p.point IS NOT NULL""",
        {"t": things},
    )
