"""Vector tiles made by the database: units of a level on a day, and waterways; simpler outlines at small scales."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from taydo.kernel import sql

from . import queries
from .rules import tile_step_m

MAX_NATIVE_ZOOM = 14
LAYERS = ("units", "river")
_SHAPES = ((8, "u.geom_z8"), (11, "u.geom_z11"))
_FULL = "ST_Transform(u.geom, 3857)"

_UNITS = """
WITH box AS (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS area, ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 0.02) AS wide),
areas AS (
  SELECT u.id, u.code, u.name, u.name_en, u.level, u.kind, u.geometry, u.valid_from::text AS valid_from,
         ST_AsMVTGeom({shape}, box.area, 4096, 64, true) AS geom
  FROM places_unit u, box WHERE u.level = %(level)s AND {stands} AND {meets}),
centres AS (
  SELECT u.id, u.code, u.name, u.name_en, u.level, u.kind,
         ST_AsMVTGeom(ST_Transform(ST_SetSRID(ST_MakePoint(u.lon, u.lat), 4326), 3857), box.area, 4096, 64, true) AS geom
  FROM places_unit u, box WHERE u.level = %(level)s AND {stands} AND {meets})
SELECT (SELECT coalesce(ST_AsMVT(areas, 'units', 4096, 'geom', 'id'), '') FROM areas WHERE geom IS NOT NULL)
    || (SELECT coalesce(ST_AsMVT(centres, 'unit_centres', 4096, 'geom', 'id'), '') FROM centres WHERE geom IS NOT NULL)
"""
_RIVER = """
WITH box AS (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS area),
lines AS (
  SELECT u.code, u.name, u.name_en, u.kind, u.schematic,
         ST_AsMVTGeom(ST_Simplify(ST_Transform(u.geom, 3857), %(step)s), box.area, 4096, 64, true) AS geom
  FROM places_waterway u, box WHERE u.geom && ST_Transform(ST_Expand(box.area, %(step)s * 64), 4326))
SELECT coalesce(ST_AsMVT(lines, 'river', 4096, 'geom'), '') FROM lines WHERE geom IS NOT NULL
"""


def tile(layer: str, z: int, x: int, y: int, on: dt.date, level: str) -> bytes:
    """One Mapbox vector tile (MVT 2) of a layer; empty when nothing is there."""
    where = {"z": z, "x": x, "y": y, "step": tile_step_m(z)}
    if layer == "river":
        return bytes(sql.value(_RIVER, where) or b"")
    shape = next((column for top, column in _SHAPES if z <= top), _FULL)
    meets = f"{shape} && box.wide" if shape != _FULL else "u.geom && ST_Transform(box.wide, 4326)"
    text = _UNITS.format(shape=shape, stands=queries.STANDS, meets=meets)
    return bytes(sql.value(text, {**where, "on": on, "level": level}) or b"")


def etag(layer: str, z: int, x: int, y: int, on: dt.date, level: str) -> str:
    """Names the content of a tile without making it."""
    named = f"{queries.version()}|{layer}|{z}|{x}|{y}|{on}|{level}"
    return f'"{hashlib.sha256(named.encode()).hexdigest()[:24]}"'


def tilejson(layer: str, on: dt.date, level: str, root: str, dated: bool) -> dict[str, Any]:
    """TileJSON 3.0 of a layer; `root` is the address before `/tiles`. It says when outlines are approximate or lines schematic."""
    asked = f"?level={level}" + (f"&on={on.isoformat()}" if dated else "") if layer == "units" else ""
    box = queries.extent() or (-180.0, -85.0, 180.0, 85.0)
    text = {"code": "String", "name": "String", "name_en": "String", "kind": "String"}
    inside = {
        "units": [
            {"id": "units", "fields": {**text, "level": "String", "geometry": "String", "valid_from": "String"}},
            {"id": "unit_centres", "fields": {**text, "level": "String"}},
        ],
        "river": [{"id": "river", "fields": {**text, "schematic": "Boolean"}}],
    }
    rough = queries.approximate(on, level) if layer == "units" else True
    return {
        "tilejson": "3.0.0",
        "name": layer,
        "tiles": [f"{root}/tiles/{layer}/{{z}}/{{x}}/{{y}}{asked}"],
        "vector_layers": inside[layer],
        "bounds": [round(edge, 4) for edge in box],
        "minzoom": 0,
        "maxzoom": MAX_NATIVE_ZOOM,
        "approximate": rough,
        "attribution": "Ranh giới gần đúng, sông vẽ sơ đồ · Approximate areas, schematic river" if rough else "",
    }
