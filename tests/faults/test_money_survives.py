"""kill -9 of the web, the worker and the database while banks and gateways tell of money, each twice.

What was acknowledged is in the ledger once, no bill is paid twice, no money disappears, the audit stays whole.
"""

from __future__ import annotations

import collections
import json
import re
import time
import urllib.request
import uuid
from typing import Any

import httpx
import pytest
from tests.faults.people import Worker, ask, until_answered
from tests.faults.striking import audit_settles, audit_verdict, patiently, settled, strike, wait_answering
from tests.running_city import RunningCity

pytestmark = [pytest.mark.faults, pytest.mark.slow]
SECONDS, GRACE = 25.0, 60.0
KILLED = ("web", "worker", "postgres")
HELD_WITHOUT_A_CASE = """SELECT (SELECT count(*) FROM payments_income WHERE state = 'held')
  - (SELECT count(*) FROM cases_case WHERE type = 'held_money')"""
"""Zero when the worker has heard of all of it: events that left the outbox may still be on their way."""
AGENCY, ACCOUNT = "H13.31135", {"bin": "970415", "account": "0920031135001"}


class Payers:
    """People who pay: by transfer, or at a gateway's page."""

    def __init__(self, city: RunningCity, until: float) -> None:
        self.city, self.until = city, until
        self.port = json.loads((city.home / "ports.json").read_text())["sandbox-bank"]
        self.transfers: list[tuple[str, int]] = []
        self.orders: list[str] = []

    def bank(self, path: str, body: Any = None) -> Any:
        """The sandbox bank's answer."""
        data = None if body is None else json.dumps(body).encode()
        given = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(given, timeout=20) as answer:
            return json.load(answer)

    def bill(self, amount: int) -> str | None:
        """A new bill's code, asked for under one key until it is answered."""
        body = {
            "agency": AGENCY, "purpose_kind": "example", "purpose_id": uuid.uuid4().hex, "title": "Lệ phí", "key": uuid.uuid4().hex,
            "lines": [{"code": "fee", "title": "Lệ phí", "amount_vnd": amount}],
        }  # fmt: skip
        said = until_answered(lambda: ask(self.city, "POST", "/api/v1/bills", body, "admin"), self.until + GRACE)
        return str(said[1]["code"]) if said else None

    def transfer(self, turn: int) -> None:
        """A transfer for a bill; every fifth names none."""
        amount = 10_000 + turn
        code = self.bill(amount)
        if code:
            words = "nop phi" if turn % 5 == 4 else f"TD{code}"
            made = self.bank("/transfer", ACCOUNT | {"amount": amount, "content": words})
            self.transfers.append((made["id"], amount))

    def gateway(self, turn: int) -> None:
        """Somebody goes to VNPay's page by the form of the bill's page and pays there; a line that breaks is theirs to try again."""
        code = self.bill(20_000 + turn)
        try:
            with httpx.Client(base_url=self.city.url, timeout=20) as browser:
                page = browser.get(f"/pay/{code}").text
                token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
                assert token
                going = browser.post(f"/pay/{code}/begin/vnpay", data={"csrfmiddlewaretoken": token[1]})
                if going.status_code == 302:
                    order = dict(httpx.URL(going.headers["Location"]).params)["vnp_TxnRef"]
                    httpx.get(going.headers["Location"], timeout=20)
                    httpx.post(
                        f"http://127.0.0.1:{self.port}/pay", data={"key": f"vnpay|{order}", "choice": "pay"}, timeout=20
                    )
                    self.orders.append(order)
        except (httpx.HTTPError, AssertionError):
            time.sleep(0.3)


def test_every_acknowledged_notice_of_money_is_booked_once_whatever_is_killed() -> None:
    city = RunningCity()
    with city:
        payers = Payers(city, time.monotonic() + SECONDS)
        payers.bank("/trouble", {"times": 2})
        people = [Worker(payers.until, work) for work in (payers.transfer, payers.transfer, payers.gateway)]
        for one in people:
            one.start()
        struck = strike(city, KILLED, SECONDS)
        for one in people:
            one.join()
        wait_answering(city)
        told = _acknowledged(payers)
        settled(city, "SELECT count(*) FROM kernel_outbox", 120)
        settled(city, HELD_WITHOUT_A_CASE, 120)
        audit_settles(city)

        _money_is_there_once(city, payers)
        verdict = audit_verdict(city)

    assert not [error for one in people for error in one.failed]
    assert set(struck) == set(KILLED) and len(payers.transfers) > 20 and len(payers.orders) > 5
    assert told["acknowledged"] == told["told"] > 2 * len(payers.transfers)
    assert "intact" in verdict.stdout, verdict.stdout


def _acknowledged(payers: Payers) -> collections.Counter[str]:
    """Wait until the bank has an answer for everything it told."""
    for _ in range(120):
        told = payers.bank("/told.json")
        good = [item for item in told if item["status"] == 200 and ("taken" in item["answer"] or '"00"' in item["answer"] or '"02"' in item["answer"])]  # fmt: skip
        if len(good) == len(told):
            break
        time.sleep(1)
    return collections.Counter(acknowledged=len(good), told=len(told))


def _money_is_there_once(city: RunningCity, payers: Payers) -> None:
    with patiently(city) as link:
        incomes = link.execute("SELECT provider, number, amount_vnd, state FROM payments_income").fetchall()
        orders = link.execute(
            "SELECT a.reference, count(*) FROM payments_income i JOIN payments_attempt a ON a.id = i.attempt_id GROUP BY 1"
        ).fetchall()
        odd = link.execute(
            "SELECT count(*) FROM (SELECT FROM payments_posting GROUP BY movement_id HAVING sum(amount_vnd) <> 0) x"
        ).fetchone()
        funds = link.execute(
            "SELECT sum(amount_vnd)::bigint FROM payments_posting WHERE account IN ('bank', 'clearing', 'cash')"
        ).fetchone()
        paid = link.execute(
            "SELECT count(*), coalesce(max(receipt_number), 0) FROM payments_bill WHERE state = 'paid'"
        ).fetchone()
        cases = link.execute("SELECT count(*) FROM cases_case WHERE type = 'held_money'").fetchone()
    transfers = sorted((number, amount) for provider, number, amount, _ in incomes if provider == "vietqr")
    assert transfers == sorted(payers.transfers)
    assert dict(orders) == dict.fromkeys(payers.orders, 1)
    assert odd == (0,) and funds == (sum(amount for _, _, amount, _ in incomes),)
    assert paid is not None and paid[0] == paid[1] == sum(state == "settled" for *_, state in incomes)
    assert cases == (sum(state == "held" for *_, state in incomes),)
