"""Held money becomes a case, and the case ends with it; so do fees that may have to go back."""

from __future__ import annotations

from taydo.engines.payments.events import BillRefunded, HeldMoneyDealtWith, MoneyHeld
from taydo.kernel.actors import Viewer
from taydo.kernel.events import Meta, on

from .actions import waiting

HOUSE = Viewer.system("billing")
OUTCOMES = {"applied": "Đã gán cho khoản thu", "returned": "Đã cho trả lại", "payout": "Tiền cổng thanh toán chuyển về"}


@on(MoneyHeld)
def somebody_looks(event: MoneyHeld, meta: Meta) -> None:
    """Somebody is made responsible for money that fits nothing."""
    waiting.open_case(HOUSE, event.income_id, event.agency, event.amount_vnd, event.reason)


@on(HeldMoneyDealtWith)
def nothing_left(event: HeldMoneyDealtWith, meta: Meta) -> None:
    """The case is done with the money."""
    waiting.close_case(HOUSE, event.income_id, OUTCOMES.get(event.outcome, event.outcome))


@on(BillRefunded)
def given_back(event: BillRefunded, meta: Meta) -> None:
    """A fee went back: what was proposed about it is decided."""
    waiting.decided(HOUSE, event.bill_id, "refund")
