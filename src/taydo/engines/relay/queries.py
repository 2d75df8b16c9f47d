"""Reads of the relay: how partners stand, their messages, the words of one (recorded), how a subject stands outside."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from taydo.kernel import audit, i18n, sealing, sql
from taydo.kernel.actors import EVERYWHERE, Viewer
from taydo.kernel.errors import missing

from . import rules
from .partners import PARTNERS, named

COLUMNS = "m.id, m.partner, m.subject, m.key, m.title, m.state, m.posted_at, m.tries, m.tried_at, m.ended_at, m.code, m.reason, m.answer"
STATES = ("waiting", "refused", "sent", "skipped")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a subject stands at a partner: `word` is none, waiting, refused or sent."""

    word: str
    waiting: int = 0
    since: dt.datetime | None = None
    sent_at: dt.datetime | None = None
    title: str = ""
    code: str = ""
    reason: str = ""


def partners(viewer: Viewer) -> list[dict[str, Any]]:
    """Every declared partner: name, title, word, waiting, refused, sent_today, oldest_at, silent_since, next_at, answered_at, error, …"""
    viewer.require("relay.see", EVERYWHERE)
    counted = {
        item["partner"]: item
        for item in sql.rows(
            """SELECT partner, count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'refused') AS refused,
                 min(posted_at) FILTER (WHERE state = 'waiting') AS oldest_at FROM relay_message
               WHERE state IN ('waiting', 'refused') GROUP BY partner"""
        )
    }
    sent = {
        item["partner"]: item["sent"]
        for item in sql.rows(
            "SELECT partner, count(*) AS sent FROM relay_message WHERE state = 'sent' AND ended_at > now() - interval '1 day' GROUP BY 1"
        )
    }
    stands = {item["name"]: item for item in sql.rows("SELECT * FROM relay_partner")}
    found = []
    for name, partner in sorted(PARTNERS.items()):
        row, count = stands.get(name, {}), counted.get(name, {})
        paused, refused, ready = bool(row.get("paused")), count.get("refused", 0), partner.ready()
        found.append({
            "name": name, "title": partner.title[i18n.language()], "word": rules.standing(paused, ready, row.get("fails", 0), refused),
            "waiting": count.get("waiting", 0), "refused": refused, "sent_today": sent.get(name, 0), "oldest_at": count.get("oldest_at"),
            **{key: row.get(key) for key in ("silent_since", "next_at", "answered_at", "error", "why", "paused_by", "paused_at")},
        })  # fmt: skip
    return found


def messages(viewer: Viewer, partner: str, state: str = "", subject: str = "", before: int | None = None) -> list[dict[str, Any]]:  # fmt: skip
    """Messages of a partner without their words: the newest first, refused before the others when no state is asked for; 50 at most."""
    viewer.require("relay.see", EVERYWHERE)
    named(partner)
    return sql.rows(
        f"""SELECT {COLUMNS} FROM relay_message m WHERE m.partner = %(partner)s AND (%(state)s = '' OR m.state = %(state)s)
              AND (%(subject)s = '' OR m.subject = %(subject)s) AND (%(before)s::bigint IS NULL OR m.id < %(before)s)
            ORDER BY m.id DESC LIMIT 50""",
        {"partner": partner, "state": state, "subject": subject, "before": before},
    )


def message(viewer: Viewer, message_id: int) -> dict[str, Any]:
    """One message without its words, with `later`: how many of its subject wait behind it; 404 when there is none."""
    viewer.require("relay.see", EVERYWHERE)
    found = sql.row(
        f"""SELECT {COLUMNS}, m.body <> '' AS kept, (SELECT count(*) FROM relay_message l WHERE l.partner = m.partner
              AND l.subject = m.subject AND l.id > m.id AND l.state = 'waiting') AS later FROM relay_message m WHERE m.id = %(id)s""",
        {"id": message_id},
    )
    if found is None:
        raise missing("no_such_message", "Không có tin này.", "There is no such message.")
    return found


def words(viewer: Viewer, message_id: int, purpose: str) -> dict[str, Any]:
    """The body of a message, for a purpose that is recorded; {} when it is no longer kept."""
    viewer.require("relay.read", EVERYWHERE)
    about = message(viewer, message_id)
    audit.look(viewer, "message", message_id, purpose)
    text = sealing.unseal(sql.value("SELECT body FROM relay_message WHERE id = %(id)s", {"id": about["id"]}))
    found: dict[str, Any] = json.loads(text) if text else {}
    return found


def standing(partner: str, subjects: Iterable[str]) -> dict[str, Standing]:
    """How subjects stand at a partner, in one query; who may see them is the caller's to check."""
    wanted = sorted(set(subjects))
    found = sql.rows(
        """SELECT m.subject, count(*) FILTER (WHERE m.state = 'waiting') AS waiting, bool_or(m.state = 'refused') AS refused,
             min(m.posted_at) FILTER (WHERE m.state IN ('waiting', 'refused')) AS since, max(m.ended_at) FILTER (WHERE m.state = 'sent') AS sent_at,
             (array_agg(m.title ORDER BY m.id DESC) FILTER (WHERE m.state = 'sent'))[1] AS title,
             (array_agg(m.code ORDER BY m.id) FILTER (WHERE m.state = 'refused'))[1] AS code,
             (array_agg(m.reason ORDER BY m.id) FILTER (WHERE m.state IN ('waiting', 'refused')))[1] AS reason
           FROM relay_message m WHERE m.partner = %(partner)s AND m.subject = ANY(%(subjects)s) GROUP BY m.subject""",
        {"partner": partner, "subjects": wanted},
    )
    stands = {
        item["subject"]: Standing(
            "refused" if item["refused"] else "waiting" if item["waiting"] else "sent", item["waiting"], item["since"], item["sent_at"],
            item["title"] or "", item["code"] or "", item["reason"] or "",
        )
        for item in found
    }  # fmt: skip
    return {subject: stands.get(subject, Standing("none")) for subject in wanted}
