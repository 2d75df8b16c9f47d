"""Money back: of a paid bill, whole or in part, or money that was held aside. In flight until it is known to have arrived; exactly once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from taydo.kernel import clock, ids, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, conflict, invalid, missing, refused
from taydo.kernel.events import emit
from taydo.kernel.jobs import job
from taydo.kernel.once import once

from . import gateways, ledger, providers, queries, settling
from .callbacks import HOUSE
from .events import BillRefunded, HeldMoneyDealtWith
from .gateways import Silent, Went

STUCK = dt.timedelta(minutes=2)


@action("payments.refund")
def refund(viewer: Viewer, bill_id: int, amount_vnd: int, reason: str, *, key: str = "") -> int:
    """Give back some or all of a paid bill the way it came; returns the refund's id. Who took the cash may not be who gives it back.

    403 in another agency or by the same hand, 409 when the bill is not paid, 422 for more than is left.
    """
    bill = settling.lock(bill_id)
    if bill is None:
        raise queries.no_bill()
    viewer.require("payments.refund", bill["agency"])
    about("bill", bill_id, bill["agency"])
    _reasoned(reason)
    found = once(viewer, key, f"payments.refund:{bill_id}", lambda: {"id": _refund(viewer, bill, amount_vnd, reason)})
    return int(found["id"])


def _reasoned(reason: str) -> None:
    if not reason.strip():
        raise invalid("reason_missing", "Hãy ghi lý do.", "Give a reason.", field="reason")


def _refund(viewer: Viewer, bill: dict[str, Any], amount_vnd: int, reason: str) -> int:
    income = sql.row(
        "SELECT * FROM payments_income WHERE bill_id = %(b)s AND state = 'settled' FOR UPDATE", {"b": bill["id"]}
    )
    if bill["state"] != "paid" or income is None:
        raise conflict("bill_not_paid", "Khoản này chưa nộp.", "This bill is not paid.", state=bill["state"])
    left = bill["amount_vnd"] - bill["refunded_vnd"]
    if not 0 < amount_vnd <= left:
        raise invalid(
            "refund_amount", f"Số tiền hoàn từ 1 đến {left} đồng.", f"A refund is 1 to {left} đồng.", field="amount_vnd"
        )  # fmt: skip
    if viewer.actor_id is not None and viewer.actor_id == income["taken_by"]:
        raise refused(
            "same_hand", "Người thu tiền mặt không được tự hoàn; hãy để người khác hoàn.",
            "Who took the cash does not give it back: somebody else does.",
        )  # fmt: skip
    sql.execute(
        "UPDATE payments_bill SET refunded_vnd = refunded_vnd + %(n)s WHERE id = %(id)s",
        {"n": amount_vnd, "id": bill["id"]},
    )
    return _begin(viewer, income, bill["id"], amount_vnd, reason, "refunds")


@action("payments.resolve")
def give_back(viewer: Viewer, income_id: int, reason: str) -> int:
    """Give held money back to where it came from; returns the refund's id. 409 when it is not held any more."""
    income = held(viewer, income_id)
    _reasoned(reason)
    sql.execute(
        "UPDATE payments_income SET state = 'returned', dealt_by = %(by)s, dealt_at = %(now)s WHERE id = %(id)s",
        {"id": income_id, "by": viewer.actor_id, "now": clock.now()},
    )
    emit(HeldMoneyDealtWith(income_id, income["agency"], "returned"), income_id)
    return _begin(viewer, income, None, income["amount_vnd"], reason, "suspense")


@action("payments.resolve")
def apply(viewer: Viewer, income_id: int, code: str) -> int:
    """Let held money settle a due bill of the same agency and amount; returns the bill's id. 409 when it cannot."""
    income = held(viewer, income_id)
    named = queries.bill(HOUSE, code)
    bill = settling.lock(named.id)
    assert bill is not None
    why = settling.why_held(bill, income["amount_vnd"])
    if why or bill["agency"] != income["agency"]:
        raise conflict(
            "does_not_fit", "Khoản thu này khác cơ quan, khác số tiền hoặc không còn chờ nộp.",
            "That bill is of another agency or amount, or not due any more.", why=why or "agency",
        )  # fmt: skip
    sql.execute(
        """UPDATE payments_income SET state = 'settled', bill_id = %(b)s, dealt_by = %(by)s, dealt_at = %(now)s WHERE id = %(id)s""",
        {"id": income_id, "b": bill["id"], "by": viewer.actor_id, "now": clock.now()},
    )
    entries = ledger.move(bill["agency"], ("suspense", ""), ("receivable", ""), income["amount_vnd"])
    ledger.book(f"applied:{income_id}", "applied", entries, bill_id=bill["id"], income_id=income_id)
    settling.pay(bill, income["provider"])
    emit(HeldMoneyDealtWith(income_id, income["agency"], "applied"), income_id)
    return int(bill["id"])


