"""Chats over HTTP, for those who look after them: which messages came or were set aside and why, how answers went, answer one."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from taydo.kernel.http import viewer

from . import actions, queries

router = Router(tags=["chats"])


class Answer(BaseModel):
    """What to answer; the same key is the same answer."""

    text: str = Field(max_length=2000)
    key: str = Field(min_length=8, max_length=120)


@router.get("/chats/messages")
def list_messages(
    request: HttpRequest, state: Literal["", "kept", "taken", "aside"] = "", before: int | None = None, limit: int = 50
) -> dict[str, Any]:
    """Messages without their words, the newest first; `next` is the `before` of the next page."""
    found = queries.messages(viewer(request), state, before, limit)
    return {"messages": found, "next": found[-1]["id"] if len(found) >= max(1, min(limit, 200)) else None}


@router.get("/chats/messages/{int:message_id}")
def one_message(request: HttpRequest, message_id: int, purpose: str = "") -> dict[str, Any]:
    """One message with its words; the look is recorded with its purpose."""
    return dataclasses.asdict(queries.message(viewer(request), message_id, purpose))


@router.get("/chats/messages/{int:message_id}/raw")
def raw_message(request: HttpRequest, message_id: int, purpose: str = "") -> dict[str, str]:
    """A webhook's body as it came, of a message that was not understood too; the look is recorded with its purpose."""
    return {"raw": queries.raw(viewer(request), message_id, purpose)}


@router.get("/chats/conversations/{int:conversation_id}/replies")
def list_replies(request: HttpRequest, conversation_id: int) -> list[dict[str, Any]]:
    """How the answers of a conversation went."""
    return queries.replies(viewer(request), conversation_id)


@router.post("/chats/conversations/{int:conversation_id}/replies")
def reply(request: HttpRequest, conversation_id: int, body: Answer) -> dict[str, int]:
    """Answer in a conversation."""
    who = viewer(request)
    return {"id": actions.reply(who, conversation_id, body.text, f"{who.username}:{body.key}")}
