"""The data model of OGC 18-088 clause 8: eight entity types, their properties and the ways from one to another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["id", "string", "number", "any", "json", "instant", "interval", "geometry"]


@dataclass(frozen=True)
class Property:
    """One property: ``required`` on creation, ``computed`` when only the service may set it."""

    name: str
    kind: Kind
    required: bool = False
    computed: bool = False


@dataclass(frozen=True)
class Relation:
    """A navigation property: its name here, its target, whether it is a collection, its name at the other end."""

    name: str
    target: str
    many: bool
    inverse: str
    required: bool = False


@dataclass(frozen=True)
class EntityType:
    """An entity type with its collection name, properties and relations by name."""

    name: str
    plural: str
    properties: dict[str, Property] = field(default_factory=dict)
    relations: dict[str, Relation] = field(default_factory=dict)


def _entity(name: str, plural: str, properties: list[Property], relations: list[Relation]) -> EntityType:
    return EntityType(name, plural, {p.name: p for p in properties}, {r.name: r for r in relations})


_NAMED = [Property("name", "string", required=True), Property("description", "string", required=True)]
_JSON = Property("properties", "json")

_ALL = [
    _entity(
        "Thing",
        "Things",
        [*_NAMED, _JSON],
        [
            Relation("Datastreams", "Datastream", True, "Thing"),
            Relation("Locations", "Location", True, "Things"),
            Relation("HistoricalLocations", "HistoricalLocation", True, "Thing"),
        ],
    ),
    _entity(
        "Location",
        "Locations",
        [
            *_NAMED,
            Property("encodingType", "string", required=True),
            Property("location", "geometry", required=True),
            _JSON,
        ],
        [
            Relation("Things", "Thing", True, "Locations"),
            Relation("HistoricalLocations", "HistoricalLocation", True, "Locations"),
        ],
    ),
    _entity(
        "HistoricalLocation",
        "HistoricalLocations",
        [Property("time", "instant", required=True)],
        [
            Relation("Thing", "Thing", False, "HistoricalLocations", required=True),
            Relation("Locations", "Location", True, "HistoricalLocations", required=True),
        ],
    ),
    _entity(
        "Datastream",
        "Datastreams",
        [
            *_NAMED,
            Property("observationType", "string", required=True),
            Property("unitOfMeasurement", "json", required=True),
            Property("observedArea", "geometry", computed=True),
            Property("phenomenonTime", "interval", computed=True),
            Property("resultTime", "interval", computed=True),
            _JSON,
        ],
        [
            Relation("Thing", "Thing", False, "Datastreams", required=True),
            Relation("Sensor", "Sensor", False, "Datastreams", required=True),
            Relation("ObservedProperty", "ObservedProperty", False, "Datastreams", required=True),
            Relation("Observations", "Observation", True, "Datastream"),
        ],
    ),
    _entity(
        "Sensor",
        "Sensors",
        [
            *_NAMED,
            Property("encodingType", "string", required=True),
            Property("metadata", "any", required=True),
            _JSON,
        ],
        [Relation("Datastreams", "Datastream", True, "Sensor")],
    ),
    _entity(
        "ObservedProperty",
        "ObservedProperties",
        [
            *_NAMED,
            Property("definition", "string", required=True),
            _JSON,
        ],
        [Relation("Datastreams", "Datastream", True, "ObservedProperty")],
    ),
    _entity(
        "Observation",
        "Observations",
        [
            Property("phenomenonTime", "interval"),
            Property("result", "any", required=True),
            Property("resultTime", "instant"),
            Property("resultQuality", "json"),
            Property("validTime", "interval"),
            Property("parameters", "json"),
        ],
        [
            Relation("Datastream", "Datastream", False, "Observations", required=True),
            Relation("FeatureOfInterest", "FeatureOfInterest", False, "Observations"),
        ],
    ),
    _entity(
        "FeatureOfInterest",
        "FeaturesOfInterest",
        [
            *_NAMED,
            Property("encodingType", "string", required=True),
            Property("feature", "geometry", required=True),
            _JSON,
        ],
        [Relation("Observations", "Observation", True, "FeatureOfInterest")],
    ),
]

TYPES: dict[str, EntityType] = {one.name: one for one in _ALL}
SETS: dict[str, EntityType] = {one.plural: one for one in _ALL}
