"""Pages for officials: the catalogue as a dense list, versions of one with what changed, a new version from a day, imports and their reports."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import path

from taydo.domains.directory import public as directory
from taydo.engines.sheets import answering
from taydo.engines.sheets.columns import Column
from taydo.kernel import clock
from taydo.kernel.errors import Problem
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from .. import queries, rules
from ..actions import editing
from ..models import Procedure
from ..queries import Filters, doubts
from . import shown

PAGE = 100
UNITS = ("working_days", "days", "months", "hours", "minutes")
UNIT_WORDS = {"working_days": ("ngày làm việc", "working days"), "days": ("ngày", "days"), "months": ("tháng", "months"), "hours": ("giờ", "hours"), "minutes": ("phút", "minutes")}  # fmt: skip


@needs("catalogue.see")
def listing(request: HttpRequest) -> HttpResponse:
    """`/catalogue`: what is in force, with filters."""
    names = ("q", "field", "level", "decides", "origin", "online")
    given = {name: request.GET.get(name, "").strip()[:200] for name in names}
    filters = Filters(**given, doubtful=bool(request.GET.get("doubtful")))
    found, after = queries.listing(filters, request.GET.get("after", ""), PAGE)
    kept = {name: value for name, value in given.items() if value} | ({"doubtful": "1"} if filters.doubtful else {})
    return render(
        request, "catalogue/list.html", given=given, filters=filters, found=found, shown=shown, fields=queries.fields(), total=queries.count(filters),
        following="?" + urlencode(kept | {"after": after}) if after else "", runs=doubts.runs(5), waiting=doubts.remaining(),
    )  # fmt: skip


@needs("catalogue.see")
def versions(request: HttpRequest, code: str) -> HttpResponse:
    """`/catalogue/{code}`: every version, the newest first, with what changed; end the procedure (POST)."""
    who, errors = viewer(request), {}
    if request.method == "POST":
        try:
            editing.close(who, code, _date(request.POST.get("last_day", "")), request.POST.get("note", ""))
            return HttpResponseRedirect(f"/catalogue/{code}")
        except Problem as problem:
            errors = _told(problem)
    history = queries.history(code)
    olds = [one["spec"].model_dump(mode="json") for one in history]
    changes = [
        [(shown.word(shown.FIELDS, name), _words(a), _words(b)) for name, a, b in rules.differences(olds[n + 1], new)] if n + 1 < len(olds) else [] for n, new in enumerate(olds)
    ]  # fmt: skip
    return render(
        request, "catalogue/versions.html", status=422 if errors else 200, code=code, history=list(zip(history, changes, strict=True)), shown=shown,
        today=clock.today(), errors=errors, may=who.may("catalogue.edit"), source=doubts.source(code),
    )  # fmt: skip


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return dt.date(1, 1, 1)


def _told(problem: Problem) -> dict[str, str]:
    if problem.status not in (409, 422):
        raise problem
    return {name: str(words) for name, words in problem.fields.items()} | {"": t(problem.vi, problem.en)}


def _words(value: Any) -> str:
    """A value of a declaration as short text for a comparison."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)[:600]
    return "—" if value in (None, "") else str(value)[:600]


@needs("catalogue.edit")
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """`/catalogue/{code}/edit`: write a new version from a day; what was typed is kept when something is wrong."""
    last = queries.history(code)[0]
    errors: dict[str, str] = {}
    spec: Procedure = last["spec"]
    if request.method == "POST":
        try:
            changes = read_form(spec, request.POST)
            editing.edit(
                viewer(request),
                code,
                changes,
                valid_from=_date(request.POST.get("valid_from", "")),
                note=request.POST.get("note", ""),
            )
            return HttpResponseRedirect(f"/catalogue/{code}")
        except Problem as problem:
            errors = _told(problem)
    first = max(clock.today(), last["valid_from"] + dt.timedelta(days=1))
    typed = (
        dict(request.POST.items()) if request.method == "POST" else form_of(spec) | {"valid_from": first.isoformat()}
    )
    return render(
        request, "catalogue/edit.html", status=422 if errors else 200, p=spec, v=typed, errors=errors, shown=shown, units=[(u, shown.said(UNIT_WORDS[u])) for u in UNITS],
        papers=len(spec.papers) + 3, first=first, agencies=directory.agencies(),
    )  # fmt: skip


