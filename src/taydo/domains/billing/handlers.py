"""Held money becomes a case, and the case ends with it."""

from __future__ import annotations

from taydo.engines.payments.events import HeldMoneyDealtWith, MoneyHeld
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
