"""`/counter`: the one-stop desk — find the procedure, take the dossier on paper in two minutes, scan, print the receipt."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from taydo.domains.catalogue import public as catalogue
from taydo.domains.directory import public as directory
from taydo.engines.forms import pages as layout
from taydo.engines.forms import queries as forms
from taydo.engines.payments import actions as cash
from taydo.engines.payments import queries as payments
from taydo.engines.places import queries as places
from taydo.engines.search import queries as search
from taydo.kernel import clock
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.http import needs, render, viewer

from .. import public, queries
from ..actions import filing, money
from ..actions.opening import Applicant, Given, Upload
from ..queries import lists
from .citizen import WORDS, worded

PARTS = ("name", "number", "phone", "email", "address")


@needs("procedures.take_in")
def counter(request: HttpRequest) -> HttpResponse:
    """`/counter`: the search, what came in today, what waits to be received or handed out."""
    who, q = viewer(request), request.GET.get("q", "").strip()
    hits = search.find(q, kinds=["procedure"], limit=12).hits if q else []
    if held := (catalogue.on(q, clock.today()) if q else None):
        return HttpResponseRedirect(f"/counter/{held.spec.code}")
    return render(
        request, "procedures/counter.html", q=q, hits=hits, waiting=lists.worklist(who, state=1, limit=20), ready=lists.worklist(who, state=9, limit=20),
        newest=lists.worklist(who, limit=12), state_word=public.state_word, may_cash=who.may("payments.take_cash"),
    )  # fmt: skip


def units_of(who: Viewer) -> list[tuple[str, str]]:
    """Communes a clerk files for: their own, when their agency is one's, else all."""
    own = directory.agency(who.agency) if who.agency else None
    known = sorted(
        ((unit.code, unit.name) for unit in places.units("commune", clock.today())),
        key=lambda pair: places.fold(pair[1]),
    )
    mine = [pair for pair in known if own and pair[0] == own.unit]
    return mine or known


@needs("procedures.take_in")
def take(request: HttpRequest, procedure: str) -> HttpResponse:
    """`/counter/{procedure}`: one page — who, papers with scans, the form's questions folded away, delivery; then the receipt."""
    who = viewer(request)
    held = catalogue.on(procedure, clock.today())
    if held is None:
        raise queries.no_dossier()
    form = forms.current(held.spec.form_id)
    errors: dict[str, str] = {}
    values: dict[str, Any] = {
        "unit_code": "",
        "key": secrets.token_urlsafe(18),
        "delivery": "desk",
        "channel": "desk",
        "kind": "person",
    }
    if request.method == "POST":
        values = {
            name: request.POST.get(name, "")
            for name in (*PARTS, "unit_code", "delivery", "channel", "kind", "key", "number_of_result")
        }
        try:
            made = _taken(request, held.spec, values)
            return HttpResponseRedirect(f"/counter/done/{made['code']}")
        except Problem as problem:
            if problem.status not in (403, 409, 413, 422, 503):
                raise
            errors = worded(problem) if problem.status == 422 else {"": f"{problem.vi}"}
            values["again"] = "yes" if problem.code == "filed_already" else ""
    named = {f"applicant_{part}" for part in PARTS} | {"commune"}
    return render(
        request, "procedures/take.html", 422 if errors else 200, spec=held.spec, form=form, values=values, errors=errors, units=units_of(who), deliveries=WORDS,
        fields=[field for field in form.fields() if field.name not in named and field.widget != "files"], communes=layout.communes(),
        given=set(request.POST.getlist("given")), applies=set(request.POST.getlist("applies")), owed=money.lines(held.spec, "desk", "receipt"),
        required=set(form.schema_.get("required", [])), answers=_answers(request, form) if request.method == "POST" else {},
    )  # fmt: skip


def _answers(request: HttpRequest, form: Any) -> dict[str, Any]:
    """What the clerk typed into the form, with who files as every form names it."""
    found = layout.posted(request.POST, list(form.fields()))
    for part in PARTS:
        if f"applicant_{part}" in form.schema_["properties"]:
            found[f"applicant_{part}"] = request.POST.get(part, "").strip()
    if "commune" in form.schema_["properties"]:
        found["commune"] = request.POST.get("unit_code", "")
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def _taken(request: HttpRequest, spec: catalogue.Procedure, values: dict[str, Any]) -> dict[str, Any]:
    who, sent = viewer(request), request.POST
    form = forms.current(spec.form_id)
    ticked = set(sent.getlist("given"))
    uploads = [
        Upload(paper.id, one, one.name or "scan")
        for paper in spec.papers
        for one in request.FILES.getlist(f"paper.{paper.id}")
    ]
    scanned = {one.paper for one in uploads}
    papers = [
        Given(paper.id, paper.title, digital=paper.id in scanned)
        for paper in spec.papers
        if paper.id in ticked | scanned
    ]
    applicant = Applicant(*(str(values[part]).strip() for part in PARTS), kind=str(values["kind"] or "person"))
    given = {
        "unit_code": values["unit_code"], "answers": _answers(request, form), "papers": papers, "uploads": uploads, "applies": sent.getlist("applies"),
        "key": values["key"],
    }  # fmt: skip
    if spec.kind == "immediate" and sent.get("do") == "at_once":
        return filing.immediate(who, spec.code, applicant, number=str(values["number_of_result"]), **given)
    return filing.take_in(
        who, spec.code, applicant, form_version=form.version, delivery=str(values["delivery"] or "desk"), channel=str(values["channel"] or "desk"),
        again=sent.get("again") == "yes", **given,
    )  # fmt: skip


@needs("procedures.take_in")
def done(request: HttpRequest, code: str) -> HttpResponse:
    """`/counter/done/{code}`: the receipt to print, the fee to take; a POST takes it in cash."""
    who = viewer(request)
    found = queries.official(who, code)
    bills = [bill for bill in payments.of(who, "dossier", found["id"]) if bill.state == "open"]
    problem = ""
    if request.method == "POST":
        try:
            for bill in bills:
                cash.take_cash(who, bill.id, key=f"counter:{bill.code}")
            return HttpResponseRedirect(f"/counter/done/{found['code']}?paid=1")
        except Problem as refusal:
            if refusal.status not in (403, 409):
                raise
            problem = refusal.vi
    return render(
        request, "procedures/taken.html", d=found, forms=[form for form in queries.forms(found["id"]) if form["form"] == "01"], bills=bills,
        word=public.state_word(found["national"]), problem=problem, paid="paid" in request.GET,
    )  # fmt: skip


urls = [path("counter", counter), path("counter/done/<str:code>", done), path("counter/<str:procedure>", take)]
