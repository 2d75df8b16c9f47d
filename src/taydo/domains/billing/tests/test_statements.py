"""Bank statements: read as banks write them, each line's money where it belongs, hostile files refused."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from taydo.domains.billing import rules
from taydo.domains.billing.actions import statements
from taydo.domains.billing.queries import desk
from taydo.engines.payments import actions, callbacks, payouts, refunds
from taydo.engines.payments.models import Income
from taydo.engines.sheets import reading
from taydo.kernel import clock, sql
from taydo.kernel.errors import Problem
from taydo.kernel.events import deliver_pending
from taydo.protocols import banknotice

from .conftest import AGENCY, raised

HEAD = "Ngày giao dịch,Số bút toán,Nội dung,Phát sinh nợ,Phát sinh có,Số dư"


def statement(*rows: str) -> bytes:
    """A statement of today."""
    day = f"{clock.today():%d/%m/%Y}"
    return ("\ufeffNGÂN HÀNG THỬ\r\n,,,,,\r\n" + HEAD + "\r\n" + "\r\n".join(f"{day},{row}" for row in rows)).encode()


def told(number: str, amount: int, words: str) -> str:
    """A notice of the bank."""
    notice = banknotice.Notice(number, "970415", "0920031135001", amount, words, clock.now())
    return callbacks.take_transfer(callbacks.HOUSE, "vietqr", repr(notice).encode(), notice)


def states(viewer, statement_id: int) -> dict[int, tuple[str, str]]:
    return {line["line"]: (line["state"], line["reason"]) for line in desk.statement(viewer, statement_id)["lines"]}


def test_every_line_goes_where_it_belongs_and_the_days_agree(cashier) -> None:
    known, lost, wrong, twice = raised(), raised(60_000), raised(70_000), raised(80_000)
    told("FT1", 45_000, f"TD{known.code}")
    told("FT4", 80_000, f"TD{twice.code}")
    data = statement(
        f'FT1,"TD{known.code}",,45.000,1', f'FT2,"MBVCB TD{lost.code} nop",,"60,000",2', f"FT3,TD{wrong.code},,65000,3",
        f"VCB-other-number,TD{twice.code},,80000,4", f"FT5,TD{twice.code},,80000.00,5", "FT6,nop tien,,5000,6", "FT7,phi SMS,11000,,7",
    )  # fmt: skip

    made = statements.take(cashier, AGENCY, data, "sao-ke.csv")

    assert list(states(cashier, made).values()) != [] and states(cashier, made) == {
        4: ("matched", ""), 5: ("found", ""), 6: ("held", "wrong_amount"), 7: ("matched", ""), 8: ("held", "double"), 9: ("held", "unknown"),
        10: ("out", ""),
    }  # fmt: skip
    (day,) = desk.statement(cashier, made)["days"]
    assert (day["statement_vnd"], day["ledger_vnd"], day["difference_vnd"]) == (335_000, 335_000, 0)
    assert statements.take(cashier, AGENCY, data, "again.csv") == made and Income.objects.count() == 6


def test_overlapping_statements_book_nothing_twice(cashier) -> None:
    bill = raised()
    first = statements.take(cashier, AGENCY, statement(f"FT1,TD{bill.code},,45000,1"), "a.csv")
    second = statements.take(cashier, AGENCY, statement(f"FT1,TD{bill.code},,45000,1", "FT2,x,,1000,2"), "b.csv")

    assert states(cashier, first) == {4: ("found", "")}
    assert states(cashier, second) == {4: ("matched", ""), 5: ("held", "unknown")}
    assert Income.objects.count() == 2


def test_what_a_gateway_pays_out_takes_its_fee_and_clears_its_account(cashier) -> None:
    from taydo.engines.payments import attempts
    from taydo.engines.payments.gateways import PAID, Said

    attempt = attempts.begin(callbacks.HOUSE, raised(100_000).id, "vnpay")
    callbacks.take(callbacks.HOUSE, "vnpay", b"x", Said(attempt["reference"], "1", 100_000, PAID, clock.today()))
    statements.take(cashier, AGENCY, statement("FT9,VNPAY TT,,98900,1"), "a.csv")
    held = Income.objects.get(state="held")

    with pytest.raises(Problem, match="owes 100000"):
        payouts.payout(cashier, held.id, "vnpay", 2_000)
    payouts.payout(cashier, held.id, "vnpay", 1_100)

    stands = sql.rows(
        "SELECT account, sum(amount_vnd)::bigint AS n FROM payments_posting GROUP BY 1 HAVING sum(amount_vnd) <> 0"
    )
    assert {item["account"]: item["n"] for item in stands} == {"bank": 98_900, "fees": 1_100, "revenue": -100_000}


def test_a_transfer_out_that_names_its_bill_proves_a_refund(cashier) -> None:
    bill = raised()
    told("FT1", 45_000, f"TD{bill.code}")
    refunds.refund(cashier, bill.id, 45_000, "Rút hồ sơ")

    made = statements.take(cashier, AGENCY, statement(f"FT2,HOAN TD{bill.code},45000,,0"), "a.csv")

    assert states(cashier, made) == {4: ("refund", "")}
    assert sql.value("SELECT state FROM payments_bill WHERE id = %(id)s", {"id": bill.id}) == "refunded"


def test_held_money_is_somebodys_work_until_it_is_dealt_with(cashier) -> None:
    told("FT1", 45_000, "nop phi")
    deliver_pending()
    case = sql.row("SELECT agency, phase, title FROM cases_case WHERE type = 'held_money'")
    assert case is not None and case["agency"] == AGENCY and case["phase"] == "open" and "45.000" in case["title"]

    refunds.apply(cashier, Income.objects.get().id, raised().code)
    deliver_pending()

    assert sql.value("SELECT phase FROM cases_case WHERE type = 'held_money'") == "done"


def test_another_agencys_statement_is_neither_handed_in_nor_seen(cashier, somebody) -> None:
    made = statements.take(cashier, AGENCY, statement("FT1,x,,1000,1"), "a.csv")
    other = somebody("thu2", "cashier", "H13.06")

    for attempt in (
        lambda: statements.take(other, AGENCY, statement("FT2,x,,1,1"), "b.csv"),
        lambda: desk.statement(other, made),
    ):
        with pytest.raises(Problem) as refusal:
            attempt()
        assert refusal.value.status in (403, 404)
    assert desk.held(other) == [] and desk.ledger(other, clock.today(), clock.today()) == []


def workbook(**cells: object) -> bytes:
    """An XLSX with these cells."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    for name, value in cells.items():
        book.active[name] = value
    book.save(out)
    return out.getvalue()


