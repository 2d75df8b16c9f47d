"""The cash desk, bills of other systems, and waivers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.test import Client

from taydo.domains.billing import public
from taydo.domains.billing.actions import importing
from taydo.engines.payments import actions, queries
from taydo.kernel import sql
from taydo.kernel.actors import Viewer

from .conftest import AGENCY, raised

BILLS = """bill_number,customer_number,customer_name,period,amount_vnd,due_on
B1,PB 0701,Trần Văn Sáu,11/2026,812000,2026-12-05
B2,PB0701,Trần Văn Sáu,10/2026,790000,05/11/2026
B3,PB0999,Lê Thị Bảy,11/2026,x,2026-12-05
B1,PB0701,Trần Văn Sáu,11/2026,812000,2026-12-05
"""


def signed_in(username: str) -> Client:
    client = Client()
    client.post("/signin", {"username": username, "password": "taydo-demo"})
    return client


def test_a_cashier_finds_a_bill_takes_the_cash_and_another_gives_it_back(cashier, somebody) -> None:
    bill = raised()
    somebody("thu2", "cashier", AGENCY)
    desk, other = signed_in("thu1"), signed_in("thu2")

    assert desk.get("/billing", {"code": bill.shown.lower()})["Location"] == f"/billing/bills/{bill.code}"
    page = desk.get(f"/billing/bills/{bill.code}").content.decode()
    assert "Nguyễn Thị Lan" in page and "45.000 đ" in page
    assert desk.post(f"/billing/bills/{bill.code}/cash", {"key": "till-0001"}).status_code == 302
    assert "45.000" in desk.get("/billing").content.decode()

    refused = desk.post(
        f"/billing/bills/{bill.code}/refund", {"amount": "45.000", "reason": "Thu nhầm", "key": "r-0000001"}
    )
    assert refused.status_code == 422 and "người khác" in refused.content.decode()
    other.post(f"/billing/bills/{bill.code}/refund", {"amount": "45.000", "reason": "Thu nhầm", "key": "r-0000002"})
    assert queries.by_id(Viewer.system("x"), bill.id).state == "refunded"


def test_what_may_have_to_go_back_is_the_cashiers_to_decide_and_keeping_it_needs_a_reason(cashier, somebody) -> None:
    bill, due = raised(), raised(purpose=("dossier", 2))
    actions.take_cash(cashier, bill.id, key="till-0001")
    somebody("thu3", "cashier", "H13.06")
    assert public.propose_refund(Viewer.system("procedures"), due.id, "Dừng giải quyết") is None  # nobody paid it
    for _ in range(2):
        public.propose_refund(Viewer.system("procedures"), bill.id, "Người nộp rút hồ sơ")
    desk, other = signed_in("thu1"), signed_in("thu3")

    assert desk.get("/billing").content.decode().count("Người nộp rút hồ sơ") == 1
    assert "Người nộp rút hồ sơ" not in other.get("/billing").content.decode()
    assert other.post(f"/billing/bills/{bill.code}/keep", {"reason": "Không"}).status_code in (403, 404)
    assert desk.post(f"/billing/bills/{bill.code}/keep", {"reason": " "}).status_code == 422
    assert desk.post(f"/billing/bills/{bill.code}/keep", {"reason": "Đã thẩm định xong"}).status_code == 302

    assert "Người nộp rút hồ sơ" not in desk.get("/billing").content.decode()
    assert sql.value("SELECT state FROM cases_case WHERE type = 'refund_due'") == "kept"
    assert queries.by_id(Viewer.system("x"), bill.id).state == "paid"


def test_the_desk_is_closed_to_others(client: Client, somebody) -> None:
    bill = raised()
    somebody("lan", "citizen", kind="person")
    somebody("thu3", "cashier", "H13.06")

    assert client.get("/billing").status_code == 302  # to the sign-in page
    assert signed_in("lan").get("/billing").status_code == 403
    assert signed_in("thu3").get(f"/billing/bills/{bill.code}").status_code == 404
    assert signed_in("thu3").post(f"/billing/bills/{bill.code}/cash", {"key": "k-0000001"}).status_code == 403
    assert sql.value("SELECT state FROM payments_bill") == "due"


def test_bills_of_a_water_company_come_in_once_and_are_found_by_the_customers_number(
    db, client: Client, tmp_path: Path
) -> None:
    (tmp_path / "nuoc.csv").write_text(BILLS, encoding="utf-8")
    who = Viewer.system("test")

    runs = [list(importing.import_file(who, tmp_path / "nuoc.csv", "water"))[-1] for _ in range(2)]

    assert [(run["taken"], run["known"], run["refused"]) for run in runs] == [(2, 0, 2), (0, 2, 2)]
    page = client.get("/pay", {"biller": "water", "customer": "pb0701"}).content.decode()
    assert "812.000 đ" in page and "790.000 đ" in page and "Sáu" not in page
    assert "Không có khoản nào" in client.get("/pay", {"biller": "electricity", "customer": "PB0701"}).content.decode()
    assert not sql.rows("SELECT FROM billing_imported WHERE customer_mark ILIKE '%%0701%%'")


def test_bills_over_http_show_strangers_no_person(db, client: Client, somebody) -> None:
    bill = raised(payer_id=somebody("lan", "citizen", kind="person").actor_id)

    seen, own = (one.get(f"/api/v1/bills/{bill.code}").json() for one in (client, signed_in("lan")))

    assert seen["amount_vnd"] == 45_000 and seen["transfer"]["words"] == f"TD{bill.code}"
    assert "Lan" not in str(seen) and "payer_id" not in seen and own["payer_name"] == "Nguyễn Thị Lan"
    assert [one["code"] for one in signed_in("lan").get("/api/v1/bills/mine").json()] == [bill.code]
    assert (
        client.get("/api/v1/bills/22222222").status_code == 404 and client.get("/api/v1/bills/mine").status_code == 401
    )


def test_receipts_of_a_day_and_their_sums_agree(cashier) -> None:
    from taydo.domains.billing.queries import desk
    from taydo.kernel import clock

    for amount in (10_000, 20_000):
        actions.take_cash(cashier, raised(amount).id, key=f"k-{amount}")

    assert [one.amount_vnd for one in desk.paid_on(cashier, clock.today())] == [20_000, 10_000]
    assert desk.sums_on(cashier, clock.today()) == [{"provider": "cash", "n": 2, "amount_vnd": 30_000, "held_vnd": 0}]


@pytest.mark.parametrize(
    ("code", "held", "day", "rule"),
    [
        ("1.004859", ["poor_household"], dt.date(2026, 11, 25), "civil_status_poor"),
        ("1.004859", ["digital_citizen"], dt.date(2026, 11, 25), None),
        ("1.004873", ["digital_citizen"], dt.date(2026, 11, 25), "digital_citizen_2026"),
        ("1.004873", ["digital_citizen"], dt.date(2027, 3, 1), None), ("1.004859", [], dt.date(2026, 11, 25), None),
    ],
)  # fmt: skip
def test_the_citys_table_waives_by_entitlement_and_day(
    code: str, held: list[str], day: dt.date, rule: str | None
) -> None:
    found = public.waived(code, held, day)

    assert (found.id if found else None) == rule
