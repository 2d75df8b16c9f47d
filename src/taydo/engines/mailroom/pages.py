"""Pages of the mailroom: letters that were set aside with the reason, one with its words, let one go on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from taydo.kernel.errors import Problem
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from . import actions, queries

SHOWN = ("aside", "automatic", "taken", "kept")


@needs("mailroom.see")
def listed(request: HttpRequest) -> HttpResponse:
    """`/mailroom`: letters of one state, the newest first; those set aside unless asked otherwise."""
    state, before = request.GET.get("state", ""), request.GET.get("before", "")
    state = state if state in SHOWN else SHOWN[0]
    found = queries.letters(viewer(request), state, int(before) if before.isdecimal() and len(before) < 19 else None)
    following = found[-1]["id"] if len(found) == 50 else None
    return render(request, "mailroom/letters.html", letters=found, state=state, states=SHOWN, following=following)


@needs("mailroom.see")
def one(request: HttpRequest, letter_id: int) -> HttpResponse:
    """`/mailroom/{id}`: a letter's words for a purpose that is recorded; `do=release` lets it go on."""
    who, error, shown = viewer(request), "", None
    if request.method == "POST":
        try:
            if request.POST.get("do") == "release":
                actions.release(who, letter_id)
                return HttpResponseRedirect("/mailroom")
            shown = queries.letter(who, letter_id, request.POST.get("purpose", ""))
        except Problem as problem:
            if problem.status not in (409, 422):
                raise
            error = t(problem.vi, problem.en)
    about = queries.about(who, letter_id)
    return render(
        request, "mailroom/letter.html", status=422 if error else 200, about=about, letter=shown, error=error,
        may_release=who.may("mailroom.release"),
    )  # fmt: skip


urls = [path("mailroom", listed), path("mailroom/<int:letter_id>", one)]
