"""Addresses fixed by standards: vector tiles with TileJSON at `/tiles/`, OGC API – Features at `/ogc/`."""

from __future__ import annotations

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from taydo.kernel import errors

from . import features, tiles
from .rules import LEVELS, tile_exists

CACHE = "public, max-age=300, stale-while-revalidate=86400"
GEOJSON = "application/geo+json"


def _asked(request: HttpRequest, layer: str) -> str:
    level = request.GET.get("level", "commune")
    if layer not in tiles.LAYERS:
        raise errors.missing("no_layer", f"Không có lớp bản đồ “{layer}”.", f"There is no map layer “{layer}”.")
    if level not in LEVELS:
        raise errors.invalid("unknown_level", f"Không có cấp “{level}”.", f"There is no level “{level}”.", level=level)
    return level


@require_safe
def tile(request: HttpRequest, layer: str, z: int, x: int, y: int) -> HttpResponse:
    """One vector tile; `?on=` a day, `?level=` province, district or commune. Answers 304 without drawing when nothing changed."""
    level, on = _asked(request, layer), features.day_of(request.GET.get("on"))
    if not tile_exists(z, x, y):
        raise errors.missing("no_tile", "Không có ô bản đồ này.", "There is no such tile.")
    tag = tiles.etag(layer, z, x, y, on, level)
    if request.headers.get("If-None-Match") == tag:
        response = HttpResponse(status=304)
    else:
        content = tiles.tile(layer, z, x, y, on, level)
        response = HttpResponse(
            content, content_type="application/vnd.mapbox-vector-tile", status=200 if content else 204
        )
    response["ETag"] = tag
    response["Cache-Control"] = CACHE
    return response


@require_safe
def tilejson(request: HttpRequest, layer: str) -> HttpResponse:
    """The description of a layer that MapLibre and other clients read first."""
    level, on = _asked(request, layer), features.day_of(request.GET.get("on"))
    root = request.build_absolute_uri("/").rstrip("/")
    return _json(tiles.tilejson(layer, on, level, root, "on" in request.GET))


def _json(body: object, content_type: str = "application/json") -> HttpResponse:
    response = HttpResponse(orjson.dumps(body, default=str), content_type=content_type)
    response["Cache-Control"] = "public, max-age=60"
    return response


def _root(request: HttpRequest) -> str:
    return request.build_absolute_uri("/ogc")


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """OGC API landing page."""
    return _json(features.landing(_root(request)))


@require_safe
def conformance(request: HttpRequest) -> HttpResponse:
    """Which parts of the standard hold here."""
    return _json({"conformsTo": list(features.CONFORMANCE)})


@require_safe
def collections(request: HttpRequest) -> HttpResponse:
    """Every collection."""
    return _json(features.collections(_root(request)))


@require_safe
def collection(request: HttpRequest, name: str) -> HttpResponse:
    """One collection."""
    return _json(features.collection(_root(request), name))


@require_safe
def items(request: HttpRequest, name: str) -> HttpResponse:
    """Features of a collection."""
    return _json(features.items(_root(request), name, request.GET.dict()), GEOJSON)


@require_safe
def item(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """One feature."""
    return _json(features.item(_root(request), name, key), GEOJSON)


urls = [
    path("tiles/<slug:layer>/<int:z>/<int:x>/<int:y>", tile),
    path("tiles/<slug:layer>/<int:z>/<int:x>/<int:y>.pbf", tile),
    path("tiles/<slug:layer>.json", tilejson),
    path("ogc", landing),
    path("ogc/", landing),
    path("ogc/conformance", conformance),
    path("ogc/collections", collections),
    path("ogc/collections/<slug:name>", collection),
    path("ogc/collections/<slug:name>/items", items),
    path("ogc/collections/<slug:name>/items/<str:key>", item),
]
