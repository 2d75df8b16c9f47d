"""The officers' desk: one inbox over all case types under a shareable address, the case in the middle, every verb on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import path

from taydo.domains.directory import public as directory
from taydo.engines.cases import actions
from taydo.engines.cases import queries as cases
from taydo.engines.cases.queries import Filters
from taydo.kernel import clock, panels
from taydo.kernel.actors import EVERYWHERE, Viewer
from taydo.kernel.errors import Problem, invalid
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from ..queries import desk as reads

TABS: dict[str, dict[str, Any]] = {
    "mine": {"whose": "mine"},
    "unowned": {"whose": "unowned"},
    "soon": {"due": "soon"},
    "late": {"due": "late"},
    "open": {},
    "all": {"phase": "all"},
}
ADDRESS = ("tab", "type", "state", "deadline_class", "agency", "unit_code", "q")
PAGE, MOST_AT_ONCE = 50, 200


@needs("cases.see")
def desk(request: HttpRequest, case_id: int | None = None) -> HttpResponse:
    """`/desk` and `/desk/cases/{id}`: what waits, the case, what surrounds it."""
    return _desk(request, case_id)


def _desk(
    request: HttpRequest, case_id: int | None, tried: str = "", errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    who = viewer(request)
    counts = cases.counts(who)
    address = _address(request)
    tab = address.setdefault("tab", "mine" if counts["mine"] else "open")
    asked: dict[str, Any] = {key: value for key, value in address.items() if key != "tab"}
    listed = cases.inbox(who, Filters(**TABS[tab], **asked), request.GET.get("after", "")[:200], PAGE)
    rows = [{**item, "agency": directory.name(item["agency"])} for item in listed.cases]
    context = _case(request, case_id) if case_id else {"case": None, "timeline": [], "around": {}}
    agencies = directory.agencies()
    held = who.agencies("cases.see")
    return render(
        request, "operations/desk.html", status=status, tab=tab, counts=counts, cases=rows, errors=errors or {},
        tried=tried, values=request.POST.dict(), address=urlencode(address), filters=asked, next_page=listed.next,
        chips=[(key, word, urlencode({k: v for k, v in address.items() if k != key})) for key, word in _words(asked)],
        choices=reads.choices(asked.get("type", "")), bulk_moves=reads.bulk_moves(rows),
        owners=_owners({item["agency"] for item in listed.cases}) if who.may("cases.assign") else [],
        agencies=agencies, held=[one for one in agencies if EVERYWHERE in held or one.code in held], **context,
    )  # fmt: skip


def _address(request: HttpRequest) -> dict[str, str]:
    """What of the address says which cases to list; names of agencies and communes are turned into their codes."""
    given = {key: request.GET.get(key, "").replace("\0", "").strip()[:100] for key in ADDRESS}
    if given["tab"] not in TABS:
        given["tab"] = ""
    if given["agency"]:
        given["agency"] = _agency(given["agency"], lenient=True)
    if given["unit_code"]:
        given["unit_code"] = reads.unit_code(given["unit_code"])
    if not given["type"]:
        given["state"] = given["deadline_class"] = ""
    return {key: value for key, value in given.items() if value}


def _words(asked: dict[str, str]) -> list[tuple[str, str]]:
    """Each filter in words, to be shown and taken away."""
    known = reads.choices(asked.get("type", ""))
    names: dict[str, Callable[[str], str]] = {
        "type": lambda code: dict(known["types"]).get(code, code),
        "state": lambda code: dict(known["states"]).get(code, code),
        "deadline_class": lambda name: dict(known["classes"]).get(name, name),
        "agency": directory.name,
        "unit_code": lambda code: dict(known["units"]).get(code, code),
        "q": lambda words: f"“{words}”",
    }
    return [(key, names[key](value)) for key, value in asked.items()]


def _agency(text: str, *, lenient: bool = False) -> str:
    """The code of an agency named by code or by name, as people type it into a field that suggests names."""
    wanted = text.strip().casefold()
    for one in directory.agencies():
        if wanted in (one.code.casefold(), one.name.casefold()):
            return one.code
    if lenient:
        return text
    raise invalid("no_agency", "Hãy chọn một cơ quan trong danh sách.", "Choose an agency of the list.", field="agency")


def _case(request: HttpRequest, case_id: int) -> dict[str, Any]:
    """The case with what may be done to it and what surrounds it."""
    who = viewer(request)
    found = cases.case(who, case_id)
    reads.looked(who, found)
    make = panels.CONTEXTS.get(found["subject_kind"])
    open_still = found["phase"] != "done"
    assignable = open_still and who.may("cases.assign", found["agency"])
    found |= {
        "agency_code": found["agency"],
        "agency": directory.name(found["agency"]),
        "owners": _owners([found["agency"]]) if assignable else [],
        "may": {verb: allowed and (open_still or verb == "comment") for verb, allowed in found["may"].items()},
    }
    return {
        "case": found,
        "timeline": cases.timeline(who, case_id),
        "around": make(who, found["subject_id"]) if make else {},
    }


def _owners(agencies: Iterable[str]) -> list[tuple[int, str]]:
    return [(one["id"], one["name"]) for one in reads.owners(sorted(agencies))]


@needs("cases.see")
def print_case(request: HttpRequest, case_id: int) -> HttpResponse:
    """`/desk/cases/{id}/print`: the file of a case on paper, with a code that opens it again."""
    context = _case(request, case_id)
    link = request.build_absolute_uri(f"/desk/cases/{case_id}")
    drawn = segno.make(link, error="m").svg_inline(scale=3, border=0, omitsize=True)
    return render(request, "operations/print.html", **context, link=link, qr=drawn, printed_at=clock.now())


def _move(who: Viewer, case_id: int, given: QueryDict) -> Any:
    fields = _filled(who, case_id, given) if any(key.startswith("field-") for key in given) else {}
    return actions.move(
        who, case_id, given.get("move", ""), given.get("note", ""), fields=fields, expected_version=_version(given)
    )


def _filled(who: Viewer, case_id: int, given: QueryDict) -> dict[str, Any]:
    """The declared fields of a step, from the form's text to the kinds they have; what cannot be read stays text and is refused."""
    step: dict[str, Any] = next(
        (m for m in cases.case(who, case_id)["moves"] if m["id"] == given.get("move")), {"fields": {}}
    )
    values: dict[str, Any] = {}
    for name, item in step["fields"].items():
        text = given.get(f"field-{name}", "").strip()
        if not text:
            continue
        values[name] = text
        if item["kind"] == "yes_no":
            values[name] = text == "yes"
        if item["kind"] == "number":
            try:
                values[name] = float(text.replace(",", "."))
            except ValueError:
                continue
    return values


