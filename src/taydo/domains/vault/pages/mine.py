"""The owner's pages: my papers, one paper, a new one, the organisations I act for, everything to take along."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import path

from taydo.domains.directory import public as directory
from taydo.kernel.errors import Problem, invalid, unknown_viewer
from taydo.kernel.http import render, viewer
from taydo.kernel.i18n import t

from .. import actions, public, queries
from ..actions import acting, letting
from ..queries import letting as let
from ..queries import taking

FIELDS = ("kind", "title", "number", "issuer", "issued_on", "valid_to", "organisation", "key")


def tried(do: Callable[[], Any]) -> tuple[Any, dict[str, str]]:
    """What came of it, and otherwise the words for each field; being turned away from a page is not a field's fault."""
    try:
        return do(), {}
    except Problem as problem:
        if problem.status in (401, 404) or problem.code == "not_allowed":
            raise
        name = problem.fields.get("field", "")
        return None, {str(name): t(problem.vi, problem.en)}


def papers(request: HttpRequest) -> HttpResponse:
    """`/my/papers`: what I have, how it stands, what was shared."""
    who = _person(request)
    found = queries.mine(who)
    return render(
        request, "vault/papers.html", papers=[one for one in found if one.state not in ("replaced", "revoked")],
        past=[one for one in found if one.state in ("replaced", "revoked")], shared=queries.shared_with(who) if who.kind == "person" else [],
        organisations=let.organisations(who), word=public.state_word,
    )  # fmt: skip


def _person(request: HttpRequest) -> Any:
    who = viewer(request)
    if who.actor_id is None:
        raise unknown_viewer()
    return who


def new(request: HttpRequest) -> HttpResponse:
    """`/my/papers/new`: a photo or PDF of a paper I hold."""
    who = _person(request)
    values = dict.fromkeys(FIELDS, "") | {"key": secrets.token_urlsafe(18)}
    errors: dict[str, str] = {}
    if request.method == "POST":
        values |= {name: request.POST.get(name, values[name]).replace("\0", "") for name in FIELDS}
        made, errors = tried(lambda: _kept(request, values))
        if made:
            return HttpResponseRedirect(f"/my/papers/{made}")
    listed = [(name, t(one.title.vi, one.title.en)) for name, one in queries.kinds().items() if one.upload]
    acts = [(one["organisation"], one["name"]) for one in let.organisations(who) if one["state"] == "confirmed"]
    return render(
        request,
        "vault/new.html",
        status=422 if errors else 200,
        values=values,
        errors=errors,
        kinds=listed,
        acts=acts,
    )


def _kept(request: HttpRequest, values: dict[str, str]) -> str:
    given = request.FILES.get("file")
    if given is None:
        raise invalid("file_missing", "Hãy chụp hoặc chọn tệp.", "Take a photo or choose a file.", field="file")
    return actions.upload(
        viewer(request), given, given.name or "", kind=values["kind"], title=values["title"], number=values["number"], issuer=values["issuer"],
        issued_on=_day(values["issued_on"], "issued_on"), valid_to=_day(values["valid_to"], "valid_to"), organisation=values["organisation"],
        data={name[5:]: text for name, text in request.POST.items() if name.startswith("data.") and isinstance(text, str)}, key=values["key"],
    )  # fmt: skip


def _day(text: str, field: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text.strip() else None
    except ValueError as error:
        raise invalid("bad_date", "Ngày chưa đúng.", "The date is not right.", field=field) from error


def paper(request: HttpRequest, paper_id: str) -> HttpResponse:
    """`/my/papers/{id}`: one paper, who used and saw it, whom I let in; posting shares, takes back or erases."""
    who = _person(request)
    queries.own(who, paper_id)
    errors: dict[str, str] = {}
    if request.method == "POST":
        done, errors = tried(lambda: _done(request, paper_id))
        if not errors:
            return HttpResponseRedirect(done)
    found = queries.paper(who, paper_id)
    return render(
        request, "vault/paper.html", status=422 if errors else 200, paper=found, kind=queries.kind(found.kind), errors=errors,
        values=request.POST.dict(), uses=let.uses(who, paper_id), consents=let.consents(who, paper_id), looks=let.looks(who, paper_id),
        agencies=[(one.code, one.name) for one in directory.agencies()], word=public.state_word, agency_name=directory.name,
    )  # fmt: skip


def _done(request: HttpRequest, paper_id: str) -> str:
    who, given = viewer(request), request.POST
    here = f"/my/papers/{paper_id}"
    match given.get("do", ""):
        case "share":
            to_kind = given.get("to_kind", "")
            to = given.get("agency", "") if to_kind == "agency" else given.get("tax_code", "")
            days, uses = _count(given.get("days", "7")), given.get("uses", "")
            letting.share(who, paper_id, to_kind, to, purpose=given.get("purpose", ""), days=days, uses=_count(uses) if uses.strip() else None, name=given.get("name", ""))  # fmt: skip
            return f"{here}#shares"
        case "revoke":
            letting.revoke(who, _count(given.get("consent", "")))
            return f"{here}#shares"
        case "erase" if given.get("sure") == "yes":
            actions.erase(who, paper_id)
            return "/my/papers"
        case "erase":
            raise invalid("not_sure", "Hãy đánh dấu để xác nhận.", "Tick the box to confirm.", field="sure")
    return here


def _count(text: str) -> int:
    return int(text) if text.strip().isdecimal() and len(text.strip()) < 18 else 0


def export(request: HttpRequest) -> StreamingHttpResponse:
    """`/my/papers/export`: every file and an index, as one zip."""
    who = _person(request)
    headers = {"Content-Disposition": 'attachment; filename="taydo-giay-to.zip"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(taking.as_zip(who), content_type="application/zip", headers=headers)


def organisations(request: HttpRequest) -> HttpResponse:
    """`/my/organisations`: whom I act for; posting asks for one more, or stops."""
    who = _person(request)
    errors: dict[str, str] = {}
    if request.method == "POST":
        given = request.POST
        if given.get("stop"):
            _, errors = tried(lambda: acting.stop(who, _count(given["stop"])))
        else:
            _, errors = tried(lambda: acting.ask(who, given.get("tax_code", ""), given.get("name", ""), given.get("basis", "")))  # fmt: skip
        if not errors:
            return HttpResponseRedirect("/my/organisations")
    return render(
        request,
        "vault/organisations.html",
        status=422 if errors else 200,
        errors=errors,
        values=request.POST.dict(),
        organisations=let.organisations(who),
    )


urls = [
    path("my/papers", papers),
    path("my/papers/new", new),
    path("my/papers/export", export),
    path("my/papers/<uuid:paper_id>", paper),
    path("my/organisations", organisations),
]
