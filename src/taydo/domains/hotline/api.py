"""The hotline over HTTP: report, follow, rate, reopen; categories and public reports; what operators need."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema
from ninja.files import UploadedFile

from taydo.kernel.http import viewer

from . import actions, public, queries
from .actions import calls, handling
from .queries import Filters, intake
from .queries import overview as figures

router = Router(tags=["hotline"])


class ReportIn(Schema):
    """A report without photos. `key`: made by the client, 16 characters or more; the same key again gives the same report."""

    text: str
    category: str = ""
    lon: float | None = None
    lat: float | None = None
    unit_code: str = ""
    address: str = ""
    public: bool = True
    name: str = ""
    phone: str = ""
    email: str = ""
    key: str = ""


class Words(Schema):
    """Words of the reporter; `token` for those without an account."""

    text: str = ""
    token: str = ""


class Rating(Words):
    """1 (not content at all) to 5 (very content)."""

    rating: int


class Classification(Schema):
    """What a report is about; None leaves a part as it is."""

    category: str = ""
    urgent: bool | None = None
    public: bool | None = None


class Routing(Schema):
    """The agency to go to; "" for the one responsible."""

    agency: str = ""
    note: str = ""


class AtOnce(Schema):
    """Own words, or a known answer by its id."""

    text: str = ""
    answer_id: str = ""


class MergeIn(Schema):
    """The code of the report it is the same as."""

    into: str
    note: str = ""


class Purpose(Schema):
    """Why somebody's data is looked at; the person can read it later."""

    purpose: str = ""
    phone: str = ""


class Released(Schema):
    """Held reports to let go, or to end with a reason."""

    codes: list[str]
    accept: bool
    note: str = ""


class AnswerIn(Schema):
    """A known answer in both languages; `active` false takes it off the lists."""

    question_vi: str
    question_en: str
    answer_vi: str
    answer_en: str
    category: str = ""
    source: str = ""
    verified: bool = False
    active: bool = True


class CategoryIn(Schema):
    """What to change of a category; absent parts stay. `responsible`: local, centre, field:<field> or an agency's code."""

    title_vi: str | None = None
    title_en: str | None = None
    deadline_class: str | None = None
    responsible: str | None = None
    keywords: list[str] | None = None
    call: str | None = None
    private: bool | None = None
    active: bool | None = None


class CallIn(Schema):
    """A call: in, out, walk_in, or one who waits to be called back (voicemail, callback)."""

    kind: str
    phone: str = ""
    note: str = ""
    code: str = ""


class BlockIn(Schema):
    """A phone number or e-mail address whose reports wait for a person; 0 days ends it."""

    contact: str
    reason: str
    days: int = 30


@router.get("/hotline/categories")
def list_categories(request: HttpRequest) -> list[dict[str, Any]]:
    """What can be reported: id, group, titles, deadline class, number to call first."""
    names = (
        "id",
        "group",
        "group_vi",
        "group_en",
        "title_vi",
        "title_en",
        "deadline_class",
        "open311_code",
        "call",
        "private",
    )
    return [{name: record[name] for name in names} for record in queries.categories()]


@router.get("/hotline/reports")
def list_reports(
    request: HttpRequest,
    category: str = "",
    group: str = "",
    unit_code: str = "",
    state: str = "",
    q: str = "",
    after: str = "",
    limit: int = 50,
) -> dict[str, Any]:
    """Public reports, the newest first; `next` continues. Nothing personal is in them."""
    found, following = queries.public_reports(
        viewer(request), Filters(category, group, unit_code, state, q), after, limit
    )
    return {"reports": public.named(found), "next": following}


@router.post("/hotline/reports")
def make_report(request: HttpRequest, body: ReportIn) -> dict[str, Any]:
    """Report something; returns the code, and the token that shows it to whoever has no account."""
    given = body.model_dump()
    return actions.report(viewer(request), given.pop("text"), channel="app", senders=public.senders(request), **given)


@router.post("/hotline/reports/with-photos")
def make_report_with_photos(
    request: HttpRequest, body: Form[ReportIn], photos: list[UploadedFile] = File(default=[])
) -> dict[str, Any]:
    """The same as a form with up to 5 photos; the place of a photo counts when none is given."""
    given = body.model_dump()
    kept = [(photo, photo.name or "photo.jpg") for photo in photos]
    return actions.report(
        viewer(request), given.pop("text"), channel="app", senders=public.senders(request), photos=kept, **given
    )


@router.get("/hotline/mine")
def list_mine(request: HttpRequest, after: str = "") -> dict[str, Any]:
    """One's own reports."""
    found, following = queries.mine(viewer(request), after)
    return {"reports": public.named(found), "next": following}


@router.get("/hotline/reports/{code}")
def follow_report(request: HttpRequest, code: str, token: str = "") -> dict[str, Any]:
    """One report with what happened and its photos; 404 for everybody who may not see it."""
    who = viewer(request)
    found = public.named([queries.report(who, code, token)])[0]
    shown = [
        {"href": f"/report/{found['code']}/photos/{kept.id}", "name": kept.name} for kept in queries.photos(who, found)
    ]
    return found | {
        "lines": public.named(queries.lines(found["case_id"])),
        "photos": shown,
        "may": sorted(queries.may_do(found)),
    }


@router.post("/hotline/reports/{code}/add")
def add_words(request: HttpRequest, code: str, body: Words) -> dict[str, Any]:
    """The reporter adds words."""
    return actions.add(viewer(request), code, body.text, token=body.token)