def _hand_over(who: Viewer, case_id: int, given: QueryDict) -> Any:
    return actions.hand_over(
        who, case_id, _agency(given.get("agency", "")), given.get("note", ""), expected_version=_version(given)
    )


def _assign(who: Viewer, case_id: int, given: QueryDict) -> Any:
    owner = given.get("owner", "")
    return actions.assign(who, case_id, int(owner) if owner.isdecimal() else 0, given.get("note", ""))


def _version(given: QueryDict) -> int | None:
    text = given.get("version", "")
    return int(text) if text.isdecimal() else None


VERBS: dict[str, Callable[[Viewer, int, QueryDict], Any]] = {
    "move": _move,
    "take": lambda who, case_id, given: actions.take(who, case_id),
    "assign": _assign,
    "hand-over": _hand_over,
    "classify": lambda who, case_id, given: actions.set_deadline_class(
        who, case_id, given.get("class", ""), given.get("note", ""), expected_version=_version(given)
    ),
    "comment": lambda who, case_id, given: actions.comment(
        who, case_id, given.get("text", ""), public=given.get("public") == "yes"
    ),
}


@needs("cases.see")
def act(request: HttpRequest, case_id: int, verb: str) -> HttpResponse:
    """Do one thing to a case and come back to it; what was typed is kept when it is refused."""
    _post(request)
    try:
        VERBS[verb](viewer(request), case_id, request.POST)
    except Problem as problem:
        if problem.status in (409, 413, 422):
            form = f"move-{request.POST.get('move', '')}" if verb == "move" else verb
            return _desk(request, case_id, form, _errors(form, problem), problem.status)
        raise
    if request.GET.get("back") == "late":
        return HttpResponseRedirect("/desk/late")
    return HttpResponseRedirect(f"/desk/cases/{case_id}?{urlencode(_address(request))}")


def _errors(form: str, problem: Problem) -> dict[str, str]:
    """What is wrong, by the id of the input it is about ("" for the whole form)."""
    if problem.code == "move_not_filled":
        return {
            f"f-{form}-{'note' if name == 'note' else f'field-{name}'}": t("Hãy điền mục này.", "Fill this in.")
            for name in problem.fields
        }
    field = str(problem.fields.get("field", ""))
    return {f"f-{form}-{field}" if field else "": t(problem.vi, problem.en)}


BULK = {"move": _move, "assign": _assign, "hand-over": _hand_over, "take": VERBS["take"]}


@needs("cases.see")
def bulk(request: HttpRequest) -> HttpResponse:
    """The same for many cases; each is done or refused on its own."""
    _post(request)
    work = BULK.get(request.POST.get("do", ""), _move)
    done, chosen = 0, [int(text) for text in request.POST.getlist("ids") if text.isdecimal()][:MOST_AT_ONCE]
    why = ""
    for case_id in dict.fromkeys(chosen):
        try:
            work(viewer(request), case_id, request.POST)
            done += 1
        except Problem as problem:
            why = why or t(problem.vi, problem.en)
    said = {"done": done, "refused": len(chosen) - done, **({"why": why[:200]} if why else {})}
    return HttpResponseRedirect(f"/desk?{urlencode({**_address(request), **said})}")


def _post(request: HttpRequest) -> None:
    if request.method != "POST":
        raise Problem("method_not_allowed", 405, "Hãy gửi bằng biểu mẫu.", "Send this with the form.")


urls = [
    path("desk", desk),
    path("desk/bulk", bulk),
    path("desk/cases/<int:case_id>", desk),
    path("desk/cases/<int:case_id>/print", print_case),
    *[path(f"desk/cases/<int:case_id>/{verb}", act, {"verb": verb}) for verb in VERBS],
]
