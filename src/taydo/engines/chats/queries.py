"""Every read of chats."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from taydo.kernel import audit, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import missing
from taydo.kernel.sealing import unseal


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody said; `photos` are {url, file: id or None, refused}; `draft` is what was remembered of the conversation."""

    id: int
    conversation_id: int
    provider: str
    sender_mark: str
    came_at: dt.datetime
    text: str
    lon: float | None
    lat: float | None
    photos: list[dict[str, Any]]
    draft: dict[str, Any]


def message(viewer: Viewer, message_id: int, purpose: str = "") -> Message:
    """One message with its words. People say for what purpose they look (422); the house itself need not."""
    viewer.require("chats.see")
    found = sql.row(
        """SELECT m.id, m.conversation_id, c.provider, c.sender_mark, m.came_at, m.text, m.lon, m.lat, m.photos::text AS photos, c.draft
           FROM chats_message m JOIN chats_conversation c ON c.id = m.conversation_id WHERE m.id = %(id)s""",
        {"id": message_id},
    )
    if found is None:
        raise missing("no_message", "Không có tin nhắn này.", "There is no such message.")
    if not viewer.all_powerful:
        audit.look(viewer, "chat message", message_id, purpose)
    clear = {
        "text": unseal(found["text"]),
        "photos": json.loads(found["photos"]),
        "draft": json.loads(unseal(found["draft"]) or "{}"),
    }
    return Message(**{**found, **clear})


def raw(viewer: Viewer, message_id: int, purpose: str) -> str:
    """The webhook's body as it came ("" once it was forgotten), for whoever looks into one that was not understood; recorded."""
    viewer.require("chats.see")
    found = sql.row("SELECT raw FROM chats_message WHERE id = %(id)s", {"id": message_id})
    if found is None:
        raise missing("no_message", "Không có tin nhắn này.", "There is no such message.")
    audit.look(viewer, "chat message", message_id, purpose)
    return unseal(found["raw"])


def messages(viewer: Viewer, state: str = "", before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Messages without their words, the newest first: id, provider, conversation_id, came_at, state, reason, photos (how many)."""
    viewer.require("chats.see")
    return sql.rows(
        """SELECT id, provider, conversation_id, came_at, state, reason, jsonb_array_length(photos) AS photos FROM chats_message
           WHERE (%(state)s = '' OR state = %(state)s) AND (%(before)s::bigint IS NULL OR id < %(before)s) ORDER BY id DESC LIMIT %(n)s""",
        {"state": state, "before": before, "n": max(1, min(limit, 200))},
    )


def replies(viewer: Viewer, conversation_id: int) -> list[dict[str, Any]]:
    """How answers in a conversation went, the oldest first: id, key, state, tries, at, reason. Without their words."""
    viewer.require("chats.see")
    return sql.rows(
        "SELECT id, key, state, tries, at, reason FROM chats_reply WHERE conversation_id = %(c)s ORDER BY id LIMIT 500",
        {"c": conversation_id},
    )
