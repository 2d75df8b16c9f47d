"""REST of warnings: what is in force and past for everybody; drafting, approving, publishing for officers."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field

from taydo.engines.places import queries as places
from taydo.kernel import clock
from taydo.kernel.errors import unknown_viewer
from taydo.kernel.http import viewer

from . import actions, queries
from .rules import Draft

router = Router(tags=["warnings"])
Identifier = Annotated[int, Field(ge=1, le=2**62)]
Word = Annotated[str, Field(max_length=40)]
Text = Annotated[str, Field(max_length=4000)]
Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{1,20}$")]
Version = Annotated[int, Field(ge=1, le=2**31 - 1)]


class DraftIn(Schema):
    """What an officer writes."""

    hazard: Word
    severity: Word
    urgency: Word
    certainty: Word
    headline_vi: Text
    description_vi: Text
    expires: AwareDatetime
    units: Annotated[list[Code], Field(max_length=200)]
    onset: AwareDatetime | None = None
    instruction_vi: Text = ""
    headline_en: Text = ""
    description_en: Text = ""
    instruction_en: Text = ""
    status: Word = "Actual"
    contact: Annotated[str, Field(max_length=200)] = ""

    def as_draft(self) -> Draft:
        """The draft as rules know it."""
        held: dict[str, Any] = self.model_dump(exclude={"version"})
        return Draft(**held | {"units": tuple(self.units)})


class Seen(Schema):
    """Which version of a draft was read."""

    version: Version


class Correction(DraftIn):
    """A draft again, with the version it corrects."""

    version: Version


class Reason(Schema):
    """Why."""

    reason: Annotated[str, Field(max_length=1000)]


HIDDEN = {"drafted_by", "approved_by", "drafted_at", "approved_at", "version"}


def public(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Warnings as everybody may see them."""
    return [
        {name: held for name, held in record.items() if name not in HIDDEN}
        | {"cap": f"/cap/{record['identifier']}", "area": card["area"], "href": card["href"]}
        for record, card in zip(records, queries.cards(records), strict=True)
    ]


@router.get("/warnings")
def in_force(
    request: HttpRequest,
    unit: Code | None = None,
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None,
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None,
) -> Any:
    """Warnings in force, worst first: of the whole city, of a commune, or at a point."""
    if lon is not None and lat is not None:
        found = places.unit_at(lon, lat, clock.today())
        return {
            "unit": found.code if found else None,
            "warnings": public(queries.in_force(found.code)) if found else [],
        }
    return {"unit": unit, "warnings": public(queries.in_force(unit or ""))}


@router.get("/warnings/past")
def past(
    request: HttpRequest, before: Identifier | None = None, limit: Annotated[int, Field(ge=1, le=100)] = 30
) -> Any:
    """Warnings no longer in force, newest first; `before` is the id to continue from."""
    return {"warnings": public(queries.past(before, limit))}


@router.get("/warnings/desk")
def desk(request: HttpRequest) -> Any:
    """Drafts and warnings in force of the agencies I may see."""
    who = viewer(request)
    who.require("warnings.see")
    return {"warnings": queries.desk(who)}


@router.get("/warnings/hazards")
def hazards(request: HttpRequest) -> Any:
    """Hazards the city warns of."""
    return {code: hazard.model_dump() for code, hazard in queries.hazards().items()}


@router.get("/warnings/{warning_id}")
def one(request: HttpRequest, warning_id: Identifier) -> Any:
    """One warning; drafts only for those who may see them."""
    found = queries.warning(viewer(request), warning_id)
    return public([found])[0] if found["sent_at"] else found


@router.post("/warnings", response={201: dict[str, Any]})
def draft(request: HttpRequest, given: DraftIn, agency: Code | None = None) -> Any:
    """Draft a warning for my agency (or one I may draft for)."""
    who = viewer(request)
    if not who.signed_in:
        raise unknown_viewer()
    made = actions.draft(who, given.as_draft(), agency or "")
    return Status(201, {"id": made, "version": 1})


@router.put("/warnings/{warning_id}")
def correct(request: HttpRequest, warning_id: Identifier, given: Correction) -> Any:
    """Correct a draft; an approval falls away."""
    return {"id": warning_id, "version": actions.correct(viewer(request), warning_id, given.as_draft(), given.version)}


@router.post("/warnings/{warning_id}/approve")
def approve(request: HttpRequest, warning_id: Identifier, seen: Seen) -> Any:
    """Approve what somebody else drafted."""
    actions.approve(viewer(request), warning_id, seen.version)
    return {"id": warning_id, "state": "approved"}


@router.post("/warnings/{warning_id}/publish")
def publish(request: HttpRequest, warning_id: Identifier) -> Any:
    """Publish an approved warning."""
    return {"id": warning_id, "identifier": actions.publish(viewer(request), warning_id)}


@router.post("/warnings/{warning_id}/update", response={201: dict[str, Any]})
def revise(request: HttpRequest, warning_id: Identifier) -> Any:
    """Begin an update of a warning in force."""
    return Status(201, {"id": actions.revise(viewer(request), warning_id)})


@router.post("/warnings/{warning_id}/cancel")
def cancel(request: HttpRequest, warning_id: Identifier, why: Reason) -> Any:
    """Call a warning off at once."""
    return {"id": warning_id, "identifier": actions.cancel(viewer(request), warning_id, why.reason)}


@router.post("/warnings/{warning_id}/drop")
def drop(request: HttpRequest, warning_id: Identifier) -> Any:
    """Give up a draft."""
    actions.drop(viewer(request), warning_id)
    return {"id": warning_id, "state": "dropped"}
