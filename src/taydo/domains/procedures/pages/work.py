"""`/dossiers/{code}/work`: an official's side of a dossier — what was asked, papers, steps, results — and every verb as a form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from taydo.domains.catalogue import public as catalogue
from taydo.domains.directory import public as directory
from taydo.engines.cases import casetype
from taydo.engines.cases import queries as cases
from taydo.engines.casework import queries as casework
from taydo.engines.files import queries as files
from taydo.engines.forms import pages as layout
from taydo.engines.forms import queries as forms
from taydo.engines.payments import queries as payments
from taydo.engines.signing import queries as keys
from taydo.kernel import clock
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, invalid
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from .. import public, queries, rules
from ..actions import (
    drafting,
    filing,
    handling,
    instructing,
    issuing,
    money,
    papers,
    receiving,
    results,
    transfers,
    working,
)
from ..actions.opening import Upload
from ..queries import lists

Sent = Any


def work(request: HttpRequest, code: str, problem: Problem | None = None) -> HttpResponse:
    """The page; `problem`: why the last verb was not done."""
    who = viewer(request)
    if not who.signed_in:
        return HttpResponseRedirect(f"/signin?next=/dossiers/{code}/work")
    found = queries.official(who, code)
    spec = catalogue.version(found["version_id"])
    steps = casetype.of_version(found["type_version"]).moves_from(found["state"])
    handed = lists.transfers(found["id"])
    offered = [one for one in handed if one["state"] == "offered"]
    return render(
        request, "procedures/work.html", 200 if problem is None else problem.status, d=found, spec=spec, word=public.state_word(found["national"]),
        state=casetype.of_version(found["type_version"]).states[found["state"]].title, moves={name: move for name, move in steps.items() if move.by == "officials"},
        may=may(who, found, set(steps), offered), lines=cases.timeline(who, found["case_id"]), tasks=casework.consultations(who, found["case_id"]),
        results=lists.results(found["id"]), transfers=handed, instructions=lists.instructions(found["code"]), forms=queries.forms(found["id"]), parts=queries.parts(found["id"]),
        bills=payments.of(who, "dossier", found["id"]), names={str(one.id): one.name for one in files.files_of(who, "dossier", str(found["id"]))},
        problem=problem, agencies=directory.agencies(), keys=keys.keys(who, found["agency"]), name_of=directory.name, state_word=public.state_word,
        done=request.GET.get("done", ""), offered=offered,
    )  # fmt: skip


def may(who: Viewer, found: dict[str, Any], steps: set[str], offered: list[dict[str, Any]]) -> set[str]:
    """Which verbs the page offers: held in the dossier's agency (taking over: in the one it is offered to) and possible where it stands.

    The actions ask again.
    """
    held = {
        name
        for name in (*VERBS, "take_supplement")
        if who.may(f"procedures.{PERMISSION.get(name, name)}", found["agency"])
    }
    held -= {"accept", "decline"}
    if any(who.may("procedures.accept", one["to_agency"]) for one in offered):
        held |= {"accept", "decline"}
    here = {
        "receive": found["state"] == "registered", "refuse": found["state"] == "registered", "stop": "stop" in steps,
        "ask_supplement": "ask_supplement" in steps or "ask_before" in steps, "take_supplement": found["national"] == 5,
        "ask_payment": "ask_payment" in steps and found["money"] != "due", "consult": "consult" in steps or found["state"] == "consulting",
        "draft_result": found["state"] in rules.WORKED, "approve": "approve" in steps, "rework": "rework" in steps, "sign": found["state"] == "signing",
        "finish": "finish" in steps, "return_result": found["national"] == 9, "apologise": found["national"] in (2, 4) and found["apologies"] == 0,
        "transfer": found["national"] in (2, 4), "accept": True, "decline": True, "step": found["national"] in (2, 4), "assign": found["national"] in (1, 2, 4), "instruct": found["national"] not in rules.ENDED,
    }  # fmt: skip
    if found["source"]:
        return set()
    return {name for name in held if here.get(name, False)}


def _text(sent: Sent, name: str) -> str:
    return str(sent.get(name, "")).strip()


def _number(sent: Sent, name: str) -> int:
    text = _text(sent, name)
    if not text.isdecimal():
        raise invalid("no_number", "Hãy ghi một con số.", "Write a number.", field=name)
    return int(text)


def _draft(who: Viewer, code: str, sent: Sent) -> Any:
    facts = [[part.strip() for part in line.split(":", 1)] for line in _text(sent, "facts").splitlines() if ":" in line]
    data = {"facts": facts, "body": _text(sent, "body"), "office": _text(sent, "office")}
    return drafting.draft_result(who, code, data, title=_text(sent, "title"), number=_text(sent, "number"))


def _sign(who: Viewer, code: str, sent: Sent) -> Any:
    """By the keys that were chosen, a person's before the agency's seal."""
    chosen = [int(one) for one in sent.getlist("keys") if one.isdecimal()]
    if not chosen:
        raise invalid("no_key", "Hãy chọn khoá ký.", "Choose a key.", field="keys")
    return issuing.sign(who, code, chosen, secret=_text(sent, "pin"), office=_text(sent, "office"))


def _consult(who: Viewer, code: str, sent: Sent) -> Any:
    asked = [
        (agency, question.strip())
        for agency, question in zip(sent.getlist("agency"), sent.getlist("question"), strict=False)
        if agency and question.strip()
    ]
    days = _text(sent, "days")
    return working.consult(who, code, asked, working_days=int(days) if days.isdecimal() else None)


VERBS: dict[str, Callable[[Viewer, str, Sent], Any]] = {
    "receive": lambda who, code, sent: receiving.receive(who, code, _text(sent, "note")),
    "refuse": lambda who, code, sent: receiving.refuse(who, code, _text(sent, "reason")),
    "ask_supplement": lambda who, code, sent: receiving.ask_supplement(
        who, code, _text(sent, "lacks").splitlines(), _text(sent, "note")
    ),
    "step": lambda who, code, sent: working.take_step(who, code, _text(sent, "move"), _text(sent, "note")),
    "consult": _consult,
    "draft_result": _draft,
    "approve": lambda who, code, sent: working.approve(who, code, _text(sent, "note")),
    "rework": lambda who, code, sent: working.rework(who, code, _text(sent, "note")),
    "sign": _sign,
    "finish": lambda who, code, sent: results.finish(who, code, number=_text(sent, "number"), note=_text(sent, "note")),
    "return_result": lambda who, code, sent: results.return_result(who, code, _text(sent, "evidence")),
    "apologise": lambda who, code, sent: handling.apologise(who, code, _text(sent, "reason"), _number(sent, "days")),
    "stop": lambda who, code, sent: handling.stop(who, code, _text(sent, "reason")),
    "instruct": lambda who, code, sent: instructing.instruct(
        who, code, _text(sent, "words"), working_days=_number(sent, "days")
    ),
    "ask_payment": lambda who, code, sent: money.ask_payment(who, code, note=_text(sent, "note")),
    "transfer": lambda who, code, sent: transfers.offer(who, code, _text(sent, "agency"), _text(sent, "note")),
    "accept": lambda who, code, sent: transfers.accept(who, code, _text(sent, "note")),
    "decline": lambda who, code, sent: transfers.decline(who, code, _text(sent, "reason")),
}
PERMISSION = {"step": "check", "draft_result": "check", "rework": "approve", "decline": "accept"}
"""Permissions whose name is not the verb's own."""


