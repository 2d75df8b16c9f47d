"""The work on cases over HTTP: classes, files, absence, questions, more time, merging, splitting, kept views, figures; case types as BPMN."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router
from ninja.files import UploadedFile
from pydantic import AwareDatetime, BaseModel, Field

from taydo.engines.cases import actions as cases
from taydo.engines.cases import casetype
from taydo.engines.cases import queries as cases_read
from taydo.engines.cases.casetype import Deadline
from taydo.engines.files.queries import File as KeptFile
from taydo.kernel import i18n
from taydo.kernel.http import viewer
from taydo.protocols import bpmn

from . import actions, queries
from .diagram import process_of

router = Router(tags=["cases"])


class ClassIn(BaseModel):
    """Which class of deadline the case belongs to."""

    name: str = Field(min_length=1, max_length=60)
    note: str = Field("", max_length=10_000)
    expected_version: int | None = Field(None, ge=1, lt=2**31)


class AbsenceIn(BaseModel):
    """Days one is away (both included), and who stands in."""

    since: dt.date
    until: dt.date
    deputy_id: int = Field(ge=1, lt=2**63)


class QuestionIn(BaseModel):
    """A question to another agency; `working_days`: how long it has, else the usual."""

    agency: str = Field(min_length=1, max_length=40)
    note: str = Field(min_length=1, max_length=10_000)
    working_days: int | None = Field(None, ge=0, le=366)
    expected_version: int | None = Field(None, ge=1, lt=2**31)
    key: str = Field("", max_length=120)


class NoteIn(BaseModel):
    """Words that go with a step."""

    note: str = Field("", max_length=10_000)


class MoreTimeIn(BaseModel):
    """More time, until an instant or by so many working days after the deadline."""

    reason: str = Field(min_length=1, max_length=10_000)
    until: AwareDatetime | None = None
    working_days: int | None = Field(None, ge=1, le=366)


class DecisionIn(BaseModel):
    """What was decided; a refusal says why."""

    granted: bool
    note: str = Field("", max_length=10_000)


class MergeIn(BaseModel):
    """Into which case."""

    into: int = Field(ge=1, lt=2**63)
    note: str = Field("", max_length=10_000)
    expected_version: int | None = Field(None, ge=1, lt=2**31)


class SplitIn(BaseModel):
    """The titles of the new cases, and why."""

    titles: list[str] = Field(min_length=1, max_length=10)
    note: str = Field(min_length=1, max_length=10_000)
    expected_version: int | None = Field(None, ge=1, lt=2**31)


class FilterIn(BaseModel):
    """A view of the inbox under a name; `filters` are those of `GET /cases`."""

    name: str = Field(min_length=1, max_length=80)
    filters: dict[str, str] = Field(default_factory=dict)


@router.get("/cases/{int:case_id}/tasks")
def case_tasks(request: HttpRequest, case_id: int) -> list[dict[str, Any]]:
    """What other agencies were asked about a case."""
    return queries.consultations(viewer(request), case_id)


@router.post("/cases/{int:case_id}/tasks")
def ask_agency(request: HttpRequest, case_id: int, body: QuestionIn) -> dict[str, Any]:
    """Ask another agency."""
    deadline = None if body.working_days is None else Deadline(working_days=body.working_days)
    return actions.ask_agency(
        viewer(request), case_id, body.agency, body.note, deadline=deadline, expected_version=body.expected_version, key=body.key
    )  # fmt: skip


@router.post("/cases/{int:case_id}/withdraw")
def withdraw_question(request: HttpRequest, case_id: int, body: NoteIn) -> dict[str, Any]:
    """Take a question back; `case_id` is the task's."""
    return actions.withdraw(viewer(request), case_id, body.note)


@router.get("/cases/{int:case_id}/extensions")
def case_extensions(request: HttpRequest, case_id: int) -> list[dict[str, Any]]:
    """Requests for more time of a case."""
    return queries.extensions(viewer(request), case_id)


@router.post("/cases/{int:case_id}/extensions")
def ask_more_time(request: HttpRequest, case_id: int, body: MoreTimeIn) -> dict[str, int]:
    """Ask for more time."""
    who = viewer(request)
    return {"id": actions.ask_more_time(who, case_id, body.reason, until=body.until, working_days=body.working_days)}


@router.get("/cases/extensions")
def extensions_to_decide(request: HttpRequest) -> list[dict[str, Any]]:
    """Requests for more time that wait for my decision."""
    who = viewer(request)
    who.require("cases.extend")
    return queries.to_decide(who)


@router.post("/cases/extensions/{int:extension_id}")
def decide_more_time(request: HttpRequest, extension_id: int, body: DecisionIn) -> dict[str, Any]:
    """Grant or refuse more time."""
    return actions.decide_more_time(viewer(request), extension_id, body.granted, body.note)


