"""Paying at a gateway: go to its page, come back, and ask it until it is known what became of the money."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings

from taydo.kernel import clock, i18n, ids, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, missing

from . import actions, callbacks, gateways, providers, queries, settling
from .callbacks import HOUSE
from .gateways import FAILED, Said, Silent

FIRST_ASK = dt.timedelta(seconds=60)


def go(viewer: Viewer, code: str, provider_id: str, address: str) -> str:
    """The address to send somebody to who pays this bill at a gateway; twice within its time it is the same order.

    404 for no such bill or provider, 409 when the bill is not due, 503 when the gateway does not answer.
    """
    bill = queries.bill(viewer, code)
    provider = providers.provider(provider_id, bill.agency)
    if provider is None or not provider.open or provider.speaks == providers.VIETQR:
        raise missing("no_provider", "Không nộp được qua nơi này.", "This bill cannot be paid there.")
    attempt = begin(viewer, bill.id, provider_id)
    if attempt["page"]:
        return str(attempt["page"])
    back = f"{settings.TAYDO_URL}/pay/{bill.code}/back/{provider_id}"
    notify = f"{settings.TAYDO_URL}/payments/callback/{provider_id}"
    try:
        page = gateways.page(provider, attempt, back, notify, address, i18n.language() == "en")
    except Silent as error:
        raise Problem(
            "provider_silent", 503, f"{provider.title.vi} hiện không trả lời. Hãy nộp bằng cách khác, hoặc thử lại sau ít phút.",
            f"{provider.title.en} does not answer now. Pay another way, or try again in some minutes.",
        ) from error  # fmt: skip
    sql.execute("UPDATE payments_attempt SET page = %(p)s WHERE id = %(id)s", {"p": page, "id": attempt["id"]})
    return page


@action("payments.begin", open_to_all=True)
def begin(viewer: Viewer, bill_id: int, provider_id: str) -> dict[str, Any]:
    """An attempt to pay this bill there: the running one, else a new one with a name of its own."""
    bill = settling.lock(bill_id)
    if bill is None:
        raise queries.no_bill()
    if bill["state"] != "due":
        raise actions.not_due(bill["state"])
    about("bill", bill_id, bill["agency"])
    now = clock.now()
    running = sql.row(
        """SELECT * FROM payments_attempt WHERE bill_id = %(b)s AND provider = %(p)s AND state = 'pending' AND page <> ''
           AND expires_at > %(soon)s ORDER BY id DESC LIMIT 1""",
        {"b": bill_id, "p": provider_id, "soon": now + dt.timedelta(minutes=2)},
    )
    if running:
        return running
    made = sql.row(
        """INSERT INTO payments_attempt (bill_id, provider, reference, amount_vnd, begun_at, expires_at, next_ask_at)
           VALUES (%(b)s, %(p)s, %(ref)s, %(amount)s, %(now)s, %(end)s, %(ask)s) RETURNING *""",
        {
            "b": bill_id, "p": provider_id, "ref": f"{bill['code']}-{ids.code('A', 5)[2:]}", "amount": bill["amount_vnd"],
            "now": now.replace(microsecond=0), "end": now + dt.timedelta(minutes=providers.declared().attempt_minutes), "ask": now + FIRST_ASK,
        },
    )  # fmt: skip
    assert made is not None
    return made


def came_back(code: str, provider_id: str) -> None:
    """Somebody came back from a gateway's page: settles nothing; has the gateway asked at once if it has not told yet."""
    sql.execute(
        """UPDATE payments_attempt a SET next_ask_at = %(now)s FROM payments_bill b WHERE b.id = a.bill_id AND b.code = %(c)s
           AND a.provider = %(p)s AND a.state = 'pending' AND a.asked = 0""",
        {"c": code, "p": provider_id, "now": clock.now()},
    )


_DUE = """UPDATE payments_attempt a SET asked = a.asked + 1,
    next_ask_at = %(now)s::timestamptz + least(interval '15 minutes', make_interval(secs => 15 * power(2, least(a.asked, 8))))
  FROM (SELECT id FROM payments_attempt WHERE state = 'pending' AND next_ask_at <= %(now)s ORDER BY next_ask_at LIMIT %(n)s
        FOR UPDATE SKIP LOCKED) due, payments_bill b
  WHERE a.id = due.id AND b.id = a.bill_id RETURNING a.*, b.agency"""


def ask_due(limit: int = 20) -> int:
    """Ask gateways about attempts whose time has come, as long as it takes; returns how many were settled or given up."""
    ended = 0
    for attempt in sql.rows(_DUE, {"now": clock.now(), "n": limit}):
        provider = providers.provider(attempt["provider"], attempt["agency"])
        if provider is None or not provider.open:
            continue
        try:
            said = gateways.ask(provider, attempt)
        except Silent as error:
            sql.execute(
                "UPDATE payments_attempt SET reason = %(r)s WHERE id = %(id)s AND state = 'pending'",
                {"r": str(error)[:200], "id": attempt["id"]},
            )
            continue
        ended += _told(attempt, said)
    return ended


def _told(attempt: dict[str, Any], said: Said) -> bool:
    """Act on what a gateway answered. A failure counts once nobody can pay there any more."""
    if said.state == gateways.WAITING or (said.state == FAILED and attempt["expires_at"] > clock.now()):
        return False
    words = f"asked|{said.reference}|{said.number}|{said.amount_vnd}|{said.state}|{said.why}"
    callbacks.take(HOUSE, attempt["provider"], words.encode(), said)
    return True


def read_transfers() -> int:
    """Read the lists of banks that give one: what a notice was lost of is found here; what is known stays as it is."""
    new = 0
    for one in providers.declared().providers:
        provider = providers.provider(one.id)
        if provider is None or provider.speaks != providers.VIETQR or not {"secret", "api"} <= provider.keys.keys():
            continue
        after = sql.value("SELECT after FROM payments_cursor WHERE provider = %(p)s", {"p": one.id}) or ""
        try:
            found, following = gateways.transfers(provider, after)
        except Silent:
            continue
        for notice in found:
            words = f"listed|{notice.number}|{notice.amount_vnd}|{notice.content}"
            new += callbacks.take_transfer(HOUSE, one.id, words.encode(), notice) != settling.REPEATED
        sql.execute(
            """INSERT INTO payments_cursor (provider, after, at) VALUES (%(p)s, %(a)s, %(now)s)
               ON CONFLICT (provider) DO UPDATE SET after = excluded.after, at = excluded.at""",
            {"p": one.id, "a": following, "now": clock.now()},
        )
    return new