def verb(request: HttpRequest, code: str, do: str) -> HttpResponse:
    """`POST /dossiers/{code}/work/{do}`; what cannot be done is said on the page."""
    who, sent = viewer(request), request.POST
    if request.method != "POST" or do not in {*VERBS, "take_supplement"}:
        return HttpResponseRedirect(f"/dossiers/{code}/work")
    try:
        if do == "take_supplement":
            uploads = [
                Upload(f"supplement{n}", one, one.name or "scan")
                for n, one in enumerate(request.FILES.getlist("files"))
            ]
            filing.take_supplement(who, code, note=_text(sent, "note"), uploads=uploads)
        else:
            VERBS[do](who, code, sent)
    except Problem as problem:
        if problem.status not in (403, 409, 413, 422, 503):
            raise
        return work(request, code, problem)
    return HttpResponseRedirect(f"/dossiers/{code}/work?done={do}")


def person(request: HttpRequest, code: str) -> HttpResponse:
    """`/dossiers/{code}/person`: who filed and what they answered, for a purpose that is recorded and that they can read."""
    who, shown, error = viewer(request), None, ""
    found = queries.official(who, code)
    if request.method == "POST":
        try:
            shown = working.reveal(who, code, request.POST.get("purpose", ""))
        except Problem as problem:
            if problem.status not in (403, 422):
                raise
            error = t(problem.vi, problem.en)
    sections = (
        layout.readable(forms.of_version(found["form_version"]), shown.answers, who)
        if shown and found["form_version"]
        else []
    )
    return render(
        request, "procedures/person.html", 422 if error else 200, d=found, shown=shown, error=error, sections=sections
    )


def slip(request: HttpRequest, code: str) -> HttpResponse:
    """`/dossiers/{code}/slip.pdf`: the control slip (form 06)."""
    return _pdf(*papers.control_slip(viewer(request), code))


@needs("procedures.see_register")
def register(request: HttpRequest) -> HttpResponse:
    """`/dossiers/register`: form 07 between two days, on screen or as PDF."""
    who, today = viewer(request), clock.today()
    agency = request.GET.get("agency", who.agency)
    since, until = _day(request.GET.get("since", ""), today.replace(day=1)), _day(request.GET.get("until", ""), today)
    if request.GET.get("as") == "pdf":
        return _pdf(*papers.register_pdf(who, agency, since, until))
    rows = lists.register(who, agency, since, until)
    return render(
        request,
        "procedures/register.html",
        rows=rows,
        agency=agency,
        since=since,
        until=until,
        name=directory.name(agency),
    )


def _day(text: str, otherwise: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return otherwise


def _pdf(name: str, pdf: bytes) -> HttpResponse:
    return HttpResponse(
        pdf, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


urls = [
    path("dossiers/register", register), path("dossiers/<str:code>/work", work), path("dossiers/<str:code>/work/<str:do>", verb),
    path("dossiers/<str:code>/person", person), path("dossiers/<str:code>/slip.pdf", slip),
]  # fmt: skip
