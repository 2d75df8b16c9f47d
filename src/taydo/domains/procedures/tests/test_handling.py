from __future__ import annotations

import datetime as dt
import io
import json
import tempfile
from pathlib import Path

import pytest

from taydo.domains.catalogue import public as procedures
from taydo.domains.procedures import queries
from taydo.domains.procedures.actions import (
    drafting,
    filing,
    handling,
    issuing,
    money,
    papers,
    receiving,
    results,
    transfers,
    working,
)
from taydo.domains.procedures.actions.filing import Given, Upload
from taydo.domains.procedures.queries import lists
from taydo.domains.vault import public as vault
from taydo.engines.cases import actions as cases
from taydo.engines.cases.casetype import Deadline
from taydo.engines.files import queries as files
from taydo.engines.payments import actions as payments
from taydo.engines.payments import queries as bills
from taydo.engines.payments.rules import Line
from taydo.engines.signing import actions as signing
from taydo.engines.signing import queries as signatures
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.events import deliver_pending
from taydo.kernel.jobs import LOADS
from taydo.kernel.models import Actor

from .conftest import ANSWERS, MONDAY, PAPERS, PERSON, WARD, WARD_AGENCY, citizen, head, official

pytestmark = pytest.mark.django_db
HOUSE = Viewer.system("tests")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def filed(code="1.004873", who=None, **more):
    return filing.submit(
        who or citizen(),
        code,
        PERSON,
        unit_code=WARD,
        answers=ANSWERS.get(code, ANSWERS["1.004873"]),
        papers=PAPERS.get(code, ()),
        **more,
    )


def declared(code, **more):
    """A procedure of the test, like marital status but for what is said."""
    like = procedures.on("1.004873", clock.today()).spec
    spec = like.model_copy(update={"code": code, "valid_from": dt.date(2026, 1, 1)} | more).model_dump(mode="json")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "procedures").mkdir()
        told = json.dumps({"title": {"vi": "Thử", "en": "Tests"}, "procedures": [spec]})
        (Path(folder) / "procedures" / "tests.yaml").write_text(told, "utf-8")
        LOADS["catalogue"].run(Path(folder))


def at(state, who=None):
    """A dossier received and at a state of the standard workflow."""
    mine = filed(who=who)
    receiving.receive(official(), mine["code"])
    for move in {"checking": ["check"], "approving": ["check", "submit_draft"], "accepted": []}[state]:
        working.take_step(official(), mine["code"], move)
    return mine


def test_checking_and_approving_are_told_to_the_national_portal_at_once(town, at_monday):
    mine = filed()
    receiving.receive(official(), mine["code"])

    assert working.check(official(), mine["code"])["national"] == 4
    assert working.take_step(official(), mine["code"], "submit_draft")["state"] == "approving"
    assert working.approve(official(), mine["code"])["state"] == "signing"
    assert queries.dossier(citizen(), mine["code"])["national"] == 4


def test_a_step_taken_on_the_desk_moves_the_dossier_too(town, at_monday):
    mine = filed()
    receiving.receive(official(), mine["code"])

    cases.move(official(), mine["case_id"], "check")
    assert queries.dossier(citizen(), mine["code"])["national"] == 2
    deliver_pending()

    assert queries.dossier(citizen(), mine["code"])["national"] == 4


def test_whoever_offered_a_dossier_answers_for_it_until_it_is_accepted(town, at_monday):
    mine, other = at("checking"), official("dep", "H13.07", actor_id=9)
    transfers.offer(official(), mine["code"], "H13.07", "Thuộc thẩm quyền Sở Xây dựng")

    assert queries.dossier(official(), mine["code"])["agency"] == WARD_AGENCY
    assert [one["code"] for one in lists.offered(other)] == [mine["code"]]
    with pytest.raises(Problem) as again:
        transfers.offer(official(), mine["code"], "H13.06", "Nhầm")
    assert again.value.status == 409
    with pytest.raises(Problem):
        transfers.accept(official(), mine["code"])  # whoever offers does not accept

    due = queries.dossier(other, mine["code"])["case_due"]
    transfers.accept(other, mine["code"])
    found = queries.dossier(official(), mine["code"])
    assert (found["agency"], found["case_due"]) == ("H13.07", due)  # another route never restarts the clock
    assert [one["state"] for one in lists.transfers(found["id"])] == ["accepted"]


def test_a_declined_dossier_stays_where_it_was(town, at_monday):
    mine, other = at("checking"), official("dep", "H13.07", actor_id=9)
    transfers.offer(official(), mine["code"], "H13.07", "Chuyển")
    transfers.decline(other, mine["code"], "Không thuộc lĩnh vực")

    assert queries.dossier(official(), mine["code"])["agency"] == WARD_AGENCY
    assert lists.offered(other) == []


