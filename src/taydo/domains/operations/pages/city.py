"""The citizens' first page, the search and the wall."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from taydo.engines.places import queries as places
from taydo.kernel import clock
from taydo.kernel.errors import missing
from taydo.kernel.http import render, viewer
from taydo.kernel.i18n import t

from ..queries import city as queries


def home(request: HttpRequest) -> HttpResponse:
    """`/`: what a citizen needs to know here and now, without a script, on a cheap phone."""
    who = viewer(request)
    communes = queries.communes()
    unit, lon, lat = _place(request)
    chosen = next((c for c in communes if unit and c["code"] == unit), None)
    response = render(
        request, "operations/home.html", units=communes, chosen=chosen or {"code": "", "name": t("Trung tâm thành phố", "City centre")},
        near=queries.home(who, lon, lat), warnings=queries.warnings(who, unit), doors=queries.places_for("procedures", "report", "pay", "my_papers", "follow", "follow_dossier", "overview", "subscribe"),
    )  # fmt: skip
    if "unit" in request.GET and chosen:
        response.set_cookie("unit", chosen["code"], max_age=31536000, samesite="Lax")
    return response


def _place(request: HttpRequest) -> tuple[str, float, float]:
    """The commune and point to show: asked by point, by code, remembered, or the city's centre."""
    try:
        lon, lat = float(request.GET["lon"]), float(request.GET["lat"])
    except (KeyError, ValueError):
        code = request.GET.get("unit") or request.COOKIES.get("unit", "")
        unit = places.unit(code, clock.today()) if code.isdigit() else None
        if unit:
            return unit.code, unit.lon, unit.lat
        centre = queries.centre()
        return "", centre[0], centre[1]
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return "", *queries.centre()
    here = places.unit_at(lon, lat, clock.today())
    return here.code if here else "", lon, lat


def search(request: HttpRequest) -> HttpResponse:
    """`/search?q=`: whatever answers plain words: procedures, known answers, reports, agencies, communes, stations, warnings."""
    q = request.GET.get("q", "").replace("\0", "").strip()[:100]
    found = queries.search(viewer(request), q)
    return render(
        request, "operations/search.html", q=q, results=found.hits, instead=found.instead, doors=queries.places_for("report"),
        understood=found.understood if places.fold(found.understood) != places.fold(q) else "",
    )  # fmt: skip


def wall(request: HttpRequest) -> HttpResponse:
    """`/wall?at=&screen=`: the city on one screen."""
    try:
        at = dt.datetime.fromisoformat(request.GET["at"].replace(" ", "+")) if request.GET.get("at") else None
    except ValueError:
        at = None
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=clock.LOCAL)
    asked = request.GET.get("screen", "1")
    screen = min(max(int(asked), 1), 12) if asked.isdecimal() and len(asked) < 4 else 1
    return render(request, "operations/wall.html", wall=queries.wall(viewer(request), at), screen=screen)


def service_worker(request: HttpRequest) -> HttpResponse:
    """`/sw.js`: what keeps shown pages for when there is no network; served at the root because that is its scope."""
    built = settings.STATIC_ROOT / "dist" / "sw.js"
    if not built.exists():
        raise missing("not_built", "Giao diện chưa được dựng.", "The front end is not built.")
    return HttpResponse(built.read_bytes(), content_type="text/javascript", headers={"Cache-Control": "no-cache"})


urls = [
    path("", home),
    path("sw.js", service_worker),
    path("search", search),
    path("wall", wall),
]