@router.post("/cases/{int:case_id}/merge")
def merge_case(request: HttpRequest, case_id: int, body: MergeIn) -> dict[str, Any]:
    """End a case as part of another."""
    return actions.merge(viewer(request), case_id, body.into, body.note, expected_version=body.expected_version)


@router.post("/cases/{int:case_id}/split")
def split_case(request: HttpRequest, case_id: int, body: SplitIn) -> list[dict[str, Any]]:
    """Make several cases out of one."""
    return actions.split(viewer(request), case_id, body.titles, body.note, expected_version=body.expected_version)


@router.get("/cases/{int:case_id}/links")
def case_links(request: HttpRequest, case_id: int) -> list[dict[str, Any]]:
    """Cases that this one is linked with."""
    return queries.links(viewer(request), case_id)


@router.post("/cases/{int:case_id}/deadline-class")
def classify_case(request: HttpRequest, case_id: int, body: ClassIn) -> dict[str, Any]:
    """Put the case in another class of deadline."""
    who = viewer(request)
    return cases.set_deadline_class(who, case_id, body.name, body.note, expected_version=body.expected_version)


@router.get("/cases/{int:case_id}/attachments")
def case_attachments(request: HttpRequest, case_id: int) -> list[dict[str, Any]]:
    """The files of a case that the viewer may see."""
    return [_file(item) for item in cases_read.attachments(viewer(request), case_id)]


@router.post("/cases/{int:case_id}/attachments")
def attach_to_case(
    request: HttpRequest, case_id: int, file: File[UploadedFile], public: Form[bool] = False
) -> dict[str, Any]:
    """Attach a file; a public one is also for the person who asked."""
    return _file(cases.attach(viewer(request), case_id, file, file.name or "", public))


def _file(item: KeptFile) -> dict[str, Any]:
    return {name: getattr(item, name) for name in ("name", "size", "content_type", "scan", "public", "kept_at", "address")} | {
        "id": str(item.id), "case_id": int(item.object_id),
    }  # fmt: skip


@router.get("/cases/asked")
def asked_cases(request: HttpRequest, cursor: str = "", limit: int = 20) -> dict[str, Any]:
    """My own cases, as the person who asked."""
    who = viewer(request)
    if not who.signed_in:
        raise who.refusal("cases.see")
    page = cases_read.asked(who, cursor, limit)
    return {"cases": page.cases, "next": page.next}


@router.get("/cases/absences")
def list_absences(request: HttpRequest) -> list[dict[str, Any]]:
    """My absences and those of people I stand in for."""
    who = viewer(request)
    who.require("cases.see")
    return cases_read.absences(who)


@router.post("/cases/absences")
def add_absence(request: HttpRequest, body: AbsenceIn) -> dict[str, int]:
    """Somebody else does my work from one day to another."""
    return {"id": cases.be_absent(viewer(request), body.since, body.until, body.deputy_id)}


@router.delete("/cases/absences")
def end_absences(request: HttpRequest) -> dict[str, int]:
    """I am back."""
    return {"ended": cases.be_back(viewer(request))}


@router.get("/cases/filters")
def list_filters(request: HttpRequest) -> list[dict[str, Any]]:
    """The views of the inbox that I keep."""
    who = viewer(request)
    who.require("cases.see")
    return queries.saved_filters(who)


@router.post("/cases/filters")
def save_filter(request: HttpRequest, body: FilterIn) -> dict[str, int]:
    """Keep a view under a name."""
    return {"id": actions.save_filter(viewer(request), body.name, body.filters)}


@router.delete("/cases/filters/{int:filter_id}")
def drop_filter(request: HttpRequest, filter_id: int) -> dict[str, bool]:
    """Forget a view."""
    return {"dropped": actions.drop_filter(viewer(request), filter_id)}


@router.get("/cases/figures")
def case_figures(
    request: HttpRequest, type: str = "", by: queries.By = "agency", since: dt.date | None = None, until: dt.date | None = None
) -> list[dict[str, Any]]:  # fmt: skip
    """What became of cases opened on the days from `since` to `until`, of what I may see."""
    who = viewer(request)
    who.require("cases.see")
    return queries.figures(who, type.replace("\0", ""), by, queries.day_begins(since), queries.day_begins(until, 1))


@router.get("/case-types/{type_id}.bpmn")
def case_type_bpmn(request: HttpRequest, type_id: str) -> HttpResponse:
    """A case type as BPMN 2.0 XML."""
    text = bpmn.export(process_of(casetype.current(type_id), i18n.language()))
    return HttpResponse(text, content_type=bpmn.MEDIA_TYPE)