def test_two_agencies_are_asked_at_once_and_silence_is_not_consent(town, at_monday):
    mine = filed("1.013225")
    receiving.receive(official(), mine["code"])
    working.check(official(), mine["code"])
    asked = working.consult(official(), mine["code"], [("H13.07", "Có đúng quy hoạch không?"), ("H13.06", "Có vướng đất không?")], working_days=3)  # fmt: skip
    assert len(asked["asked"]) == 2

    with pytest.raises(Problem) as waiting:
        working.take_step(official(), mine["code"], "draft")
    assert waiting.value.code == "tasks_open"
    for agency, task in zip(("H13.07", "H13.06"), asked["asked"], strict=True):
        one = sql.value("SELECT id FROM cases_case WHERE code = %(c)s", {"c": task["case"]})
        cases.move(official("dep", agency, actor_id=9), one, "answer", "Đồng ý")
    assert working.take_step(official(), mine["code"], "draft")["state"] == "drafting"


def test_an_edit_after_approval_is_a_new_version_that_must_be_approved_again(town, at_monday):
    mine = at("approving")
    drafting.draft_result(official(), mine["code"], {"text": "Chưa đăng ký kết hôn với ai"}, number="12/XN")
    found = queries.dossier(official(), mine["code"])
    working.take_step(official(), mine["code"], "submit_draft") if found["state"] == "drafting" else None
    working.approve(official(), mine["code"])

    again = drafting.draft_result(official(), mine["code"], {"text": "Sửa ngày sinh"}, number="12/XN")

    assert (again["version"], again["state"]) == (2, "drafting")
    assert [one["state"] for one in lists.results(found["id"])] == ["draft", "replaced"]
    kept = str(sql.rows("SELECT data FROM procedures_result"))
    assert "kết hôn" not in kept


def test_a_fee_is_a_bill_and_paying_it_is_heard(town, at_monday):
    declared("9.000001", channels=(procedures.Channel(id="online", deadline=Deadline(working_days=3), fees=(procedures.Fee(title="Lệ phí", amount_vnd=8000),)),))  # fmt: skip
    mine = filed("9.000001")
    bill = bills.of(citizen(), "dossier", mine["id"])[0]
    assert (bill.amount_vnd, bill.state, queries.dossier(citizen(), mine["code"])["money"]) == (8000, "due", "due")
    assert bills.of(citizen(202), "dossier", mine["id"]) == []

    payments.take_cash(HOUSE, bill.id, key="cash-1")
    deliver_pending()

    assert queries.dossier(citizen(), mine["code"])["money"] == "paid"


def test_work_waits_for_money_and_goes_on_with_it(town, at_monday):
    mine = at("checking")
    asked = money.ask_payment(official(), mine["code"], [Line("fee", "Phí thẩm định", 50_000)])
    assert asked["national"] == 6

    payments.take_cash(HOUSE, bills.of(HOUSE, "dossier", mine["id"])[0].id, key="cash-2")
    deliver_pending()

    found = queries.dossier(citizen(), mine["code"])
    assert (found["national"], found["state"], found["money"]) == (4, "checking", "paid")


def test_nobody_owes_for_a_dossier_that_was_stopped(town, at_monday):
    mine = at("checking")
    money.ask_payment(official(), mine["code"], [Line("fee", "Phí thẩm định", 50_000)])
    handling.stop(official(), mine["code"], "Không nộp phí trong hạn")
    deliver_pending()

    assert [one.state for one in bills.of(HOUSE, "dossier", mine["id"])] == ["cancelled"]
    assert queries.dossier(citizen(), mine["code"])["money"] == "none"


def test_files_of_a_dossier_open_for_its_owner_and_its_agency_alone(town, at_monday):
    mine = filed(uploads=[Upload("divorce", io.BytesIO(PDF), "bản án.pdf")])
    found = queries.dossier(citizen(), mine["code"])

    assert len(files.files_of(citizen(), "dossier", str(mine["id"]))) == 1
    assert len(files.files_of(official(), "dossier", str(mine["id"]))) == 1
    assert files.files_of(citizen(202), "dossier", str(mine["id"])) == []
    assert files.files_of(official(agency="H13.31120"), "dossier", str(mine["id"])) == []
    assert found["papers"][0]["title"] == "Bản án ly hôn hoặc trích lục khai tử"
    assert found["digitised"] == 1


def test_a_result_given_at_once_is_recorded_without_a_receipt(town, at_monday):
    done = filing.immediate(official(), "2.000635", PERSON, unit_code=WARD, answers={}, number="7/TL-BS")

    assert done["national"] == 10
    assert queries.forms(done["id"]) == []
    with pytest.raises(Problem):
        filing.immediate(official(), "1.004873", PERSON, unit_code=WARD, answers={})


