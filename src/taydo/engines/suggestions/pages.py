"""`/suggestions`: how good the suggestions are, for those who rely on them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from taydo.kernel.http import needs, render, viewer

from . import actions, queries


@needs("suggestions.see")
def qualities(request: HttpRequest) -> HttpResponse:
    """Every purpose with its newest model and what was measured of it; `POST purpose=` has a worker train one now."""
    who = viewer(request)
    if request.method == "POST":
        actions.ask_training(who, request.POST.get("purpose", ""))
        return HttpResponseRedirect("/suggestions?asked=1")
    shown = [_shown(queries.quality(who, name)) for name in queries.purposes(who)]
    return render(
        request,
        "suggestions/quality.html",
        purposes=shown,
        may_train=who.may("suggestions.train"),
        asked="asked" in request.GET,
    )


def _shown(found: dict[str, Any]) -> dict[str, Any]:
    return {"name": found["purpose"], "trust": found["trust"], "newest": next(iter(found["versions"]), None)}


urls = [path("suggestions", qualities)]
