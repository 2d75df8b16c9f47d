"""Money that was held aside, and fees that may have to go back, are somebody's work: a case with a deadline, closed with the money."""

from __future__ import annotations

from taydo.engines.cases import actions as cases
from taydo.engines.cases import queries as cases_read
from taydo.engines.payments import queries as bills
from taydo.kernel import i18n, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid

from ..queries.desk import REASONS

HOUSE = Viewer.system("billing")


@action("billing.follow")
def open_case(viewer: Viewer, income_id: int, agency: str, amount_vnd: int, reason: str) -> int:
    """Open the case of held money at the agency that has it; once for each. Returns the case's id."""
    words = REASONS[reason].vi if reason in REASONS else reason
    made = cases.open_case(
        viewer, "held_money", f"{words}: {i18n.number(amount_vnd, 0)} đ", agency=agency, subject=("held_money", str(income_id)),
        note="Tiền đã vào tài khoản và không mất; hãy gán cho khoản thu hoặc trả lại.", key=f"held:{income_id}",
    )  # fmt: skip
    return int(made["id"])


@action("billing.follow")
def close_case(viewer: Viewer, income_id: int, outcome: str) -> None:
    """The money went to a bill, back, or was a gateway's payout: the case is done."""
    found = sql.value(
        """SELECT id FROM cases_case WHERE subject_kind = 'held_money' AND subject_id = %(i)s AND type = 'held_money' AND phase <> 'done'
           ORDER BY id DESC LIMIT 1""",
        {"i": str(income_id)},
    )
    if found and any(move["id"] == "settle" for move in cases_read.case(viewer, int(found))["moves"]):
        cases.move(viewer, int(found), "settle", outcome)


@action("billing.follow")
def propose_refund(viewer: Viewer, bill_id: int, reason: str) -> int | None:
    """Ask the cashier to decide on a paid bill whose service ended without a result: once a bill; None when nothing of it is left. Returns the case's id."""
    bill = bills.by_id(viewer, bill_id)
    left = bill.amount_vnd - bill.refunded_vnd
    if bill.state != "paid" or left <= 0:
        return None
    made = cases.open_case(
        viewer, "refund_due", f"Xem xét hoàn {i18n.number(left, 0)} đ: {bill.title}"[:300], agency=bill.agency, summary=reason,
        subject=("refund_due", str(bill_id)), key=f"refund_due:{bill_id}",
    )  # fmt: skip
    return int(made["id"])


@action("billing.keep")
def keep_fee(viewer: Viewer, bill_id: int, reason: str) -> None:
    """A cashier decides that a fee is not given back, and says why (say, the appraisal was done). 404 in another agency, 422 without a reason."""
    bill = bills.by_id(viewer, bill_id)
    viewer.require("billing.keep", bill.agency)
    about("bill", bill_id, bill.agency)
    if not reason.strip():
        raise invalid("reason_missing", "Hãy ghi lý do.", "Give a reason.", field="reason")
    decided(HOUSE, bill_id, "keep", reason.strip(), viewer.name or viewer.username)


@action("billing.follow")
def decided(viewer: Viewer, bill_id: int, move: str, note: str = "", by: str = "") -> None:
    """What was proposed about a bill is decided (`refund` or `keep`); nothing when nothing was proposed."""
    found = sql.value(
        "SELECT id FROM cases_case WHERE type = 'refund_due' AND subject_kind = 'refund_due' AND subject_id = %(b)s AND phase <> 'done'",
        {"b": str(bill_id)},
    )
    if found:
        cases.move(HOUSE, int(found), move, note, by_name=by)