def form_of(spec: Procedure) -> dict[str, str]:
    """A procedure as the edit form's values."""
    values = {
        name: str(getattr(spec, name) or "")
        for name in ("title", "summary", "kind", "form_id", "decides", "receives", "online", "online_reason")
    }
    values["cutoff"] = f"{spec.cutoff:%H:%M}" if spec.cutoff else ""
    values["verified"] = "1" if spec.verified else ""
    for way in spec.channels:
        values[f"{way.id}.on"] = "1"
        for unit in UNITS:
            amount = getattr(way.deadline, unit, None)
            if amount is not None:
                values |= {f"{way.id}.number": f"{amount:g}", f"{way.id}.unit": unit}
        for n, fee in enumerate(way.fees[:2]):
            values |= {f"{way.id}.fee{n}.title": fee.title, f"{way.id}.fee{n}.amount": "" if fee.amount_vnd is None else str(fee.amount_vnd), f"{way.id}.fee{n}.note": fee.note}  # fmt: skip
    for n, paper in enumerate(spec.papers):
        values |= {f"p{n}.title": paper.title, f"p{n}.originals": str(paper.originals), f"p{n}.copies": str(paper.copies), f"p{n}.required": "1" if paper.required else ""}  # fmt: skip
    return values


def read_form(spec: Procedure, given: Any) -> dict[str, Any]:
    """What the edit form says, as changes; parts a form does not show (a paper's vault kind, a third fee) stay as they were."""
    names = ("title", "summary", "kind", "form_id", "decides", "receives", "online", "online_reason")
    changes: dict[str, Any] = {name: given.get(name, "").strip() for name in names}
    changes["cutoff"] = given.get("cutoff") or None
    changes["verified"] = bool(given.get("verified"))
    changes["channels"] = [_way(spec, door, given) for door in ("online", "desk", "post") if given.get(f"{door}.on")]
    papers = []
    for n in range(len(spec.papers) + 3):
        title = given.get(f"p{n}.title", "").strip()
        if title:
            before = spec.papers[n].model_dump(mode="json") if n < len(spec.papers) else {"id": f"x{n + 1}"}
            papers.append(before | {"title": title, "originals": _whole(given.get(f"p{n}.originals")) or 0, "copies": _whole(given.get(f"p{n}.copies")) or 0, "required": bool(given.get(f"p{n}.required"))})  # fmt: skip
    changes["papers"] = papers
    now = spec.model_dump(mode="json")
    return {name: value for name, value in changes.items() if value != now[name] and not (name == "cutoff" and (value or "") == (now["cutoff"] or "")[:5])}  # fmt: skip


def _whole(text: str | None) -> int | None:
    digits = (text or "").strip().replace(".", "")
    return int(digits) if digits.isdigit() and len(digits) < 12 else None


def _way(spec: Procedure, door: str, given: Any) -> dict[str, Any]:
    before = spec.channel(door)
    base = before.model_dump(mode="json") if before else {"id": door, "words": "", "fees": []}
    number, unit = _whole(given.get(f"{door}.number")), given.get(f"{door}.unit", "")
    old = base.get("deadline") or {}
    span = None
    if number is not None and unit in UNITS:
        span = old if old.get(unit) == number else {unit: number}
    fees = list(base["fees"])
    for n in range(2):
        title, amount, note = (given.get(f"{door}.fee{n}.{part}", "").strip() for part in ("title", "amount", "note"))
        if title or amount or note:
            kept = fees[n] if n < len(fees) else {"id": f"fee{n}" if n else "fee", "when": "receipt"}
            fees[n : n + 1] = [kept | {"title": title or "Phí, lệ phí", "amount_vnd": _whole(amount), "note": note}]
        elif n < len(fees):
            fees[n] = None
    return base | {"deadline": span, "fees": [fee for fee in fees if fee]}


@needs("catalogue.see")
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """`/catalogue/imports/{id}`: the report of an import: per field how many read, doubtful, empty; refused rows."""
    found = doubts.run(run_id)
    return render(
        request, "catalogue/run.html", run=found, shown=shown, tally=doubts.tally(), waiting=doubts.remaining()
    )


@needs("catalogue.see")
def doubts_csv(request: HttpRequest) -> StreamingHttpResponse:
    """`/catalogue/doubts.csv`: everything in force that was not read for certain."""
    columns = [Column("code", "Mã", "Code"), Column("title", "Tên", "Title"), Column("field", "Trường", "Field"), Column("reason", "Lý do", "Reason"), Column("text", "Nguyên văn", "Text")]  # fmt: skip
    return answering.as_csv("doubts", columns, _flat())


def _flat() -> Iterator[dict[str, Any]]:
    for one in doubts.every():
        yield {
            "code": one["code"],
            "title": one["title"],
            "field": one["field"],
            "reason": shown.reason(one["reason"]),
            "text": one["text"],
        }


urls = [
    path("catalogue", listing),
    path("catalogue/doubts.csv", doubts_csv),
    path("catalogue/imports/<int:run_id>", run),
    path("catalogue/<str:code>/edit", edit),
]
late_urls = [path("catalogue/<str:code>", versions)]
