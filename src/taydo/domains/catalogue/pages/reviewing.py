"""`/catalogue/review`: one doubtful thing after another, the source's text beside what was read; keys a, c, s."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from taydo.kernel.errors import Problem
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from .. import queries
from ..actions import editing
from ..models import Procedure
from ..queries import doubts
from . import officials, shown

SOURCES = {
    "channels": "cach_thuc_thuc_hien", "papers": "thanh_phan_ho_so", "legal": "can_cu_phap_ly", "results": "ket_qua_xu_ly", "level": "cap_thuc_hien",
    "audience": "doi_tuong_thuc_hien", "decides": "linh_vuc",
}  # fmt: skip


@needs("catalogue.review")
def review(request: HttpRequest) -> HttpResponse:
    """The next doubt; POST decides it and goes on."""
    reason, code = request.GET.get("reason", "")[:40], request.GET.get("code", "")[:20]
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            made = editing.decide(
                viewer(request), _whole(request.POST.get("version")), _whole(request.POST.get("place")), request.POST.get("verdict", ""), _value(request.POST)
            )  # fmt: skip
            kept = {name: value for name, value in (("reason", reason), ("code", code)) if value}
            done = {"made": request.POST.get("code", "")} if made else {}
            return HttpResponseRedirect(f"/catalogue/review?{urlencode(kept | done)}")
        except Problem as problem:
            if problem.status != 422:
                raise
            errors = {"": t(problem.vi, problem.en)}
    one = doubts.following(reason, code)
    return render(
        request, "catalogue/review.html", status=422 if errors else 200, one=one, errors=errors, reason=reason, code=code, shown=shown, waiting=doubts.remaining(reason),
        tally=doubts.tally(), made=request.GET.get("made", "")[:20], units=[(u, shown.said(officials.UNIT_WORDS[u])) for u in officials.UNITS], **_beside(one),
    )  # fmt: skip


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdigit() and len(text) < 16 else -1


def _beside(one: dict[str, Any] | None) -> dict[str, Any]:
    """The source's text around the doubt, and what was read of it."""
    if one is None:
        return {}
    spec = queries.version(one["id"])
    root, *rest = one["field"].split(".")
    raw = str(doubts.source(one["code"]).get(SOURCES.get(root, ""), ""))
    words = one["text"].split(" | ")[0].strip("…")
    at = raw.find(words[:80]) if words else -1
    end = at + len(words) if at >= 0 and raw[at : at + len(words)] == words else at + min(80, len(words))
    parts = (raw[:at], raw[at:end], raw[end:]) if at >= 0 else (raw, "", "")
    return {"p": spec, "parts": parts, "root": root, "what": rest[-1] if rest else "", "way": spec.channel(rest[0]) if root == "channels" and rest else None,
            "paper": _paper(spec, rest) if root == "papers" and rest else None}  # fmt: skip


def _paper(spec: Procedure, rest: list[str]) -> Any:
    place = int(rest[0])
    return spec.papers[place] if place < len(spec.papers) else None


def _value(given: Any) -> dict[str, Any]:
    names = ("number", "unit", "amount_vnd", "title", "originals", "copies", "level", "decides")
    return {name: given[name].strip() for name in names if name in given}


urls = [path("catalogue/review", review), *officials.late_urls]
