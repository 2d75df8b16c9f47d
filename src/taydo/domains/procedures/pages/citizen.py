"""`/dossiers/new/…` from the procedure to the dossier, `/dossiers/{code}` to follow it, `/my/dossiers`; all of it works without script."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from taydo.domains.catalogue import public as catalogue
from taydo.domains.directory import public as directory
from taydo.domains.vault import public as vault
from taydo.engines.files import queries as files
from taydo.engines.forms import pages as forms
from taydo.engines.forms import queries as drafts
from taydo.engines.payments import queries as payments
from taydo.engines.prechecks import queries as prechecks
from taydo.kernel import clock
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.http import render, viewer
from taydo.kernel.i18n import t

from .. import public, queries, rules
from ..actions import filing, money, online, papers, results
from ..actions.opening import Upload

WORDS = {
    "vault": ("Kho giấy tờ của tôi", "My papers, online"),
    "desk": ("Nhận tại quầy", "At the desk"),
    "post": ("Qua bưu điện", "By post"),
}


def begin(request: HttpRequest, procedure: str) -> HttpResponse:
    """`/dossiers/new/{procedure}`: what it takes, in plain words, and the button that begins."""
    held = catalogue.on(procedure, clock.today())
    if held is None:
        raise queries.no_dossier()
    who = viewer(request)
    if request.method == "POST":
        if not who.signed_in:
            return HttpResponseRedirect(f"/signin?next=/dossiers/new/{held.spec.code}")
        return HttpResponseRedirect(f"/forms/{online.begin(who, held.spec.code)}")
    going = [one for one in drafts.mine(who) if one.about == (online.ABOUT, held.spec.code)]
    online_way = held.spec.channel("online")
    return render(
        request, "procedures/begin.html", spec=held.spec, way=online_way or (held.spec.channels[0] if held.spec.channels else None), going=going[:1],
        online=online_way is not None or not held.spec.channels,
    )  # fmt: skip


def prepare(request: HttpRequest, procedure: str, draft_id: str) -> HttpResponse:
    """`/dossiers/new/{procedure}/{draft}`: papers, delivery, everything once more, and the button that files."""
    who = viewer(request)
    draft = drafts.draft(who, draft_id)
    held = catalogue.on(procedure, clock.today())
    if held is None or draft.about != (online.ABOUT, held.spec.code):
        raise queries.no_dossier()
    if draft.state != "complete":
        return HttpResponseRedirect(f"/forms/{draft.id}")
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _prepared(request, draft_id, held.spec)
        do = request.POST.get("do", "")
        if not errors and do != "file":
            return HttpResponseRedirect(f"/dossiers/new/{held.spec.code}/{draft.id}#papers")
        if not errors:
            try:
                made = online.file(who, draft_id)
                return HttpResponseRedirect(f"/dossiers/{made['code']}?sent=1")
            except Problem as problem:
                if problem.status != 422:
                    raise
                errors = worded(problem)
        draft = drafts.draft(who, draft_id)
    given = draft.beside.get("papers", {})
    return render(
        request, "procedures/prepare.html", 422 if errors else 200, spec=held.spec, draft=draft, errors=errors, given=given, names=drafts.draft_files(who, draft.id),
        applies=set(draft.beside.get("applies", [])), delivery=draft.beside.get("delivery", "vault"), deliveries=WORDS,
        remarks=prechecks.run(held.spec.code, draft.answers), sections=forms.readable(draft.form, draft.answers, who),
        owed=money.lines(held.spec, "online", "receipt"), form_fields={field.name for field in draft.form.fields()}, papers_of_mine=_own_papers(who, held.spec),
    )  # fmt: skip


def _own_papers(who: Viewer, spec: catalogue.Procedure) -> dict[str, list[vault.Paper]]:
    """Papers of the viewer's vault that will do, by the paper of the procedure."""
    wanted = {paper.vault_kind for paper in spec.papers if paper.vault_kind}
    good = [one for one in vault.mine(who, sorted(wanted)) if one.good] if wanted else []
    return {
        paper.id: [one for one in good if one.kind == paper.vault_kind] for paper in spec.papers if paper.vault_kind
    }


