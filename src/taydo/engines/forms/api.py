"""Forms over HTTP: their schemas for integrators, one's drafts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import File, Router, Schema, UploadedFile

from taydo.kernel.http import viewer

from . import actions, queries, rules

router = Router(tags=["forms"])


class Answers(Schema):
    """Answers by field."""

    answers: dict[str, Any]


class Beginning(Schema):
    """What a draft is begun for."""

    form: str
    about_kind: str = "api"
    about_id: str = ""
    answers: dict[str, Any] = {}


@router.get("/forms")
def list_forms(request: HttpRequest) -> list[dict[str, Any]]:
    """Every form in force today: id, title, version."""
    return [{"id": form.id, "title": form.title.model_dump(), "version": form.version} for form in queries.every()]


@router.get("/forms/{form_id}")
def read_form(request: HttpRequest, form_id: str) -> dict[str, Any]:
    """A form: JSON Schema 2020-12 of its answers, and its layout."""
    form = queries.current(form_id)
    shown = form.model_dump(mode="json", by_alias=True, exclude_none=True)
    return shown | {
        "version": form.version,
        "schema": {"$schema": "https://json-schema.org/draft/2020-12/schema", **form.schema_},
    }


@router.post("/forms/{form_id}/check")
def check(request: HttpRequest, form_id: str, body: Answers) -> dict[str, Any]:
    """What is wrong with these answers, in words, by field; nothing is kept."""
    found = rules.faults(queries.current(form_id), body.answers)
    return {"good": not found, "faults": [{"path": one.path, "vi": one.vi, "en": one.en} for one in found]}


@router.get("/drafts")
def list_drafts(request: HttpRequest) -> list[dict[str, Any]]:
    """One's own open drafts."""
    return [{"id": str(one.id), "form": one.form_id, "saved_at": one.saved_at} for one in queries.mine(viewer(request))]


@router.post("/drafts", response={201: dict[str, Any]})
def begin(request: HttpRequest, body: Beginning) -> tuple[int, dict[str, Any]]:
    """Begin a draft, prefilled with what is known of oneself."""
    made = actions.begin(
        viewer(request), body.form, about_what=(body.about_kind, body.about_id), done_href="/", answers=body.answers
    )
    return 201, {"id": made, "href": f"/forms/{made}"}


@router.get("/drafts/{draft_id}")
def read_draft(request: HttpRequest, draft_id: str) -> dict[str, Any]:
    """One's own draft."""
    found = queries.draft(viewer(request), draft_id)
    return {
        "id": str(found.id),
        "form": found.form_id,
        "version": found.form_version,
        "state": found.state,
        "answers": found.answers,
        "sources": found.sources,
    }


@router.patch("/drafts/{draft_id}")
def save(request: HttpRequest, draft_id: str, body: Answers) -> dict[str, Any]:
    """Keep answers, right or wrong."""
    return actions.save(viewer(request), draft_id, body.answers)


@router.post("/drafts/{draft_id}/files/{field}", response={201: dict[str, Any]})
def send(request: HttpRequest, draft_id: str, field: str, file: UploadedFile = File(...)) -> tuple[int, dict[str, Any]]:  # type: ignore[type-arg]
    """Send a file into a file field."""
    kept = actions.send_file(viewer(request), draft_id, field, file, file.name or "tep")
    return 201, {"id": str(kept.id), "name": kept.name}


@router.post("/drafts/{draft_id}/complete")
def complete(request: HttpRequest, draft_id: str) -> dict[str, Any]:
    """Finish; 422 names each fault."""
    return actions.complete(viewer(request), draft_id)


@router.delete("/drafts/{draft_id}", response={204: None})
def discard(request: HttpRequest, draft_id: str) -> tuple[int, None]:
    """Throw one's draft away."""
    actions.discard(viewer(request), draft_id)
    return 204, None
