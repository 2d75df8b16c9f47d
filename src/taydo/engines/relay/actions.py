"""Every write of the relay: post a message, send again, pass over, pause and go on."""

from __future__ import annotations

import json
from typing import Any

from taydo.kernel import clock, sealing, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import EVERYWHERE, Viewer
from taydo.kernel.errors import conflict, invalid, missing

from .partners import named


@action("relay.post", secret=("body",))
def post(viewer: Viewer, partner: str, subject: str, body: dict[str, Any], *, key: str, title: str = "") -> int:
    """Tell a partner something, in the running transaction: it goes out after commit, once, after earlier ones of its subject.

    `key`: the idempotency key on the wire; the same key again is the same message. `title`: clear words for the list, nothing
    personal. Returns the message's id. Transactions that post about one subject wait for each other, so that the order of ids is
    the order of commits.
    """
    if not key or not subject:
        raise invalid("no_key", "Tin gửi đối tác thiếu khoá.", "A message to a partner needs a subject and a key.")
    sql.execute(
        "SELECT pg_advisory_xact_lock(hashtext('relay:' || %(p)s), hashtext(%(s)s))", {"p": partner, "s": subject}
    )
    made = sql.value(
        """INSERT INTO relay_message (partner, subject, key, title, body, posted_at)
           VALUES (%(partner)s, %(subject)s, %(key)s, %(title)s, %(body)s, %(now)s) ON CONFLICT (partner, key) DO NOTHING RETURNING id""",
        {"partner": partner, "subject": subject, "key": key, "title": title[:200], "now": clock.now(),
         "body": sealing.seal(json.dumps(body, ensure_ascii=False, default=str))},
    )  # fmt: skip
    if made is None:
        made = sql.value("SELECT id FROM relay_message WHERE partner = %(p)s AND key = %(k)s", {"p": partner, "k": key})
    about("message", made)
    return int(made)


@action("relay.replay")
def replay(viewer: Viewer, message_id: int) -> int:
    """Send a message again, and after it every later one of its subject: each under its own key, so that nothing is doubled (what
    the partner was sent before is looked up first where it can be).

    Returns how many wait then. 409 when its words are no longer kept.
    """
    message = _message(viewer, message_id)
    if sql.value("SELECT body = '' FROM relay_message WHERE id = %(id)s", {"id": message_id}):
        vi, en = "Nội dung tin này không còn được giữ.", "The words of this message are no longer kept."
        raise conflict("forgotten", vi, en)
    return sql.execute(
        """UPDATE relay_message SET state = 'waiting', next_at = NULL, tried_at = coalesce(ended_at, tried_at), ended_at = NULL,
             code = '', reason = '' WHERE partner = %(partner)s AND subject = %(subject)s AND id >= %(id)s AND body <> ''""",
        message,
    ) and _due(message["partner"], message["subject"])


def _due(partner: str, subject: str) -> int:
    sql.execute("UPDATE relay_partner SET next_at = NULL WHERE name = %(n)s", {"n": partner})
    return int(
        sql.value(
            "SELECT count(*) FROM relay_message WHERE partner = %(p)s AND subject = %(s)s AND state = 'waiting'",
            {"p": partner, "s": subject},
        )
    )


@action("relay.replay")
def replay_all(viewer: Viewer, partner: str) -> int:
    """Ask a partner again at once, also for everything it refused; returns how many refused ones wait anew."""
    _whole_city(viewer, partner)
    sql.execute("UPDATE relay_partner SET next_at = NULL WHERE name = %(n)s", {"n": partner})
    sql.execute(
        "UPDATE relay_message SET next_at = NULL WHERE partner = %(p)s AND state = 'waiting' AND next_at IS NOT NULL",
        {"p": partner},
    )
    return sql.execute(
        "UPDATE relay_message SET state = 'waiting', code = '', reason = '' WHERE partner = %(p)s AND state = 'refused'",
        {"p": partner},
    )


@action("relay.replay")
def skip(viewer: Viewer, message_id: int, why: str) -> None:
    """Pass over a message that the partner refused, with the reason; later ones of its subject go on. 409 unless it was refused."""
    message = _message(viewer, message_id)
    if not why.strip():
        raise invalid("why_missing", "Hãy ghi lý do bỏ qua.", "Say why it is passed over.", field="why")
    passed = sql.execute(
        """UPDATE relay_message SET state = 'skipped', ended_at = %(now)s, answer = %(why)s
           WHERE id = %(id)s AND state = 'refused'""",
        {"id": message["id"], "now": clock.now(), "why": f"{viewer.name or viewer.username}: {why.strip()[:500]}"},
    )
    if not passed:
        vi, en = "Chỉ bỏ qua được tin mà đối tác từ chối.", "Only a refused message can be passed over."
        raise conflict("not_refused", vi, en)


@action("relay.replay")
def pause(viewer: Viewer, partner: str, why: str) -> None:
    """Send a partner nothing until `resume`; messages are kept meanwhile."""
    _whole_city(viewer, partner)
    if not why.strip():
        raise invalid("why_missing", "Hãy ghi lý do tạm dừng.", "Say why it is paused.", field="why")
    sql.execute(
        """INSERT INTO relay_partner (name, paused, paused_by, paused_at, why) VALUES (%(n)s, TRUE, %(who)s, %(now)s, %(why)s)
           ON CONFLICT (name) DO UPDATE SET paused = TRUE, paused_by = %(who)s, paused_at = %(now)s, why = %(why)s""",
        {"n": partner, "who": viewer.name or viewer.username, "now": clock.now(), "why": why.strip()[:500]},
    )


@action("relay.replay")
def resume(viewer: Viewer, partner: str) -> None:
    """Send to a partner again, beginning with what waits longest."""
    _whole_city(viewer, partner)
    sql.execute(
        "UPDATE relay_partner SET paused = FALSE, paused_by = '', paused_at = NULL, why = '', next_at = NULL WHERE name = %(n)s",
        {"n": partner},
    )


def _whole_city(viewer: Viewer, partner: str) -> None:
    """Partners are the whole city's: who may work on them holds the permission everywhere."""
    named(partner)
    viewer.require("relay.replay", EVERYWHERE)
    about("partner", partner)


def _message(viewer: Viewer, message_id: int) -> dict[str, Any]:
    found = sql.row("SELECT id, partner, subject, state FROM relay_message WHERE id = %(id)s", {"id": message_id})
    if found is None:
        raise missing("no_such_message", "Không có tin này.", "There is no such message.")
    viewer.require("relay.replay", EVERYWHERE)
    about("message", message_id)
    return found