def held(viewer: Viewer, income_id: int) -> dict[str, Any]:
    """Held money, locked; 404 for none, 403 in another agency, 409 when it was dealt with."""
    income = sql.row("SELECT * FROM payments_income WHERE id = %(id)s FOR UPDATE", {"id": income_id})
    if income is None:
        raise missing("no_income", "Không có khoản tiền này.", "There is no such money.")
    viewer.require("payments.resolve", income["agency"])
    about("income", income_id, income["agency"])
    if income["state"] != "held":
        raise conflict("dealt_with", "Khoản tiền này đã được xử lý.", "This money was dealt with already.")
    return income


def _begin(
    viewer: Viewer, income: dict[str, Any], bill_id: int | None, amount_vnd: int, reason: str, source: str
) -> int:
    """A refund in flight. Cash goes back at once, a bank transfer by hand, a gateway's money by the gateway."""
    state = "waiting" if income["fund"] == "clearing" and income["attempt_id"] else "by_hand"
    made = sql.row(
        """INSERT INTO payments_refund (income_id, bill_id, amount_vnd, reason, state, request, by_id, by_name, began_at, next_at)
           VALUES (%(income)s, %(bill)s, %(n)s, %(r)s, %(s)s, %(req)s, %(by)s, %(name)s, %(now)s, %(now)s) RETURNING *""",
        {
            "income": income["id"], "bill": bill_id, "n": amount_vnd, "r": reason.strip()[:300], "s": state, "req": ids.uuid7().hex,
            "by": viewer.actor_id, "name": viewer.name or viewer.username, "now": clock.now(),
        },
    )  # fmt: skip
    assert made is not None
    entries = ledger.move(income["agency"], (source, ""), ("payable", ""), amount_vnd)
    ledger.book(
        f"refund:{made['id']}", "refund_begun", entries, bill_id=bill_id, income_id=income["id"], refund_id=made["id"]
    )
    if income["fund"] == "cash":
        _done(made, income, "")
    elif state == "waiting":
        send.later(refund_id=made["id"])
    return int(made["id"])


@action("payments.refund")
def sent_by_hand(viewer: Viewer, refund_id: int, number: str) -> None:
    """A transfer back was made at the bank, under the bank's number. Not by who asked for it: four eyes."""
    made, income = _pair(refund_id)
    viewer.require("payments.refund", income["agency"])
    about("refund", refund_id, income["agency"])
    if made["state"] != "by_hand":
        raise conflict("refund_ended", "Khoản hoàn này đã xong.", "This refund is finished.", state=made["state"])
    if viewer.actor_id is not None and viewer.actor_id == made["by_id"]:
        raise refused("same_hand", "Người đề nghị hoàn không tự xác nhận.", "Who asked for it does not confirm it.")
    if not number.strip():
        raise invalid("number_missing", "Hãy ghi số bút toán của ngân hàng.", "Give the bank's number.", field="number")
    _done(made, income, number.strip()[:64])


def _pair(refund_id: int) -> tuple[dict[str, Any], dict[str, Any]]:
    made = sql.row("SELECT * FROM payments_refund WHERE id = %(id)s FOR UPDATE", {"id": refund_id})
    if made is None:
        raise missing("no_refund", "Không có khoản hoàn này.", "There is no such refund.")
    income = sql.row("SELECT * FROM payments_income WHERE id = %(id)s", {"id": made["income_id"]})
    assert income is not None
    return made, income


