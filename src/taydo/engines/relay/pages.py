"""Pages of the relay: how partners stand, one partner's messages, one message; sending again, passing over, pausing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from taydo.kernel.errors import Problem
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from . import actions, queries


@needs("relay.see")
def overview(request: HttpRequest) -> HttpResponse:
    """`/relay`: every partner with what waits, what it refused, its last error; replay, pause, go on."""
    who, error = viewer(request), ""
    if request.method == "POST":
        error = _try(lambda: _partner_verb(request))
        if not error:
            return HttpResponseRedirect("/relay?done=1")
    return render(
        request, "relay/partners.html", status=422 if error else 200, partners=queries.partners(who), error=error,
        may=who.may("relay.replay", "*"), done="done" in request.GET,
    )  # fmt: skip


def _partner_verb(request: HttpRequest) -> None:
    who, given = viewer(request), request.POST
    verb, name = given.get("do", ""), given.get("partner", "")
    if verb == "pause":
        actions.pause(who, name, given.get("why", ""))
    elif verb == "resume":
        actions.resume(who, name)
    elif verb == "replay":
        actions.replay_all(who, name)


@needs("relay.see")
def listed(request: HttpRequest, partner: str) -> HttpResponse:
    """`/relay/{partner}`: its messages, the newest first; `state=`, `subject=`, `before=`."""
    who, state = viewer(request), request.GET.get("state", "")
    state = state if state in queries.STATES else ""
    subject, before = request.GET.get("subject", "").replace("\0", "")[:200], request.GET.get("before", "")
    found = queries.messages(
        who, partner, state, subject, int(before) if before.isdecimal() and len(before) < 19 else None
    )
    shown = next((item for item in queries.partners(who) if item["name"] == partner), None)
    return render(
        request, "relay/messages.html", partner=shown, messages=found, state=state, states=queries.STATES, subject=subject,
        following=found[-1]["id"] if len(found) == 50 else None,
    )  # fmt: skip


@needs("relay.see")
def one(request: HttpRequest, partner: str, message_id: int) -> HttpResponse:
    """`/relay/{partner}/{id}`: one message; its words for a purpose that is recorded; send again, pass over."""
    who, error = viewer(request), ""
    words: dict[str, Any] | None = None
    if request.method == "POST":
        verb, given = request.POST.get("do", ""), request.POST
        if verb == "look":
            try:
                words = queries.words(who, message_id, given.get("purpose", ""))
            except Problem as problem:
                error = _said(problem)
        else:
            error = _try(lambda: _message_verb(request, message_id))
            if not error:
                return HttpResponseRedirect(f"/relay/{partner}/{message_id}")
    return render(
        request, "relay/message.html", status=422 if error else 200, message=queries.message(who, message_id), words=words, error=error,
        may=who.may("relay.replay", "*"), may_read=who.may("relay.read", "*"),
    )  # fmt: skip


def _message_verb(request: HttpRequest, message_id: int) -> None:
    if request.POST.get("do") == "replay":
        actions.replay(viewer(request), message_id)
    elif request.POST.get("do") == "skip":
        actions.skip(viewer(request), message_id, request.POST.get("why", ""))


def _try(work: Callable[[], object]) -> str:
    try:
        work()
    except Problem as problem:
        return _said(problem)
    return ""


def _said(problem: Problem) -> str:
    if problem.status not in (409, 422):
        raise problem
    return t(problem.vi, problem.en)


urls = [
    path("relay", overview),
    path("relay/<slug:partner>", listed),
    path("relay/<slug:partner>/<int:message_id>", one),
]
