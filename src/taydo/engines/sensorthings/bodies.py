"""What a client sends for an entity: checked against the data model, turned into columns and relations."""

from __future__ import annotations

from typing import Any

import msgspec

from taydo.kernel import errors
from taydo.protocols.sensorthings.errors import StaError
from taydo.protocols.sensorthings.times import format_instant, format_time, parse_instant, parse_time
from taydo.protocols.sensorthings.vocabulary import TYPES, Property

MAX_BODY = 2 * 1024 * 1024
#: the column of each property that clients may set
FIELDS: dict[str, dict[str, str]] = {
    "Thing": {"name": "name", "description": "description", "properties": "properties"},
    "Location": {"name": "name", "description": "description", "encodingType": "encoding_type", "location": "location",
                 "properties": "properties"},
    "HistoricalLocation": {"time": "time"},
    "Datastream": {"name": "name", "description": "description", "observationType": "observation_type",
                   "properties": "properties"},
    "Sensor": {"name": "name", "description": "description", "encodingType": "encoding_type", "metadata": "metadata",
               "properties": "properties"},
    "ObservedProperty": {"name": "name", "description": "description", "definition": "definition", "properties": "properties"},
    "FeatureOfInterest": {"name": "name", "description": "description", "encodingType": "encoding_type", "feature": "feature",
                          "properties": "properties"},
}  # fmt: skip
JSON_COLUMNS = {"properties", "location", "metadata", "feature"}
GEOJSON = {
    "application/geo+json",
    "application/vnd.geo+json",
    "application/geojson",
    "application/vnd.geo+json; charset=utf-8",
}


def decode(body: bytes, most: int = MAX_BODY) -> Any:
    """The JSON of a request. Raises 400, or 413 when it is too long."""
    if len(body) > most:
        raise errors.too_large(
            "too_large", f"Nội dung quá {most} byte.", f"The body is longer than {most} bytes.", most=most
        )
    if b"\\u0000" in body or b"\x00" in body:
        raise errors.bad("null_character", "Nội dung có ký tự rỗng.", "The body holds a null character.")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.bad("not_json", f"Không phải JSON: {error}", f"Not JSON: {error}") from None


def wrong(field: str, vi: str, en: str) -> errors.Problem:
    """400 that names the property."""
    return errors.bad("bad_entity", f"{field}: {vi}", f"{field}: {en}", field=field)


def checked(entity: str, body: Any, *, partial: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """(properties, relations) of a body. Raises 400 for what is missing (unless `partial`), unknown or of a wrong kind."""
    if not isinstance(body, dict):
        raise errors.bad("bad_entity", f"Cần một đối tượng {entity}.", f"Expected a {entity} object.")
    kind = TYPES[entity]
    properties: dict[str, Any] = {}
    relations: dict[str, Any] = {}
    for name, value in body.items():
        if name in kind.relations:
            relations[name] = value
        elif name in kind.properties:
            if not kind.properties[name].computed:
                properties[name] = _value(entity, kind.properties[name], value)
        elif "@iot." not in name and name != "id":
            raise wrong(name, f"{entity} không có thuộc tính này.", f"{entity} has no such property.")
    if not partial:
        for one in kind.properties.values():
            if one.required and one.name not in properties:
                raise wrong(one.name, "bắt buộc có.", "is required.")
    return properties, relations


def _value(entity: str, one: Property, value: Any) -> Any:
    if one.name == "unitOfMeasurement":
        return _unit(value)
    if value is None and not one.required:
        return {} if one.name == "properties" else None
    if one.kind == "string" and not isinstance(value, str):
        raise wrong(one.name, "phải là chuỗi.", "must be a string.")
    if one.kind == "json" and one.name in ("properties", "parameters") and not isinstance(value, dict):
        raise wrong(one.name, "phải là đối tượng JSON.", "must be a JSON object.")
    if one.kind == "geometry" and not isinstance(value, dict | str):
        raise wrong(one.name, "phải là GeoJSON.", "must be GeoJSON.")
    if one.kind in ("instant", "interval"):
        return _time(one, value)
    if one.required and value is None and one.name != "result":
        raise wrong(one.name, "không được là null.", "must not be null.")
    return value


def _time(one: Property, value: Any) -> str:
    try:
        if one.kind == "instant":
            return format_instant(parse_instant(value))
        start, end = parse_time(value)
        return format_time(start, end)
    except StaError as error:
        raise wrong(one.name, error.vi, error.en) from None
    except (AttributeError, TypeError):
        raise wrong(one.name, "phải là thời gian ISO 8601.", "must be an ISO 8601 time.") from None


def _unit(value: Any) -> dict[str, str]:
    found = value if value is not None else {}
    if not isinstance(found, dict) or not all(isinstance(one, str | None) for one in found.values()):
        raise wrong(
            "unitOfMeasurement", "cần name, symbol, definition là chuỗi.", "needs name, symbol, definition as strings."
        )
    return {name: found.get(name) or "" for name in ("name", "symbol", "definition")}


def reference(value: Any) -> int | str | None:
    """The identifier in `{"@iot.id": 5}`, or None when the value is an entity to be created.

    Some clients send the whole entity along with its id; the service gives identifiers itself, so an id always refers.
    """
    if isinstance(value, dict) and "@iot.id" in value:
        key = value["@iot.id"]
        return key if isinstance(key, int | str) and not isinstance(key, bool) else None
    return None


def columns(entity: str, properties: dict[str, Any]) -> dict[str, Any]:
    """Properties as columns with values ready for SQL (JSON as text)."""
    found: dict[str, Any] = {}
    for name, value in properties.items():
        if name == "unitOfMeasurement":
            found.update(unit_name=value["name"], unit_symbol=value["symbol"], unit_definition=value["definition"])
            continue
        column = FIELDS[entity][name]
        found[column] = msgspec.json.encode(value).decode() if column in JSON_COLUMNS else value
    if "properties" in properties:
        found.update(_declared(entity, properties["properties"] or {}))
    return found


def _declared(entity: str, properties: dict[str, Any]) -> dict[str, Any]:
    """The house's own columns that a client may set through `properties`: code, kind, symbol, public, simulated."""
    wanted: dict[str, dict[str, type]] = {
        "Thing": {"code": str, "kind": str, "agency": str, "public": bool, "simulated": bool},
        "Datastream": {"symbol": str, "public": bool},
        "ObservedProperty": {"code": str},
    }
    return {name: properties[name] for name, kind in wanted.get(entity, {}).items()
            if isinstance(properties.get(name), kind) and properties[name] != ""}  # fmt: skip
