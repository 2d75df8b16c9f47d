"""Every write of chats: take messages in, read them, remember a conversation, answer."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from taydo.engines.files import actions as files
from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, invalid, missing
from taydo.kernel.events import emit
from taydo.kernel.sealing import fingerprint, seal
from taydo.protocols.chatproviders import Said

from .events import ChatReceived
from .outgoing import send


@action("chats.take", secret=("said", "raw"))
def take(viewer: Viewer, provider: str, said: Sequence[Said], raw: bytes) -> int:
    """Keep what a signed webhook says, each message once; returns how many were new. Those without photos are told at once."""
    about("chat", provider)
    return sum(_taken(provider, one, raw) for one in said)


def _taken(provider: str, said: Said, raw: bytes) -> bool:
    conversation = _conversation(provider, said.sender) if said.kind == "message" else None
    empty = said.kind == "message" and not (said.text.strip() or said.photos or said.lon is not None)
    aside = f"kind: {said.kind}" if said.kind != "message" else "nothing in it that we read" if empty else ""
    state = "aside" if aside else "kept" if said.photos else "taken"
    new = sql.value(
        """INSERT INTO chats_message (provider, identifier, conversation_id, said_at, state, reason, raw, text, lon, lat, photos)
           VALUES (%(p)s, %(i)s, %(c)s, %(at)s, %(state)s, %(reason)s, %(raw)s, %(text)s, %(lon)s, %(lat)s, %(photos)s::jsonb)
           ON CONFLICT ON CONSTRAINT chats_message_once DO NOTHING RETURNING id""",
        {
            "p": provider, "i": said.identifier, "c": conversation, "at": said.at, "state": state, "reason": aside,
            "raw": seal(raw.decode("utf-8", "replace")), "text": seal(said.text), "lon": said.lon, "lat": said.lat,
            "photos": json.dumps([{"url": url, "file": None, "refused": ""} for url in said.photos]),
        },
    )  # fmt: skip
    if new is not None and state == "taken":
        emit(ChatReceived(int(new), int(conversation or 0)), new)
    return new is not None


def _conversation(provider: str, sender: str) -> int:
    found = sql.value(
        """INSERT INTO chats_conversation (provider, sender, sender_mark) VALUES (%(p)s, %(s)s, %(m)s)
           ON CONFLICT ON CONSTRAINT chats_conversation_once DO UPDATE SET changed_at = now() RETURNING id""",
        {"p": provider, "s": seal(sender), "m": fingerprint(f"{provider}|{sender}")},
    )
    return int(found)


@action("chats.take", secret=("raw",))
def keep_unread(viewer: Viewer, provider: str, identifier: str, raw: bytes, reason: str) -> None:
    """Keep a signed webhook that is not understood, with the reason."""
    about("chat", provider)
    sql.execute(
        """INSERT INTO chats_message (provider, identifier, state, reason, raw) VALUES (%(p)s, %(i)s, 'aside', %(r)s, %(raw)s)
           ON CONFLICT ON CONSTRAINT chats_message_once DO NOTHING""",
        {"p": provider, "i": identifier, "r": reason[:300], "raw": seal(raw.decode("utf-8", "replace"))},
    )


@action("chats.read", secret=("fetched",))
def read(viewer: Viewer, message_id: int, fetched: Mapping[str, bytes | str]) -> bool:
    """Keep the photos of a message (by address: its bytes, or why they were not fetched) and tell of it; False when done before."""
    about("chat message", message_id)
    kept = sql.row(
        "SELECT conversation_id, photos::text AS photos FROM chats_message WHERE id = %(id)s AND state = 'kept' FOR UPDATE SKIP LOCKED",
        {"id": message_id},
    )
    if kept is None:
        return False
    photos = [
        _photo(viewer, message_id, item, fetched.get(item["url"], "not_fetched")) for item in json.loads(kept["photos"])
    ]
    sql.execute(
        "UPDATE chats_message SET state = 'taken', photos = %(p)s::jsonb WHERE id = %(id)s",
        {"id": message_id, "p": json.dumps(photos)},
    )
    emit(ChatReceived(message_id, kept["conversation_id"]), message_id)
    return True


def _photo(viewer: Viewer, message_id: int, item: dict[str, Any], data: bytes | str) -> dict[str, Any]:
    if isinstance(data, str):
        return {**item, "refused": data}
    try:
        kept = files.keep(viewer, io.BytesIO(data), "anh.jpg", object_kind="chat", object_id=str(message_id))
    except Problem as why:
        if why.status >= 500:
            raise
        return {**item, "refused": why.code}
    return {**item, "file": str(kept.id)}


@action("chats.remember", secret=("draft",))
def remember(viewer: Viewer, conversation_id: int, draft: Mapping[str, Any]) -> None:
    """Remember (JSON values) where a conversation stands; an empty draft forgets."""
    about("conversation", conversation_id)
    sql.execute(
        "UPDATE chats_conversation SET draft = %(d)s, changed_at = %(now)s WHERE id = %(id)s",
        {"id": conversation_id, "d": seal(json.dumps(draft, ensure_ascii=False)) if draft else "", "now": clock.now()},
    )


@action("chats.reply", secret=("text",))
def reply(viewer: Viewer, conversation_id: int, text: str, key: str) -> int:
    """Answer in a conversation, once a key; a worker sends it and tries again. Returns the reply's id."""
    about("conversation", conversation_id)
    if not text.strip():
        raise invalid("reply_empty", "Hãy viết câu trả lời.", "Write an answer.", field="text")
    if sql.value("SELECT TRUE FROM chats_conversation WHERE id = %(id)s", {"id": conversation_id}) is None:
        raise missing("no_conversation", "Không có cuộc trò chuyện này.", "There is no such conversation.")
    new = sql.value(
        "INSERT INTO chats_reply (conversation_id, key, text) VALUES (%(c)s, %(k)s, %(t)s) ON CONFLICT (key) DO NOTHING RETURNING id",
        {"c": conversation_id, "k": key, "t": seal(text.strip()[:2000])},
    )
    if new is not None:
        send.later(reply_id=int(new))
        return int(new)
    return int(sql.value("SELECT id FROM chats_reply WHERE key = %(k)s", {"k": key}))
