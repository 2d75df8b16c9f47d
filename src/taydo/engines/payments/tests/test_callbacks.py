"""What providers tell, and what somebody tells in their name."""

from __future__ import annotations

import datetime as dt

import pytest

from taydo.engines.payments import actions, attempts, callbacks, jobs, queries, refunds
from taydo.engines.payments.models import Attempt, Callback, Income
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.models import Outbox

from .conftest import AGENCY, PROCEDURES, balances, paid_at, raised

ANYBODY = Viewer.anonymous()
GATEWAYS = ("vnpay", "momo")
pytestmark = pytest.mark.django_db


def state(bill) -> str:
    return queries.by_id(PROCEDURES, bill.id).state


def replied(answer) -> str:
    return answer.json()["RspCode"] if answer.content else str(answer.status_code)


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_a_payment_at_a_gateway_settles_its_bill_once_however_often_it_is_told(bank, told, gateway: str) -> None:
    bill = raised()
    order = paid_at(bank, bill.code, gateway)

    answers = [replied(told(gateway, order)) for _ in range(3)]

    assert answers == (["00", "02", "02"] if gateway == "vnpay" else ["204"] * 3)
    assert state(bill) == "paid" and balances() == {"clearing": 45_000, "revenue": -45_000}
    assert Outbox.objects.filter(type="payments.bill_paid").count() == 1
    assert Callback.objects.get().times == 3


def test_the_return_address_settles_nothing(bank, client) -> None:
    bill = raised()
    order = paid_at(bank, bill.code, "vnpay")

    back = bank.books.back(order)
    answer = client.get(back[back.index("/pay/") :])

    assert answer.status_code == 302 and state(bill) == "due"


@pytest.mark.parametrize(("gateway", "said"), [("vnpay", "97"), ("momo", "403"), ("vietqr", "403")])
def test_a_forged_notice_is_refused_and_kept(bank, told, gateway: str, said: str) -> None:
    bill = raised()
    what = (
        bank.books.transfer("970415", "0920031135001", 45_000, f"TD{bill.code}")
        if gateway == "vietqr"
        else paid_at(bank, bill.code, gateway)
    )

    answer = told(gateway, what, forge=True)

    assert (answer.json()["RspCode"] if gateway == "vnpay" else str(answer.status_code)) == said
    assert state(bill) == "due" and not Income.objects.exists()
    assert Callback.objects.get().outcome == "refused"


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_a_wrong_amount_is_held_aside_and_said_so(bank, told, gateway: str) -> None:
    bill = raised()
    order = paid_at(bank, bill.code, gateway)

    answers = {replied(told(gateway, order, lie=-1000)) for _ in range(2)}

    assert answers == ({"04"} if gateway == "vnpay" else {"204"})
    held = Income.objects.get()
    assert (held.state, held.reason, held.amount_vnd, state(bill)) == ("held", "wrong_amount", 44_000, "due")
    assert balances() == {"receivable": 45_000, "revenue": -45_000, "clearing": 44_000, "suspense": -44_000}


def test_money_for_a_cancelled_bill_is_kept_until_somebody_gives_it_back(bank, told, cashier) -> None:
    bill = raised()
    order = paid_at(bank, bill.code, "vnpay")
    actions.cancel(PROCEDURES, bill.id, "Hồ sơ đã rút")

    assert replied(told("vnpay", order)) == "00"
    held = Income.objects.get()
    assert (held.state, held.reason) == ("held", "cancelled")
    assert Outbox.objects.filter(type="payments.money_held").count() == 1

    refunds.give_back(cashier, held.id, "Khoản thu đã huỷ")
    refunds.send_due()
    assert balances() == {} and bank.books.orders[f"vnpay|{order['reference']}"]["refunded"] == 45_000


def test_failed_then_paid_and_paid_then_failed_end_the_same(bank, told) -> None:
    first, second = raised(), raised(60_000)
    for bill, late in ((first, False), (second, True)):
        order = paid_at(bank, bill.code, "vnpay")
        failure = order | {"state": "failed"}
        for what in (order, failure) if late else (failure, order):
            told("vnpay", what)

    assert state(first) == state(second) == "paid"
    assert set(Attempt.objects.values_list("state", flat=True)) == {"paid"}


def test_a_bill_paid_at_two_gateways_is_settled_once_and_the_other_money_held(bank, told, cashier) -> None:
    bill = raised()
    orders = {gateway: paid_at(bank, bill.code, gateway) for gateway in GATEWAYS}

    for gateway, order in orders.items():
        told(gateway, order)

    assert balances() == {"clearing": 90_000, "revenue": -45_000, "suspense": -45_000}
    assert set(Income.objects.values_list("state", "reason")) == {("settled", ""), ("held", "double")}
    other = raised(key="other")
    refunds.apply(cashier, Income.objects.get(state="held").id, other.code)
    assert state(other) == "paid" and balances() == {"clearing": 90_000, "revenue": -90_000}


def test_an_order_nobody_knows_is_answered_so_and_its_money_held_by_the_treasury(bank, told) -> None:
    bill = raised()
    order = paid_at(bank, bill.code, "vnpay") | {"reference": "NOBODY-1"}

    assert replied(told("vnpay", order)) == "01"
    assert balances("H13") == {"clearing": 45_000, "suspense": -45_000} and state(bill) == "due"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"amount":', b"\xff\xfe", b"[" * 60_000])
