"""A head's instruction on a dossier, and fees of dossiers that ended without a result."""

from __future__ import annotations

import dataclasses

import pytest

from taydo.domains.procedures import queries
from taydo.domains.procedures.actions import filing, handling, instructing, money, receiving, working
from taydo.domains.procedures.queries import lists
from taydo.engines.cases import actions as cases
from taydo.engines.cases import queries as cases_read
from taydo.engines.payments import actions as payments
from taydo.engines.payments import queries as bills
from taydo.engines.payments import refunds
from taydo.engines.payments.rules import Line
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.events import deliver_pending
from taydo.kernel.models import Actor, Grant

from .conftest import ANSWERS, PERSON, WARD, WARD_AGENCY, citizen, head, official

pytestmark = pytest.mark.django_db
HOUSE = Viewer.system("tests")
CASHIER = Viewer(71, "thu2", "Thủ quỹ", "official", WARD_AGENCY, grants={name: frozenset({WARD_AGENCY}) for name in ("payments.see", "payments.refund")})  # fmt: skip


def checking() -> dict:
    mine = filing.submit(citizen(), "1.004873", PERSON, unit_code=WARD, answers=ANSWERS["1.004873"])
    receiving.receive(official(), mine["code"])
    working.check(official(), mine["code"])
    return mine


def paid_for() -> tuple[dict, bills.Bill]:
    mine = checking()
    money.ask_payment(official(), mine["code"], [Line("fee", "Phí thẩm định", 50_000)])
    payments.take_cash(HOUSE, bills.of(HOUSE, "dossier", mine["id"])[0].id, key="cash-1")
    deliver_pending()
    return mine, bills.of(HOUSE, "dossier", mine["id"])[0]


def proposed() -> list[tuple[str, str, str]]:
    found = sql.rows("SELECT subject_id, agency, state FROM cases_case WHERE type = 'refund_due' ORDER BY id")
    return [(one["subject_id"], one["agency"], one["state"]) for one in found]


def leading() -> Viewer:
    one = head()
    Actor.objects.create(id=one.actor_id, username="head", name="Chủ tịch phường", kind="official", password="!")
    return dataclasses.replace(one, grants=one.grants | {"procedures.instruct": frozenset({WARD_AGENCY})})


def test_a_head_instructs_the_owner_sees_a_deadline_reports_and_the_dossier_tells_it_all(town, at_monday):
    mine = checking()
    owner = Actor.objects.create(id=7, username="clerk", name="Cán bộ clerk", kind="official", password="!", agency=WARD_AGENCY)  # fmt: skip
    Grant.objects.create(actor=owner, role="officer", scope=WARD_AGENCY)
    cases.take(official(), mine["case_id"])
    due = queries.dossier(official(), mine["code"])["case_due"]

    given = instructing.instruct(leading(), mine["code"], "Xác minh xong trong hôm nay", working_days=1)
    deliver_pending()

    task = cases_read.case(official(), given["id"])
    assert (task["owner_id"], task["due_at"]) == (7, clock.deadline(clock.now(), working_days=1))
    assert sql.value("SELECT count(*) FROM notices_notice WHERE title_vi = 'Bạn được giao một việc'") == 1
    cases.move(official(), given["id"], "report", "Đã xác minh với công an phường")
    deliver_pending()
    deliver_pending()

    told = sorted(line["text"] for line in cases_read.timeline(official(), mine["case_id"]) if given["code"] in str(line["text"]))  # fmt: skip
    assert len(told) == 2 and "Đã xác minh" in told[0] and "Xác minh xong" in told[1]
    shown = lists.instructions(mine["code"])[0]
    assert (shown["answer"], shown["by_name"]) == ("Đã xác minh với công an phường", "Chủ tịch phường")
    assert shown["closed_at"] is not None
    assert sql.value("SELECT count(*) FROM notices_notice WHERE body_vi LIKE '%%báo cáo về chỉ đạo%%'") == 1
    assert queries.dossier(official(), mine["code"])["case_due"] == due  # an instruction moves neither state nor time


def test_only_who_leads_instructs_and_not_after_the_end(town, at_monday):
    mine = checking()
    with pytest.raises(Problem) as officer:
        instructing.instruct(official(), mine["code"], "Làm ngay")
    assert officer.value.status == 403
    handling.stop(official(), mine["code"], "Không bổ sung")
    with pytest.raises(Problem) as ended:
        instructing.instruct(leading(), mine["code"], "Làm ngay")
    assert ended.value.code == "has_ended"


def test_what_was_paid_for_a_stopped_dossier_is_proposed_to_the_cashier_who_gives_it_back(town, at_monday):
    mine, bill = paid_for()
    handling.stop(official(), mine["code"], "Người nộp không bổ sung")

    assert bills.by_id(HOUSE, bill.id).state == "paid"  # nothing goes back by itself
    assert proposed() == [(str(bill.id), WARD_AGENCY, "new")]
    refunds.refund(CASHIER, bill.id, 50_000, "Dừng giải quyết")
    deliver_pending()
    deliver_pending()

    assert proposed() == [(str(bill.id), WARD_AGENCY, "refunded")]
    assert bills.by_id(HOUSE, bill.id).state == "refunded"
    assert queries.dossier(citizen(), mine["code"])["money"] == "refunded"
