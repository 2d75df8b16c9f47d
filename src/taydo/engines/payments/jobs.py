"""Work of payments outside requests: ask gateways and banks, send refunds, close what was open too long."""

from __future__ import annotations

import datetime as dt

from taydo.kernel import clock, metrics, sql
from taydo.kernel.actions import action
from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import every

from . import actions, attempts, providers, refunds, settling
from .callbacks import HOUSE


@every(seconds=5, name="payments.ask")
def ask() -> None:
    """Ask gateways about attempts nobody told us the end of; send refunds that wait."""
    attempts.ask_due()
    refunds.send_due()


@every(seconds=30, name="payments.transfers")
def transfers() -> None:
    """Read the lists of banks that give one."""
    attempts.read_transfers()


@every(seconds=3600, name="payments.close")
def close() -> None:
    """Close bills that nobody paid long after their day."""
    close_old(HOUSE)


@action("payments.settle")
def close_old(viewer: Viewer, most: int = 500) -> int:
    """Close bills `close_after_days` after their due date; money that still comes is held aside. Returns how many."""
    before = clock.today() - dt.timedelta(days=providers.declared().close_after_days)
    found = sql.rows(
        "SELECT id FROM payments_bill WHERE state = 'due' AND due_on < %(d)s ORDER BY id LIMIT %(n)s FOR UPDATE SKIP LOCKED",
        {"d": before, "n": most},
    )
    for item in found:
        bill = settling.lock(item["id"])
        assert bill is not None
        actions.close(bill, "expired", f"quá hạn nộp {providers.declared().close_after_days} ngày")
    return len(found)


@metrics.gauge("taydo_payments_held", "Money that came and settles nothing, waiting for somebody (items)")
def _held() -> float:
    return float(sql.value("SELECT count(*) FROM payments_income WHERE state = 'held'"))


@metrics.gauge("taydo_payments_pending", "Attempts at gateways whose end is not known yet")
def _pending() -> float:
    return float(sql.value("SELECT count(*) FROM payments_attempt WHERE state = 'pending'"))


@metrics.gauge("taydo_payments_unbalanced_vnd", "What the ledger is out of balance by; always 0")
def _unbalanced() -> float:
    return abs(float(sql.value("SELECT coalesce(sum(amount_vnd), 0) FROM payments_posting")))
