"""Pages of those who are let in: the receiver of a link, an official who looks for a purpose, who confirms representatives."""

from __future__ import annotations

import dataclasses

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.cache import never_cache

from taydo.engines.files import queries as files
from taydo.engines.files.faces import SANDBOX
from taydo.kernel import limits
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from .. import public, queries
from ..actions import acting, letting
from ..queries import letting as let
from .mine import tried


@never_cache
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """`/shared/{token}`: first the purpose; posting opens the paper, which its owner sees and which takes one opening."""
    limits.spend(f"vault.shared|{request.META.get('REMOTE_ADDR', '')}", 1, 30)
    who = viewer(request)
    consent, paper = let.by_link(who, token)
    if request.method != "POST":
        return render(request, "vault/shared.html", consent=consent, paper=paper, kind=queries.kind(paper.kind), word=public.state_word)  # fmt: skip
    named = who if who.signed_in else dataclasses.replace(who, name=t(f"Người giữ liên kết {consent['to_name']}".strip(), f"Holder of the link {consent['to_name']}".strip()))  # fmt: skip
    queries.opened(named, paper.id, token)
    kept = next(iter(files.files_of(queries.HOUSE, "paper", paper.id)), None)
    if kept is None:
        return render(request, "vault/opened.html", consent=consent, paper=paper, kind=queries.kind(paper.kind), word=public.state_word)  # fmt: skip
    found, data = files.open_file(queries.HOUSE, kept.id)
    answer = HttpResponse(data, content_type=found.content_type)
    answer["Content-Disposition"] = f'{"inline" if found.content_type.startswith("image/") else "attachment"}; filename="giay-to.{found.name.rsplit(".", 1)[-1]}"'  # fmt: skip
    answer["Content-Security-Policy"], answer["X-Robots-Tag"] = SANDBOX, "noindex"
    return answer


@needs("vault.look")
@never_cache
def person(request: HttpRequest) -> HttpResponse:
    """`/vault/person`: an official looks at somebody's papers: number and purpose first."""
    who, given = viewer(request), request.POST
    found, errors = None, dict[str, str]()
    if request.method == "POST":
        owner = (given.get("owner_kind", "person"), given.get("number", "").replace("\0", ""))
        found, errors = tried(lambda: letting.of_owner(who, owner, given.get("purpose", "")))
    return render(
        request, "vault/person.html", status=422 if errors else 200, papers=found, errors=errors, values=given.dict(), word=public.state_word,
        shared=queries.shared_with(who) if found is None else [], minutes=letting.LOOK_MINUTES,
    )  # fmt: skip


@needs("vault.confirm")
def representatives(request: HttpRequest) -> HttpResponse:
    """`/vault/representatives`: people who ask to act for an organisation; posting confirms or declines one."""
    who, given = viewer(request), request.POST
    if request.method == "POST" and given.get("id", "").isdecimal():
        acting.confirm(who, int(given["id"][:18]), given.get("do") == "confirm")
        return HttpResponseRedirect("/vault/representatives")
    return render(request, "vault/representatives.html", asked=let.asked(who))


urls = [
    path("shared/<str:token>", shared),
    path("vault/person", person),
    path("vault/representatives", representatives),
]
