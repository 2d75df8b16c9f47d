"""Procedures over HTTP: open to everybody; what the search box and other systems use."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from taydo.kernel import clock

from . import public, queries
from .queries import Filters

router = Router(tags=["procedures"])


@router.get("/procedures")
def list_procedures(
    request: HttpRequest, q: str = Query("", max_length=200), limit: int = Query(20, ge=1, le=200), after: str = "", field: str = "", level: str = "",
    event: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Procedures in force: as the search ranks them for words, else by level and title; `next` continues. Codes find themselves."""
    found, following = queries.listing(Filters(q=q, field=field, level=level, event=event), after, limit)
    return {"procedures": [_short(one) for one in found], "next": following}


def _short(one: dict[str, Any]) -> dict[str, Any]:
    spec = one["spec"]
    return {
        "code": one["code"], "title": one["title"], "title_en": spec.title_en, "summary": spec.summary, "field": one["field"], "level": one["level"],
        "online": one["online"], "doubtful": one["doubts"] > 0, "href": f"/procedures/{one['code']}", "start": f"/dossiers/new/{one['code']}",
    }  # fmt: skip


@router.get("/procedures/{code}")
def read_procedure(request: HttpRequest, code: str, on: dt.date | None = None) -> dict[str, Any]:
    """A procedure as it holds on a day (today), with its versions. 404 when it does not hold then."""
    held = public.on(code, on or clock.today())
    if held is None:
        raise queries.no_procedure()
    past = [
        {"version_id": one["id"], "valid_from": one["valid_from"], "valid_to": one["valid_to"]} for one in queries.history(code) if one["published"]
    ]  # fmt: skip
    return held.spec.model_dump(mode="json") | {"version_id": held.version_id, "versions": past}
