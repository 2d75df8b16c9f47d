"""What a gateway pays out: one sum for many payments, less its fee, found in the bank's statement and moved by somebody."""

from __future__ import annotations

from taydo.kernel import clock, sql
from taydo.kernel.actions import action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid
from taydo.kernel.events import emit

from . import ledger, providers
from .events import HeldMoneyDealtWith
from .ledger import Entry
from .refunds import held


@action("payments.reconcile")
def payout(viewer: Viewer, income_id: int, provider_id: str, fee_vnd: int) -> None:
    """Held money is what a gateway owed the agency: its clearing goes down by the sum and the fee it kept. 422 for more than it owes."""
    income = held(viewer, income_id)
    viewer.require("payments.reconcile", income["agency"])
    known = {one.id for one in providers.declared().providers if one.speaks != providers.VIETQR}
    owed = sql.value(
        "SELECT coalesce(sum(amount_vnd), 0)::bigint FROM payments_posting WHERE agency = %(a)s AND account = 'clearing' AND channel = %(c)s",
        {"a": income["agency"], "c": provider_id},
    )
    if provider_id not in known or fee_vnd < 0 or income["amount_vnd"] + fee_vnd > owed:
        raise invalid(
            "payout_amount", f"Cổng này chỉ còn giữ {owed} đồng.", f"This gateway owes {owed} đồng.", field="fee_vnd"
        )
    agency, total = income["agency"], income["amount_vnd"] + fee_vnd
    entries = [Entry(agency, "suspense", income["amount_vnd"]), Entry(agency, "clearing", -total, provider_id)]
    if fee_vnd:
        entries.append(Entry(agency, "fees", fee_vnd, provider_id))
    sql.execute(
        "UPDATE payments_income SET state = 'moved', reason = 'payout', dealt_by = %(by)s, dealt_at = %(now)s WHERE id = %(id)s",
        {"id": income_id, "by": viewer.actor_id, "now": clock.now()},
    )
    ledger.book(f"payout:{income_id}", "payout", entries, income_id=income_id, words=provider_id)
    emit(HeldMoneyDealtWith(income_id, agency, "payout"), income_id)
