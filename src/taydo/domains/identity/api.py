"""REST of identity: one's own account, who looked at one's data, grants."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from taydo.kernel.http import viewer

from . import queries
from .actions import roles as granting

router = Router(tags=["identity"])
Identifier = Annotated[int, Field(ge=1, le=2**62)]


class Wish(Schema):
    """A role for somebody within a scope; both days belong to it, none means open."""

    username: Annotated[str, Field(min_length=1, max_length=120)]
    role: Annotated[str, Field(max_length=40)]
    scope: Annotated[str, Field(min_length=1, max_length=80)]
    since: dt.date | None = None
    until: dt.date | None = None


@router.get("/identity/me")
def me(request: HttpRequest) -> Any:
    """Who I am here: account, contacts masked, what I may do and where."""
    who = viewer(request)
    actor = queries.own(who)
    return {
        "username": who.username,
        "name": who.name,
        "kind": who.kind,
        "agency": who.agency,
        "language": who.language,
        "contacts": [{"channel": item["channel"], "shown": item["shown"]} for item in queries.contacts_of(actor)],
        "national_identity": queries.citizen(actor),
        "permissions": {name: sorted(scopes) for name, scopes in who.grants.items()},
    }


@router.get("/identity/looks")
def looks(
    request: HttpRequest, before: Identifier | None = None, limit: Annotated[int, Field(ge=1, le=200)] = 50
) -> Any:
    """Who looked at my data, newest first: who, when, what, for which purpose; `before` is the id to continue from."""
    return {"looks": queries.looks(viewer(request), before, limit)}


@router.get("/identity/grants")
def grants(request: HttpRequest, q: Annotated[str, Field(max_length=80)] = "") -> Any:
    """Who holds which role, in the scopes where I may grant."""
    return {"grants": queries.holders(viewer(request), q.replace("\0", ""))}


@router.post("/identity/grants", response={201: dict[str, Any]})
def grant(request: HttpRequest, wish: Wish) -> Any:
    """Grant a role that I hold there myself."""
    return Status(201, {"id": granting.grant(viewer(request), wish.username, wish.role, wish.scope, wish.since, wish.until)})  # fmt: skip


@router.delete("/identity/grants/{grant_id}", response={204: None})
def withdraw(request: HttpRequest, grant_id: Identifier) -> Any:
    """End a grant at once."""
    granting.withdraw(viewer(request), grant_id)
    return Status(204, None)