def test_a_joint_dossier_ends_when_all_of_its_parts_have(town, at_monday):
    declared("9.000010", kind="joint", parts=("1.004873", "2.000635"), papers=())
    whole = filed("9.000010")
    late, quick = whole["parts"]
    receiving.receive(official(), late)
    filing_done = receiving.receive(official(), quick)
    assert filing_done["national"] == 2
    results.finish(official(), quick)
    deliver_pending()
    assert queries.dossier(citizen(), whole["code"])["national"] == 1  # one part is still open

    working.check(official(), late)
    results.finish(official(), late)
    deliver_pending()

    assert queries.dossier(citizen(), whole["code"])["national"] == 9
    assert [part["national"] for part in queries.parts(whole["id"])] == [9, 9]
    assert len(queries.mine(citizen())) == 1


def test_an_apology_is_drafted_while_it_may_still_be_sent(town):
    with clock.at(MONDAY):
        mine = at("checking")
        assert handling.draft_apologies(HOUSE) == 0
    with clock.at(MONDAY + dt.timedelta(days=3)):  # Thursday; due on Friday
        assert handling.draft_apologies(HOUSE) == 1
        assert handling.draft_apologies(HOUSE) == 0
        handling.apologise(official(), mine["code"], "Chờ xác minh", 2)

    assert [(one["form"], one["draft"]) for one in queries.forms(mine["id"])] == [("01", False), ("04", False)]


def test_a_late_dossier_is_still_returned(town):
    with clock.at(MONDAY):
        mine = at("checking")
    with clock.at(MONDAY + dt.timedelta(days=30)):
        with pytest.raises(Problem):
            handling.apologise(official(), mine["code"], "Chờ xác minh", 2)
        results.finish(official(), mine["code"])
        assert results.return_result(official(), mine["code"], "Ký nhận")["national"] == 10


def test_who_filed_is_shown_for_a_purpose_that_they_can_read(town, at_monday):
    mine = at("checking")

    assert working.reveal(official(), mine["code"], "Xác minh nơi cư trú").name == PERSON.name
    with pytest.raises(Problem):
        working.reveal(official(), mine["code"], "")
    assert sql.value("SELECT purpose FROM kernel_look WHERE person = 'actor:101'") == "Xác minh nơi cư trú"


def test_a_dossier_taken_at_the_desk_is_its_owners_once_their_number_is_linked(town, at_monday):
    taken = filing.take_in(official(), "1.004873", PERSON, unit_code=WARD, answers={})
    with pytest.raises(Problem):
        queries.own(citizen(), taken["code"])

    sql.execute("INSERT INTO identity_citizen (actor_id, number, mark, level, issuer, linked_at) VALUES (101, '', %(m)s, 2, 'x', now())",
                {"m": queries.mark("person", PERSON.number)})  # fmt: skip

    assert [one["code"] for one in queries.mine(citizen())] == [taken["code"]]


def test_the_register_lists_what_was_received_and_names_nobody_without_a_purpose(town, at_monday):
    first, second = at("accepted")["code"], at("accepted", citizen(102))["code"]
    day = clock.today()

    assert [row["code"] for row in lists.register(official(), WARD_AGENCY, day, day)] == [first, second]
    assert {row["name"] for row in lists.register(official(), WARD_AGENCY, day, day)} == {""}
    with pytest.raises(Problem):
        lists.register(official(), WARD_AGENCY, day, day, names=True)
    named = lists.register(official(), WARD_AGENCY, day, day, names=True, purpose="In sổ cuối ngày")
    assert named[0]["name"] == PERSON.name
    with pytest.raises(Problem):
        lists.register(official(agency="H13.31120"), WARD_AGENCY, day, day)


def test_the_head_alone_may_ask_again_and_each_step_is_told_without_saying_what_it_is_about(town, at_monday):
    mine = at("checking")
    receiving.ask_supplement(official(), mine["code"], ["Bản án ly hôn"])
    deliver_pending()

    told = sql.rows("SELECT title_vi, body_vi FROM notices_notice WHERE topic = 'procedures.own' ORDER BY id")
    assert [mine["code"] in one["body_vi"] for one in told] == [True, True, True]
    assert not any("ly hôn" in one["body_vi"] or "hôn nhân" in one["body_vi"] for one in told)
    assert head().may("procedures.ask_again", WARD_AGENCY)


