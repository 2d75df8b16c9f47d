"""REST of places: units on a date, at a point, by name, what became of them, and outlines for small maps."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from taydo.kernel import clock, errors

from . import queries

router = Router(tags=["places"])
Level = Literal["province", "district", "commune"]
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,20}$")]


def _nothing() -> errors.Problem:
    return errors.missing(
        "no_unit", "Không có đơn vị hành chính như vậy vào ngày này.", "There is no such unit on that day."
    )


@router.get("/places/units")
def list_units(
    request: HttpRequest,
    level: Level = "commune",
    on: dt.date | None = None,
    parent: Code | None = None,
    q: Annotated[str, Field(max_length=200)] | None = None,
) -> dict[str, Any]:
    """Units of a level on a day (today without one); `q` keeps names that hold the words, accents aside."""
    day = on or clock.today()
    found = queries.find(q, day, level, 200) if q else queries.units(level, day, parent)
    return {"on": day, "level": level, "units": [one.as_dict() for one in found]}


@router.get("/places/units/{code}")
def one_unit(request: HttpRequest, code: Code, on: dt.date | None = None) -> dict[str, Any]:
    """The unit with this code on a day, what it was made from and everything it became."""
    found = queries.history(code, on or clock.today())
    if found is None:
        raise _nothing()
    return found


@router.get("/places/at")
def at_point(request: HttpRequest, lon: Lon, lat: Lat, on: dt.date | None = None) -> dict[str, Any]:
    """The commune, the district (before 2025-07-01) and the province in which a point lies or lay."""
    day = on or clock.today()
    found = {level: queries.unit_at(lon, lat, day, level) for level in ("commune", "district", "province")}
    if not any(found.values()):
        raise _nothing()
    return {"on": day, **{level: one.as_dict() if one else None for level, one in found.items()}}


@router.get("/places/search")
def search(request: HttpRequest, q: Words, on: dt.date | None = None, level: Level | None = None) -> dict[str, Any]:
    """Units of all times (or of one day) whose name holds the words, with or without accents."""
    return {"units": [one.as_dict() for one in queries.find(q, on, level)]}


@router.get("/places/resolve")
def resolve(request: HttpRequest, address: Annotated[Words, Query()]) -> dict[str, Any]:
    """What an old or new address means today: `phường An Hòa, quận Ninh Kiều` → Phường Cái Khế."""
    return {"address": address, "meanings": queries.resolve(address)}


@router.get("/places/outlines")
def outlines(
    request: HttpRequest, level: Level = "commune", on: dt.date | None = None, coarse: bool = True
) -> HttpResponse:
    """Outlines as GeoJSON: coarse (about 300 m) for small maps, else about 150 m; each says whether it is exact."""
    found = queries.outlines_json(level, on or clock.today(), coarse)
    return HttpResponse(found, content_type="application/geo+json", headers={"Cache-Control": "public, max-age=300"})
