"""The national portal's messages: written as its adapters write them, read strictly, carried as JSON and as XML alike."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import json
import os
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from sandbox.portal.portal import SandboxPortal

from taydo.protocols import dvcqg
from taydo.protocols.dvcqg import messages

SPECS = Path(os.environ.get("TAYDO_SHARED", "../shared")) / "data" / "specs"
real = pytest.mark.skipif(not SPECS.is_dir(), reason=f"no public tables at {SPECS} (set TAYDO_SHARED)")
AT = dt.datetime(2026, 11, 25, 1, 30, 5, tzinfo=dt.UTC)
DOSSIER = dvcqg.Dossier(
    "H13.29-20261125-0000001", "1.001193", "Đăng ký khai sinh", "G03-HT", "Hộ tịch", "UBND phường Ninh Kiều", channel="online", applicant="Trần Thị Bé",
    applicant_kind="organisation", received_at=AT, due_at=AT + dt.timedelta(days=1), state=2,
    papers=(dvcqg.Paper("f1", "giay-chung-sinh.pdf", digitised=True, from_store=True),),
    fees=(dvcqg.Fee("Lệ phí hộ tịch", when="result", amount_vnd=8000),),
    supplements=(dvcqg.Supplement("s1", text="Bổ sung giấy chứng sinh", papers=(dvcqg.Other("Giấy chứng sinh", count=1, copy="original"),)),),
    results=(dvcqg.Result("Giấy khai sinh", code="KQ.G03.000001"),), online_payment=1, digitised=True,
)  # fmt: skip
STEP = dvcqg.Progress(DOSSIER.code, "Lê Văn Tám", AT, "Đã tiếp nhận", 2, position="Công chức", office="Tư pháp")


def packet(*items: Any, service: str = dvcqg.SYNC) -> dict[str, Any]:
    return dvcqg.written(dvcqg.Packet("s", "H13", service, items=items))


def test_a_dossier_comes_back_whole_from_json_and_from_xml() -> None:
    made = packet(DOSSIER)
    assert made["data"][0]["NgayTiepNhan"] == "20261125083005"
    assert made["data"][0]["LoaiDoiTuong"] == "2" and made["data"][0]["KenhThucHien"] == "2"
    for carried in (dvcqg.of_json(json.dumps(made).encode()), dvcqg.of_xml(dvcqg.as_xml(made))):
        read = dvcqg.understood(carried)
        assert (read.service, read.updating, read.items) == (dvcqg.SYNC, False, (DOSSIER,))


def test_who_applies_has_other_numbers_at_other_adapters() -> None:
    made = dvcqg.written(dvcqg.Packet("s", "H13", dvcqg.SYNC, items=(DOSSIER,)), adapter="moha")
    assert made["data"][0]["LoaiDoiTuong"] == "1"
    assert dvcqg.understood(made, adapter="moha").items == (DOSSIER,)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"MaTTHC": ""}, "data[0].MaTTHC"),
        ({"MaHS": "x"}, "data[0].MaHS"),
        ({"NgayTiepNhan": "25/11/2026"}, "data[0].NgayTiepNhan"),
        ({"NgayTiepNhan": "20261325083005"}, "data[0].NgayTiepNhan"),
        ({"KenhThucHien": "9"}, "data[0].KenhThucHien"),
        ({"TrangThaiHoSo": "hai"}, "data[0].TrangThaiHoSo"),
        ({"TaiLieuNop": [{"TepDinhKemId": "f1"}]}, "data[0].TaiLieuNop[0].TenTepDinhKem"),
        ({"TaiLieuNop": "f1"}, "data[0].TaiLieuNop"),
        ({"HoSoCoThanhPhanSoHoa": "có"}, "data[0].HoSoCoThanhPhanSoHoa"),
    ],
)
def test_a_wrong_message_is_refused_by_the_name_of_its_field(change: dict[str, Any], field: str) -> None:
    made = packet(DOSSIER)
    made["data"][0] |= change
    with pytest.raises(dvcqg.WireError) as refused:
        dvcqg.understood(made)
    assert refused.value.field == field


@real
def test_every_published_field_is_there_and_no_other() -> None:
    published = json.loads((SPECS / "dvcqg_sync_fields.json").read_text("utf-8"))

    def names(cls: type) -> list[str]:
        return [field.metadata["wire"] for field in dataclasses.fields(cls)]

    lists = {
        name: inner for item in published["DongBoHoSoMC"] if isinstance(item, dict) for name, inner in item.items()
    }
    flat = [item for item in published["DongBoHoSoMC"] if isinstance(item, str)]
    assert set(names(messages.Dossier)) == {*flat, *lists}
    assert names(messages.Progress) == published["CapNhatTienDoHoSoMC"]
    of = {
        field.metadata["wire"]: field.metadata["of"]
        for field in dataclasses.fields(messages.Dossier)
        if field.metadata["of"]
    }
    assert {name: sorted(names(cls)) for name, cls in of.items()} == {
        name: sorted(inner) for name, inner in lists.items()
    }
    assert set(published["services"]) == set(dvcqg.SERVICES)


@real
def test_states_and_what_follows_are_those_of_the_public_table() -> None:
    with (SPECS / "dossier_status_transitions.csv").open(encoding="utf-8") as file:
        assert {(int(row["from"]), int(row["to"])) for row in csv.DictReader(file)} == dvcqg.TRANSITIONS
    with (SPECS / "dossier_status_codes.csv").open(encoding="utf-8") as file:
        assert {int(row["code"]): (row["name_vi"], row["name_en"]) for row in csv.DictReader(file)} == dict(
            dvcqg.STATES
        )


@pytest.fixture
def sandbox() -> Any:
    with SandboxPortal() as portal:
        portal.run()
        yield portal
        portal.shutdown()


def speaking(sandbox: SandboxPortal, xml: bool = False) -> dvcqg.Portal:
    def post(path: str, body: dict[str, Any], headers: dict[str, str]) -> Any:
        data, kind = (dvcqg.as_xml(body), "application/xml") if xml else (json.dumps(body).encode(), "application/json")
        request = urllib.request.Request(f"{sandbox.url}/{path}", data, {**headers, "Content-Type": kind})
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)

    return dvcqg.Portal(post, "sandbox", "sandbox", "H13")


@pytest.mark.parametrize("xml", [False, True])
def test_the_sandbox_written_apart_takes_what_we_write_once_and_refuses_impossible_states(
    sandbox: SandboxPortal, xml: bool
) -> None:
    portal = speaking(sandbox, xml)
    portal.tell(dvcqg.SYNC, [DOSSIER], key="k1")
    portal.tell(dvcqg.SYNC, [DOSSIER], key="k1")
    portal.tell(dvcqg.PROGRESS, [STEP], key="k2")
    sandbox.trouble = {"expire": True}
    portal.tell(dvcqg.PROGRESS, [dataclasses.replace(STEP, state=4, at=AT + dt.timedelta(hours=1))], key="k3")
    for state, code in ((3, "11"), (10, "11")):
        with pytest.raises(dvcqg.Refused) as refused:
            portal.tell(dvcqg.PROGRESS, [dataclasses.replace(STEP, state=state)], key=f"x{state}")
        assert refused.value.code == code
    with pytest.raises(dvcqg.Refused) as refused:
        portal.tell(dvcqg.SYNC, [DOSSIER], key="k4")
    assert refused.value.code == "02"

    kept = portal.dossier(DOSSIER.code)
    assert (
        kept is not None
        and kept["TrangThaiHoSo"] == "4"
        and [step["TrangThai"] for step in kept["TienDo"]] == ["2", "4"]
    )
    assert [row["key"] for row in sandbox.store.messages()] == ["k1", "k2", "k3"]
    assert portal.dossier("H13-0") is None
    assert portal.list(dvcqg.PROCEDURES, dvcqg.Procedure)[1].code == "1.001193"


def test_a_way_is_told_in_steps_the_portal_can_follow() -> None:
    assert dvcqg.route(None, 2) == [2] and dvcqg.route(4, 4) == [4] and dvcqg.route(2, 9) == [9]
    assert dvcqg.route(5, 7) == [4, 7] and dvcqg.route(6, 8) == [4, 8]
    assert dvcqg.route(5, 1) == [5] and dvcqg.route(5, 2) == [4] and dvcqg.route(10, 4) == [10]
    for before in (None, *dvcqg.STATES):
        for after in dvcqg.STATES:
            told = dvcqg.route(before, after)
            steps = zip([before, *told], told, strict=False)
            assert all(dvcqg.may_follow(first, then) for first, then in steps), (before, after, told)
