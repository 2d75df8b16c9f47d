"""The mailroom over HTTP: which letters came, which were set aside and why, one with its words, let one go on."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router

from taydo.kernel.http import viewer

from . import actions, queries

router = Router(tags=["mailroom"])


@router.get("/mailroom/letters")
def list_letters(
    request: HttpRequest,
    state: Literal["", "kept", "taken", "automatic", "aside"] = "",
    before: int | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """Letters without their words, the newest first; `next` is the `before` of the next page."""
    found = queries.letters(viewer(request), state, before, limit)
    return {"letters": found, "next": found[-1]["id"] if len(found) >= max(1, min(limit, 200)) else None}


@router.get("/mailroom/letters/{int:letter_id}")
def one_letter(request: HttpRequest, letter_id: int, purpose: str = "") -> dict[str, Any]:
    """One letter with its words; the look is recorded with its purpose."""
    return dataclasses.asdict(queries.letter(viewer(request), letter_id, purpose))


@router.get("/mailroom/letters/{int:letter_id}/raw")
def raw_letter(request: HttpRequest, letter_id: int, purpose: str = "") -> HttpResponse:
    """A letter's bytes, to be saved and never shown; the look is recorded with its purpose."""
    answer = HttpResponse(queries.raw(viewer(request), letter_id, purpose), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="letter-{letter_id}.eml"'
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@router.post("/mailroom/letters/{int:letter_id}/release")
def release_letter(request: HttpRequest, letter_id: int) -> dict[str, str]:
    """Let a letter that was set aside go on."""
    actions.release(viewer(request), letter_id)
    return {"state": "taken"}
