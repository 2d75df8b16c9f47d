"""What leaders watch: what is late in their agencies and why, and where things happen."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.urls import path

from taydo.domains.directory import public as directory
from taydo.engines.places import queries as places
from taydo.kernel import clock, i18n, panels
from taydo.kernel.errors import missing
from taydo.kernel.http import needs, render, viewer

from ..queries import city
from ..queries import desk as reads


@needs("cases.see")
def late(request: HttpRequest) -> HttpResponse:
    """`/desk/late`: late and soon late cases of the viewer's agencies by the reason, the oldest deadline first."""
    who = viewer(request)
    found = reads.late(who)
    listed = {item["agency"] for group in found for item in group["cases"] if who.may("cases.assign", item["agency"])}
    owners = {code: reads.owners([code]) for code in sorted(listed)[:20]}
    for group in found:
        for item in group["cases"]:
            item |= {"owners": owners.get(item["agency"], []), "agency": directory.name(item["agency"])}
    return render(request, "operations/late.html", groups=found, total=sum(group["count"] for group in found))


def _span(request: HttpRequest, days: int) -> tuple[dt.date, dt.date]:
    """The days asked for (`since`, `until`), the last `days` when none or nonsense is given; ten years at most."""
    today = clock.today()
    try:
        until = min(dt.date.fromisoformat(request.GET.get("until", "")), today)
    except ValueError:
        until = today
    try:
        since = dt.date.fromisoformat(request.GET.get("since", ""))
    except ValueError:
        since = until - dt.timedelta(days=days - 1)
    return (
        (since, until)
        if dt.timedelta() <= until - since <= dt.timedelta(days=3660)
        else (until - dt.timedelta(days=days - 1), until)
    )


def heat(request: HttpRequest) -> HttpResponse:
    """`/operations/heat?of=&kind=&since=&until=`: where things happen, as a map and as a table, and whether they grow."""
    who = viewer(request)
    since, until = _span(request, 90)
    kind = request.GET.get("kind", "").replace("\0", "")[:60]
    order = sorted(panels.HOTSPOTS, key=lambda name: name == "cases")  # what everybody may see comes first
    of = request.GET.get("of", "") if request.GET.get("of", "") in panels.HOTSPOTS else ""
    found, shown = None, ""
    for shown in [of] if of else order:
        if (found := panels.HOTSPOTS[shown][1](who, kind, since, until)) is not None:
            break
    if found is None:
        raise (
            who.refusal("cases.see")
            if not who.signed_in
            else missing("nothing_here", "Chưa có gì để xem.", "There is nothing to see yet.")
        )
    names = {unit["code"]: unit["name"] for unit in city.communes()}
    return render(
        request, "operations/heat.html", found=found, of=shown, kind=kind, since=since, until=until, names=names,
        sources=[(name, panels.HOTSPOTS[name][0][i18n.language()]) for name in order if name != "cases" or who.may("cases.see")],
        top=max([n for _, n, _ in found.units], default=0), most=max([n for _, n in found.weeks], default=0),
        now=clock.now(), map_json={"points": found.points, "bounds": list(places.extent() or (105.2, 9.2, 106.4, 10.4))},
    )  # fmt: skip


urls = [path("desk/late", late), path("operations/heat", heat)]
