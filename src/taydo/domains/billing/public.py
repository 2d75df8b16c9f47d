"""What billing offers to other domains."""

from __future__ import annotations

from taydo.domains.directory import public as directory
from taydo.engines.payments import queries as payments
from taydo.engines.payments.rules import Waiver, after_waiver
from taydo.kernel import i18n, panels
from taydo.kernel.actors import Viewer
from taydo.kernel.i18n import t

from .actions.waiting import propose_refund
from .queries import billers, waived

panels.place("pay", "/pay")
panels.place("my_bills", "/my/bills")


def agency_name(code: str) -> str:
    """Who takes the money, in the reader's language: an agency of the directory, or a biller outside it."""
    named = directory.name(code)
    if named == code:
        for one in billers().values():
            if one.agency == code:
                return one.title[i18n.language()]
    return named


@panels.mine("bills", 30)
def _home(viewer: Viewer) -> panels.MineCard | None:
    """What is to be paid first, then the newest."""
    found = payments.mine(viewer)
    due = [panels.Waiting(t(f"Nộp {i18n.number(one.amount_vnd, 0)} đ", f"Pay {i18n.number(one.amount_vnd, 0)} VND"), one.title, f"/pay/{one.code}", one.due_on)
           for one in found if one.state == "due"]  # fmt: skip
    return panels.MineCard(
        t("Khoản phải nộp", "My bills"), "/my/bills", len(found), [f"{one.title} · {i18n.number(one.amount_vnd, 0)} đ" for one in found[:3]],
        t("Phí, lệ phí và khoản thu của bạn sẽ nằm ở đây cùng biên lai.", "Fees and bills of yours stand here with their receipts."), "credit-card", due,
    )  # fmt: skip


__all__ = ["Waiver", "after_waiver", "agency_name", "propose_refund", "waived"]
