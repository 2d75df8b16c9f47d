"""Money that came, booked exactly once: it settles its bill, or is held aside with the reason. Never lost, never twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from taydo.kernel import clock, numbering, sql
from taydo.kernel.events import emit
from taydo.kernel.sealing import seal

from . import ledger
from .events import BillPaid, MoneyHeld
from .providers import CASH, declared

SETTLED, HELD, REPEATED = "settled", "held", "repeated"


@dataclass(frozen=True, slots=True)
class Came:
    """Money as its provider tells of it: `number` is the provider's own for this transfer, `fund` where it lies (cash, bank, clearing)."""

    provider: str
    number: str
    fund: str
    amount_vnd: int
    came_on: dt.date
    words: str = ""
    agency: str = ""
    attempt_id: int | None = None
    taken_by: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: settled, held (with the reason), or repeated (with how it stood before)."""

    state: str
    income_id: int
    reason: str = ""
    before: str = ""


_INSERT = """
INSERT INTO payments_income (provider, number, fund, agency, amount_vnd, bill_id, attempt_id, came_on, at, state, reason, words, taken_by)
VALUES (%(provider)s::text, %(number)s::text, %(fund)s::text, %(agency)s::text, %(amount)s::bigint, %(bill)s::bigint, %(attempt)s::bigint,
  %(on)s::date, %(now)s::timestamptz, %(state)s::text, %(reason)s::text, %(words)s::text, %(by)s::bigint)
ON CONFLICT (provider, number) DO NOTHING RETURNING id
"""


def lock(bill_id: int) -> dict[str, Any] | None:
    """A bill's row, held until the transaction ends."""
    found = sql.prepared("SELECT * FROM payments_bill WHERE id = %(id)s::bigint FOR UPDATE", {"id": bill_id})
    return found[0] if found else None


def why_held(bill: dict[str, Any] | None, amount_vnd: int) -> str:
    """Why money cannot settle this bill; "" when it can."""
    if bill is None:
        return "unknown"
    if bill["state"] != "due":
        return bill["state"] if bill["state"] in ("cancelled", "expired") else "double"
    return "" if bill["amount_vnd"] == amount_vnd else "wrong_amount"


def take_in(came: Came, bill_id: int | None) -> Outcome:
    """Book money that came, inside an action's transaction. The provider's number makes it once, whoever comes how often at the same time."""
    bill = lock(bill_id) if bill_id is not None else None
    reason = why_held(bill, came.amount_vnd)
    agency = bill["agency"] if bill else came.agency if came.agency not in ("", "*") else declared().treasury
    new = sql.prepared(
        _INSERT,
        {
            "provider": came.provider, "number": came.number, "fund": came.fund, "agency": agency, "amount": came.amount_vnd, "bill": bill_id,
            "attempt": came.attempt_id, "on": came.came_on, "now": clock.now(), "state": HELD if reason else SETTLED, "reason": reason,
            "words": seal(came.words), "by": came.taken_by,
        },
    )  # fmt: skip
    if not new:
        before = sql.prepared(
            "SELECT id, state, reason FROM payments_income WHERE provider = %(p)s::text AND number = %(n)s::text",
            {"p": came.provider, "n": came.number},
        )[0]
        return Outcome(REPEATED, before["id"], before["reason"], before["state"])
    income_id, fund = int(new[0]["id"]), (came.fund, came.provider)
    if reason:
        _end_attempt(came.attempt_id, HELD, reason)
        ledger.book(
            f"income:{income_id}", "held", ledger.move(agency, fund, ("suspense", ""), came.amount_vnd), day=came.came_on,
            bill_id=bill_id, income_id=income_id, words=reason,
        )  # fmt: skip
        emit(MoneyHeld(income_id, agency, came.amount_vnd, reason, came.provider), income_id)
        return Outcome(HELD, income_id, reason)
    assert bill is not None
    _end_attempt(came.attempt_id, "paid", "")
    entries = ledger.move(agency, fund, ("receivable", ""), came.amount_vnd)
    ledger.book(f"income:{income_id}", "paid", entries, day=came.came_on, bill_id=bill["id"], income_id=income_id)
    pay(bill, came.provider)
    return Outcome(SETTLED, income_id)


def _end_attempt(attempt_id: int | None, state: str, reason: str) -> None:
    if attempt_id is not None:
        sql.prepared(
            """UPDATE payments_attempt SET state = %(s)s::text, reason = %(r)s::text, ended_at = %(now)s::timestamptz
               WHERE id = %(id)s::bigint AND state <> 'paid'""",
            {"id": attempt_id, "s": state, "r": reason, "now": clock.now()},
        )


def pay(bill: dict[str, Any], method: str) -> None:
    """A locked, due bill is paid: receipt number without gaps (biên lai, by agency and year), and everybody told."""
    now = clock.now()
    year = now.astimezone(clock.LOCAL).year
    number = numbering.take(f"receipt|{bill['agency']}|{year}")
    sql.prepared(
        """UPDATE payments_bill SET state = 'paid', method = %(m)s::text, paid_at = %(now)s::timestamptz, receipt_year = %(y)s::int,
             receipt_number = %(n)s::bigint WHERE id = %(id)s::bigint""",
        {"id": bill["id"], "m": method, "now": now, "y": year, "n": number},
    )
    paid = BillPaid(
        bill["id"], bill["code"], bill["purpose_kind"], bill["purpose_id"], bill["amount_vnd"], method, method != CASH
    )  # fmt: skip
    emit(paid, bill["code"])
