"""Bills, cash, and what the ledger refuses."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from taydo.engines.payments import actions, queries, rules
from taydo.engines.payments.rules import Line, Waiver
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.models import Outbox
from taydo.kernel.sql import Sql
from taydo.protocols import vietqr

from .conftest import PROCEDURES, balances, raised

ANYBODY = Viewer.anonymous()


@given(st.text(rules.ALPHABET, min_size=7, max_size=7), st.integers(0, 7), st.sampled_from(rules.ALPHABET))
def test_a_wrong_letter_or_two_changed_about_make_no_code(seven: str, at: int, other: str) -> None:
    code = seven + rules.check_letter(seven)
    wrong = code[:at] + other + code[at + 1 :]
    swapped = code[: at - 1] + code[at] + code[at - 1] + code[at + 1 :] if at else code

    assert rules.is_code(code)
    assert wrong == code or not rules.is_code(wrong)
    assert swapped == code or not rules.is_code(swapped)


@pytest.mark.parametrize("around", ["{}", "MBVCB.123456. {} nop le phi.CT tu 0071", "td 7{}", "IBFT {}-GD 998877"])
def test_a_code_is_found_in_whatever_a_bank_writes_around_it(around: str) -> None:
    code = "7KQ2MX4" + rules.check_letter("7KQ2MX4")

    assert rules.codes_in(around.format(rules.reference(code).lower())) == [code]
    assert rules.typed(f" {code[:4].lower()}-{code[4:]} ") == code


def test_a_raised_bill_is_owed_and_written_into_the_ledger(db) -> None:
    made = raised(45_000)

    assert (made.state, made.amount_vnd, made.lines) == ("due", 45_000, (Line("fee", "Lệ phí", 45_000),))
    assert rules.is_code(made.code)
    assert balances() == {"receivable": 45_000, "revenue": -45_000}


def test_the_same_key_raises_one_bill(db) -> None:
    assert raised(key="dossier:7").id == raised(key="dossier:7").id
    assert balances()["receivable"] == 45_000


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "bill_none"), ([Line("a", "A", -1)], "bill_amount"), ([Line("a", "A", 0)], "bill_nothing"),
        ([Line("a", "A", 1.5)], "bill_amount"), ([Line("a", "A", 10**13)], "bill_too_much"),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_lines_that_make_no_bill_are_refused(db, lines: list[Line], code: str) -> None:
    with pytest.raises(Problem) as refusal:
        raised(lines=lines)
    assert refusal.value.code == code


def test_a_stranger_with_the_code_sees_what_to_pay_and_not_who(db, citizen) -> None:
    code = raised(payer_name="Nguyễn Thị Lan", payer_id=citizen.actor_id).code

    seen, own = queries.bill(ANYBODY, f"{code[:4]}-{code[4:].lower()}"), queries.bill(citizen, code)

    assert (seen.amount_vnd, seen.state, seen.payer_name, seen.lines, seen.purpose_id) == (45_000, "due", "", (), "")
    assert own.whole and own.payer_name == "Nguyễn Thị Lan" and own.lines
    assert queries.of(ANYBODY, "dossier", 1) == [] and [one.code for one in queries.mine(citizen)] == [code]


def test_the_owner_of_a_purpose_opens_its_bills(db, somebody, monkeypatch) -> None:
    code, other = raised().code, somebody("an", "citizen", kind="person")
    monkeypatch.setitem(
        queries._guards,
        "dossier",
        lambda viewer: Sql("b.purpose_id = '1' AND %(who)s = 'an'", {"who": viewer.username}),
    )

    assert queries.bill(other, code).whole and not queries.bill(ANYBODY, code).whole


def test_the_transfer_says_account_amount_and_code(db) -> None:
    made = raised()

    how = queries.transfer(made)

    assert how is not None and how.bank == "VietinBank"
    code = vietqr.read(how.text)
    assert (code.bin, code.account, code.amount_vnd, code.dynamic) == ("970415", how.account, 45_000, True)
    assert rules.codes_in(code.purpose) == [made.code]


def test_cash_settles_a_bill_once_with_a_receipt_without_gaps(db, cashier) -> None:
    first, second = raised(), raised(60_000)

    paid = actions.take_cash(cashier, first.id, key="till-1")
    again = actions.take_cash(cashier, first.id, key="till-1")
    then = actions.take_cash(cashier, second.id, key="till-2")

    assert paid.state == again.state == "paid" and paid.receipt == again.receipt
    assert [int(one.receipt.split("/")[0]) for one in (paid, then)] == [1, 2]
    assert balances() == {"cash": 105_000, "revenue": -105_000}
    assert Outbox.objects.filter(type="payments.bill_paid").count() == 2
    with pytest.raises(Problem, match="not due"):
        actions.take_cash(cashier, first.id, key="till-3")


def test_a_cashier_of_another_agency_takes_no_cash(db, somebody) -> None:
    made = raised()

    with pytest.raises(Problem) as refusal:
        actions.take_cash(somebody("thu2", "cashier", "H13.06"), made.id, key="k")
    assert refusal.value.status == 403 and balances()["receivable"] == 45_000


def test_a_cancelled_bill_is_owed_no_more(db, somebody) -> None:
    made = raised()

    ended = actions.cancel(PROCEDURES, made.id, "Hồ sơ đã rút")

    assert ended.state == "cancelled" and balances() == {} and queries.transfer(ended) is None


def test_the_database_refuses_a_movement_that_does_not_balance(transactional_db) -> None:
    raised()
    insert = "INSERT INTO payments_movement (key, kind, day) VALUES (%(k)s, 'x', now()) RETURNING id"
    post = "INSERT INTO payments_posting (movement_id, agency, account, channel, amount_vnd) VALUES (%(m)s, 'H13', %(a)s, '', %(n)s)"

    for amounts in ((), (5,), (5, -4)):
        with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
            moved = sql.value(insert, {"k": f"x{amounts}"})
            for amount in amounts:
                sql.execute(post, {"m": moved, "a": "cash", "n": amount})
    first = sql.value("SELECT min(id) FROM payments_movement")
    with pytest.raises(DatabaseError, match="written before"), transaction.atomic():
        sql.execute(post, {"m": first, "a": "cash", "n": 1})
    for change in ("UPDATE payments_posting SET amount_vnd = 1", "DELETE FROM payments_movement"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_the_best_waiver_of_the_day_counts() -> None:
    day = dt.date(2026, 11, 25)
    table = [
        Waiver("half", "digital_citizen", ("*",), dt.date(2026, 8, 15), dt.date(2027, 2, 28), 50, "", "", ""),
        Waiver("all", "poor", ("1.004873",), dt.date(2020, 1, 1), None, 100, "", "", ""),
    ]  # fmt: skip

    assert rules.waived(table, "1.004873", ["digital_citizen", "poor"], day) == table[1]
    assert rules.waived(table, "2.000001", ["digital_citizen", "poor"], day) == table[0]
    assert rules.waived(table, "2.000001", ["digital_citizen"], dt.date(2027, 3, 1)) is None
    assert rules.after_waiver(45_001, 50) == 22_500