@router.post("/hotline/reports/{code}/rate")
def rate_report(request: HttpRequest, code: str, body: Rating) -> dict[str, Any]:
    """The reporter rates the answer."""
    return actions.rate(viewer(request), code, body.rating, body.text, token=body.token)


@router.post("/hotline/reports/{code}/reopen")
def reopen_report(request: HttpRequest, code: str, body: Words) -> dict[str, Any]:
    """The reporter says that it is not done."""
    return actions.reopen(viewer(request), code, body.text, token=body.token)


@router.post("/hotline/reports/{code}/withdraw")
def withdraw_report(request: HttpRequest, code: str, body: Words) -> dict[str, Any]:
    """The reporter takes it back."""
    return actions.withdraw(viewer(request), code, body.text, token=body.token)


@router.get("/hotline/suggestions")
def suggest(request: HttpRequest, text: str = Query("", max_length=1000), unit: str = "") -> dict[str, Any]:
    """Categories and agencies that words point to, how sure that is; whether they read like a denunciation. Decides nothing."""
    return {
        "categories": intake.suggestions(text),
        "agencies": handling.likely_agencies(text, unit),
        "private": queries.reads_like_denunciation(text),
    }


@router.get("/hotline/duplicates")
def list_duplicates(
    request: HttpRequest, lon: float, lat: float, text: str = Query("", max_length=1000)
) -> list[dict[str, Any]]:
    """Reports near a place that may be the same."""
    return public.named(intake.duplicates(viewer(request), text, lon, lat))


@router.get("/hotline/answers")
def list_answers(request: HttpRequest, q: str = Query("", max_length=300)) -> list[dict[str, Any]]:
    """Known answers, accents or not."""
    names = ("id", "question_vi", "question_en", "answer_vi", "answer_en", "category", "source", "verified")
    return [{name: record[name] for name in names} for record in intake.answers(q)]


@router.get("/hotline/overview")
def see_overview(request: HttpRequest) -> dict[str, Any]:
    """Counts, places reported most, agencies by how often they answer in time."""
    return {"counts": figures.counts(), "spots": figures.hot_spots(), "ranking": public.named(figures.ranking())}


@router.post("/hotline/reports/{code}/classify")
def classify_report(request: HttpRequest, code: str, body: Classification) -> dict[str, Any]:
    """Say what a report is about."""
    return handling.classify(viewer(request), code, body.category, urgent=body.urgent, public=body.public)


@router.post("/hotline/reports/{code}/route")
def route_report(request: HttpRequest, code: str, body: Routing) -> dict[str, Any]:
    """Hand a report to an agency."""
    return handling.route(viewer(request), code, body.agency, body.note)


@router.post("/hotline/reports/{code}/answer-at-once")
def answer_report(request: HttpRequest, code: str, body: AtOnce) -> dict[str, Any]:
    """Answer a report from the centre."""
    return handling.answer_at_once(viewer(request), code, body.text, answer_id=body.answer_id)


@router.post("/hotline/reports/{code}/person")
def reveal_person(request: HttpRequest, code: str, body: Purpose) -> dict[str, str]:
    """Who reported; recorded with the purpose."""
    return handling.reveal(viewer(request), code, body.purpose)


@router.post("/hotline/callers")
def earlier_of_caller(request: HttpRequest, body: Purpose) -> list[dict[str, Any]]:
    """Earlier reports of a phone number; recorded as a look at that person's data."""
    who = viewer(request)
    who.require("hotline.take_calls", queries.desk().centre)
    return public.named(intake.callers_earlier(who, body.phone, body.purpose))


@router.post("/hotline/held")
def release_held(request: HttpRequest, body: Released) -> dict[str, int]:
    """Let held reports go, or end them with a reason."""
    return {"reports": handling.release(viewer(request), body.codes, accept=body.accept, note=body.note)}


@router.patch("/hotline/categories/{category_id}")
def change_category(request: HttpRequest, category_id: str, body: CategoryIn) -> dict[str, Any]:
    """Change a category in the running city."""
    changes = {name: value for name, value in body.model_dump().items() if value is not None}
    return handling.edit_category(viewer(request), category_id, **changes)


@router.put("/hotline/answers/{answer_id}")
def write_answer(request: HttpRequest, answer_id: str, body: AnswerIn) -> dict[str, Any]:
    """Write a known answer."""
    return handling.save_answer(
        viewer(request), answer_id, (body.question_vi, body.question_en), (body.answer_vi, body.answer_en), category=body.category,
        source=body.source, verified=body.verified, active=body.active,
    )  # fmt: skip


@router.post("/hotline/reports/{code}/merge")
def merge_report(request: HttpRequest, code: str, body: MergeIn) -> dict[str, Any]:
    """End a report as a duplicate of another."""
    return handling.merge(viewer(request), code, body.into, body.note)


@router.post("/hotline/calls")
def count_call(request: HttpRequest, body: CallIn) -> dict[str, int]:
    """Count a call, or have somebody called back."""
    return {"id": calls.note_call(viewer(request), body.kind, body.phone, body.note, code=body.code)}


@router.post("/hotline/blocks")
def block_contact(request: HttpRequest, body: BlockIn) -> dict[str, str]:
    """Have a contact's reports wait for a person."""
    return handling.block(viewer(request), body.contact, body.reason, days=max(0, min(body.days, 3650)))
