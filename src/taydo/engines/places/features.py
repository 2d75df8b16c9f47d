"""OGC API – Features Part 1 over places: collections, items by box, time and property, paged."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

import orjson

from taydo.kernel import clock, errors, sql

from . import queries
from .rules import read_bbox, read_interval

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)
TITLES = {
    "communes": ("Xã, phường, thị trấn", "Communes, wards and townships"),
    "districts": ("Quận, huyện, thị xã (đến 30/6/2025)", "Districts (until 30 June 2025)"),
    "provinces": ("Tỉnh, thành phố", "Provinces and the city"),
    "waterways": ("Sông, kênh", "Rivers and canals"),
}
_LEVELS = {"communes": "commune", "districts": "district", "provinces": "province"}
_FILTERS = ("code", "parent", "kind", "name")
_PARAMETERS = {"bbox", "limit", "offset", "datetime", "f", "lang", "bbox-crs", "crs", *_FILTERS}
MAX_LIMIT = 1000
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"


def landing(root: str) -> dict[str, Any]:
    """The landing page."""
    return {
        "title": "Tây Đô",
        "description": "Địa bàn của thành phố theo thời gian. The city's places through time.",
        "links": [
            link(root, "", "self", "application/json"),
            link(root, "conformance", "conformance", "application/json"),
            link(root, "collections", "data", "application/json"),
            {"href": root.removesuffix("/ogc") + "/api/v1/openapi.json", "rel": "service-desc",
             "type": "application/vnd.oai.openapi+json;version=3.1"},
        ],
    }  # fmt: skip


def link(root: str, path: str, rel: str, kind: str, title: str = "") -> dict[str, str]:
    """A link below `root`."""
    made = {"href": f"{root}/{path}", "rel": rel, "type": kind}
    return {**made, "title": title} if title else made


def collections(root: str) -> dict[str, Any]:
    """Every collection."""
    links = [link(root, "collections", "self", "application/json")]
    return {"links": links, "collections": [collection(root, name) for name in TITLES]}


def collection(root: str, name: str) -> dict[str, Any]:
    """One collection's description. Raises 404 for an unknown one."""
    if name not in TITLES:
        raise errors.missing("no_collection", f"Không có tập “{name}”.", f"There is no collection “{name}”.")
    box = queries.extent() or (-180.0, -90.0, 180.0, 90.0)
    return {
        "id": name,
        "title": " · ".join(TITLES[name]),
        "itemType": "feature",
        "crs": [CRS84],
        "extent": {
            "spatial": {"bbox": [list(box)], "crs": CRS84},
            "temporal": {"interval": [["2004-01-01T00:00:00Z", None]]},
        },
        "links": [
            link(root, f"collections/{name}", "self", "application/json"),
            link(root, f"collections/{name}/items", "items", "application/geo+json"),
        ],
    }


def items(root: str, name: str, asked: dict[str, str]) -> dict[str, Any]:
    """A page of features. Raises 400 for parameters that are unknown or cannot be read."""
    collection(root, name)
    limit, offset, where, params = _question(name, asked)
    total = sql.value(f"SELECT count(*) FROM {_table(name)} u WHERE {where}", params)
    found = sql.rows(
        f"SELECT {_columns(name)} FROM {_table(name)} u WHERE {where} ORDER BY {_order(name)} LIMIT %(limit)s OFFSET %(offset)s",
        {**params, "limit": limit, "offset": offset},
    )
    page = {key: text for key, text in asked.items() if key != "offset"}
    links = [link(root, _items_path(name, {**page, "offset": str(offset)}), "self", "application/geo+json")]
    if offset + len(found) < total:
        links.append(
            link(root, _items_path(name, {**page, "offset": str(offset + limit)}), "next", "application/geo+json")
        )
    links.append(link(root, f"collections/{name}", "collection", "application/json"))
    return {
        "type": "FeatureCollection",
        "timeStamp": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "numberMatched": total,
        "numberReturned": len(found),
        "features": [_feature(name, record) for record in found],
        "links": links,
    }


