"""Pages of the directory: all agencies with a search field, and one agency."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from taydo.engines.places import queries as places
from taydo.kernel import clock
from taydo.kernel.http import render, viewer
from taydo.kernel.i18n import t

from . import queries

GROUPS = (
    ("city", ("committee", "office")),
    ("departments", ("department", "board", "police", "military", "command", "station")),
)


def _group(agency: queries.Agency) -> str:
    if agency.kind == "committee" and agency.parent:
        return "communes"
    return next((name for name, kinds in GROUPS if agency.kind in kinds), "centres")


def directory(request: HttpRequest) -> HttpResponse:
    """`/directory`: every agency by group; `?q=` filters by name or code, accents aside."""
    q = request.GET.get("q", "").strip()[:100]
    titles = {
        "city": t("Thành phố", "The city"),
        "departments": t("Sở, ban, ngành", "Departments and boards"),
        "centres": t("Trung tâm và đơn vị trực thuộc", "Centres and units under them"),
        "communes": t("Ủy ban nhân dân xã, phường", "Commune and ward committees"),
    }
    found = queries.agencies(q=q)
    groups = [
        {"id": name, "title": title, "agencies": [a for a in found if _group(a) == name]}
        for name, title in titles.items()
    ]
    return render(
        request, "directory/directory.html", q=q, count=len(found), groups=[g for g in groups if g["agencies"]]
    )


def agency(request: HttpRequest, code: str) -> HttpResponse:
    """`/directory/{code}`: codes in both styles, whom it serves, posts, what came before and after."""
    found, day = queries.the_agency(code.replace("\x00", "")), clock.today()
    unit = places.unit(found.unit, max(found.valid_from, min(day, found.valid_to or day))) if found.unit else None
    return render(
        request,
        "directory/agency.html",
        agency=found,
        above=queries.agency(found.parent) if found.parent else None,
        successor=queries.agency(found.successor) if found.successor else None,
        predecessors=queries.predecessors(found.code),
        below=queries.below(found.code, day),
        unit=unit,
        posts=queries.posts(viewer(request), found.code, day),
        stands=found.valid_from <= day and (found.valid_to is None or found.valid_to > day),
    )


urls = [path("directory", directory), path("directory/<str:code>", agency)]
