"""REST of the operations centre."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router

from taydo.kernel.http import viewer

from .queries import city as queries

router = Router(tags=["operations"])


@router.get("/operations/wall")
def wall(request: HttpRequest, at: dt.datetime | None = None) -> dict[str, Any]:
    """Everything the wall shows, now or at an instant."""
    return queries.wall(viewer(request), at if at is None or at.tzinfo else at.replace(tzinfo=dt.UTC))


@router.get("/operations/pulse")
def pulse(request: HttpRequest) -> dict[str, Any]:
    """What the city is doing, in six figures."""
    return queries.pulse()


@router.get("/operations/near")
def near(request: HttpRequest, lon: float, lat: float) -> list[dict[str, Any]]:
    """Air, salinity, rain and tide nearest to a place, with their meaning."""
    return queries.home(viewer(request), lon, lat)


@router.get("/operations/search")
def search(request: HttpRequest, q: str = "") -> list[dict[str, str]]:
    """Procedures, answers, reports, agencies, communes, stations and warnings for plain words, accents or not, the best first."""
    return [
        {"kind": hit.kind, "title": hit.title, "text": hit.text, "href": hit.href}
        for hit in queries.search(viewer(request), q).hits
    ]