def item(root: str, name: str, key: str) -> dict[str, Any]:
    """One feature by its id (`31120-2025-07-01`; a waterway by its code). Raises 404."""
    collection(root, name)
    key = key.replace("\x00", "")
    key_sql = "u.code" if name == "waterways" else "u.code || '-' || u.valid_from::text"
    level = "" if name == "waterways" else " AND u.level = %(level)s"
    found = sql.row(
        f"SELECT {_columns(name)} FROM {_table(name)} u WHERE {key_sql} = %(key)s{level}",
        {"key": key, "level": _LEVELS.get(name)},
    )
    if found is None:
        raise errors.missing("no_feature", f"Không có đối tượng “{key}”.", f"There is no feature “{key}”.")
    links = [
        link(root, f"collections/{name}/items/{key}", "self", "application/geo+json"),
        link(root, f"collections/{name}", "collection", "application/json"),
    ]
    return {**_feature(name, found), "links": links}


def _items_path(name: str, asked: dict[str, str]) -> str:
    return f"collections/{name}/items?{urlencode(asked)}"


def _table(name: str) -> str:
    return "places_waterway" if name == "waterways" else "places_unit"


def _order(name: str) -> str:
    return "u.code" if name == "waterways" else "u.code, u.valid_from"


def _columns(name: str) -> str:
    own = "u.code, u.kind, u.name, u.name_en, u.schematic" if name == "waterways" else queries.COLUMNS
    return f"{own}, ST_AsGeoJSON(u.geom, 6) AS shape"


def _feature(name: str, record: dict[str, Any]) -> dict[str, Any]:
    shape = orjson.Fragment(record["shape"] or "null")  # written by the database: passed on without reading it
    if name != "waterways":
        return queries.feature(queries.as_unit(record), shape)
    properties = {key: content for key, content in record.items() if key != "shape"}
    return {"type": "Feature", "id": record["code"], "geometry": shape, "properties": properties}


def _question(name: str, asked: dict[str, str]) -> tuple[int, int, str, dict[str, Any]]:
    for key in asked:
        if key not in _PARAMETERS:
            raise _unreadable(key)
    if any("\x00" in text for text in asked.values()):
        raise _unreadable("?")
    where: list[str] = ["TRUE"]
    params: dict[str, Any] = {}
    if name in _LEVELS:
        where.append("u.level = %(level)s")
        params["level"] = _LEVELS[name]
    if "bbox" in asked:
        box = read_bbox(asked["bbox"])
        if box is None:
            raise _unreadable("bbox")
        where.append("u.geom && ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, 4326)")
        params.update(zip("wsen", box, strict=True))
    if "datetime" in asked:
        span = read_interval(asked["datetime"])
        if span is None:
            raise _unreadable("datetime")
        if name in _LEVELS:
            where.append("u.valid_from <= %(last)s AND (u.valid_to IS NULL OR u.valid_to > %(first)s)")
            params["first"], params["last"] = span
    for key in _FILTERS:
        if key in asked and not (key == "parent" and name == "waterways"):
            where.append(f"u.{key} = %({key})s")
            params[key] = asked[key]
    return _number(asked, "limit", 10, 1, MAX_LIMIT), _number(asked, "offset", 0, 0, 10**6), " AND ".join(where), params


def _number(asked: dict[str, str], key: str, default: int, low: int, high: int) -> int:
    text = asked.get(key, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) < low:
        raise _unreadable(key)
    return min(int(text), high)


def _unreadable(key: str) -> errors.Problem:
    return errors.bad(
        "bad_parameter", f"Tham số “{key}” không đọc được.", f"The parameter “{key}” cannot be read.", parameter=key
    )


def day_of(text: str | None) -> dt.date:
    """A day from a query text, today without one. Raises 422."""
    if not text:
        return clock.today()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise errors.invalid(
            "bad_day", "Ngày phải viết như 2025-06-30.", "Write the day like 2025-06-30.", on=text
        ) from None
