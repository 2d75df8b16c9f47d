"""Finding bills by code or by a biller's customer number; whoever guesses is slowed down. Of the number only its mark is kept."""

from __future__ import annotations

from taydo.engines.payments import queries as payments
from taydo.engines.payments.queries import Bill
from taydo.kernel import limits, sealing, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

GUESSES_PER_SECOND, GUESSES_AT_ONCE = 0.5, 30.0


def by_code(viewer: Viewer, code: str, address: str) -> Bill:
    """A bill by its code. 404 for none; 429 to an address that tries many wrong ones."""
    try:
        return payments.bill(viewer, code[:40])
    except Problem:
        limits.spend(f"{address}|bills", GUESSES_PER_SECOND, GUESSES_AT_ONCE)
        raise


def mark_of(biller: str, customer: str) -> str:
    """The mark under which a customer's bills are found."""
    return sealing.fingerprint(f"{biller}|{''.join(customer.split())}")


def of_customer(viewer: Viewer, biller: str, customer: str, address: str) -> list[Bill]:
    """Due bills of a customer number, the newest first, as anybody with their codes sees them. 429 to an address that tries many."""
    if not customer.strip():
        return []
    limits.spend(f"{address}|customers", GUESSES_PER_SECOND, GUESSES_AT_ONCE)
    found = sql.rows(
        """SELECT b.code FROM billing_imported m JOIN payments_bill b ON b.id = m.bill_id
           WHERE m.biller = %(b)s AND m.customer_mark = %(m)s AND b.state = 'due' ORDER BY b.id DESC LIMIT 24""",
        {"b": biller, "m": mark_of(biller, customer)},
    )
    return [payments.bill(viewer, item["code"]) for item in found]
