"""Signing in by VNeID, or linking it to the account one is in: to the provider and back."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from taydo.engines.openid import relying
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.http import render, viewer
from taydo.kernel.i18n import t

from ..actions import accounts
from .signin import begun, next_of, vneid

NUMBER, LEVEL = "citizen_number", "identity_level"
"""Claims of the provider: the 12-digit citizen number and the level of identification (Nghị định 69/2024/NĐ-CP: 1 or 2)."""


def _partner() -> relying.Partner:
    if not vneid():
        raise Http404
    return relying.Partner(
        settings.TAYDO_VNEID_ISSUER, settings.TAYDO_VNEID_CLIENT, settings.TAYDO_VNEID_SECRET, "openid profile identity"
    )


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri("/signin/vneid/callback")


def away(request: HttpRequest) -> HttpResponse:
    """To the provider, with state, nonce and proof key waiting in the session."""
    partner = _partner()
    try:
        address, kept = relying.begin(partner, _back(request))
    except Problem as problem:
        return _failed(request, problem)
    request.session["vneid"] = {**kept, "next": next_of(request)}
    return HttpResponseRedirect(address)


def callback(request: HttpRequest) -> HttpResponse:
    """Back from the provider: whoever is proven is signed in; whatever does not fit is refused in words."""
    partner = _partner()
    kept = request.session.pop("vneid", None)
    given = {name: request.GET[name] for name in ("state", "code", "error") if name in request.GET}
    try:
        claims = relying.finish(partner, kept, given, _back(request))
        level = claims.get(LEVEL)
        asked_by = viewer(request) if viewer(request).signed_in else Viewer.anonymous(t("vi", "en"))
        actor = accounts.enter_by_citizen(
            asked_by,
            str(claims.get(NUMBER, "")),
            str(claims.get("name", "")),
            int(level) if str(level).isdigit() else 0,
            partner.issuer,
        )
    except Problem as problem:
        return _failed(request, problem)
    return begun(request, actor, "vneid", (kept or {}).get("next", ""))


def _failed(request: HttpRequest, problem: Problem) -> HttpResponse:
    words = t(problem.vi, problem.en)
    return render(request, "identity/vneid.html", status=problem.status, words=words, code=problem.code)


urls = [path("signin/vneid", away), path("signin/vneid/callback", callback)]
