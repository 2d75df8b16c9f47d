"""Money back: the way it came, once, by somebody else's hand."""

from __future__ import annotations

import datetime as dt

import pytest

from taydo.engines.payments import actions, queries, refunds
from taydo.engines.payments.models import Refund
from taydo.kernel import clock
from taydo.kernel.errors import Problem
from taydo.kernel.models import Outbox

from .conftest import AGENCY, PROCEDURES, balances, paid_at, raised

pytestmark = pytest.mark.django_db


@pytest.fixture
def another(somebody):
    """A second cashier of the ward."""
    return somebody("thu9", "cashier", AGENCY)


@pytest.mark.parametrize("gateway", ["vnpay", "momo"])
def test_a_refund_goes_back_through_the_gateway_once_even_when_its_answer_is_lost(
    bank, told, cashier, gateway: str
) -> None:
    bill = raised()
    order = paid_at(bank, bill.code, gateway)
    told(gateway, order)

    refunds.refund(cashier, bill.id, 20_000, "Thu thừa", key="r1")
    refunds.refund(cashier, bill.id, 20_000, "Thu thừa", key="r1")
    bank.books.trouble = {"deaf": True}
    refunds.send_due()
    assert Refund.objects.get().state == "waiting" and balances()["payable"] == -20_000
    bank.books.trouble = {}
    with clock.at(clock.now() + dt.timedelta(hours=1)):
        refunds.send_due()

    assert Refund.objects.get().state == "done" and order["refunded"] == 20_000
    assert balances() == {"clearing": 25_000, "refunds": 20_000, "revenue": -45_000}
    assert queries.by_id(PROCEDURES, bill.id).state == "paid"
    with pytest.raises(Problem) as refusal:
        refunds.refund(cashier, bill.id, 25_001, "Thu thừa")
    assert refusal.value.code == "refund_amount"
    refunds.refund(cashier, bill.id, 25_000, "Rút hồ sơ")
    refunds.send_due()
    assert queries.by_id(PROCEDURES, bill.id).state == "refunded" and order["refunded"] == 45_000
    assert Outbox.objects.filter(type="payments.bill_refunded").count() == 2


def test_a_refund_the_gateway_refuses_leaves_the_money_with_the_agency(bank, told, cashier) -> None:
    bill = raised()
    order = paid_at(bank, bill.code, "vnpay")
    told("vnpay", order)
    order["refunded"] = 45_000  # the gateway thinks that it went back already

    refunds.refund(cashier, bill.id, 45_000, "Rút hồ sơ")
    refunds.send_due()

    assert Refund.objects.get().state == "failed" and "95" in Refund.objects.get().trouble
    assert balances() == {"clearing": 45_000, "revenue": -45_000}
    assert queries.by_id(PROCEDURES, bill.id).refunded_vnd == 0


def test_who_took_the_cash_does_not_give_it_back(cashier, another) -> None:
    bill = raised()
    actions.take_cash(cashier, bill.id, key="k")

    with pytest.raises(Problem) as refusal:
        refunds.refund(cashier, bill.id, 45_000, "Thu nhầm")
    assert refusal.value.code == "same_hand"
    refunds.refund(another, bill.id, 45_000, "Thu nhầm")

    assert queries.by_id(PROCEDURES, bill.id).state == "refunded"
    assert balances() == {"refunds": 45_000, "revenue": -45_000}


def test_a_transfer_goes_back_by_hand_and_another_hand_confirms_it(bank, told, cashier, another) -> None:
    bill = raised()
    told("vietqr", bank.books.transfer("970415", "0920031135001", 45_000, f"TD{bill.code}"))

    made = refunds.refund(cashier, bill.id, 45_000, "Rút hồ sơ")
    with pytest.raises(Problem) as refusal:
        refunds.sent_by_hand(cashier, made, "FT1")
    assert refusal.value.code == "same_hand" and balances()["payable"] == -45_000
    refunds.sent_by_hand(another, made, "FT1")

    assert balances() == {"refunds": 45_000, "revenue": -45_000}


def test_an_agency_refunds_only_its_own_bills(bank, told, somebody) -> None:
    bill = raised()
    told("momo", paid_at(bank, bill.code, "momo"))

    with pytest.raises(Problem) as refusal:
        refunds.refund(somebody("thu8", "cashier", "H13.06"), bill.id, 45_000, "x")
    assert refusal.value.status == 403 and not Refund.objects.exists()
