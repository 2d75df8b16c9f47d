"""The national portal is told every change once and in order, also after a day away; dossiers of ministries' systems are only mirrored."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import random

import pytest
from sandbox.portal.portal import SandboxPortal

from taydo.domains.procedures import jobs, queries
from taydo.domains.procedures.actions import filing, handling, portal, receiving, results, speaking
from taydo.domains.procedures.actions.filing import Given
from taydo.engines.cases import actions as cases
from taydo.engines.relay import actions as relay
from taydo.engines.relay import queries as standing
from taydo.engines.relay import sending
from taydo.engines.relay.partners import PARTNERS
from taydo.kernel import clock, events, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

from .conftest import ANSWERS, MONDAY, PERSON, WARD, WARD_AGENCY, citizen, official

pytestmark = pytest.mark.django_db
SYSTEM = Viewer.system("test")


@pytest.fixture
def sandbox(monkeypatch):
    with SandboxPortal() as running:
        running.run()
        for name, word in {"URL": running.url, "USER": "sandbox", "PASSWORD": "sandbox", "UNIT": "H13"}.items():
            monkeypatch.setenv(f"TAYDO_PORTAL_{name}", word)
        speaking._portal.clear()
        yield running
        running.shutdown()


def deliver() -> None:
    while events.deliver_pending():
        continue


def drain() -> None:
    deliver()
    sending.drain(PARTNERS[portal.PARTNER], rounds=5000)


def filed(number: int = 101) -> dict:
    return filing.submit(
        citizen(number),
        "1.004873",
        PERSON,
        unit_code=WARD,
        answers=ANSWERS["1.004873"],
        papers=[Given("id", "Căn cước", ("f-1",), digital=True)],
    )


def finish(mine: dict) -> None:
    for move in ("check", "submit_draft", "approve"):
        cases.move(official(), mine["case_id"], move)
    results.finish(official(), mine["code"], number="12/XN-UBND")
    results.return_result(official(), mine["code"], "Ký nhận tại quầy")


def test_every_change_is_told_with_who_and_when_and_the_states_are_ours(town, at_monday, sandbox):
    mine = filed()
    drain()
    assert sandbox.store.states() == {mine["code"]: "1"}
    receiving.receive(official(), mine["code"])
    cases.move(official(), mine["case_id"], "check")
    receiving.ask_supplement(official(), mine["code"], ["Bản án ly hôn"])
    drain()
    assert sandbox.store.states() == {mine["code"]: "5"}
    filing.give_supplement(citizen(), mine["code"], [Given("divorce", "Bản án ly hôn")])
    for move in ("submit_draft", "approve"):
        cases.move(official(), mine["case_id"], move)
    results.finish(official(), mine["code"], number="12/XN-UBND")
    results.return_result(official(), mine["code"], "Ký nhận tại quầy")
    drain()

    kept = sandbox.store.dossier(mine["code"])
    assert [step["TrangThai"] for step in kept["TienDo"]] == ["1", "2", "4", "5", "4", "4", "4", "9", "10"]
    assert kept["TienDo"][1]["NguoiXuLy"] == "Cán bộ clerk" and kept["NgayTiepNhan"] == "20261123090000"
    assert (
        kept["DanhSachHoSoBoSung"][0]["NoiDungBoSung"] == "Bản án ly hôn"
        and kept["DanhSachHoSoBoSung"][0]["TrangThaiBoSung"] == "1"
    )
    assert kept["DanhSachGiayToKetQua"][0]["MaKetQua"] == "12/XN-UBND" and kept["ChuHoSo"] == PERSON.name
    assert queries.dossier(citizen(), mine["code"])["sync"] == "sent"


def test_steps_the_portal_does_not_know_are_told_so_that_it_can_follow(town, at_monday, sandbox):
    early, late = filed(), filed(102)
    receiving.ask_supplement(official(), early["code"], ["Căn cước"])
    filing.give_supplement(citizen(), early["code"], [Given("id", "Căn cước")])
    receiving.receive(official(), early["code"])
    finish(early)
    receiving.receive(official(), late["code"])
    cases.move(official(), late["case_id"], "check")
    receiving.ask_supplement(official(), late["code"], ["Căn cước"])
    filing.withdraw(citizen(102), late["code"], "Không cần nữa")
    drain()

    assert sandbox.store.states() == {early["code"]: "10", late["code"]: "7"}
    assert sql.value("SELECT count(*) FROM relay_message WHERE state <> 'sent'") == 0


def test_a_day_away_while_hundreds_of_dossiers_change_ends_in_the_same_states_each_told_once_in_order(town, sandbox):
    dice, mine = random.Random(4), []
    sandbox.trouble = {"down": True}
    for hour in range(8):
        with clock.at(MONDAY + dt.timedelta(hours=hour * 3)):
            for number in range(26):
                mine.append(filed(1000 + hour * 100 + number))
            for one in dice.sample(mine, len(mine) // 3):
                advance(one, dice)
            drain()
    assert sandbox.store.states() == {}
    assert sandbox.asked < 100  # a silent partner is tried now and then, not once a message

    sandbox.trouble = {}
    with clock.at(MONDAY + dt.timedelta(days=2)):
        drain()

    ours = {
        str(row["code"]): str(row["told"]) for row in sql.rows("SELECT subject AS code, word AS told FROM relay_mark")
    }
    assert sandbox.store.states() == ours and len(ours) == len(mine) == 208
    taken = sandbox.store.messages()
    assert (
        len({row["key"] for row in taken})
        == len(taken)
        == sql.value("SELECT count(*) FROM relay_message WHERE state = 'sent'")
    )
    of = collections.defaultdict(list)
    for row in taken:
        of[row["code"]].append(tuple(map(int, row["key"].split("/")[1:])))
    assert all(keys == sorted(keys) for keys in of.values())
    assert sql.value("SELECT count(*) FROM procedures_dossier WHERE sync <> 'sent'") == 0


def advance(one: dict, dice: random.Random) -> None:
    state = queries.dossier(SYSTEM, one["code"])["state"]
    if state == "registered":
        receiving.receive(official(), one["code"]) if dice.random() < 0.9 else receiving.refuse(
            official(), one["code"], "Không thuộc thẩm quyền"
        )
    elif state == "accepted":
        cases.move(official(), one["case_id"], "check")
    elif state == "checking" and dice.random() < 0.2:
        handling.stop(official(), one["code"], "Không bổ sung")
    elif state == "checking":
        finish({**one, "code": one["code"]}) if False else [
            cases.move(official(), one["case_id"], move) for move in ("submit_draft", "approve")
        ]
    elif state == "signing":
        results.finish(official(), one["code"], number="1/XN")


@pytest.mark.parametrize("trouble", ["deaf", "lie"])
def test_a_portal_that_hangs_up_or_forgets_ends_with_every_message_once(town, at_monday, sandbox, trouble):
    mine = filed()
    sandbox.trouble = {trouble: True}
    drain()
    receiving.receive(official(), mine["code"])
    sandbox.trouble = {}
    if (
        trouble == "lie"
    ):  # it said yes and kept nothing: what follows is refused, somebody sends it again from the first one
        drain()
        assert queries.dossier(citizen(), mine["code"])["sync"] == "refused"
        relay.replay(SYSTEM, sql.value("SELECT min(id) FROM relay_message"))
    with clock.at(MONDAY + dt.timedelta(hours=1)):
        drain()

    taken = sandbox.store.messages(mine["code"])
    assert sandbox.store.states() == {mine["code"]: "2"}
    assert [row["state"] for row in taken] == ["1", "1", "2", "2"] and len({row["key"] for row in taken}) == 4
    assert standing.standing(portal.PARTNER, [mine["code"]])[mine["code"]].word == "sent"


def test_a_change_that_every_event_missed_is_found_and_told(town, at_monday, sandbox):
    mine = filed()
    receiving.receive(official(), mine["code"])
    sql.execute("DELETE FROM kernel_outbox")
    jobs.catch_up()
    drain()
    assert sandbox.store.states() == {mine["code"]: "2"}


def test_a_city_that_is_connected_later_tells_everything_from_the_beginning(town, at_monday, monkeypatch, sandbox):
    url = sandbox.url
    monkeypatch.delenv("TAYDO_PORTAL_URL")
    mine = filed()
    receiving.receive(official(), mine["code"])
    drain()
    assert sql.value("SELECT count(*) FROM relay_message") == 0
    monkeypatch.setenv("TAYDO_PORTAL_URL", url)
    assert list(jobs.tell_portal(None))[-1] == "dossiers told: 1"
    drain()
    assert sandbox.store.states() == {mine["code"]: "2"}


def test_a_ministrys_dossier_is_mirrored_once_read_only_and_its_system_owns_the_clock(town, at_monday, sandbox):
    sandbox.store.seed()
    sandbox.trouble = {"duplicate": True}
    jobs.pull()
    jobs.pull()
    code = "G01.99-20261120-0000101"
    seen = queries.dossier(official(agency=WARD_AGENCY), code)
    assert (seen["source"], seen["national"], seen["sync"]) == ("G01", 4, "mirrored")
    assert sql.value("SELECT count(*) FROM procedures_dossier") == 3
    with pytest.raises(Problem) as ours:
        receiving.receive(official(agency=WARD_AGENCY), code)
    assert ours.value.code == "not_ours"
    with pytest.raises(Problem):
        queries.dossier(official(agency="H13.31120"), code)

    later = {**sandbox.store.central(0)[0], "TrangThaiHoSo": "9", "NgayKetThucXuLy": "20261124100000"}
    sandbox.store.put_central({key: word for key, word in later.items() if key != "SoThuTu"})
    jobs.pull()
    after = queries.dossier(official(agency=WARD_AGENCY), code)
    assert (after["national"], after["due_at"], after["received_at"]) == (9, seen["due_at"], seen["received_at"])
    assert portal.push(code) == 0 and sandbox.store.states() == {}


def test_a_clerk_of_elsewhere_sees_nothing_of_the_relay(town):
    local = dataclasses.replace(official(), grants={"relay.see": frozenset({WARD_AGENCY})})
    with pytest.raises(Problem):
        standing.partners(local)
