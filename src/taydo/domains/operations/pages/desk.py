"""The officers' desk: one inbox over all case types under a shareable address, the case in the middle, every verb on it."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.urls import path

from taydo.domains.directory import public as directory
from taydo.engines.cases import actions, rules
from taydo.engines.cases import queries as cases
from taydo.engines.cases.queries import Filters
from taydo.engines.casework import actions as writes
from taydo.engines.casework import queries as casework
from taydo.engines.sheets import answering
from taydo.engines.sheets.columns import Column
from taydo.kernel import clock, panels
from taydo.kernel.actors import EVERYWHERE, Viewer
from taydo.kernel.errors import Problem, invalid
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from ..queries import desk as reads
from . import heads, verbs
from .verbs import BULK, VERBS

TABS: dict[str, dict[str, Any]] = {
    "mine": {"whose": "mine"},
    "unowned": {"whose": "unowned"},
    "soon": {"due": "soon"},
    "late": {"due": "late"},
    "open": {},
    "all": {"phase": "all"},
}
ADDRESS = ("tab", "type", "state", "deadline_class", "agency", "unit_code", "q")
PAGE, MOST_AT_ONCE, MOST_TAKEN = 50, 200, 10_000
COLUMNS = (
    Column("code", "Mã", "Code"), Column("kind_word", "Loại", "Type", width=24), Column("title", "Tiêu đề", "Title", width=60),
    Column("state_word", "Trạng thái", "State", width=24), Column("due", "Hạn", "Due", "instant", 20), Column("agency", "Cơ quan", "Agency", width=36),
    Column("owner", "Người xử lý", "Owner", width=28), Column("opened_at", "Mở lúc", "Opened", "instant", 20),
    Column("closed_at", "Kết thúc lúc", "Ended", "instant", 20), Column("unit_code", "Mã xã", "Commune code"),
)  # fmt: skip


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
    context = _case(request, case_id) if case_id else {"case": None}
    agencies = directory.agencies()
    held = who.agencies("cases.see")
    return render(
        request, "operations/desk.html", status=status, tab=tab, counts=counts, cases=rows, errors=errors or {},
        tried=tried, form_key=secrets.token_hex(8), values=request.POST.dict(), address=urlencode(address), filters=asked, next_page=listed.next,
        chips=[(key, word, urlencode({k: v for k, v in address.items() if k != key})) for key, word in _words(asked)],
        choices=reads.choices(asked.get("type", "")), bulk_moves=reads.bulk_moves(rows),
        owners=_owners({item["agency"] for item in listed.cases}) if who.may("cases.assign") else [],
        saved=_saved(who), deciding=len(casework.to_decide(who)) if who.may("cases.extend") else 0, agencies=agencies, held=[one for one in agencies if EVERYWHERE in held or one.code in held], **context,
    )  # fmt: skip


@needs("cases.see")
def taken(request: HttpRequest, ending: str) -> StreamingHttpResponse:
    """`/desk.csv` and `/desk.xlsx`: the cases that the address lists, page after page, up to MOST_TAKEN."""
    who, address = viewer(request), _address(request)
    asked: dict[str, Any] = {key: value for key, value in address.items() if key != "tab"}
    rows: list[dict[str, Any]] = []
    cursor, more = "", True
    while more and len(rows) < MOST_TAKEN:
        page = cases.inbox(who, Filters(**TABS[address.get("tab", "open")], **asked), cursor, 200)
        rows += [{**item, "agency": directory.name(item["agency"])} for item in page.cases]
        cursor, more = page.next, bool(page.next)
    if ending == "csv":
        return answering.as_csv("desk", COLUMNS, rows)
    return answering.as_xlsx("desk", COLUMNS, rows, title=t("Vụ việc", "Cases"))


def _address(request: HttpRequest) -> dict[str, str]:
    """What of the address says which cases to list; names of agencies and communes are turned into their codes."""
    given = {key: request.GET.get(key, "").replace("\0", "").strip()[:100] for key in ADDRESS}
    if given["tab"] not in TABS:
        given["tab"] = ""
    if given["agency"]:
        given["agency"] = verbs.agency(given["agency"], lenient=True)
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


def _case(request: HttpRequest, case_id: int) -> dict[str, Any]:
    """The case with what may be done to it, what was asked of others, its files and relatives, and what surrounds it."""
    who = viewer(request)
    found = cases.case(who, case_id)
    reads.looked(who, found)
    make = panels.CONTEXTS.get(found["subject_kind"])
    open_still, code = found["phase"] != "done", found["agency"]
    may = {verb: allowed and (open_still or verb in ("comment", "attach")) for verb, allowed in found["may"].items()}
    may["decide"] = who.may("cases.extend", *rules.line_of_command(code))
    found |= {
        "agency_code": code,
        "agency": directory.name(code),
        "owners": _owners([code]) if may["assign"] else [],
        "may": may,
    }
    tasks = [{**task, "agency": directory.name(task["agency"])} for task in casework.consultations(who, case_id)]
    return {
        "case": found, "timeline": cases.timeline(who, case_id), "around": make(who, found["subject_id"]) if make else {},
        "tasks": tasks, "extensions": casework.extensions(who, case_id), "files": cases.attachments(who, case_id),
        "relatives": reads.relatives(who, found), "other": _other(request, found) if may["merge"] else None,
    }  # fmt: skip


def _other(request: HttpRequest, found: dict[str, Any]) -> dict[str, Any] | None:
    """The case whose code was typed to merge into, shown before anything is done; its `problem` says why it cannot be."""
    code = request.GET.get("merge", "").replace("\0", "").strip()[:40]
    if not code:
        return None
    try:
        other = cases.by_code(viewer(request), code)
    except Problem as problem:
        return {"problem": t(problem.vi, problem.en), "code": code}
    same = other["id"] == found["id"]
    return {
        **other,
        "agency": directory.name(other["agency"]),
        "problem": t("Đây chính là vụ việc này.", "This is the case itself.") if same else "",
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


@needs("cases.see")
def act(request: HttpRequest, case_id: int, verb: str) -> HttpResponse:
    """Do one thing to a case and come back to it; what was typed is kept when it is refused."""
    _post(request)
    try:
        VERBS[verb](request, case_id)
    except Problem as problem:
        if problem.status in (409, 413, 422):
            form = f"move-{request.POST.get('move', '')}" if verb == "move" else verb
            if request.GET.get("back") == "late":
                return heads.show_late(request, t(problem.vi, problem.en), problem.status)
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


@needs("cases.see")
def bulk(request: HttpRequest) -> HttpResponse:
    """The same for many cases; each is done or refused on its own."""
    _post(request)
    work = BULK.get(request.POST.get("do", ""), verbs.move)
    done, chosen = 0, [int(text) for text in request.POST.getlist("ids") if text.isdecimal()][:MOST_AT_ONCE]
    why = ""
    for case_id in dict.fromkeys(chosen):
        try:
            work(request, case_id)
            done += 1
        except Problem as problem:
            why = why or t(problem.vi, problem.en)
    said = {"done": done, "refused": len(chosen) - done, **({"why": why[:200]} if why else {})}
    return HttpResponseRedirect(f"/desk?{urlencode({**_address(request), **said})}")


def _saved(who: Viewer) -> list[dict[str, Any]]:
    """The views the viewer keeps, each with the address that shows it."""
    kept = []
    for item in casework.saved_filters(who):
        given = item["filters"]
        about = {key: given.get(key) for key in ("whose", "phase", "due")}
        tab = next(
            (name for name, wants in TABS.items() if about == {"whose": "all", "phase": "open", "due": ""} | wants),
            "open",
        )
        address = {"tab": tab, **{key: given[key] for key in ADDRESS[1:] if given.get(key)}}
        kept.append({"id": item["id"], "name": item["name"], "address": urlencode(address)})
    return kept


@needs("cases.see")
def keep_view(request: HttpRequest) -> HttpResponse:
    """Keep what the address shows under a name."""
    _post(request)
    address = _address(request)
    asked: dict[str, Any] = {key: value for key, value in address.items() if key != "tab"}
    view = Filters(**TABS[address.get("tab", "open")], **asked)
    writes.save_filter(viewer(request), request.POST.get("name", "").replace("\0", ""), view)
    return HttpResponseRedirect(f"/desk?{urlencode(address)}")


@needs("cases.see")
def drop_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Forget a kept view."""
    _post(request)
    writes.drop_filter(viewer(request), view_id)
    return HttpResponseRedirect(f"/desk?{urlencode(_address(request))}")