def test_an_excel_statement_is_read_like_a_csv(cashier) -> None:
    bill = raised()
    data = workbook(
        A1="Sao kê",
        A2="Ngày",
        B2="Số CT",
        C2="Diễn giải",
        D2="Ghi nợ",
        E2="Ghi có",
        A3=clock.today(),
        B3="FT1",
        C3=f"TD{bill.code}",
        E3=45000,
    )

    made = statements.take(cashier, AGENCY, data, "sao-ke.xlsx")

    assert states(cashier, made) == {3: ("found", "")}


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<a>" + b" " * 70_000_000 + b"</a>")
    return out.getvalue()


def _with(name: str, text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, text)
    return out.getvalue()


LAUGHS = '<!DOCTYPE z [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet><row><c><v>&b;</v></c></row></worksheet>'
OUTSIDE = '<!DOCTYPE z [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet><row><c><v>&x;</v></c></row></worksheet>'


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0\1\2", b"PK\x03\x04", b"PK\x03\x04" + b"x" * 100, b"%PDF-1.4", b"\x89PNG\r\n", b"<html>", b"a" * 11_000_000, _bomb(),
        _with("xl/worksheets/sheet1.xml", LAUGHS), _with("xl/worksheets/sheet1.xml", OUTSIDE), _with("../../evil", "x"),
        b"a," * 300, b"x\n" * 60_000, HEAD.encode(), HEAD.encode() + b"\n\xff\xfe,1,x,,1,1",
    ],
)  # fmt: skip
def test_hostile_and_hopeless_files_are_refused_and_change_nothing(cashier, data: bytes) -> None:
    with pytest.raises(Problem) as refusal:
        statements.take(cashier, AGENCY, data, "x.csv")
    assert refusal.value.status == 422 and not Income.objects.exists()


@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_fail_otherwise(data: bytes) -> None:
    for given_bytes in (data, b"PK\x03\x04" + data):
        try:
            reading.table(given_bytes)
        except Problem as problem:
            assert problem.code == "sheet_unreadable"


@pytest.mark.parametrize(
    ("text", "vnd"),
    [("45.000", 45_000), ("45,000", 45_000), ("1.234.567", 1_234_567), ("45000.00", 45_000), ("+45 000 VND", 45_000), ("", 0), ("-", 0), ("1,234,567.00đ", 1_234_567)],
)  # fmt: skip
def test_amounts_are_read_as_banks_write_them(text: str, vnd: int) -> None:
    assert rules.amount(text) == vnd


@pytest.mark.parametrize("text", ["4.5", "1e5", "45,00,0", "-45000", "=1+1", "12345678901234", "٤٥"])
def test_what_is_no_amount_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        rules.amount(text)


def test_a_cancelled_then_statement_found_payment_is_held(cashier) -> None:
    bill = raised()
    actions.cancel(callbacks.HOUSE, bill.id, "Rút hồ sơ")

    made = statements.take(cashier, AGENCY, statement(f"FT1,TD{bill.code},,45000,1"), "a.csv")

    assert states(cashier, made) == {4: ("held", "cancelled")}


def test_a_statement_is_handed_in_and_worked_through_on_screen(cashier) -> None:
    bill = raised()
    desk_of = Client()
    desk_of.post("/signin", {"username": "thu1", "password": "taydo-demo"})
    data = statement("FT1,nop phi,,45000,1", "FT2,x,,4.5,2", "FT3,phi SMS,11000,,3")

    page = desk_of.post("/billing/reconcile", {"agency": AGENCY, "file": SimpleUploadedFile("sao-ke.csv", data)})[
        "Location"
    ]
    shown = desk_of.get(page).content.decode()
    assert "no amount of whole đồng" in shown and "Chi ra" in shown and "45.000" in shown
    income = Income.objects.get().id
    wrong = desk_of.post(f"/billing/held/{income}/apply", {"code": "22222222", "back": page.rsplit("/", 1)[1]})
    assert wrong.status_code == 422 and "Không có khoản thu" in wrong.content.decode()
    desk_of.post(f"/billing/held/{income}/apply", {"code": bill.code, "back": page.rsplit("/", 1)[1]})

    assert "đã gán" in desk_of.get(page).content.decode()
    for path in ("/billing/reconcile", "/billing/ledger", "/billing/ledger?as=csv", "/billing"):
        assert desk_of.get(path).status_code == 200
