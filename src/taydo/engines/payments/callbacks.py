"""What providers tell, kept as it came and acted on exactly once — in the same transaction, so that what was answered is what stands."""

from __future__ import annotations

import hashlib
from typing import Any

from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.sealing import seal
from taydo.protocols import banknotice

from . import providers, settling
from .gateways import FAILED, PAID, Said
from .rules import codes_in

HOUSE = Viewer.system("payments")
UNKNOWN, WRONG_AMOUNT, DONE, ALREADY, FORGED, UNREADABLE = "01", "04", "00", "02", "97", "99"
"""Replies in VNPay's numbers; each face turns them into its own provider's."""

_KEEP = """
INSERT INTO payments_callback AS c (provider, mark, raw, reference, outcome, reply, reason, came_at, last_at)
VALUES (%(provider)s::text, %(mark)s::text, %(raw)s::text, %(reference)s::text, %(outcome)s::text, %(reply)s::text, %(reason)s::text,
  %(now)s::timestamptz, %(now)s::timestamptz)
ON CONFLICT (provider, mark) DO UPDATE SET times = c.times + 1, last_at = excluded.last_at
"""


@action("payments.settle", secret=("raw",))
def take(viewer: Viewer, provider_id: str, raw: bytes, said: Said) -> str:
    """A gateway's signed word about an order. Returns what to reply: 00 done, 01 no such order, 02 done before, 04 wrong amount."""
    outcome, reply, reason = _acted(provider_id, said)
    keep(provider_id, raw, said.reference, outcome, reply, reason)
    about("callback", said.reference)
    return reply


def _acted(provider_id: str, said: Said) -> tuple[str, str, str]:
    attempt = _attempt(provider_id, said.reference)
    if said.state != PAID:
        if attempt is None:
            return "unknown", UNKNOWN, said.why
        if said.state == FAILED:
            _failed(attempt, said.why)
        return said.state, ALREADY if attempt["state"] == "paid" else DONE, said.why
    if not said.number:
        return "unreadable", UNREADABLE, "paid, and no number"
    came = settling.Came(
        provider_id, said.number, "clearing", said.amount_vnd, said.came_on, words=said.reference,
        attempt_id=attempt["id"] if attempt else None,
    )  # fmt: skip
    outcome = settling.take_in(came, attempt["bill_id"] if attempt else None)
    return outcome.state, _reply(outcome), outcome.reason


def _reply(outcome: settling.Outcome) -> str:
    if outcome.reason in ("unknown", "wrong_amount"):  # the same however often it is said
        return UNKNOWN if outcome.reason == "unknown" else WRONG_AMOUNT
    return ALREADY if outcome.state == settling.REPEATED else DONE


def _attempt(provider_id: str, reference: str) -> dict[str, Any] | None:
    found = sql.prepared(
        "SELECT id, bill_id, state, amount_vnd FROM payments_attempt WHERE provider = %(p)s::text AND reference = %(r)s::text",
        {"p": provider_id, "r": reference},
    )
    return found[0] if found else None


def _failed(attempt: dict[str, Any], why: str) -> None:
    sql.execute(
        "UPDATE payments_attempt SET state = 'failed', reason = %(w)s, ended_at = %(now)s WHERE id = %(id)s AND state = 'pending'",
        {"id": attempt["id"], "w": why, "now": clock.now()},
    )


@action("payments.settle", secret=("raw",))
def take_transfer(viewer: Viewer, provider_id: str, raw: bytes, notice: banknotice.Notice) -> str:
    """A bank's word that money came to an account: found by the code in its words and the amount. Returns the outcome's state."""
    owner = providers.owner(provider_id, notice.bin, notice.account)
    if owner is None:
        keep(provider_id, raw, notice.number, "refused", UNKNOWN, "not an account of ours")
        return "refused"
    outcome = settling.take_in(
        settling.Came(
            provider_id, notice.number, "bank", notice.amount_vnd, notice.at.astimezone(clock.LOCAL).date(), notice.content, owner
        ),
        bill_for(notice.content, notice.amount_vnd),
    )  # fmt: skip
    keep(provider_id, raw, notice.number, outcome.state, DONE, outcome.reason)
    about("callback", notice.number)
    return outcome.state


def bill_for(words: str, amount_vnd: int) -> int | None:
    """The bill that the words of a transfer name; among several, one that is due and of this amount."""
    found = sql.rows(
        """SELECT id FROM payments_bill WHERE code = ANY(%(codes)s)
           ORDER BY state = 'due' AND amount_vnd = %(amount)s DESC, state = 'due' DESC, id LIMIT 1""",
        {"codes": codes_in(words), "amount": amount_vnd},
    )
    return int(found[0]["id"]) if found else None


@action("payments.settle", secret=("raw",))
def keep_refused(viewer: Viewer, provider_id: str, raw: bytes, reply: str, reason: str) -> None:
    """Keep what was not believed or not understood, with why."""
    keep(provider_id, raw, "", "refused", reply, reason)


def keep(provider_id: str, raw: bytes, reference: str, outcome: str, reply: str, reason: str) -> None:
    """Keep the bytes, sealed; the same ones again are counted."""
    text = raw[:16_384].decode("utf-8", "replace").replace("\0", "\ufffd")
    sql.prepared(
        _KEEP,
        {
            "provider": provider_id, "mark": hashlib.sha256(raw).hexdigest(), "raw": seal(text), "reference": reference[:100],
            "outcome": outcome, "reply": reply, "reason": reason[:300], "now": clock.now(),
        },
    )  # fmt: skip
