"""What leaders watch: what is late in their agencies, and why."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from taydo.domains.directory import public as directory
from taydo.kernel.http import needs, render, viewer

from .. import queries


@needs("cases.see")
def late(request: HttpRequest) -> HttpResponse:
    """`/desk/late`: late and soon late cases of the viewer's agencies by the reason, the oldest deadline first."""
    who = viewer(request)
    found = queries.late(who)
    listed = {item["agency"] for group in found for item in group["cases"] if who.may("cases.assign", item["agency"])}
    owners = {code: queries.owners([code]) for code in sorted(listed)[:20]}
    for group in found:
        for item in group["cases"]:
            item |= {"owners": owners.get(item["agency"], []), "agency": directory.name(item["agency"])}
    return render(request, "operations/late.html", groups=found, total=sum(group["count"] for group in found))


urls = [path("desk/late", late)]
