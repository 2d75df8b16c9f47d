"""Pages of warnings: for everybody what is in force and what was; for officers the desk where warnings are made."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from taydo.engines.places import queries as places
from taydo.kernel import clock
from taydo.kernel.errors import Problem, missing
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from . import actions, queries
from .rules import CERTAINTIES, SEVERITIES, STATUSES, URGENCIES, Draft

_DAY = dt.timedelta(hours=24)


def public_list(request: HttpRequest) -> HttpResponse:
    """`/warnings`: in force (for one commune with `?unit=`), then those past."""
    unit = request.GET.get("unit", "")[:20]
    before = request.GET.get("before", "")
    older = queries.past(int(before) if before.isdecimal() and len(before) < 19 else None)
    names = queries.unit_names([unit]) if unit else []
    return render(
        request, "warnings/list.html", unit=unit, unit_name=t(names[0][1], names[0][2]) if names else "",
        current=queries.cards(queries.in_force(unit)),
        past=queries.cards(older), older=older[-1]["id"] if len(older) == 30 else None,
    )  # fmt: skip


def one(request: HttpRequest, warning_id: int) -> HttpResponse:
    """`/warnings/{id}`: what is coming, where, until when, what to do; for officers also what they may do with it."""
    return _one(request, warning_id)


def _one(request: HttpRequest, warning_id: int, problem: Problem | None = None) -> HttpResponse:
    who = viewer(request)
    found = queries.warning(who, warning_id)
    english = t("", "en") == "en" and bool(found["headline_en"])
    language = "en" if english else "vi"
    return render(
        request, "warnings/one.html", status=problem.status if problem else 200, warning=found, card=queries.card(found),
        words_in=language, description=found[f"description_{language}"], instruction=found[f"instruction_{language}"],
        places=[t(vi, en) for _, vi, en in queries.unit_names(found["units"])], successor=queries.successor(warning_id),
        may=_may(who, found), problem=t(problem.vi, problem.en) if problem else "",
        urgency=queries.said(URGENCIES.get(found["urgency"], ("", ""))), certainty=queries.said(CERTAINTIES.get(found["certainty"], ("", ""))),
    )  # fmt: skip


def _may(who: Any, found: dict[str, Any]) -> set[str]:
    """What the viewer may do with a warning as it stands."""
    steps = {
        "draft": ("draft", "approve"), "approved": ("draft", "publish"), "published": ("draft", "cancel"),
    }.get(found["state"], ())  # fmt: skip
    if found["message"] == "Cancel":
        return set()
    may = {step for step in steps if who.may(f"warnings.{step}", found["agency"])}
    return may - {"approve"} if found["drafted_by"] == who.actor_id else may


@needs("warnings.see")
def desk(request: HttpRequest) -> HttpResponse:
    """`/warnings/desk`: drafts waiting, approved ones, what is in force."""
    who = viewer(request)
    found = queries.desk(who)
    people = ({"drafter": record["drafter"], "approver": record["approver"]} for record in found)
    rows = [card | names for card, names in zip(queries.cards(found), people, strict=True)]
    return render(request, "warnings/desk.html", rows=rows, may_draft=who.may("warnings.draft"))


@needs("warnings.draft")
def new(request: HttpRequest) -> HttpResponse:
    """`/warnings/new`: an empty form, or the draft that was written."""
    if request.method != "POST":
        end = (clock.now() + _DAY).astimezone(clock.LOCAL)
        names = [field.name for field in dataclasses.fields(Draft)]
        start: dict[str, Any] = dict.fromkeys(names, "") | {
            "status": "Actual",
            "urgency": "Expected",
            "certainty": "Likely",
        }
        start |= {"units": [], "expires": f"{end:%Y-%m-%dT%H:00}"}
        return _form(request, start, {}, None)
    return _written(request, None, lambda who, given: actions.draft(who, given))


@needs("warnings.draft")
def edit(request: HttpRequest, warning_id: int) -> HttpResponse:
    """`/warnings/{id}/edit`: correct a draft."""
    who = viewer(request)
    found = queries.warning(who, warning_id)
    if found["state"] not in ("draft", "approved"):
        raise missing("no_draft", "Không có bản soạn này.", "There is no such draft.")
    if request.method != "POST":
        values = found | {name: _typed(found[name]) for name in ("onset", "expires")}
        return _form(request, values, {}, warning_id)
    seen = request.POST.get("version", "")
    version = int(seen) if seen.isdecimal() and len(seen) < 9 else 0

    def change(viewer: Any, given: Draft) -> int:
        actions.correct(viewer, warning_id, given, version)
        return warning_id

    return _written(request, warning_id, change)


def _written(request: HttpRequest, warning_id: int | None, write: Callable[[Any, Draft], int]) -> HttpResponse:
    """Keep what was typed when it is wrong, else show the draft."""
    fields = {field.name for field in dataclasses.fields(Draft)} - {"units", "onset", "expires"}
    values: dict[str, Any] = {name: request.POST.get(name, "").strip() for name in fields}
    values |= {"units": request.POST.getlist("units")[:200], "version": request.POST.get("version", "")}
    times = {name: request.POST.get(name, "").strip() for name in ("onset", "expires")}
    given = Draft(**{name: values[name] for name in fields}, units=tuple(values["units"]),
                  onset=_instant(times["onset"]), expires=_instant(times["expires"]))  # fmt: skip
    try:
        made = write(viewer(request), given)
    except Problem as problem:
        if problem.code != "draft_incomplete":
            raise
        errors = {name: queries.said(pair) for name, pair in problem.fields.items()}
        return _form(request, values | times, errors, warning_id)
    return HttpResponseRedirect(f"/warnings/{made}")


def _form(request: HttpRequest, values: dict[str, Any], errors: dict[str, str], warning_id: int | None) -> HttpResponse:
    communes = sorted(places.units("commune", clock.today()), key=lambda unit: places.fold(unit.name).split(" ", 1)[-1])
    city = queries.city()
    return render(
        request, "warnings/form.html", status=422 if errors else 200, values=values, errors=errors, warning_id=warning_id,
        hazards=[(code, hazard.title[t("vi", "en")]) for code, hazard in queries.hazards().items()],
        severities=[(code, queries.said(words)) for code, words in SEVERITIES.items()],
        urgencies=[(code, queries.said(words)) for code, words in URGENCIES.items()],
        certainties=[(code, queries.said(words)) for code, words in CERTAINTIES.items()],
        statuses=[(code, queries.said(words)) for code, words in STATUSES.items()],
        units=[(city.code, t("Toàn thành phố", "The whole city")), *((u.code, t(u.name, u.name_en)) for u in communes)],
        advice={code: hazard.instruction.vi for code, hazard in queries.hazards().items()},
    )  # fmt: skip


def _typed(instant: dt.datetime | None) -> str:
    return f"{instant.astimezone(clock.LOCAL):%Y-%m-%dT%H:%M}" if instant else ""


def _instant(text: str) -> dt.datetime | None:
    """An instant typed as local time of Viet Nam; None when empty or unreadable."""
    try:
        return dt.datetime.fromisoformat(text).replace(tzinfo=clock.LOCAL).astimezone(dt.UTC) if text else None
    except (ValueError, OverflowError):
        return None


def step(request: HttpRequest, warning_id: int, verb: str) -> HttpResponse:
    """`POST /warnings/{id}/{verb}`: approve, publish, update, cancel or drop; a refusal stands on the warning's page."""
    if request.method != "POST":
        return HttpResponseRedirect(f"/warnings/{warning_id}")
    who = viewer(request)
    seen = request.POST.get("version", "")
    version = int(seen) if seen.isdecimal() and len(seen) < 9 else 0
    try:
        if verb == "approve":
            actions.approve(who, warning_id, version)
        elif verb == "publish":
            actions.publish(who, warning_id)
        elif verb == "update":
            return HttpResponseRedirect(f"/warnings/{actions.revise(who, warning_id)}/edit")
        elif verb == "cancel":
            actions.cancel(who, warning_id, request.POST.get("reason", ""))
        else:
            actions.drop(who, warning_id)
            return HttpResponseRedirect("/warnings/desk")
    except Problem as problem:
        if problem.status not in (409, 422) and problem.code != "own_draft":
            raise
        return _one(request, warning_id, problem)
    return HttpResponseRedirect(f"/warnings/{warning_id}")


_VERBS = ("approve", "publish", "update", "cancel", "drop")
urls = [
    path("warnings", public_list),
    path("warnings/desk", desk),
    path("warnings/new", new),
    path("warnings/<int:warning_id>", one),
    path("warnings/<int:warning_id>/edit", edit),
    *(path(f"warnings/<int:warning_id>/{verb}", step, {"verb": verb}) for verb in _VERBS),
]
