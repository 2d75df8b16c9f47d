"""Every read of places: units on a date, at a point, by name; what became of them; outlines for small maps."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import orjson

from taydo.kernel import sql

from .rules import Heir as Heir
from .rules import Unit as Unit
from .rules import bare
from .rules import fold as fold

COLUMNS = "u.code, u.name, u.name_en, u.level, u.kind, u.parent, u.valid_from, u.valid_to, u.lon, u.lat, u.area_km2, u.geometry"
STANDS = "u.valid_from <= %(on)s AND (u.valid_to IS NULL OR u.valid_to > %(on)s)"
_FIELDS = tuple(part.strip().removeprefix("u.") for part in COLUMNS.split(","))


def as_unit(record: dict[str, Any]) -> Unit:
    """A row of `COLUMNS` as a Unit."""
    return Unit(**{name: record[name] for name in _FIELDS})


def unit(code: str, on: dt.date) -> Unit | None:
    """The unit that bore this code on this day."""
    found = sql.row(
        f"SELECT {COLUMNS} FROM places_unit u WHERE u.code = %(code)s AND {STANDS}", {"code": code, "on": on}
    )
    return as_unit(found) if found else None


def units(level: str, on: dt.date, parent: str | None = None) -> list[Unit]:
    """All units of a level on a day, by code; `parent` keeps those of one province or district."""
    where = " AND u.parent = %(parent)s" if parent is not None else ""
    found = sql.rows(
        f"SELECT {COLUMNS} FROM places_unit u WHERE u.level = %(level)s AND {STANDS}{where} ORDER BY u.code",
        {"level": level, "on": on, "parent": parent},
    )
    return [as_unit(record) for record in found]


def unit_at(lon: float, lat: float, on: dt.date, level: str = "commune") -> Unit | None:
    """The unit of a level in which a point (degrees WGS 84) lay on a day; None outside the city or its history."""
    found = sql.row(
        f"""SELECT {COLUMNS} FROM places_unit u WHERE u.level = %(level)s AND {STANDS}
            AND ST_Intersects(u.geom, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326))
            ORDER BY u.geometry = 'exact' DESC, u.code LIMIT 1""",
        {"lon": lon, "lat": lat, "on": on, "level": level},
    )
    return as_unit(found) if found else None


def units_at(points: list[tuple[float, float]], on: dt.date, level: str = "commune") -> list[str | None]:
    """The code of the unit at each point (lon, lat), in order, by one query."""
    found = sql.rows(
        f"""SELECT DISTINCT ON (p.place) p.place, u.code
            FROM unnest(%(lons)s::float8[], %(lats)s::float8[]) WITH ORDINALITY AS p(lon, lat, place)
            JOIN places_unit u ON u.level = %(level)s AND {STANDS}
              AND ST_Intersects(u.geom, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326))
            ORDER BY p.place, u.geometry = 'exact' DESC, u.code""",
        {"lons": [p[0] for p in points], "lats": [p[1] for p in points], "on": on, "level": level},
    )
    codes = {record["place"]: record["code"] for record in found}
    return [codes.get(place) for place in range(1, len(points) + 1)]


def successors(code: str, on: dt.date) -> list[Heir]:
    """What the unit with this code on this day became at the end of its span; empty while it stands."""
    return _heirs("c.code", "c.valid_from", "c.to_code", "c.to_valid_from", code, on)


def predecessors(code: str, on: dt.date) -> list[Heir]:
    """From what the unit with this code on this day was made at the start of its span."""
    return _heirs("c.to_code", "c.to_valid_from", "c.code", "c.valid_from", code, on)


def _heirs(code_from: str, since_from: str, code_to: str, since_to: str, code: str, on: dt.date) -> list[Heir]:
    found = sql.rows(
        f"""SELECT {COLUMNS}, c.part, c.changed_on, c.law FROM places_unit own
            JOIN places_unit_change c ON {code_from} = own.code AND {since_from} = own.valid_from
            JOIN places_unit u ON u.code = {code_to} AND u.valid_from = {since_to}
            WHERE own.code = %(code)s AND own.valid_from <= %(on)s AND (own.valid_to IS NULL OR own.valid_to > %(on)s)
            ORDER BY c.part, u.code""",
        {"code": code, "on": on},
    )
    return [Heir(as_unit(record), record["part"], record["changed_on"], record["law"]) for record in found]


def find(text: str, on: dt.date | None = None, level: str | None = None, limit: int = 20) -> list[Unit]:
    """Units whose name holds the words, accents and titles aside; best first. `on` None searches all of history."""
    words = fold(text)
    if not words:
        return []
    when = f"AND {STANDS}" if on else ""
    found = sql.rows(
        f"""SELECT {COLUMNS} FROM places_unit u
            WHERE (u.folded LIKE %(any)s OR u.folded LIKE %(core_any)s) AND (%(level)s::text IS NULL OR u.level = %(level)s) {when}
            ORDER BY (u.folded = %(exact)s OR u.folded LIKE %(end)s) DESC, u.valid_to IS NULL DESC, u.level, u.folded, u.code,
              u.valid_from LIMIT %(limit)s""",
        {
            "any": f"%{words}%",
            "core_any": f"%{bare(text) or words}%",
            "exact": words,
            "end": f"% {bare(text) or words}",
            "level": level,
            "on": on,
            "limit": limit,
        },
    )
    return [as_unit(record) for record in found]


def history(code: str, on: dt.date) -> dict[str, Any] | None:
    """A unit with everything it came from and everything it became until today, step by step."""
    own = unit(code, on)
    if own is None:
        return None
    return {
        "unit": own.as_dict(),
        "predecessors": [heir.as_dict() for heir in predecessors(code, on)],
        "becomes": [heir.as_dict() for heir in _to_the_end(own)],
    }


def _to_the_end(own: Unit) -> list[Heir]:
    steps: list[Heir] = []
    ahead, seen = [own], {own.key}
    while ahead:
        heirs = [heir for one in ahead for heir in successors(one.code, one.valid_from)]
        fresh = [heir for heir in heirs if heir.unit.key not in seen]
        seen |= {heir.unit.key for heir in fresh}
        steps += fresh
        ahead = [heir.unit for heir in fresh if heir.unit.valid_to is not None]
    return steps


def resolve(address: str, limit: int = 10) -> list[dict[str, Any]]:
    """Which units an address as people write it may mean, through history, and what each is today.

    `phường An Hòa, quận Ninh Kiều` finds the former ward and says Phường Cái Khế. The first part that names a commune counts;
    later parts keep only units under a parent of that name.
    """
    parts = [part for part in (piece.strip() for piece in address.split(",")) if part]
    for place, part in enumerate(parts):
        near = find(part, level="commune", limit=50)
        hits = [one for one in near if fold(one.name) == fold(part)] or [
            one for one in near if bare(one.name) == bare(part)
        ]
        hits = _under(hits, parts[place + 1 :])[:limit]
        if hits:
            return [{"unit": one.as_dict(), "becomes": [h.as_dict() for h in _to_the_end(one)]} for one in hits]
    return []


def _under(hits: list[Unit], parents: list[str]) -> list[Unit]:
    if not hits or not parents:
        return hits
    wanted = {bare(part) for part in parents}
    above = {one.key: _ancestors(one) for one in hits}
    kept = [one for one in hits if not wanted.isdisjoint(above[one.key])]
    return kept or hits


def _ancestors(one: Unit) -> set[str]:
    names: set[str] = set()
    parent = one.parent
    while parent:
        above = unit(parent, one.valid_from)
        if above is None:
            break
        names.add(bare(above.name))
        parent = above.parent
    return names


def outlines(level: str, on: dt.date, codes: list[str] | None = None, coarse: bool = True) -> dict[str, Any]:
    """Outlines of a level on a day as a GeoJSON FeatureCollection: coarse is about 300 m, else about 150 m."""
    shape, digits = ("ST_SimplifyVW(u.geom_z8, 160000)", 3) if coarse else ("u.geom_z8", 4)
    found = sql.rows(
        f"""SELECT {COLUMNS}, ST_AsGeoJSON(ST_Transform({shape}, 4326), {digits})::json AS shape FROM places_unit u
            WHERE u.level = %(level)s AND {STANDS} AND u.geom_z8 IS NOT NULL
            AND (%(codes)s::text[] IS NULL OR u.code = ANY(%(codes)s)) ORDER BY u.code""",
        {"level": level, "on": on, "codes": codes},
    )
    return {"type": "FeatureCollection", "features": [feature(as_unit(record), record["shape"]) for record in found]}


def outlines_json(level: str, on: dt.date, coarse: bool = True) -> bytes:
    """As `outlines`, as JSON text kept in memory until a unit or outline changes."""
    return _outlines_json(version(), level, on, coarse)


@functools.lru_cache(maxsize=32)
def _outlines_json(made_for: str, level: str, on: dt.date, coarse: bool) -> bytes:
    return orjson.dumps(outlines(level, on, coarse=coarse), default=str)


def feature(one: Unit, shape: Any) -> dict[str, Any]:
    """A unit as a GeoJSON feature; its id is code and first day."""
    properties = {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in one.as_dict().items() if k != "key"}
    return {"type": "Feature", "id": one.key, "geometry": shape, "properties": properties}


def version() -> str:
    """Changes whenever any unit, outline or waterway changes; part of every tile's ETag."""
    return str(
        sql.value(
            """SELECT concat(extract(epoch FROM greatest((SELECT max(updated_at) FROM places_unit),
               (SELECT max(updated_at) FROM places_waterway))), '-', (SELECT count(*) FROM places_unit))"""
        )
    )


def extent() -> tuple[float, float, float, float] | None:
    """West, south, east, north of everything that has an outline."""
    found = sql.row(
        "SELECT ST_XMin(e) w, ST_YMin(e) s, ST_XMax(e) e, ST_YMax(e) n FROM (SELECT ST_Extent(geom) e FROM places_unit) x WHERE e IS NOT NULL"
    )
    return (found["w"], found["s"], found["e"], found["n"]) if found else None


def approximate(on: dt.date, level: str = "commune") -> bool:
    """Whether any outline of the level on that day is only approximate (the map must say so)."""
    where = f"u.level = %(level)s AND u.geometry <> 'exact' AND {STANDS}"
    return bool(sql.value(f"SELECT EXISTS (SELECT 1 FROM places_unit u WHERE {where})", {"on": on, "level": level}))