def test_bytes_that_are_no_notice_change_nothing(bank, client, body: bytes) -> None:
    for gateway in ("momo", "vietqr", "vnpay"):
        answer = client.post(f"/payments/callback/{gateway}", body, content_type="application/json")
        assert answer.status_code in (200, 400, 403)
        assert answer.status_code != 200 or answer.json()["RspCode"] == "97"
    assert not Income.objects.exists()


def test_a_transfer_is_found_by_the_code_in_its_words(bank, told) -> None:
    bill = raised()
    made = bank.books.transfer("970415", "0920031135001", 45_000, f"MBVCB.33 td{bill.code.lower()} lan nop. CT tu 0071")

    answers = [told("vietqr", made).json()["taken"] for _ in range(2)]

    assert answers == ["settled", "repeated"] and balances() == {"bank": 45_000, "revenue": -45_000}


def test_a_static_code_may_be_paid_often_each_time_for_another_bill(bank, told) -> None:
    bills = [raised(), raised()]
    words = [f"TD{bills[0].code}", f"TD{bills[1].code}", f"TD{bills[0].code}", "nop phi"]

    made = [bank.books.transfer("970415", "0920031135001", 45_000, said) for said in words]
    taken = [told("vietqr", item).json()["taken"] for item in made]

    assert taken == ["settled", "settled", "held", "held"]
    assert list(Income.objects.order_by("id").values_list("reason", flat=True)) == ["", "", "double", "unknown"]
    assert balances()["suspense"] == -90_000


def test_a_transfer_to_somebody_else_is_refused_and_an_old_signature_too(bank, told) -> None:
    other = bank.books.transfer("970436", "666", 45_000, "x")
    assert told("vietqr", other).json() == {"taken": "refused"} and not Income.objects.exists()

    ours = bank.books.transfer("970415", "0920031135001", 45_000, "x")
    with clock.at(clock.now() + dt.timedelta(hours=1)):
        assert told("vietqr", ours).status_code == 403


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_a_gateway_that_was_down_after_paying_is_asked_until_the_bill_is_settled(bank, gateway: str) -> None:
    bill = raised()
    paid_at(bank, bill.code, gateway)
    bank.books.trouble |= {"status": 503}

    with clock.at(clock.now() + dt.timedelta(minutes=2)):
        assert attempts.ask_due() == 0 and state(bill) == "due"
    bank.books.trouble.pop("status")
    with clock.at(clock.now() + dt.timedelta(hours=2)):
        assert attempts.ask_due() == 1 and attempts.ask_due() == 0

    assert state(bill) == "paid" and balances() == {"clearing": 45_000, "revenue": -45_000}


def test_an_attempt_nobody_paid_is_given_up_after_its_time(bank) -> None:
    bill = raised()
    attempts.go(ANYBODY, bill.code, "momo", "127.0.0.1")

    with clock.at(clock.now() + dt.timedelta(minutes=2)):
        assert attempts.ask_due() == 0
    with clock.at(clock.now() + dt.timedelta(hours=1)):
        attempts.ask_due()

    assert state(bill) == "due" and Attempt.objects.get().state in ("pending", "failed")


def test_a_transfer_whose_notice_was_lost_is_found_in_the_banks_list(bank, told) -> None:
    first, second = raised(), raised(60_000)
    told("vietqr", bank.books.transfer("970415", "0920031135001", 45_000, f"TD{first.code}"))
    bank.books.transfer("970415", "0920031135001", 60_000, f"TD{second.code}")

    assert attempts.read_transfers() == 1 and attempts.read_transfers() == 0
    assert state(first) == state(second) == "paid" and balances()["bank"] == 105_000


def test_a_silent_gateway_is_told_to_the_payer_and_the_bill_stays_payable(bank) -> None:
    bill = raised()
    bank.books.trouble |= {"status": 503}

    with pytest.raises(Problem, match="does not answer"):
        attempts.go(ANYBODY, bill.code, "momo", "127.0.0.1")
    assert attempts.go(ANYBODY, bill.code, "vnpay", "127.0.0.1").startswith(f"{bank.url}/vnpay/pay?")


def test_going_twice_to_a_gateway_is_one_order(bank) -> None:
    bill = raised()

    assert len({attempts.go(ANYBODY, bill.code, "momo", "127.0.0.1") for _ in range(2)}) == 1


def test_a_bill_nobody_paid_long_after_its_day_closes_and_late_money_is_held(bank, told) -> None:
    bill = raised(due_on=dt.date(2026, 6, 1))
    order = paid_at(bank, bill.code, "momo")

    with clock.at(dt.datetime(2026, 11, 25, tzinfo=dt.UTC)):
        assert jobs.close_old(callbacks.HOUSE) == 1
    told("momo", order)

    assert state(bill) == "expired" and Income.objects.get().reason == "expired"
    assert balances() == {"clearing": 45_000, "suspense": -45_000}


def test_raw_words_of_callbacks_rest_sealed(bank, told) -> None:
    bill = raised()
    told("vietqr", bank.books.transfer("970415", "0920031135001", 45_000, f"TD{bill.code} Nguyen Thi Lan"))

    at_rest = sql.rows("SELECT c.raw, i.words FROM payments_callback c, payments_income i")[0]
    assert "Lan" not in at_rest["raw"] + at_rest["words"]
    assert Income.objects.get().agency == AGENCY and "Lan" in Income.objects.get().words
