"""Money that was held aside is somebody's work: a case with a deadline, closed when the money has gone where it belongs."""

from __future__ import annotations

from taydo.engines.cases import actions as cases
from taydo.engines.cases import queries as cases_read
from taydo.kernel import i18n, sql
from taydo.kernel.actions import action
from taydo.kernel.actors import Viewer

from ..queries.desk import REASONS


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
