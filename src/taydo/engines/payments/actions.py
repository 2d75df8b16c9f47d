"""Writes of payments that people and other parts do: raise and cancel a bill, take cash, refund, deal with money held aside."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, conflict, invalid, refused
from taydo.kernel.events import emit
from taydo.kernel.once import once
from taydo.kernel.sealing import seal

from . import ledger, queries, settling
from .events import BillCancelled
from .providers import CASH
from .queries import Bill
from .rules import ALPHABET, LENGTH, Line, check_letter, fault

HOUSE = Viewer.system("payments")
_LINES = {
    "none": ("Khoản thu phải có ít nhất một mục.", "A bill needs at least one line."),
    "amount": ("Số tiền phải là số đồng nguyên, không âm.", "An amount is a whole number of đồng, not below 0."),
    "nothing": ("Không có gì phải nộp.", "There is nothing to pay."),
    "too_much": ("Số tiền quá lớn.", "The amount is too large."),
}


@action("payments.raise_bill", secret=("payer_name",))
def raise_bill(
    viewer: Viewer, *, purpose: tuple[str, object], agency: str, title: str, lines: Sequence[Line], payer_id: int | None = None,
    payer_name: str = "", due_on: dt.date | None = None, key: str = "",
) -> Bill:  # fmt: skip
    """Raise a bill; the permission is asked in `agency` (another part of the house asks as `Viewer.system`). The same `key`: the same bill.

    `title` names no person: anybody with the code reads it. 422 when the lines make no bill, or all of it is waived (`nothing`).
    """
    viewer.require("payments.raise_bill", agency)
    wrong = fault(lines)
    if wrong:
        raise invalid(f"bill_{wrong}", *_LINES[wrong], field="lines")
    earlier = sql.value("SELECT id FROM payments_bill WHERE key = %(k)s", {"k": key}) if key else None
    identifier = (
        int(earlier) if earlier else _insert(viewer, purpose, agency, title, lines, payer_id, payer_name, due_on, key)
    )
    about("bill", identifier, agency)
    return queries.by_id(HOUSE, identifier)


def _insert(
    viewer: Viewer, purpose: tuple[str, object], agency: str, title: str, lines: Sequence[Line], payer_id: int | None, payer_name: str,
    due_on: dt.date | None, key: str,
) -> int:  # fmt: skip
    total = sum(line.amount_vnd for line in lines)
    made = sql.value(
        """INSERT INTO payments_bill (code, purpose_kind, purpose_id, agency, title, payer_id, payer_name, amount_vnd, due_on, key, raised_by,
             raised_at)
           VALUES (%(code)s, %(kind)s, %(of)s, %(agency)s, %(title)s, %(payer)s, %(name)s, %(total)s, %(due)s, %(key)s, %(by)s, %(now)s)
           ON CONFLICT (key) DO NOTHING RETURNING id""",
        {
            "code": new_code(), "kind": purpose[0], "of": str(purpose[1]), "agency": agency, "title": title.strip()[:300], "payer": payer_id,
            "name": seal(payer_name.strip()[:200]), "total": total, "due": due_on, "key": key or None, "by": viewer.actor_id,
            "now": clock.now(),
        },
    )  # fmt: skip
    if made is None:  # somebody raised it under the same key meanwhile
        return int(sql.value("SELECT id FROM payments_bill WHERE key = %(k)s", {"k": key}))
    sql.execute(
        """INSERT INTO payments_line (bill_id, position, code, title, amount_vnd)
           SELECT %(bill)s, l.position, l.code, l.title, l.amount
           FROM unnest(%(codes)s::text[], %(titles)s::text[], %(amounts)s::bigint[]) WITH ORDINALITY AS l(code, title, amount, position)""",
        {
            "bill": made, "codes": [line.code for line in lines], "titles": [line.title for line in lines],
            "amounts": [line.amount_vnd for line in lines],
        },
    )  # fmt: skip
    entries = ledger.move(agency, ("receivable", ""), ("revenue", ""), total)
    ledger.book(f"raised:{made}", "raised", entries, bill_id=int(made))
    return int(made)


def new_code() -> str:
    """A code nobody has: 31⁷ of them, so that guessing finds none within the limits of the door."""
    seven = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return seven + check_letter(seven)


@action("payments.cancel")
def cancel(viewer: Viewer, bill_id: int, reason: str) -> Bill:
    """Cancel a bill that is due. 409 when it is not; money that comes for it later is held aside."""
    found = settling.lock(bill_id)
    if found is None:
        raise queries.no_bill()
    viewer.require("payments.cancel", found["agency"])
    if not reason.strip():
        raise invalid("reason_missing", "Hãy ghi lý do.", "Give a reason.", field="reason")
    close(found, "cancelled", reason.strip()[:300])
    return queries.by_id(HOUSE, bill_id)


def close(bill: dict[str, object], state: str, reason: str) -> None:
    """A locked bill needs no payment any more: `cancelled` or `expired`."""
    identifier, agency = int(str(bill["id"])), str(bill["agency"])
    about("bill", identifier, agency)
    if bill["state"] != "due":
        raise not_due(str(bill["state"]))
    sql.execute(
        "UPDATE payments_bill SET state = %(s)s, reason = %(r)s, ended_at = %(now)s WHERE id = %(id)s",
        {"id": identifier, "s": state, "r": reason, "now": clock.now()},
    )
    entries = ledger.move(agency, ("revenue", ""), ("receivable", ""), int(str(bill["amount_vnd"])))
    ledger.book(f"{state}:{identifier}", state, entries, bill_id=identifier, words=reason)
    told = BillCancelled(identifier, str(bill["code"]), str(bill["purpose_kind"]), str(bill["purpose_id"]), reason)
    emit(told, str(bill["code"]))


def not_due(state: str) -> Problem:
    """409: the bill was paid or closed meanwhile."""
    return conflict("bill_not_due", "Khoản này không còn chờ nộp.", "This bill is not due any more.", state=state)


@action("payments.take_cash")
def take_cash(viewer: Viewer, bill_id: int, *, key: str) -> Bill:
    """Take a bill's whole amount in cash at a desk of its agency; the same `key` is the same taking. 409 when it is not due."""
    found = settling.lock(bill_id)
    if found is None:
        raise queries.no_bill()
    viewer.require("payments.take_cash", found["agency"])
    if viewer.actor_id is not None and viewer.actor_id == found["payer_id"]:
        raise refused("own_bill", "Không tự thu khoản của chính mình.", "Nobody takes cash for a bill of their own.")
    about("bill", bill_id, found["agency"])

    def take() -> dict[str, int]:
        if found["state"] != "due":
            raise not_due(found["state"])
        came = settling.Came(
            CASH, f"bill:{bill_id}", "cash", found["amount_vnd"], clock.today(), taken_by=viewer.actor_id
        )
        return {"income": settling.take_in(came, bill_id).income_id}

    once(viewer, key, f"payments.take_cash:{bill_id}", take)
    return queries.by_id(HOUSE, bill_id)