def _prepared(request: HttpRequest, draft_id: str, spec: catalogue.Procedure) -> dict[str, str]:
    who, sent = viewer(request), request.POST
    online.choose(who, draft_id, applies=sent.getlist("applies"), delivery=sent.get("delivery", "vault"))
    if sent.get("do", "").startswith("drop:"):
        _, paper, file = sent["do"].split(":", 2)
        online.set_paper(who, draft_id, paper, drop=file)
    for paper in spec.papers:
        if f"vault.{paper.id}" in sent:
            online.set_paper(who, draft_id, paper.id, vault=sent[f"vault.{paper.id}"])
    errors = {}
    for name in [paper.id for paper in spec.papers] + ["other"]:
        for upload in request.FILES.getlist(f"paper.{name}"):
            try:
                online.add_paper(who, draft_id, name, upload, upload.name or "tep")
            except Problem as problem:
                if problem.status not in (403, 413, 422, 503):
                    raise
                errors[f"paper.{name}"] = f"{upload.name}: {t(problem.vi, problem.en)}"
    return errors


def worded(problem: Problem) -> dict[str, str]:
    """What a refusal names, in the reader's language: fields carry `vi · en`."""
    found = {}
    for name, text in problem.fields.items():
        vi, _, en = str(text).partition(" · ")
        found[name] = t(vi, en or vi)
    return found or {"": t(problem.vi, problem.en)}


def show(request: HttpRequest, code: str, problem: Problem | None = None) -> HttpResponse:
    """`/dossiers/{code}`: where one's dossier stands and what is to be done; officials go to its working page, strangers to `follow`."""
    who = viewer(request)
    try:
        found = queries.own(who, code)
    except Problem:
        if who.signed_in and who.kind == "official":
            return HttpResponseRedirect(f"/dossiers/{queries.dossier(who, code)['code']}/work")
        return HttpResponseRedirect(f"/dossiers/follow?code={code}")
    spec = catalogue.version(found["version_id"])
    bills = payments.of(who, "dossier", found["id"])
    may = {
        "supplement": found["national"] == 5, "withdraw": found["national"] in (1, 2, 4, 5, 6), "rate": found["national"] in (3, 8, 9, 10),
        "read": found["national"] in (9, 10) and found["result_file"] is not None,
    }  # fmt: skip
    return render(
        request, "procedures/dossier.html", 200 if problem is None else problem.status, d=found, spec=spec, bills=bills, may=may, forms=queries.forms(found["id"]),
        word=public.state_word(found["national"]), steps=_steps(found), agency=directory.name(found["agency"] or found["agency_decides"]),
        sent="sent" in request.GET, problem=problem, parts=queries.parts(found["id"]), files=_files(who, found), state_word=public.state_word,
        deliveries=WORDS, asked=_asked(found),
    )  # fmt: skip


def _files(who: Any, found: dict[str, Any]) -> dict[str, str]:
    return {str(one.id): one.name for one in files.files_of(who, "dossier", str(found["id"]))}


def _asked(found: dict[str, Any]) -> list[str]:
    """What form 02 asks for, while it is asked for."""
    if found["national"] != 5:
        return []
    asked = [form for form in queries.forms(found["id"]) if form["form"] == "02"]
    return list(asked[-1]["data"].get("lacks", [])) if asked else []


def _steps(found: dict[str, Any]) -> list[tuple[str, Any, str]]:
    """The way of a dossier as (word, when, `done` | `now` | `next`)."""
    over = found["national"] in rules.ENDED
    steps: list[tuple[str, Any, str]] = [(t("Đã nộp", "Filed"), found["submitted_at"], "done")]
    if found["received_at"] or not over:
        steps.append((t("Tiếp nhận", "Received"), found["received_at"], "done" if found["received_at"] else "now"))
    if found["national"] in (3, 7, 8):
        steps.append((public.state_word(found["national"]), found["ended_at"], "done"))
        return steps
    working = found["received_at"] and not over
    steps.append((t("Giải quyết", "In work"), None, "now" if working else "done" if over else "next"))
    steps.append((t("Có kết quả", "Result ready"), found["finished_at"], "done" if found["finished_at"] else "next"))
    steps.append(
        (
            t("Bạn đã nhận kết quả", "You have the result"),
            found["returned_at"],
            "done" if found["returned_at"] else "now" if found["finished_at"] else "next",
        )
    )
    return steps


