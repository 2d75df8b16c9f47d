"""Pages of administrators: who holds which role where and until when, new grants, new accounts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from taydo.domains.directory import public as directory
from taydo.kernel.actors import Viewer, roles
from taydo.kernel.errors import Problem, invalid
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from .. import queries
from ..actions import accounts
from ..actions import roles as granting

FIELDS = ("username", "role", "scope", "since", "until")


@needs("identity.grant")
def people(request: HttpRequest) -> HttpResponse:
    """Who holds what in the agencies I answer for, and the form that grants."""
    who = viewer(request)
    values = {name: request.POST.get(name, "").strip() for name in FIELDS}
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            since, until = _day(values["since"], "since"), _day(values["until"], "until")
            granting.grant(who, values["username"], values["role"], values["scope"], since, until)
            return HttpResponseRedirect("/identity/people?done=1")
        except Problem as problem:
            errors = _said(problem)
    return _people(request, who, values, errors)


def _day(text: str, field: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise invalid("bad_day", "Ngày chưa đúng.", "That is no day.", **{field: ""}) from None


def _said(problem: Problem) -> dict[str, str]:
    if problem.status == 401:
        raise problem
    field = next((name for name in problem.fields if name in (*FIELDS, "name", "agency")), "")
    return {field: t(problem.vi, problem.en)}


def _people(
    request: HttpRequest,
    who: Viewer,
    values: dict[str, str],
    errors: dict[str, str],
    first: dict[str, str] | None = None,
) -> HttpResponse:
    q = request.GET.get("q", "").replace("\0", "").strip()[:80]
    known: dict[str, Any] = roles()
    return render(
        request,
        "identity/people.html",
        status=422 if errors else 200,
        holders=queries.holders(who, q),
        q=q,
        agency_name=directory.name,
        roles=[(name, t(known[name].title.vi, known[name].title.en)) for name in queries.grantable(who)],
        scopes=sorted(who.agencies("identity.grant")),
        values=values,
        errors=errors,
        first=first,
        may_open=who.may("identity.open_account"),
        done=request.GET.get("done") == "1",
    )


@needs("identity.grant")
def withdraw(request: HttpRequest, grant_id: int) -> HttpResponse:
    """Ends a grant at once, or on the day given."""
    who = viewer(request)
    if request.method == "POST":
        try:
            granting.withdraw(who, grant_id, _day(request.POST.get("until", ""), "until"))
        except Problem as problem:
            if problem.status in (401, 403, 404):
                raise
            return _people(request, who, dict.fromkeys(FIELDS, ""), _said(problem))
    return HttpResponseRedirect("/identity/people")


@needs("identity.open_account")
def open_account(request: HttpRequest) -> HttpResponse:
    """Opens an official's account; its first password is shown this once."""
    who = viewer(request)
    if request.method != "POST":
        return HttpResponseRedirect("/identity/people")
    given = {name: request.POST.get(name, "").strip() for name in ("username", "name", "agency")}
    values = dict.fromkeys(FIELDS, "")
    try:
        first = accounts.open_official(who, given["username"], given["name"], given["agency"])
    except Problem as problem:
        if problem.status == 401:
            raise
        return _people(request, who, values, {"": t(problem.vi, problem.en)})
    values |= {"username": given["username"], "scope": given["agency"]}
    return _people(request, who, values, {}, {"username": given["username"], "password": first})


@needs("identity.reset_factors")
def reset(request: HttpRequest) -> HttpResponse:
    """Takes lost second factors of an official away."""
    if request.method == "POST":
        granting.reset_factors(viewer(request), request.POST.get("username", ""))
    return HttpResponseRedirect("/identity/people?done=1")


urls = [
    path("identity/people", people),
    path("identity/people/accounts", open_account),
    path("identity/people/factors", reset),
    path("identity/grants/<int:grant_id>/withdraw", withdraw),
]
