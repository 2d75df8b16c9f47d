"""Pages of workflows: which there are, and one of them: seen, changed in a draft, checked, released, undone."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import path
from django.utils.http import urlencode

from taydo.engines.cases import casetype
from taydo.engines.cases.casetype import CaseType
from taydo.kernel import i18n
from taydo.kernel.errors import Problem
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t
from taydo.protocols import dvcqg

from . import actions, checking, differing, drawing, queries, subjects

ROWS = 3
FLAGS = ("pauses", "primary", "public", "tasks_done")


@needs("workflows.see")
def listed(request: HttpRequest) -> HttpResponse:
    """`/workflows`: kinds with their own workflow, subjects with one of theirs, and a search for more."""
    question = request.GET.get("q", "").replace("\0", "").strip()[:100]
    kinds = [(casetype.current(kind), family) for family in subjects.FAMILIES.values() for kind in family.kinds]
    refined = queries.refined()
    for item in refined:
        known = subjects.named(item["key"])
        item["title"] = known.title if known else ""
        item["kind_title"] = casetype.current(item["kind"]).title[i18n.language()]
    found = [each for family in subjects.FAMILIES.values() for each in family.search(question)[:20]] if question else []
    return render(request, "workflows/list.html", kinds=kinds, refined=refined, q=question, found=found)


@needs("workflows.see")
def one(request: HttpRequest, key: str) -> HttpResponse:
    """`/workflows/{key}?kind=`: one subject's workflow; `POST do=` begins, changes, releases, undoes."""
    kind = _kind(request, key)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            anchor = _do(request, kind, key)
            return HttpResponseRedirect(f"/workflows/{key}?{urlencode({'kind': kind, 'at': anchor})}#{anchor}")
        except Problem as problem:
            if problem.status not in (409, 422):
                raise
            errors[""] = t(problem.vi, problem.en)
    return render(request, "workflows/one.html", status=422 if errors else 200, **_shown(request, kind, key, errors))


def _kind(request: HttpRequest, key: str) -> str:
    given = request.GET.get("kind") or request.POST.get("kind", "")
    if not given:
        subject = subjects.named(key)
        given = subject.kind if subject else key
    return queries.standard(given)


def _shown(request: HttpRequest, kind: str, key: str, errors: dict[str, str]) -> dict[str, Any]:
    own, draft, family, language = (
        casetype.current(kind),
        queries.draft(kind, key.lower()),
        subjects.of_kind(kind),
        i18n.language(),
    )
    current, subject = queries.spec_of(kind, key), subjects.named(key)
    now: dict[str, Any] = json.loads(current.text)
    spec = draft.spec if draft else now
    wrong = checking.faults(spec, own, queries.needed(kind)) if draft else []
    whole = None if wrong else CaseType.model_validate(spec)
    spec["states"] = {name: spec["states"][name] for name in (drawing.order(whole) if whole else spec["states"])}
    history = queries.releases(kind, key.lower())
    for newer, older in zip(history, [*history[1:], None], strict=False):
        before = casetype.of_version(older["type_version"]) if older else own
        newer["changes"] = differing.differences(
            json.loads(before.text), json.loads(casetype.of_version(newer["type_version"]).text)
        )
    return {
        "key": key, "kind": kind, "own": own, "draft": draft, "spec": spec, "subject": subject, "faults": wrong, "errors": errors,
        "at_fault": {fault.where for fault in wrong}, "refined": current is not own, "history": history,
        "changes": differing.differences(now, spec) if draft else [],
        "picture": drawing.picture(whole, language) if whole else "",
        "needed": queries.needed(kind), "permissions": queries.permissions(kind), "span": differing.span, "states": dvcqg.STATES,
        "agencies": family.agencies() if family else (), "rows": ROWS, "language": language, "number_of": int(language == "en"),
        "may": viewer(request).may("workflows.edit", "*"), "at": request.GET.get("at", ""),
    }  # fmt: skip


def _do(request: HttpRequest, kind: str, key: str) -> str:
    """Do what the form asks; returns the anchor to go back to."""
    who, given = viewer(request), request.POST
    verb, why = given.get("do", ""), given.get("why", "")
    if verb == "begin":
        actions.begin(who, kind, key)
    elif verb == "discard":
        actions.discard(who, kind, key)
    elif verb == "release":
        actions.release(who, kind, key, why)
    elif verb == "standard":
        actions.release_standard(who, kind, key, why)
    elif verb == "again" and given.get("release", "").isdecimal():
        actions.release_again(who, kind, key, int(given["release"]), why)
    else:
        version = given.get("version", "")
        change = {
            **_words(given),
            **_flags(given, verb),
            "asks": _rows(given, "ask", "agency"),
            "fields": _rows(given, "field", "vi"),
        }
        actions.change(who, kind, key, verb, change, expected_version=int(version) if version.isdecimal() else None)
        return "s-" + (given.get("step") or given.get("after") or given.get("id") or "")
    return "main"


def _words(given: QueryDict) -> dict[str, Any]:
    names = ("id", "vi", "en", "after", "to", "amount", "unit", "outside", "permission", "note")
    found: dict[str, Any] = {name: str(given[name]) for name in names if name in given}
    if "from" in given:
        places = [str(place) for place in given.getlist("from")]
        found["from"] = places[0] if given.get("do") == "add_move" else places
    return found


def _flags(given: QueryDict, verb: str) -> dict[str, bool]:
    """Ticks: absent means no, but only in the form that has them."""
    has = {"step": ("pauses",), "move": ("primary", "public", "tasks_done")}.get(verb, ())
    return {name: name in given for name in has}


def _rows(given: QueryDict, prefix: str, leading: str) -> list[dict[str, Any]]:
    """Rows `ask-0-agency`, `ask-0-question` …, of which the leading one is filled in."""
    rows = []
    for number in range(20):
        start = f"{prefix}-{number}-"
        row = {name.removeprefix(start): given[name] for name in given if name.startswith(start)}
        if str(row.get(leading, "")).strip():
            rows.append(row)
    return rows


urls = [path("workflows", listed), path("workflows/<str:key>", one)]