def verb(request: HttpRequest, code: str, do: str) -> HttpResponse:
    """`POST /dossiers/{code}/{do}`: supplement, withdraw, rate; what cannot be done is said on the dossier's page."""
    who, sent = viewer(request), request.POST
    if request.method != "POST":
        return HttpResponseRedirect(f"/dossiers/{code}")
    try:
        if do == "supplement":
            uploads = [
                Upload(f"supplement{n}", one, one.name or "tep") for n, one in enumerate(request.FILES.getlist("files"))
            ]
            filing.give_supplement(who, code, note=sent.get("note", ""), uploads=uploads)
        elif do == "withdraw":
            filing.withdraw(who, code, sent.get("reason", ""))
        elif do == "rate" and sent.get("rating", "").isdecimal():
            filing.rate(who, code, int(sent["rating"]), sent.get("text", ""))
    except Problem as problem:
        if problem.status not in (403, 409, 413, 422):
            raise
        return show(request, code, problem)
    return HttpResponseRedirect(f"/dossiers/{code}?done={do}")


def result(request: HttpRequest, code: str) -> HttpResponse:
    """`/dossiers/{code}/result`: the signed result for its owner; opening it is the evidence that it arrived."""
    found = queries.own(viewer(request), code)
    if found["result_file"] is None or found["national"] not in (9, 10):
        raise queries.no_dossier()
    results.read_result(viewer(request), code)
    return HttpResponseRedirect(f"/files/{found['result_file']}")


def form(request: HttpRequest, code: str, form_id: int) -> HttpResponse:
    """`/dossiers/{code}/forms/{id}.pdf`: a form of TT 03/2025 as PDF."""
    name, pdf = papers.print_form(viewer(request), code, form_id)
    return HttpResponse(
        pdf, content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )


def mine(request: HttpRequest) -> HttpResponse:
    """`/my/dossiers`: one's own, and what is being prepared."""
    who = viewer(request)
    if not who.signed_in:
        return HttpResponseRedirect("/signin?next=/my/dossiers")
    before = int(request.GET["before"]) if request.GET.get("before", "").isdecimal() else None
    found = queries.mine(who, before, 21)
    going = [one for one in drafts.mine(who) if one.about[0] == online.ABOUT] if before is None else []
    titles = {one.about[1]: held.spec.title for one in going if (held := catalogue.on(one.about[1], clock.today()))}
    return render(
        request, "procedures/mine.html", dossiers=found[:20], more=found[19]["id"] if len(found) > 20 else None, drafts=going, titles=titles,
        state_word=public.state_word,
    )  # fmt: skip


def follow(request: HttpRequest) -> HttpResponse:
    """`/dossiers/follow`: how far a dossier is, for whoever has its code; nothing else (TT 01/2018 Đ16.2d)."""
    code = request.GET.get("code", "").strip().upper()[:60]
    found = queries.progress(code) if code else None
    return render(
        request, "procedures/follow.html", 404 if code and found is None else 200, code=code, found=found,
        word=public.state_word(found["national"]) if found else "",
    )  # fmt: skip


urls = [
    path("dossiers/new", lambda request: HttpResponseRedirect("/procedures")), path("dossiers/new/<str:procedure>", begin),
    path("dossiers/new/<str:procedure>/<str:draft_id>", prepare), path("dossiers/follow", follow), path("my/dossiers", mine),
    path("dossiers/<str:code>", show), path("dossiers/<str:code>/result", result), path("dossiers/<str:code>/forms/<int:form_id>.pdf", form),
    path("dossiers/<str:code>/do/<str:do>", verb),
]  # fmt: skip
