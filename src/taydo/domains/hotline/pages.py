"""Pages of the hotline: report and follow for everybody, the city's overview, the operator's intake."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import path

from taydo.domains.directory import public as directory
from taydo.engines.files import faces as files
from taydo.engines.places import queries as places
from taydo.kernel import clock, i18n
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, missing
from taydo.kernel.http import needs, render, viewer
from taydo.kernel.i18n import t

from . import actions, public, queries
from .actions import calls, handling
from .queries import Filters, intake
from .queries import overview as figures

FIELDS = ("text", "category", "unit_code", "address", "lon", "lat", "public", "name", "phone", "email", "key")
WEEKDAYS = (
    ("thứ Hai", "Monday"), ("thứ Ba", "Tuesday"), ("thứ Tư", "Wednesday"), ("thứ Năm", "Thursday"), ("thứ Sáu", "Friday"),
    ("thứ Bảy", "Saturday"), ("Chủ nhật", "Sunday"),
)  # fmt: skip


def report(request: HttpRequest) -> HttpResponse:
    """`/report`: the form; sends without script, on a cheap phone, once however often it is sent."""
    if request.method != "POST":
        values = dict.fromkeys(FIELDS, "") | {
            "key": secrets.token_urlsafe(18),
            "public": "yes",
            "unit_code": request.COOKIES.get("unit", ""),
        }
        values |= {name: request.GET.get(name, "")[:500] for name in ("category", "text")}
        return _form(request, values, {})
    values = {name: request.POST.get(name, "") for name in FIELDS}
    try:
        made = actions.report(
            viewer(request), values["text"], category=values["category"], lon=_number(values["lon"]), lat=_number(values["lat"]),
            unit_code=values["unit_code"], address=values["address"], public=values["public"] != "no", name=values["name"],
            phone=values["phone"], email=values["email"], photos=_photos(request), key=values["key"], senders=public.senders(request),
        )  # fmt: skip
    except Problem as problem:
        if problem.status not in (413, 422, 403) or problem.code in ("not_allowed", "csrf"):
            raise
        return _form(request, values, _errors(problem))
    return HttpResponseRedirect(f"{made['href']}&sent=1")


def _form(request: HttpRequest, values: dict[str, str], errors: dict[str, str]) -> HttpResponse:
    language = t("vi", "en")
    answer = render(
        request, "hotline/form.html", status=422 if errors else 200, values=values, errors=errors, groups=_grouped(queries.categories()),
        units=communes(), emergencies=[(e.number, e.title[language]) for e in queries.desk().emergencies], phone=queries.desk().phone,
    )  # fmt: skip
    if public.DEVICE not in request.COOKIES:
        answer.set_cookie(public.DEVICE, secrets.token_urlsafe(12), max_age=31536000, samesite="Lax", httponly=True)
    return answer


def communes() -> list[tuple[str, str]]:
    """Today's communes by name."""
    at = i18n.language() == "en"
    found = [(code, names[at]) for code, names in queries.unit_names().items()]
    return sorted(found, key=lambda pair: places.fold(pair[1]).split(" ", 1)[-1])


