"""HTTP of the directory."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from taydo.kernel import clock, errors
from taydo.kernel.http import viewer

from . import actions, queries

router = Router(tags=["directory"])
Code = Annotated[str, Field(pattern=r"^[A-Z0-9.]{2,35}$")]
UnitCode = Annotated[str, Field(pattern=r"^[0-9]{1,10}$")]
Word = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
Text = Annotated[str, Field(min_length=2, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
Words = Annotated[str, Field(max_length=100)]
PostCode = Annotated[str, Field(pattern=r"^[A-Z0-9-]{2,60}$")]
Username = Annotated[str, Field(pattern=r"^[A-Za-z0-9._@-]{1,120}$")]
HoldingId = Annotated[int, Field(ge=1, le=2**62)]


class NewAgency(Schema):
    """An agency to register."""

    code: Code
    code_old: Annotated[str, Field(pattern=r"^([0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.[A-Y][0-9]{2})?$")] = ""
    name: Text
    name_en: Text
    kind: Word
    unit: Annotated[str, Field(pattern=r"^[0-9]{0,10}$")] = ""
    fields: Annotated[list[Word], Field(max_length=50)] = []
    valid_from: dt.date | None = None


class Closing(Schema):
    """When an agency ends and who takes over."""

    on: dt.date
    successor: Annotated[str, Field(pattern=r"^[A-Z0-9.]{0,35}$")] = ""


class Appointment(Schema):
    """Who takes a post, and since when."""

    username: Username
    since: dt.date | None = None


class Leaving(Schema):
    """The first day on which the post is no longer held."""

    until: dt.date | None = None


def _shown(agency: queries.Agency) -> dict[str, Any]:
    return asdict(agency)


@router.get("/directory/agencies")
def list_agencies(
    request: HttpRequest, q: Words = "", kind: Word | None = None, unit: UnitCode | None = None, parent: Code | None = None,
    on: dt.date | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Agencies that stand on a day (today), filtered by words, kind, unit served and the agency above."""
    found = queries.agencies(on, q, kind or "", unit or "", parent or "")
    return {"on": on or clock.today(), "agencies": [_shown(one) for one in found]}


@router.post("/directory/agencies", response={201: dict})
def register(request: HttpRequest, body: NewAgency) -> Status:
    """Register an agency under a new code."""
    code = actions.register_agency(viewer(request), **body.dict())
    return Status(201, _shown(queries.the_agency(code)))


@router.get("/directory/agencies/{code}")
def one_agency(request: HttpRequest, code: Code, on: dt.date | None = None) -> dict[str, Any]:
    """One agency by its code in either style, with posts, what is below it, and what it took over from."""
    found, day = queries.the_agency(code), on or clock.today()
    return {
        **_shown(found),
        "posts": queries.posts(viewer(request), found.code, day),
        "below": [_shown(one) for one in queries.below(found.code, day)],
        "predecessors": [_shown(one) for one in queries.predecessors(found.code)],
    }


@router.post("/directory/agencies/{code}/close")
def close(request: HttpRequest, code: Code, body: Closing) -> dict[str, Any]:
    """End an agency on a day, naming who takes over."""
    actions.close_agency(viewer(request), code, body.on, body.successor)
    return _shown(queries.the_agency(code))


@router.get("/directory/responsible")
def responsible(
    request: HttpRequest, unit: UnitCode, field: Word = "local", on: dt.date | None = None
) -> dict[str, Any]:
    """The agency that answers for a field (air, water, flood, local …) in a unit on a day."""
    found = queries.agency_for(unit, field, on)
    if found is None:
        raise errors.missing(
            "nobody_responsible", "Chưa có cơ quan phụ trách ở đây.", "No agency answers for this here."
        )
    return _shown(found)


@router.get("/directory/people")
def people(request: HttpRequest, q: Words = "", on: dt.date | None = None) -> dict[str, Any]:
    """People in posts, in the agencies where the viewer may see them."""
    who = viewer(request)
    who.require("directory.see_people")
    return {"people": queries.people(who, on or clock.today(), q)}


@router.post("/directory/posts/{code}/holders", response={201: dict})
def appoint(request: HttpRequest, code: PostCode, body: Appointment) -> Status:
    """Appoint an official to a post."""
    return Status(201, {"id": actions.appoint(viewer(request), code, body.username, body.since)})


@router.post("/directory/holdings/{holding}/end", response={204: None})
def leave(request: HttpRequest, holding: HoldingId, body: Leaving) -> Status:
    """End an appointment."""
    actions.leave(viewer(request), holding, body.until)
    return Status(204, None)
