"""The vault over HTTP: one's own papers, sharing and taking back; what others opened to me; an official's look."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from taydo.kernel.errors import unknown_viewer
from taydo.kernel.http import viewer

from . import actions, public, queries
from .actions import letting
from .queries import letting as let

router = Router(tags=["vault"])


class Sharing(Schema):
    """To whom a paper is opened: `agency` with a code, `organisation` with a tax code, or `link`; for how many days and openings."""

    to_kind: str
    to: str = ""
    purpose: str
    days: int = 7
    uses: int | None = None
    name: str = ""


class Looking(Schema):
    """Whose papers an official looks at, and for what purpose (the owner reads it)."""

    owner_kind: str = "person"
    number: str
    purpose: str


def shown(one: queries.Paper) -> dict[str, Any]:
    """A paper as programs get it."""
    return {
        "id": one.id, "kind": one.kind, "title": one.title, "owner_kind": one.owner_kind, "origin": one.origin, "issuer": one.issuer,
        "number": one.number, "issued_on": one.issued_on, "valid_to": one.valid_to, "state": one.state, "state_word": public.state_word(one.state),
        "file": f"/files/{one.file_id}" if one.file_id else "", "verify": f"/verify/{one.verify}" if one.verify else "", "data": one.data,
        "used": one.used, "shared": one.shared,
    }  # fmt: skip


def _signed_in(request: HttpRequest) -> Any:
    who = viewer(request)
    if who.actor_id is None:
        raise unknown_viewer()
    return who


@router.get("/vault/kinds")
def kinds(request: HttpRequest) -> Any:
    """Kinds of paper: title, fields, years of retention (null: for ever), whether a person may upload one. Open to everybody."""
    return {"kinds": [{"id": name, **one.model_dump()} for name, one in queries.kinds().items()]}


@router.get("/vault/papers")
def papers(request: HttpRequest, kind: Annotated[str, Field(max_length=80)] = "") -> Any:
    """My papers and those of organisations I act for, the newest first."""
    return {"papers": [shown(one) for one in queries.mine(_signed_in(request), [kind] if kind else [])]}


@router.get("/vault/shared")
def shared(request: HttpRequest) -> Any:
    """Papers of others that are open to me now: no contents, only what they are; opening the file is recorded for their owner."""
    return {"papers": [_outline(one) for one in queries.shared_with(_signed_in(request))]}


def _outline(one: queries.Paper) -> dict[str, Any]:
    return {key: item for key, item in shown(one).items() if key not in ("number", "data", "used", "shared")}


@router.get("/vault/papers/{paper_id}")
def paper(request: HttpRequest, paper_id: str) -> Any:
    """One paper; for its owner with uses, consents and looks; for whom it is open to without its contents."""
    who = _signed_in(request)
    found = queries.paper(who, paper_id)
    if found.id not in {one.id for one in queries.mine(who)}:
        return _outline(found)
    hidden = ("to_id",)
    return shown(found) | {
        "uses": let.uses(who, paper_id),
        "looks": let.looks(who, paper_id),
        "consents": [{key: item for key, item in one.items() if key not in hidden} for one in let.consents(who, paper_id)],
    }  # fmt: skip


@router.post("/vault/papers", response={201: dict[str, Any]})
def upload(
    request: HttpRequest, file: File[UploadedFile], kind: Form[str], title: Form[str] = "", number: Form[str] = "", issuer: Form[str] = "",
    issued_on: Form[dt.date | None] = None, valid_to: Form[dt.date | None] = None, key: Form[str] = "",
) -> Any:  # fmt: skip
    """Keep a picture or PDF of a paper of mine; the same key gives the same paper."""
    who = _signed_in(request)
    made = actions.upload(who, file, file.name or "", kind=kind, title=title, number=number, issuer=issuer, issued_on=issued_on, valid_to=valid_to, key=key)  # fmt: skip
    return Status(201, {"id": made})


@router.delete("/vault/papers/{paper_id}", response={204: None})
def erase(request: HttpRequest, paper_id: str) -> Any:
    """Erase a paper of mine: an uploaded one at once, an issued one after its retention (403 says until when)."""
    actions.erase(_signed_in(request), paper_id)
    return Status(204, None)


@router.post("/vault/papers/{paper_id}/consents", response={201: dict[str, Any]})
def share(request: HttpRequest, paper_id: str, wish: Sharing) -> Any:
    """Open a paper of mine to somebody; a link's address is `/shared/{token}`."""
    made = letting.share(_signed_in(request), paper_id, wish.to_kind, wish.to, purpose=wish.purpose, days=wish.days, uses=wish.uses, name=wish.name)  # fmt: skip
    return Status(201, made | {"href": f"/shared/{made['token']}" if made["token"] else ""})


@router.delete("/vault/consents/{consent_id}", response={204: None})
def revoke(request: HttpRequest, consent_id: Annotated[int, Field(ge=1, le=2**62)]) -> Any:
    """Take a consent back at once."""
    letting.revoke(_signed_in(request), consent_id)
    return Status(204, None)


@router.post("/vault/looks")
def look(request: HttpRequest, wish: Looking) -> Any:
    """An official looks at somebody's papers for a purpose; the owner sees it."""
    found = letting.of_owner(viewer(request), (wish.owner_kind, wish.number), wish.purpose)
    return {"papers": [_outline(one) for one in found]}
