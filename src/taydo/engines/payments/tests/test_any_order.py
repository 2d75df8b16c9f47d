"""Whatever happens in whatever order, and at the same time: the ledger balances, no bill is paid twice, no money disappears."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taydo.engines.payments import actions, attempts, callbacks, refunds
from taydo.engines.payments.callbacks import HOUSE
from taydo.engines.payments.gateways import FAILED, PAID, Said, Went
from taydo.engines.payments.models import Attempt, Bill, Income
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.protocols import banknotice

from .conftest import AGENCY, PROCEDURES, raised

STEPS = st.tuples(
    st.sampled_from(["raise", "begin", "gateway", "gateway", "transfer", "cash", "cancel", "refund", "refunded", "unrefunded", "apply", "return"]),
    st.integers(0, 3), st.integers(0, 3), st.sampled_from([0, 0, 0, -500, 500]), st.sampled_from([PAID, PAID, FAILED]),
)  # fmt: skip


class Town:
    """What happened so far, and what must be true of it."""

    def __init__(self, cashiers: list[Viewer]) -> None:
        self.cashiers, self.bills, self.came = cashiers, [], dict[tuple[str, str], int]()

    def step(self, verb: str, which: int, number: int, lie: int, state: str) -> None:
        """One thing happens; what is not possible is refused and changes nothing."""
        try:
            with transaction.atomic():
                getattr(self, f"_{verb}")(which, number, lie, state)
        except (Problem, IndexError):
            pass

    def _bill(self, which: int) -> Bill:
        return Bill.objects.get(id=self.bills[which % len(self.bills)]) if self.bills else Bill.objects.none()[0]

    def _raise(self, which: int, number: int, lie: int, state: str) -> None:
        self.bills.append(raised(1000 * (number + 1)).id)

    def _begin(self, which: int, number: int, lie: int, state: str) -> None:
        attempts.begin(HOUSE, self._bill(which).id, "vnpay")

    def _gateway(self, which: int, number: int, lie: int, state: str) -> None:
        attempt = Attempt.objects.order_by("id")[which]
        said = Said(attempt.reference, f"N{which}-{number}", attempt.amount_vnd + lie, state, clock.today())
        callbacks.take(HOUSE, "vnpay", repr(said).encode(), said)
        if state == PAID:
            self.came.setdefault(("vnpay", said.number), said.amount_vnd)

    def _transfer(self, which: int, number: int, lie: int, state: str) -> None:
        bill = self._bill(which)
        words = f"TD{bill.code}" if state == PAID else "nop phi"
        notice = banknotice.Notice(
            f"F{which}-{number}", "970415", "0920031135001", bill.amount_vnd + lie, words, clock.now()
        )
        callbacks.take_transfer(HOUSE, "vietqr", repr(notice).encode(), notice)
        self.came.setdefault(("vietqr", notice.number), notice.amount_vnd)

    def _cash(self, which: int, number: int, lie: int, state: str) -> None:
        bill = self._bill(which)
        actions.take_cash(self.cashiers[0], bill.id, key=f"{bill.id}-{number}")
        self.came.setdefault(("cash", f"bill:{bill.id}"), bill.amount_vnd)

    def _cancel(self, which: int, number: int, lie: int, state: str) -> None:
        actions.cancel(PROCEDURES, self._bill(which).id, "thôi")

    def _refund(self, which: int, number: int, lie: int, state: str) -> None:
        refunds.refund(self.cashiers[number % 2], self._bill(which).id, 500 * (number + 1), "trả lại")

    def _refunded(self, which: int, number: int, lie: int, state: str) -> None:
        pending = sql.rows("SELECT id, state FROM payments_refund WHERE state <> 'done' ORDER BY id")[which]
        if pending["state"] == "by_hand":
            refunds.sent_by_hand(self.cashiers[number % 2], pending["id"], "B1")
        else:
            refunds.went(HOUSE, pending["id"], Went("done", "G1"))

    def _unrefunded(self, which: int, number: int, lie: int, state: str) -> None:
        pending = sql.rows("SELECT id FROM payments_refund ORDER BY id")[which]
        refunds.went(HOUSE, pending["id"], Went("failed", why="95"))

    def _apply(self, which: int, number: int, lie: int, state: str) -> None:
        held = Income.objects.filter(state="held").order_by("id")[number]
        refunds.apply(self.cashiers[0], held.id, self._bill(which).code)

    def _return(self, which: int, number: int, lie: int, state: str) -> None:
        refunds.give_back(self.cashiers[0], Income.objects.filter(state="held").order_by("id")[number].id, "trả lại")

    def check(self) -> None:
        """Every promise, from the rows themselves."""
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        assert {(item.provider, item.number): item.amount_vnd for item in Income.objects.all()} == self.came
        stands = {
            item["account"]: int(item["n"])
            for item in sql.rows("SELECT account, sum(amount_vnd) AS n FROM payments_posting GROUP BY 1")
        }
        assert sum(stands.values()) == 0
        back = int(sql.value("SELECT coalesce(sum(amount_vnd), 0) FROM payments_refund WHERE state = 'done'"))
        flying = int(
            sql.value(
                "SELECT coalesce(sum(amount_vnd), 0) FROM payments_refund WHERE state IN ('waiting', 'sending', 'by_hand')"
            )
        )
        held = sum(item.amount_vnd for item in Income.objects.filter(state="held"))
        due = sum(bill.amount_vnd for bill in Bill.objects.filter(state="due"))
        money = sum(stands.get(fund, 0) for fund in ("cash", "bank", "clearing"))
        assert money == sum(self.came.values()) - back
        assert (-stands.get("payable", 0), -stands.get("suspense", 0), stands.get("receivable", 0)) == (
            flying,
            held,
            due,
        )
        for bill in Bill.objects.all():
            settled = Income.objects.filter(bill=bill, state="settled")
            assert settled.count() == (bill.state in ("paid", "refunded"))
            assert all(item.amount_vnd == bill.amount_vnd for item in settled)
            assert (bill.state == "refunded") == (
                bill.state in ("paid", "refunded") and settled[0].refunded_vnd == bill.amount_vnd
            )
        numbers = list(
            Bill.objects.exclude(receipt_number=None)
            .order_by("receipt_number")
            .values_list("receipt_number", flat=True)
        )
        assert numbers == list(range(1, len(numbers) + 1))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(STEPS, min_size=5, max_size=30))
def test_nothing_is_lost_and_nothing_doubled_in_any_order(db, cashier, somebody_else, steps) -> None:
    with transaction.atomic():
        town = Town([cashier, somebody_else])
        for bill in range(2):
            town.step("raise", 0, bill, 0, PAID)
            town.step("begin", bill, 0, 0, PAID)
        for step in steps:
            town.step(*step)
        town.check()
        transaction.set_rollback(True)


@pytest.fixture
def somebody_else(somebody) -> Viewer:
    """A second cashier."""
    return somebody("thu9", "cashier", AGENCY)


def at_once(works: list[Callable[[], object]]) -> list[object]:
    """Do all of it in threads of their own, begun together."""
    gate, answers = threading.Barrier(len(works)), list[object]()

    def run(work: Callable[[], object]) -> None:
        gate.wait()
        try:
            answers.append(work())
        except Problem as problem:
            answers.append(problem.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_the_same_callback_at_the_same_time_settles_once(transactional_db) -> None:
    bill = raised()
    attempt = attempts.begin(HOUSE, bill.id, "vnpay")
    said = Said(attempt["reference"], "14000001", 45_000, PAID, clock.today())

    answers = at_once([lambda: callbacks.take(HOUSE, "vnpay", b"the same", said)] * 12)

    assert sorted(answers) == ["00"] + ["02"] * 11
    assert Income.objects.get().state == "settled"
    assert sql.value("SELECT times FROM payments_callback") == 12


def test_two_gateways_a_transfer_and_the_desk_at_the_same_time_settle_once(transactional_db, cashier) -> None:
    bill = raised()
    orders = [attempts.begin(HOUSE, bill.id, "vnpay") for _ in range(2)]
    notice = banknotice.Notice("FT1", "970415", "0920031135001", 45_000, f"TD{bill.code}", clock.now())

    at_once(
        [
            *(
                lambda order=order: callbacks.take(
                    HOUSE, "vnpay", order["reference"].encode(), Said(order["reference"], f"14{order['id']}", 45_000, PAID, clock.today())
                )
                for order in orders
            ),
            lambda: callbacks.take_transfer(HOUSE, "vietqr", b"n", notice),
            lambda: actions.take_cash(cashier, bill.id, key="till"),
        ]
    )  # fmt: skip

    incomes = Income.objects.all()
    assert sum(item.state == "settled" for item in incomes) == 1 and len(incomes) >= 3
    assert sql.value(
        "SELECT sum(amount_vnd)::bigint FROM payments_posting WHERE account IN ('cash', 'bank', 'clearing')"
    ) == 45_000 * len(incomes)
    assert Bill.objects.get().receipt_number == 1


def test_many_desks_raise_and_take_at_once_with_receipts_without_gaps(transactional_db, cashier) -> None:
    bills = [raised(key=f"b{at}") for at in range(12)]

    at_once([lambda bill=bill: actions.take_cash(cashier, bill.id, key=f"k{bill.id}") for bill in bills])

    assert sorted(Bill.objects.values_list("receipt_number", flat=True)) == list(range(1, 13))