def test_a_result_is_signed_by_officer_and_seal_and_lands_with_its_owner(town, stamped):
    mine = at("approving")
    drafting.draft_result(official(), mine["code"], {"facts": [["Họ và tên", PERSON.name]]}, number="12/XN-UBND")
    working.approve(official(), mine["code"])
    keys = [
        signing.demonstration_key(WARD_AGENCY, "Chủ tịch", "officer"),
        signing.demonstration_key(WARD_AGENCY, "Con dấu"),
    ]

    asked = issuing.sign(official(), mine["code"], keys, now=True)
    assert files.files_of(citizen(), "dossier_result", *[str(one) for one in range(1, 99)]) == []
    deliver_pending()
    deliver_pending()  # what was told while the first was heard

    found = queries.dossier(citizen(), mine["code"])
    assert (found["national"], found["result_code"], found["delivery_state"]) == (9, asked["verify"], "ready")
    _, pdf = files.open_file(citizen(), found["result_file"])
    assert len(signatures.examine(pdf, signatures.trust()).signatures) == 2
    assert [(one.kind, one.number) for one in vault.mine(citizen())] == [("marital_status", "12/XN-UBND")]
    assert results.read_result(citizen(), mine["code"])["national"] == 10  # opening it is the evidence of delivery
    with pytest.raises(Problem):
        files.open_file(citizen(202), found["result_file"])


def test_each_form_is_printed_from_what_was_frozen_and_the_same_bytes_again(town, at_monday):
    mine = at("checking")
    receiving.ask_supplement(official(), mine["code"], ["Bản án ly hôn"])
    forms = queries.forms(mine["id"])

    for form in forms:
        name, first = papers.print_form(citizen(), mine["code"], form["id"])
        assert name.endswith(f"mau-{form['form']}.pdf")
        assert first.startswith(b"%PDF")
        assert papers.print_form(citizen(), mine["code"], form["id"])[1] == first
    with pytest.raises(Problem):
        papers.print_form(citizen(202), mine["code"], forms[0]["id"])
    assert papers.control_slip(official(), mine["code"])[1].startswith(b"%PDF")
    assert papers.register_pdf(official(), WARD_AGENCY, clock.today(), clock.today())[1].startswith(b"%PDF")


def test_withdrawing_a_joint_dossier_withdraws_its_open_parts(town, at_monday):
    declared("9.000011", kind="joint", parts=("1.004873", "2.000635"), papers=())
    whole = filed("9.000011")
    receiving.receive(official(), whole["parts"][1])
    results.finish(official(), whole["parts"][1])

    filing.withdraw(citizen(), whole["code"])

    assert [part["national"] for part in queries.parts(whole["id"])] == [7, 9]


def test_what_holds_on_the_day_of_receipt_counts_and_later_versions_move_nothing(town):
    channels = {days: (procedures.Channel(id="online", deadline=Deadline(working_days=days)),) for days in (3, 5, 9)}
    with clock.at(MONDAY):
        declared("9.000012", channels=channels[3])
        before, after = filed("9.000012"), filed("9.000012", citizen(102))
        first = receiving.receive(official(), before["code"])["due_at"]
        declared("9.000012", channels=channels[5], valid_from=dt.date(2026, 11, 25))
    with clock.at(MONDAY + dt.timedelta(days=2)):
        second = receiving.receive(official(), after["code"])["due_at"]
        declared("9.000012", channels=channels[9], valid_from=dt.date(2026, 11, 26))

    assert (first.astimezone(clock.LOCAL).day, second.astimezone(clock.LOCAL).date()) == (27, dt.date(2026, 12, 2))
    assert queries.dossier(citizen(), before["code"])["due_at"] == first
    assert (
        queries.dossier(citizen(), before["code"])["version_id"]
        != queries.dossier(citizen(102), after["code"])["version_id"]
    )


def test_a_paper_of_the_vault_stands_for_one_and_is_open_to_its_agency_while_it_works(town, at_monday):
    owner = Actor.objects.create(id=101, username="citizen101", kind="person", password="!")
    paper = vault.upload(citizen(owner.id), io.BytesIO(PDF), "gcn.pdf", kind="land_certificate", title="GCN")
    reused = [Given("land", "GCN", vault=paper, digital=True), Given("drawings", "Bản vẽ", files=(), digital=False)]

    with pytest.raises(Problem):  # nobody reuses another's paper
        filing.submit(citizen(202), "1.013225", PERSON, unit_code=WARD, answers=ANSWERS["1.013225"], papers=reused)
    mine = filing.submit(citizen(), "1.013225", PERSON, unit_code=WARD, answers=ANSWERS["1.013225"], papers=reused)

    assert queries.dossier(citizen(), mine["code"])["reused"] == 1
    file = vault.paper(citizen(), paper).file_id
    assert files.open_file(official(), file)[1]
    with pytest.raises(Problem):
        files.open_file(official(agency="H13.31120"), file)
    filing.withdraw(citizen(), mine["code"])
    with pytest.raises(Problem):
        files.open_file(official(), file)
