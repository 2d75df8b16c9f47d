"""One round of sending to a partner: claim, send, note; each step is its own transaction, so that kill -9 anywhere only repeats.

What was claimed and not noted may have arrived: the next round asks the partner (`look_up`) or sends again under the same key.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from taydo.kernel import clock, sealing, sql
from taydo.kernel.logs import log

from . import rules
from .messages import Message, Outcome, Partner

NEXT = """
SELECT m.id, m.subject, m.key, m.title, m.body, m.posted_at, m.tries, m.tried_at FROM relay_message m
WHERE m.partner = %(partner)s AND m.state = 'waiting' AND coalesce(m.next_at <= %(now)s, TRUE)
  AND NOT EXISTS (SELECT FROM relay_message e WHERE e.partner = m.partner AND e.subject = m.subject AND e.id < m.id
                  AND e.state IN ('waiting', 'refused'))
ORDER BY m.id LIMIT %(most)s
"""
NOTE = """
UPDATE relay_message m SET
  state = CASE o.kind WHEN 'sent' THEN 'sent' WHEN 'known' THEN 'sent' WHEN 'refused' THEN 'refused' ELSE 'waiting' END,
  ended_at = CASE WHEN o.kind IN ('sent', 'known') THEN %(now)s END, tried_at = CASE WHEN o.kind = 'silent' THEN m.tried_at END,
  next_at = CASE WHEN o.kind = 'later' THEN %(now)s + o.pause * interval '1 second' END,
  code = o.code, reason = o.reason, answer = o.answer
FROM unnest(%(ids)s::bigint[], %(kinds)s::text[], %(codes)s::text[], %(reasons)s::text[], %(answers)s::text[], %(pauses)s::float8[])
  AS o(id, kind, code, reason, answer, pause)
WHERE m.id = o.id AND m.state = 'waiting'
"""
SETTLED = ("sent", "known", "refused")


def drain(partner: Partner, rounds: int = 200) -> int:
    """Send round after round until nothing is left to send, the partner is silent, or so many rounds; returns how many were settled.

    One process at a time does this for a partner (the regular work's lock).
    """
    done = 0
    for _ in range(rounds):
        settled = once(partner)
        done += max(settled, 0)
        if settled <= 0:
            break
    return done


def once(partner: Partner) -> int:
    """One round; returns how many messages were settled, -1 when the partner may not be asked now or does not answer."""
    now = clock.now()
    stands = sql.row("SELECT paused, fails, next_at FROM relay_partner WHERE name = %(n)s", {"n": partner.name}) or {}
    if stands.get("paused") or not partner.ready() or (stands.get("next_at") and stands["next_at"] > now):
        return -1
    set_of = _claim(partner, 1 if stands.get("fails") else partner.sets, now)
    if not set_of:
        return 0
    outcomes = _settle(partner, set_of)
    _note(partner, set_of, outcomes)
    if any(outcome.kind == "silent" for outcome in outcomes):
        return -1
    return sum(outcome.kind in SETTLED for outcome in outcomes)


def _claim(partner: Partner, most: int, now: dt.datetime) -> list[Message]:
    found = sql.rows(NEXT, {"partner": partner.name, "now": now, "most": most})
    if found:
        sql.execute(
            "UPDATE relay_message SET tries = tries + 1, tried_at = %(now)s WHERE id = ANY(%(ids)s)",
            {"now": now, "ids": [item["id"] for item in found]},
        )
    return [_message(item) for item in found]


def _message(item: dict[str, Any]) -> Message:
    body = json.loads(sealing.unseal(item["body"]))
    again = item["tried_at"] is not None
    return Message(
        item["id"], item["subject"], item["key"], item["title"], body, item["posted_at"], item["tries"], again
    )


def _settle(partner: Partner, messages: list[Message]) -> list[Outcome]:
    """An outcome for each message: those that may have arrived are looked up first where the partner can be asked."""
    known: dict[int, Outcome] = {}
    doubtful = [message for message in messages if message.again] if partner.look_up else []
    if doubtful and partner.look_up:
        for message, outcome in zip(doubtful, _asked(partner.look_up, partner, doubtful), strict=True):
            if outcome.kind != "absent":
                known[message.id] = outcome
    rest = [message for message in messages if message.id not in known]
    if rest and not any(outcome.kind == "silent" for outcome in known.values()):
        known |= {message.id: told for message, told in zip(rest, _asked(partner.send, partner, rest), strict=True)}
    return [known.get(message.id, Outcome("silent")) for message in messages]


def _asked(call: Any, partner: Partner, messages: list[Message]) -> list[Outcome]:
    try:
        outcomes = list(call(messages))[: len(messages)]
    except Exception as error:
        log.warning("partner call failed", partner=partner.name, messages=len(messages), error=repr(error))
        outcomes = [Outcome("silent", reason=f"{type(error).__name__}: {error}"[:500])]
    missing = Outcome("silent", reason=outcomes[-1].reason if outcomes else "")
    return outcomes + [missing] * (len(messages) - len(outcomes))


@transaction.atomic
def _note(partner: Partner, messages: Sequence[Message], outcomes: Sequence[Outcome]) -> None:
    now = clock.now()
    sql.execute(
        NOTE,
        {
            "now": now, "ids": [message.id for message in messages], "kinds": [outcome.kind for outcome in outcomes],
            "codes": [outcome.code[:100] for outcome in outcomes], "reasons": [outcome.reason[:1000] for outcome in outcomes],
            "answers": [outcome.answer[:1000] for outcome in outcomes],
            "pauses": [rules.pause(message.tries + 1).total_seconds() for message in messages],
        },
    )  # fmt: skip
    partner.noted(list(zip(messages, outcomes, strict=True)))
    silent = next((outcome for outcome in outcomes if outcome.kind == "silent"), None)
    if silent is None:
        sql.execute(
            """INSERT INTO relay_partner (name, answered_at) VALUES (%(n)s, %(now)s) ON CONFLICT (name) DO UPDATE
               SET fails = 0, silent_since = NULL, next_at = NULL, answered_at = %(now)s""",
            {"n": partner.name, "now": now},
        )
        return
    fails = sql.value(
        """INSERT INTO relay_partner (name, fails, silent_since, error) VALUES (%(n)s, 1, %(now)s, %(error)s) ON CONFLICT (name) DO UPDATE
           SET fails = relay_partner.fails + 1, silent_since = coalesce(relay_partner.silent_since, %(now)s), error = %(error)s
           RETURNING fails""",
        {"n": partner.name, "now": now, "error": silent.reason[:500]},
    )
    sql.execute(
        "UPDATE relay_partner SET next_at = %(next)s WHERE name = %(n)s",
        {"n": partner.name, "next": now + rules.pause(fails)},
    )