@needs("cases.see")
def away(request: HttpRequest) -> HttpResponse:
    """`/desk/away`: say when somebody else does one's work, and whose work one does."""
    who, errors, given = viewer(request), {}, request.POST
    if request.method == "POST":
        try:
            if given.get("back") == "yes":
                actions.be_back(who)
            else:
                deputy = given.get("deputy", "")
                actions.be_absent(
                    who,
                    _day(given, "since"),
                    _day(given, "until"),
                    int(deputy) if deputy.isdecimal() and len(deputy) < 19 else 0,
                )
            return HttpResponseRedirect("/desk/away")
        except Problem as problem:
            if problem.status != 422:
                raise
            errors = _errors("away", problem)
    people = [pair for pair in _owners([who.agency]) if pair[0] != who.actor_id]
    return render(
        request, "operations/away.html", status=422 if errors else 200, absences=cases.absences(who), people=people, errors=errors,
        tried="away" if errors else "", values=given.dict(), today=clock.today(),
    )  # fmt: skip


def _day(given: QueryDict, name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(given.get(name, ""))
    except ValueError as error:
        raise invalid("which_day", "Hãy chọn ngày.", "Choose a day.", field=name) from error


def _post(request: HttpRequest) -> None:
    if request.method != "POST":
        raise Problem("method_not_allowed", 405, "Hãy gửi bằng biểu mẫu.", "Send this with the form.")


urls = [
    path("desk", desk),
    *[path(f"desk.{ending}", taken, {"ending": ending}) for ending in ("csv", "xlsx")],
    path("desk/bulk", bulk),
    path("desk/views", keep_view),
    path("desk/views/<int:view_id>/drop", drop_view),
    path("desk/away", away),
    path("desk/cases/<int:case_id>", desk),
    path("desk/cases/<int:case_id>/print", print_case),
    *[path(f"desk/cases/<int:case_id>/{verb}", act, {"verb": verb}) for verb in VERBS],
]