def _grouped(found: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for record in found:
        groups.setdefault(record["group_title"], []).append(record)
    return list(groups.items())


def _photos(request: HttpRequest) -> list[tuple[Any, str]]:
    return [(file, file.name or "anh.jpg") for file in request.FILES.getlist("photos") if file.size]


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", ".")) if text.strip() else None
    except ValueError:
        return float("nan")


def _errors(problem: Problem) -> dict[str, str]:
    words = t(problem.vi, problem.en)
    if problem.code == "report_incomplete":
        return {("unit_code" if name == "place" else name): str(text) for name, text in problem.fields.items()}
    field = str(problem.fields.get("field", ""))
    return {"photos" if field == "file" else field: words}


def follow(request: HttpRequest, code: str, problem: Problem | None = None) -> HttpResponse:
    """`/report/{code}`: what was reported, where it stands, what was answered; for its reporter also what they may do."""
    token = request.GET.get("t", "") or request.POST.get("t", "")
    found = queries.report(viewer(request), code, token)
    public.named([found])
    answer = render(
        request, "hotline/report.html", status=problem.status if problem else 200, report=found, token=token if found["owner"] else "",
        lines=public.named(queries.lines(found["case_id"])), photos=queries.photos(viewer(request), found), sent="sent" in request.GET,
        due_words=promised(found["due_at"]), may=queries.may_do(found), rule=queries.desk(), problem=t(problem.vi, problem.en) if problem else "",
        rated="rated" in request.GET,
    )  # fmt: skip
    if found["owner"] or not found["listed"]:
        answer["Cache-Control"] = "private, no-store"
    return answer


def promised(due: dt.datetime | None) -> str:
    """A deadline as one says it: 17:00 thứ Sáu, 27/11/2026."""
    if due is None:
        return t("chưa có hạn", "no date yet")
    local = due.astimezone(clock.LOCAL)
    vi, en = WEEKDAYS[local.weekday()]
    return t(f"{local:%H:%M} {vi}, {local:%d/%m/%Y}", f"{local:%H:%M} on {en}, {i18n.day(local.date())}")


def act(request: HttpRequest, code: str, verb: str) -> HttpResponse:
    """`POST /report/{code}/{verb}`: the reporter adds, rates, reopens, withdraws; a refusal stands on the report's page."""
    token = request.POST.get("t", "")
    here = f"/report/{code}?t={token}" if token else f"/report/{code}?"
    if request.method != "POST":
        return HttpResponseRedirect(f"/report/{code}")
    who, text = viewer(request), request.POST.get("text", "")
    try:
        if verb == "add":
            actions.add(who, code, text, _photos(request), token=token)
        elif verb == "rate":
            given = request.POST.get("rating", "")
            actions.rate(who, code, int(given) if given in ("1", "2", "3", "4", "5") else 0, text, token=token)
            here += "&rated=1"
        elif verb == "reopen":
            actions.reopen(who, code, text, token=token)
        else:
            actions.withdraw(who, code, text, token=token)
    except Problem as problem:
        if problem.status not in (409, 413, 422) and problem.code != "file_infected":
            raise
        return follow(request, code, problem)
    return HttpResponseRedirect(here)


def photo(request: HttpRequest, code: str, file_id: uuid.UUID) -> HttpResponseBase:
    """`/report/{code}/photos/{id}`: a photo for whoever may see the report, also by its token; as every file of the house is served."""
    who = viewer(request)
    found = queries.report(who, code, request.GET.get("t", ""))
    if file_id not in {kept.id for kept in queries.photos(who, found)}:
        raise missing("no_such_file", "Không có tệp này.", "There is no such file.")
    request.taydo_viewer = queries.HOUSE  # type: ignore[attr-defined]  # the report was the door; the file follows
    answer = files.serve(request, file_id)
    answer["Cache-Control"] = "private, max-age=600"
    return answer


def find(request: HttpRequest) -> HttpResponse:
    """`/follow`: by its code."""
    code = request.GET.get("code", "").strip().upper()
    if code and code.replace("-", "").isalnum() and len(code) < 20:
        return HttpResponseRedirect(f"/report/{code if code.startswith('PA-') else 'PA-' + code}")
    return render(request, "hotline/find.html", code=code)


def mine(request: HttpRequest) -> HttpResponse:
    """`/my/reports`: everything one has sent while signed in."""
    who = viewer(request)
    if who.actor_id is None:
        raise Viewer.anonymous().refusal("hotline.report")
    found, following = queries.mine(who, request.GET.get("after", ""))
    return render(request, "hotline/mine.html", reports=public.named(found), following=following)


def listing(request: HttpRequest) -> HttpResponse:
    """`/hotline/reports`: public reports, filtered."""
    names = ("category", "group", "unit_code", "state", "q")
    filters = Filters(**{name: request.GET.get(name, "")[:100] for name in names})
    found, following = queries.public_reports(viewer(request), filters, request.GET.get("after", ""), 20)
    return render(
        request, "hotline/list.html", reports=public.named(found), following=following, filters=filters, units=communes(),
        groups=_grouped(queries.categories()), points=_points(found),
    )  # fmt: skip


def overview(request: HttpRequest) -> HttpResponse:
    """`/hotline`: what is reported, where, and how well it is answered."""
    found, _ = queries.public_reports(viewer(request), None, "", 30)
    return render(
        request, "hotline/overview.html", counts=figures.counts(), spots=figures.hot_spots(), reports=public.named(found[:8]),
        ranking=public.named(figures.ranking()), points=_points(found), phone=queries.desk().phone,
    )  # fmt: skip


def _points(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Places for the map: where, where it opens, and its state."""
    state = {"late": "late", "soon": "soon", "done": "done"}
    return [
        {
            "lon": record["lon"],
            "lat": record["lat"],
            "href": record["href"],
            "state": state.get(record["due_state"], ""),
        }
        for record in found
        if record["lon"] is not None
    ]


def answers(request: HttpRequest) -> HttpResponse:
    """`/hotline/answers`: what people often ask."""
    q = request.GET.get("q", "")[:200]
    return render(request, "hotline/answers.html", q=q, answers=intake.answers(q, 50))


@needs("hotline.take_calls")
def take_calls(request: HttpRequest) -> HttpResponse:
    """`/hotline/intake`: write down what a caller says, see who called before, what is alike, what is known; deal with it at once."""
    who, given = viewer(request), request.POST
    values: dict[str, str] = dict.fromkeys(INTAKE, "") | {
        "key": secrets.token_urlsafe(18),
        "kind": "in",
        "public": "yes",
    }
    if request.method != "POST":
        return _intake(request, values, {}, request.GET.get("done", "")[:20])
    values |= {name: given.get(name, values[name]) for name in INTAKE}
    do, _, into = given.get("do", "look").partition(":")
    if do in ("look", "advise"):
        return _intake(request, values, {})
    try:
        made = calls.take(
            who, values["text"], values["phone"], kind="walk_in" if values["kind"] == "walk_in" else "in", then=do, into=into, agency=values["agency"],
            answer=values["answer"], answer_id=values["answer_id"], name=values["name"], email=values["email"], category=values["category"],
            unit_code=values["unit_code"], address=values["address"], lon=_number(values["lon"]), lat=_number(values["lat"]),
            public=values["public"] != "no", urgent=values["urgent"] == "yes", key=values["key"], photos=_photos(request),
        )  # fmt: skip
    except Problem as problem:
        if problem.status not in (404, 409, 413, 422):
            raise
        return _intake(request, values, _errors(problem))
    return HttpResponseRedirect(f"/hotline/intake?done={made['code']}")


INTAKE = (*FIELDS, "kind", "urgent", "agency", "answer", "answer_id", "purpose")


def _intake(request: HttpRequest, values: dict[str, str], errors: dict[str, str], done: str = "") -> HttpResponse:
    who, text = viewer(request), values["text"]
    ideas = intake.suggestions(text) if text.strip() else []
    lon, lat = _number(values["lon"]), _number(values["lat"])
    category = values["category"] or (ideas[0]["category"] if ideas else "")
    target = handling.responsible(category, queries.unit_of(lon, lat, values["unit_code"])) if category else ""
    purpose = values["purpose"].strip() or t("Tiếp nhận cuộc gọi của người này", "Taking this person's call")
    look = request.method == "POST" and values["phone"].strip() and request.POST.get("do") != "advise"
    return render(
        request, "hotline/intake.html", status=422 if errors else 200, values=values, errors=errors, groups=_grouped(queries.categories()),
        units=communes(), ideas=ideas, target=target, target_name=directory.name(target) if target else "", agencies=directory.agencies(),
        earlier=public.named(intake.callers_earlier(who, values["phone"], purpose)) if look else None,
        twins=public.named(intake.duplicates(who, text, lon, lat)) if text.strip() else [], known=intake.answers(text, 4) if text.strip() else [],
        waiting=intake.waiting_calls(), tally=intake.calls_today(), done=_done(who, done),
        secret=queries.reads_like_denunciation(text),
    )  # fmt: skip


def _done(who: Viewer, code: str) -> dict[str, Any] | None:
    if not code:
        return None
    found = public.named([queries.report(who, code)])[0]
    return found | {"due_words": promised(found["due_at"])}


@needs("hotline.route")
def sort(request: HttpRequest, code: str) -> HttpResponse:
    """`/hotline/reports/{code}`: a report that came in: what it is about, whose it is, whether it is known; dealt with in one step."""
    who, given, error = viewer(request), request.POST, ""
    if request.method == "POST":
        try:
            return HttpResponseRedirect(_sorted(who, code, given))
        except Problem as problem:
            if problem.status not in (409, 422):
                raise
            error = t(problem.vi, problem.en)
    found = public.named([queries.official(who, code)])[0]
    ideas = intake.suggestions(found["text"])
    category = found["category"] or (ideas[0]["category"] if ideas else "")
    target = handling.responsible(category, found["unit_code"])
    return render(
        request, "hotline/sort.html", status=422 if error else 200, report=found, error=error, ideas=ideas, groups=_grouped(queries.categories()),
        target=target, target_name=directory.name(target), agencies=directory.agencies(), photos=queries.photos(who, found), category=category,
        likely=handling.likely_agencies(found["text"], found["unit_code"]), known=intake.answers(found["text"], 4),
        twins=public.named(intake.duplicates(who, found["text"], found["lon"], found["lat"], but=found["id"])), due_words=promised(found["due_at"]),
    )  # fmt: skip


def _sorted(who: Viewer, code: str, given: Any) -> str:
    do, _, into = given.get("do", "").partition(":")
    if do == "merge":
        handling.merge(who, code, into)
        return f"/report/{into}"
    if do == "answer":
        handling.answer_at_once(who, code, given.get("answer", ""), answer_id=given.get("answer_id", ""))
    else:
        handling.classify(
            who,
            code,
            given.get("category", ""),
            urgent=given.get("urgent") == "yes",
            public=given.get("private") != "yes",
        )
        if do == "route":
            handling.route(who, code, given.get("agency", ""), given.get("note", ""))
    return f"/hotline/reports/{code}"


@needs("hotline.take_calls")
def call(request: HttpRequest) -> HttpResponse:
    """`POST /hotline/calls`: somebody left a message or wants to be called back; or was called back (`id`)."""
    who, given = viewer(request), request.POST
    if request.method != "POST":
        return HttpResponseRedirect("/hotline/intake")
    if given.get("id", "").isdecimal() and len(given["id"]) < 19:
        number = calls.call_back(who, int(given["id"]), given.get("note", ""))
        return render(request, "hotline/called.html", number=number)
    calls.note_call(who, given.get("kind", ""), given.get("phone", ""), given.get("note", ""))
    return HttpResponseRedirect("/hotline/intake#waiting")


@needs("hotline.release")
def held(request: HttpRequest) -> HttpResponse:
    """`/hotline/held`: reports that wait for a person: let them go or end them, many at once."""
    who = viewer(request)
    error = ""
    if request.method == "POST":
        try:
            handling.release(
                who,
                request.POST.getlist("codes")[:500],
                accept=request.POST.get("do") == "accept",
                note=request.POST.get("note", ""),
            )
            return HttpResponseRedirect("/hotline/held")
        except Problem as problem:
            if problem.status != 422:
                raise
            error = t(problem.vi, problem.en)
    return render(
        request, "hotline/held.html", status=422 if error else 200, reports=public.named(intake.held(who)), error=error
    )


@needs("hotline.reveal")
def person(request: HttpRequest, code: str) -> HttpResponse:
    """`/hotline/{code}/person`: who reported, for a purpose that is recorded and that this person can read."""
    who, error, shown = viewer(request), "", None
    if request.method == "POST":
        try:
            shown = handling.reveal(who, code, request.POST.get("purpose", ""))
        except Problem as problem:
            if problem.status != 422:
                raise
            error = t(problem.vi, problem.en)
    found = queries.report(who, code)
    answer = render(
        request, "hotline/person.html", status=422 if error else 200, report=found, person=shown, error=error
    )
    answer["Cache-Control"] = "no-store"
    return answer


urls = [
    path("report", report),
    path("follow", find),
    path("report/<str:code>", follow),
    path("report/<str:code>/photos/<uuid:file_id>", photo),
    *(path(f"report/<str:code>/{verb}", act, {"verb": verb}) for verb in ("add", "rate", "reopen", "withdraw")),
    path("my/reports", mine),
    path("hotline", overview),
    path("hotline/reports", listing),
    path("hotline/answers", answers),
    path("hotline/intake", take_calls),
    path("hotline/calls", call),
    path("hotline/held", held),
    path("hotline/reports/<str:code>", sort),
    path("hotline/<str:code>/person", person),
]
