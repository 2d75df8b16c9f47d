"""Callbacks of a gateway a second: signature, booking, receipt number, ledger, event and audit — against the bare insert of one row a transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction

from taydo.engines.payments import actions, attempts, callbacks
from taydo.engines.payments.gateways import PAID, Said, from_vnpay
from taydo.engines.payments.rules import Line
from taydo.kernel import clock, ids, sql
from taydo.kernel.actors import Viewer
from taydo.protocols import vnpay

HOUSE, MANY, THREADS = Viewer.system("bench"), 1600, 4
SECRET = "bench"


def _orders(agencies: int) -> list[str]:
    """Signed notices of orders for new bills of so many agencies: receipts are numbered one after the other in each."""
    made = []
    for at in range(MANY):
        bill = actions.raise_bill(
            HOUSE, purpose=("bench", at), agency=f"BENCH.{at % agencies}", title="x", lines=[Line("a", "A", 45_000)]
        )
        attempt = attempts.begin(HOUSE, bill.id, "vnpay")
        params = {
            "vnp_Amount": "4500000", "vnp_TxnRef": attempt["reference"], "vnp_TransactionNo": ids.uuid7().hex, "vnp_ResponseCode": "00",
            "vnp_TransactionStatus": "00", "vnp_TmnCode": "T", "vnp_PayDate": vnpay.stamp(clock.now()),
        }  # fmt: skip
        made.append(vnpay.signed(params, SECRET))
    return made


def _take(text: str) -> None:
    params = dict(part.split("=", 1) for part in text.split("&"))
    vnpay.check(params, SECRET)
    said: Said = from_vnpay(vnpay.read(params))
    assert said.state == PAID and callbacks.take(HOUSE, "vnpay", text.encode(), said) in ("00", "02")


def _bare(text: str) -> None:
    with transaction.atomic():
        sql.execute("INSERT INTO bench_bare (raw) VALUES (%(r)s)", {"r": text})


def _rate(work: Callable[[str], None], items: list[str]) -> float:
    """How many a second, by several threads."""

    def run(mine: list[str]) -> None:
        for item in mine:
            work(item)
        connection.close()

    threads = [threading.Thread(target=run, args=(items[at::THREADS],)) for at in range(THREADS)]
    begun = time.perf_counter()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return len(items) / (time.perf_counter() - begun)


def run() -> list[dict[str, Any]]:
    """New callbacks a second for 40 agencies and for one, and repeated ones."""
    call_command("migrate", verbosity=0, interactive=False)
    sql.execute("CREATE TABLE IF NOT EXISTS bench_bare (id bigserial PRIMARY KEY, raw text)")
    many, one = _orders(40), _orders(1)
    bare = _rate(_bare, many)
    found = {
        "new callbacks booked, 40 agencies": _rate(_take, many),
        "new callbacks booked, one agency": _rate(_take, one),
        "callbacks told again": _rate(_take, many),
    }
    odd = sql.value(
        "SELECT coalesce(sum(amount_vnd), 0)::bigint FROM payments_posting WHERE agency LIKE 'BENCH.%%'", {}
    )
    sql.execute("DROP TABLE bench_bare")
    return [
        {
            "name": name, "value": rate, "unit": "/s", "ratio": rate / bare, "peer": f"one bare row a transaction, {bare:,.0f}/s",
            "note": f"{THREADS} threads of one process; ledger out of balance by {odd} đ",
        }
        for name, rate in found.items()
    ]  # fmt: skip
