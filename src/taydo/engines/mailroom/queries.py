"""Every read of the mailroom."""

from __future__ import annotations

import base64
import datetime as dt
import json
import zlib
from dataclasses import dataclass
from typing import Any

from taydo.kernel import audit, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.contacts import masked
from taydo.kernel.errors import missing
from taydo.kernel.sealing import unseal

from .rules import notice_of


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that was read; `attachments` are {name, size, type, file: id or None, refused: reason or ""}."""

    id: int
    came_at: dt.datetime
    state: str
    reason: str
    sender: str
    sender_name: str
    subject: str
    text: str
    sent_at: dt.datetime | None
    notice_id: int | None
    attachments: list[dict[str, Any]]


def letter(viewer: Viewer, letter_id: int, purpose: str = "") -> Letter:
    """One letter with its words. People say for what purpose they look (422); the house itself need not."""
    viewer.require("mailroom.see")
    found = sql.row(
        """SELECT id, came_at, state, reason, sender, sender_name, subject, text, sent_at, answers, attachments::text AS attachments
           FROM mailroom_letter WHERE id = %(id)s""",
        {"id": letter_id},
    )
    if found is None:
        raise missing("no_letter", "Không có thư này.", "There is no such letter.")
    clear = {name: unseal(found[name]) for name in ("sender", "sender_name", "subject", "text")}
    if not viewer.all_powerful:
        audit.look(
            viewer, "letter", letter_id, purpose, persons=[audit.person_by(clear["sender"])] if clear["sender"] else ()
        )
    answers = found.pop("answers")
    return Letter(
        **{**found, **clear, "notice_id": notice_of(answers), "attachments": json.loads(found["attachments"])}
    )


def raw(viewer: Viewer, letter_id: int, purpose: str) -> bytes:
    """A letter's bytes as they came (none once they were forgotten), for whoever looks into a hostile one; recorded."""
    viewer.require("mailroom.release")
    found = sql.row("SELECT raw, sender FROM mailroom_letter WHERE id = %(id)s", {"id": letter_id})
    if found is None:
        raise missing("no_letter", "Không có thư này.", "There is no such letter.")
    sender = unseal(found["sender"])
    audit.look(viewer, "letter", letter_id, purpose, persons=[audit.person_by(sender)] if sender else ())
    return unpacked(found["raw"])


def unpacked(sealed: str) -> bytes:
    """A letter's bytes as they came; none once they were forgotten."""
    return zlib.decompress(base64.b64decode(unseal(sealed))) if sealed else b""


def letters(viewer: Viewer, state: str = "", before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Letters without their words, the newest first: id, came_at, state, reason, sender (masked), size, attachments (how many)."""
    viewer.require("mailroom.see")
    found = sql.rows(
        """SELECT id, came_at, state, reason, sender, size, jsonb_array_length(attachments) AS attachments FROM mailroom_letter
           WHERE (%(state)s = '' OR state = %(state)s) AND (%(before)s::bigint IS NULL OR id < %(before)s) ORDER BY id DESC LIMIT %(n)s""",
        {"state": state, "before": before, "n": max(1, min(limit, 200))},
    )
    return [{**item, "sender": masked(unseal(item["sender"]))} for item in found]


def about(viewer: Viewer, letter_id: int) -> dict[str, Any]:
    """One letter without its words: id, came_at, state, reason, sender (masked), readable (whether it can be let go on). 404."""
    viewer.require("mailroom.see")
    found = sql.row(
        "SELECT id, came_at, state, reason, sender, sender_mark <> '' AS readable FROM mailroom_letter WHERE id = %(id)s",
        {"id": letter_id},
    )
    if found is None:
        raise missing("no_letter", "Không có thư này.", "There is no such letter.")
    return found | {"sender": masked(unseal(found["sender"]))}