def _done(made: dict[str, Any], income: dict[str, Any], number: str) -> None:
    now, amount, bill_id = clock.now(), made["amount_vnd"], made["bill_id"]
    sql.execute(
        "UPDATE payments_refund SET state = 'done', ended_at = %(now)s, number = %(n)s, trouble = '' WHERE id = %(id)s",
        {"id": made["id"], "now": now, "n": number},
    )
    sql.execute(
        "UPDATE payments_income SET refunded_vnd = refunded_vnd + %(n)s WHERE id = %(id)s",
        {"n": amount, "id": income["id"]},
    )
    entries = ledger.move(income["agency"], ("payable", ""), (income["fund"], income["provider"]), amount)
    ledger.book(
        f"refunded:{made['id']}",
        "refunded",
        entries,
        bill_id=bill_id,
        income_id=income["id"],
        refund_id=made["id"],
        words=number,
    )
    if bill_id is None:
        return
    whole = bool(
        sql.value("SELECT i.refunded_vnd = b.amount_vnd FROM payments_bill b JOIN payments_income i ON i.bill_id = b.id AND i.state = 'settled' WHERE b.id = %(b)s", {"b": bill_id})
    )  # fmt: skip
    bill = sql.row("SELECT * FROM payments_bill WHERE id = %(id)s", {"id": bill_id})
    assert bill is not None
    if whole:
        sql.execute("UPDATE payments_bill SET state = 'refunded', ended_at = %(now)s WHERE id = %(id)s", {"id": bill_id, "now": now})  # fmt: skip
    told = BillRefunded(bill_id, bill["code"], bill["purpose_kind"], bill["purpose_id"], amount, whole)
    emit(told, bill["code"])


@action("payments.settle")
def went(viewer: Viewer, refund_id: int, how: Went) -> None:
    """What a gateway said about a refund: done, failed for good (the money is the agency's again), or wait."""
    made, income = _pair(refund_id)
    about("refund", refund_id, income["agency"])
    if made["state"] not in ("waiting", "sending"):
        return
    if how.state == "done":
        _done(made, income, how.number)
    elif how.state == "failed":
        _failed(made, income, how.why)
    else:
        later(refund_id, made["tries"], how.why)


def _failed(made: dict[str, Any], income: dict[str, Any], why: str) -> None:
    back = ("refunds" if made["bill_id"] else "suspense", "")
    sql.execute(
        "UPDATE payments_refund SET state = 'failed', ended_at = %(now)s, trouble = %(w)s WHERE id = %(id)s",
        {"id": made["id"], "now": clock.now(), "w": why},
    )
    entries = ledger.move(income["agency"], ("payable", ""), back, made["amount_vnd"])
    ledger.book(
        f"unrefunded:{made['id']}", "refund_failed", entries, bill_id=made["bill_id"], refund_id=made["id"], words=why
    )
    if made["bill_id"]:
        sql.execute("UPDATE payments_bill SET refunded_vnd = refunded_vnd - %(n)s WHERE id = %(b)s", {"n": made["amount_vnd"], "b": made["bill_id"]})  # fmt: skip
    else:
        sql.execute("UPDATE payments_income SET state = 'held', dealt_by = NULL, dealt_at = NULL WHERE id = %(i)s", {"i": income["id"]})  # fmt: skip


def later(refund_id: int, tries: int, why: str) -> None:
    """Try again after a growing pause."""
    again = clock.now() + dt.timedelta(seconds=min(15 * 2 ** min(tries, 8), 900))
    sql.execute(
        "UPDATE payments_refund SET state = 'waiting', next_at = %(a)s, trouble = %(w)s WHERE id = %(id)s AND state = 'sending'",
        {"id": refund_id, "a": again, "w": why[:200]},
    )


_CLAIM = """UPDATE payments_refund r SET state = 'sending', tries = r.tries + 1, next_at = %(stuck)s
  FROM (SELECT id FROM payments_refund WHERE state IN ('waiting', 'sending') AND next_at <= %(now)s ORDER BY next_at LIMIT %(n)s
        FOR UPDATE SKIP LOCKED) due, payments_income i LEFT JOIN payments_attempt a ON a.id = i.attempt_id
  WHERE r.id = due.id AND i.id = r.income_id
  RETURNING r.id, r.request, r.amount_vnd, r.tries, i.provider, i.agency, i.number, i.amount_vnd AS paid_vnd, a.reference, a.begun_at"""


def send_due(limit: int = 20) -> int:
    """Send refunds whose time has come; one that a dead worker had begun is sent again under the same request. Returns how many."""
    now = clock.now()
    due = sql.rows(_CLAIM, {"now": now, "stuck": now + STUCK, "n": limit})
    for item in due:
        provider = providers.provider(item["provider"], item["agency"])
        try:
            if provider is None or not provider.open:
                raise Silent("no keys with this provider any more")
            if item["reference"] is None:
                how = Went("failed", why="no order of ours: give it back by hand at the provider")
            else:
                how = gateways.give_back(provider, item)
        except Silent as error:
            later(item["id"], item["tries"], str(error))
        except Problem as error:
            later(item["id"], item["tries"], error.en)
        else:
            went(HOUSE, item["id"], how)
    return len(due)


@job("payments.send", retry=2)
def send(refund_id: int) -> None:
    """Send what is due, this refund among it."""
    send_due()
