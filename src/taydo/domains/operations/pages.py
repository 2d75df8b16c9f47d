"""Pages of the operations centre: the wall, the operator's desk, the citizens' home and the search."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from taydo.domains.directory import public as directory
from taydo.engines.cases import actions
from taydo.engines.cases import queries as cases
from taydo.engines.cases.queries import Filters
from taydo.engines.places import queries as places
from taydo.kernel import clock, panels
from taydo.kernel.errors import Problem, missing
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from . import queries

TABS = {
    "mine": Filters(whose="mine"),
    "open": Filters(),
    "late": Filters(due="late"),
    "all": Filters(phase="all"),
}


def home(request: HttpRequest) -> HttpResponse:
    """`/`: what a citizen needs to know here and now, without a script, on a cheap phone."""
    who = viewer(request)
    communes = queries.communes()
    unit, lon, lat = _place(request)
    chosen = next((c for c in communes if unit and c["code"] == unit), None)
    response = render(
        request, "operations/home.html", units=communes, chosen=chosen or {"code": "", "name": t("Trung tâm thành phố", "City centre")},
        near=queries.home(who, lon, lat), warnings=queries.warnings(who, unit), can_subscribe=queries.subscription_page(),
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
    """`/search?q=`: stations, communes and warnings for plain words."""
    q = request.GET.get("q", "").strip()[:100]
    hits = queries.search(viewer(request), q)
    return render(request, "operations/search.html", q=q, results=hits, total=len(hits))


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


@needs("cases.see")
def desk(request: HttpRequest, case_id: int | None = None) -> HttpResponse:
    """`/desk` and `/desk/cases/{id}`: what waits, the case, what surrounds it."""
    return _desk(request, case_id)


def _desk(request: HttpRequest, case_id: int | None, problem: Problem | None = None, status: int = 200) -> HttpResponse:
    who = viewer(request)
    q = request.GET.get("q", "").strip()[:100]
    counts = cases.counts(who)
    tab = request.GET.get("tab", "") or ("mine" if counts["mine"] else "open")
    chosen = TABS.get(tab, TABS["open"])
    listed = cases.inbox(
        who, Filters(whose=chosen.whose, due=chosen.due, phase=chosen.phase, q=q), request.GET.get("after", ""), 50
    )
    rows = [{**item, "agency": directory.name(item["agency"])} for item in listed.cases]
    context = _case(request, case_id) if case_id else {"case": None, "timeline": [], "neighbours": [], "history": None}
    errors = {} if problem is None else {str(problem.fields.get("field", "")): t(problem.vi, problem.en)}
    return render(
        request, "operations/desk.html", status=status, tab=tab, counts=counts, q=q, cases=rows, errors=errors, values=request.POST.dict(),
        bulk_moves=queries.bulk_moves(rows), next_page=listed.next, **context,
    )  # fmt: skip


def _case(request: HttpRequest, case_id: int) -> dict[str, Any]:
    who = viewer(request)
    found = cases.case(who, case_id)
    around = panels.CONTEXTS.get(found["subject_kind"])
    surroundings = around(who, found["subject_id"]) if around else {}
    may_assign = who.may("cases.assign", found["agency"])
    found |= {
        "description": found.get("summary", ""), "thing": surroundings.get("thing"), "reading": surroundings.get("reading"),
        "tier": found["data"].get("tier"), "owners": queries.owners(found["agency"]) if may_assign and found["phase"] != "done" else [],
        "agencies": directory.agencies() if who.may("cases.hand_over", found["agency"]) and found["phase"] != "done" else [],
        "agency": directory.name(found["agency"]), "may_comment": who.may("cases.comment", found["agency"]),
    }  # fmt: skip
    return {
        "case": found, "timeline": cases.timeline(who, case_id), "neighbours": surroundings.get("neighbours", []),
        "history": surroundings.get("history"),
    }  # fmt: skip


def _done(request: HttpRequest, case_id: int, work: Any) -> HttpResponse:
    """Do one thing to a case and come back to it; what was typed is kept when it is refused."""
    try:
        work()
    except Problem as problem:
        if problem.status in (409, 422):
            return _desk(request, case_id, problem, problem.status)
        raise
    return HttpResponseRedirect(f"/desk/cases/{case_id}?tab={request.POST.get('tab', request.GET.get('tab', ''))}")


def _version(request: HttpRequest) -> int | None:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() else None


@needs("cases.see")
def move(request: HttpRequest, case_id: int) -> HttpResponse:
    """A step of a case."""
    _post(request)
    given = request.POST
    return _done(
        request, case_id,
        lambda: actions.move(viewer(request), case_id, given.get("move", ""), given.get("note", ""), expected_version=_version(request)),
    )  # fmt: skip


@needs("cases.see")
def assign(request: HttpRequest, case_id: int) -> HttpResponse:
    """Make somebody the owner."""
    _post(request)
    owner = request.POST.get("owner", "")
    return _done(
        request, case_id,
        lambda: actions.assign(viewer(request), case_id, int(owner) if owner.isdecimal() else 0, request.POST.get("note", "")),
    )  # fmt: skip


@needs("cases.see")
def take(request: HttpRequest, case_id: int) -> HttpResponse:
    """Make myself the owner."""
    _post(request)
    return _done(request, case_id, lambda: actions.take(viewer(request), case_id))


@needs("cases.see")
def hand_over(request: HttpRequest, case_id: int) -> HttpResponse:
    """Give the case to another agency."""
    _post(request)
    given = request.POST
    return _done(
        request,
        case_id,
        lambda: actions.hand_over(viewer(request), case_id, given.get("agency", ""), given.get("note", "")),
    )


@needs("cases.see")
def comment(request: HttpRequest, case_id: int) -> HttpResponse:
    """Write on the timeline."""
    _post(request)
    return _done(request, case_id, lambda: actions.comment(viewer(request), case_id, request.POST.get("text", "")))


@needs("cases.see")
def bulk(request: HttpRequest) -> HttpResponse:
    """The same step for many cases; each is done or refused on its own."""
    _post(request)
    refused = 0
    chosen = [int(text) for text in request.POST.getlist("ids") if text.isdecimal()][:200]
    for case_id in chosen:
        try:
            actions.move(viewer(request), case_id, request.POST.get("move", ""), request.POST.get("note", ""))
        except Problem:
            refused += 1
    return HttpResponseRedirect(
        f"/desk?tab={request.POST.get('tab', 'open')}&done={len(chosen) - refused}&refused={refused}"
    )


def service_worker(request: HttpRequest) -> HttpResponse:
    """`/sw.js`: what keeps shown pages for when there is no network; served at the root because that is its scope."""
    built = settings.STATIC_ROOT / "dist" / "sw.js"
    if not built.exists():
        raise missing("not_built", "Giao diện chưa được dựng.", "The front end is not built.")
    return HttpResponse(built.read_bytes(), content_type="text/javascript", headers={"Cache-Control": "no-cache"})


def _post(request: HttpRequest) -> None:
    if request.method != "POST":
        raise Problem("method_not_allowed", 405, "Hãy gửi bằng biểu mẫu.", "Send this with the form.")


urls = [
    path("", home),
    path("sw.js", service_worker),
    path("search", search),
    path("wall", wall),
    path("desk", desk),
    path("desk/bulk", bulk),
    path("desk/cases/<int:case_id>", desk),
    path("desk/cases/<int:case_id>/move", move),
    path("desk/cases/<int:case_id>/assign", assign),
    path("desk/cases/<int:case_id>/take", take),
    path("desk/cases/<int:case_id>/hand-over", hand_over),
    path("desk/cases/<int:case_id>/comment", comment),
]
