"""Cases over HTTP: the inbox, one case, its timeline, and every verb; case types."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from taydo.kernel import i18n
from taydo.kernel.errors import Problem, bad
from taydo.kernel.http import viewer

from . import actions, casetype, queries

router = Router(tags=["cases"])


class MoveIn(BaseModel):
    """A step to take; `expected_version` is the version of the case as it was seen, `key` the client's own."""

    move: str = Field(max_length=60)
    note: str = Field("", max_length=10_000)
    fields: dict[str, Any] = Field(default_factory=dict)
    expected_version: int | None = Field(None, ge=1, lt=2**31)
    key: str = Field("", max_length=120)


class AssignIn(BaseModel):
    """Who shall own the case; absent: myself."""

    owner_id: int | None = Field(None, ge=1, lt=2**63)
    note: str = Field("", max_length=10_000)
    expected_version: int | None = Field(None, ge=1, lt=2**31)


class HandOverIn(BaseModel):
    """Which agency shall have the case, and why."""

    agency: str = Field(min_length=1, max_length=40)
    note: str = Field(min_length=1, max_length=10_000)
    expected_version: int | None = Field(None, ge=1, lt=2**31)


class CommentIn(BaseModel):
    """A line for the timeline."""

    text: str = Field(min_length=1, max_length=10_000)
    public: bool = False
    key: str = Field("", max_length=120)


class BulkIn(BaseModel):
    """One step for many cases."""

    ids: list[Annotated[int, Field(ge=1, lt=2**63)]] = Field(min_length=1, max_length=100)
    move: str = Field(max_length=60)
    note: str = Field("", max_length=10_000)


@router.get("/cases")
def list_cases(
    request: HttpRequest,
    whose: Literal["all", "mine", "unowned", "seen"] = "all",
    phase: Literal["open", "done", "all"] = "open",
    due: Literal["", "late", "soon"] = "",
    type: str = "",
    state: str = "",
    agency: str = "",
    unit_code: str = "",
    q: str = "",
    cursor: str = "",
    limit: int = 20,
) -> dict[str, Any]:
    """The inbox over all types, the most urgent first."""
    who = viewer(request)
    who.require("cases.see")
    if "\0" in type + state + agency + unit_code + q:
        raise bad("bad_text", "Bộ lọc có ký tự không hợp lệ.", "A filter holds a character that is not allowed.")
    page = queries.inbox(who, queries.Filters(whose, phase, due, type, state, agency, unit_code, q), cursor, limit)
    return {"cases": page.cases, "next": page.next}


@router.get("/cases/counts")
def count_cases(request: HttpRequest) -> dict[str, int]:
    """How much waits, by the fixed words."""
    who = viewer(request)
    who.require("cases.see")
    return queries.counts(who)


@router.post("/cases/bulk/move")
def bulk_move(request: HttpRequest, body: BulkIn) -> dict[str, Any]:
    """One step for many cases; each succeeds or fails by itself and says how."""
    who = viewer(request)
    who.require("cases.move")
    results = []
    for case_id in dict.fromkeys(body.ids):
        try:
            results.append({"id": case_id, "done": True, **actions.move(who, case_id, body.move, body.note)})
        except Problem as problem:
            results.append({"id": case_id, "done": False, "problem": problem.as_dict(i18n.language())})
    return {"results": results, "done": sum(bool(item["done"]) for item in results)}


@router.get("/cases/{int:case_id}")
def one_case(request: HttpRequest, case_id: int) -> dict[str, Any]:
    """One case with the moves that are open to the viewer."""
    who = viewer(request)
    who.require("cases.see")
    return queries.case(who, case_id)


@router.get("/cases/{int:case_id}/timeline")
def case_timeline(request: HttpRequest, case_id: int) -> list[dict[str, Any]]:
    """Everything that happened to a case, newest first."""
    who = viewer(request)
    who.require("cases.see")
    return queries.timeline(who, case_id)


@router.post("/cases/{int:case_id}/move")
def move_case(request: HttpRequest, case_id: int, body: MoveIn) -> dict[str, Any]:
    """Take a step."""
    version, key = body.expected_version, body.key
    return actions.move(
        viewer(request), case_id, body.move, body.note, fields=body.fields, expected_version=version, key=key
    )


@router.post("/cases/{int:case_id}/assign")
def assign_case(request: HttpRequest, case_id: int, body: AssignIn) -> dict[str, Any]:
    """Give the case an owner, or take it oneself."""
    who = viewer(request)
    if body.owner_id is None:
        return actions.take(who, case_id, expected_version=body.expected_version)
    return actions.assign(who, case_id, body.owner_id, body.note, expected_version=body.expected_version)


@router.post("/cases/{int:case_id}/hand-over")
def hand_over_case(request: HttpRequest, case_id: int, body: HandOverIn) -> dict[str, Any]:
    """Give the case to another agency."""
    return actions.hand_over(viewer(request), case_id, body.agency, body.note, expected_version=body.expected_version)


@router.post("/cases/{int:case_id}/comment")
def comment_case(request: HttpRequest, case_id: int, body: CommentIn) -> dict[str, Any]:
    """Write on the timeline."""
    return actions.comment(viewer(request), case_id, body.text, public=body.public, key=body.key)


@router.get("/case-types")
def case_types(request: HttpRequest) -> list[dict[str, Any]]:
    """Every kind of case the city works with: states, moves, deadlines."""
    return [{**spec.model_dump(mode="json", by_alias=True), "version": spec.version} for spec in casetype.every()]
