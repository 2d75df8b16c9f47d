"""Live pages: what changed is pushed to open pages after commit (server-sent events)."""

from __future__ import annotations

import json
from typing import Any

from . import outgoing

CHANNEL = "live"
LIMIT = 7000
TOPICS: dict[str, str | None] = {}


def topic(name: str, permission: str | None) -> str:
    """Declare a topic that pages may listen to, and the permission it needs (None: open to everybody). Returns the name."""
    TOPICS[name] = permission
    return name


def push(topic_name: str, data: dict[str, Any]) -> None:
    """Tell open pages, once the running transaction commits, that something changed.

    `topic_name` is `readings`, `alerts`, `cases`, `warnings` or `notices.<actor id>`. Pages fetch the full object themselves: data is small.
    """
    text = json.dumps({"topic": topic_name, "data": data}, ensure_ascii=False, default=str)
    if len(text.encode()) > LIMIT:
        text = json.dumps({"topic": topic_name, "data": {"id": data.get("id"), "refetch": True}}, default=str)
    with outgoing.gathering() as gathered:
        gathered.notify(CHANNEL, text)


def allowed(topic_name: str, viewer: Any) -> bool:
    """Whether this viewer may listen to the topic."""
    if topic_name.startswith("notices."):
        return viewer.actor_id is not None and topic_name == f"notices.{viewer.actor_id}"
    if topic_name not in TOPICS:
        return False
    permission = TOPICS[topic_name]
    return permission is None or viewer.may(permission)
