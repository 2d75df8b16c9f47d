"""`/verify`: anybody checks a paper by its code; `/signing`: keys and requests that wait, for those who keep them."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from taydo.kernel import clock
from taydo.kernel.errors import Problem
from taydo.kernel.http import needs, render, viewer

from . import actions, api, queries


def find(request: HttpRequest) -> HttpResponse:
    """`/verify`: type the code."""
    code = queries.plain_code(request.GET.get("code", ""))
    return (
        HttpResponseRedirect(f"/verify/{code}")
        if code
        else render(request, "signing/verify.html", found=None, code="", unknown=False)
    )


def verify(request: HttpRequest, code: str) -> HttpResponse:
    """`/verify/{code}`: what the paper is and whether it holds; with a file, whether that file is it."""
    api.slow_down(request)
    try:
        found = queries.document(code)
    except Problem:
        return render(
            request, "signing/verify.html", status=404, found=None, code=queries.plain_code(code), unknown=True
        )
    for one in found["signers"]:
        at = dt.datetime.fromisoformat(one["at"]).astimezone(clock.LOCAL) if one["at"] else None
        one["when"] = f"{at:%d/%m/%Y %H:%M:%S}" if at else ""
    compared = None
    if request.method == "POST" and "file" in request.FILES:
        compared = queries.compare(code, api.read(request.FILES["file"]))
    return render(request, "signing/verify.html", found=found, code=found["code"], compared=compared)


@needs("signing.keep_key")
def keys(request: HttpRequest) -> HttpResponse:
    """`/signing`: keys of the viewer's agencies, what waits or failed; `POST revoke=` takes a key out of use."""
    who = viewer(request)
    if request.method == "POST" and request.POST.get("revoke", "").isdecimal():
        actions.revoke_key(who, int(request.POST["revoke"]))
        return HttpResponseRedirect("/signing")
    return render(
        request,
        "signing/keys.html",
        keys=queries.kept(who),
        waiting=queries.open_requests(who),
        may_revoke=who.may("signing.revoke_key"),
    )


urls = [path("verify", find), path("verify/<str:code>", verify), path("signing", keys)]
