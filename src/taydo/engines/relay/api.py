"""The relay over HTTP: how partners stand, their messages without words, and the verbs of whoever minds them."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from taydo.kernel.http import viewer

from . import actions, queries

router = Router(tags=["relay"])


class WhyIn(BaseModel):
    """A reason for the record."""

    why: str = Field(min_length=1, max_length=500)


@router.get("/relay/partners")
def list_partners(request: HttpRequest) -> list[dict[str, Any]]:
    """How every partner stands: what waits, what was refused, since when it is silent."""
    return queries.partners(viewer(request))


@router.get("/relay/partners/{partner}/messages")
def list_messages(
    request: HttpRequest, partner: str, state: Literal["", "waiting", "refused", "sent", "skipped"] = "", subject: str = "",
    before: int | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Messages of a partner, the newest first, without their words."""
    return queries.messages(viewer(request), partner, state, subject.replace("\0", ""), before)


@router.post("/relay/partners/{partner}/replay")
def replay_partner(request: HttpRequest, partner: str) -> dict[str, int]:
    """Ask a partner again at once, also for what it refused."""
    return {"waiting": actions.replay_all(viewer(request), partner)}


@router.post("/relay/partners/{partner}/pause")
def pause_partner(request: HttpRequest, partner: str, body: WhyIn) -> dict[str, bool]:
    """Send a partner nothing for now."""
    actions.pause(viewer(request), partner, body.why)
    return {"paused": True}


@router.post("/relay/partners/{partner}/resume")
def resume_partner(request: HttpRequest, partner: str) -> dict[str, bool]:
    """Send to a partner again."""
    actions.resume(viewer(request), partner)
    return {"paused": False}


@router.post("/relay/messages/{int:message_id}/replay")
def replay_message(request: HttpRequest, message_id: int) -> dict[str, int]:
    """Send a message and the later ones of its subject again."""
    return {"waiting": actions.replay(viewer(request), message_id)}


@router.post("/relay/messages/{int:message_id}/skip")
def skip_message(request: HttpRequest, message_id: int, body: WhyIn) -> dict[str, bool]:
    """Pass over a message that was refused."""
    actions.skip(viewer(request), message_id, body.why)
    return {"skipped": True}
