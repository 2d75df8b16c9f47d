"""The whole official list, as it was crawled; skipped where it is not at hand (TAYDO_SHARED)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from taydo.domains.catalogue import public, queries
from taydo.domains.catalogue.actions import importing, publishing
from taydo.domains.catalogue.queries import doubts
from taydo.engines.search import queries as search
from taydo.kernel import specs
from taydo.kernel.actors import Viewer

HOUSE = Viewer.system("tests")


@pytest.mark.django_db
def test_every_procedure_of_the_list_is_taken_found_and_can_be_begun(official_list: Path, town: None) -> None:
    publishing.load(HOUSE, specs.city())
    run = importing.bring_in(HOUSE, official_list)
    figures = {name: dict(states) for name, states in run["figures"].items()}

    assert (run["read"], run["refused"]) == (2642, 0)
    assert figures["deadline"]["read"] + figures["deadline"]["doubtful"] > 2159  # what a plain pattern had read before
    assert sum(any(fee.amount_vnd for way in one.channels for fee in way.fees) for one in queries.in_force()) > 396
    standing = queries.in_force()
    assert len(standing) >= 2642
    for one in standing:
        assert public.receives(one, "31135") and public.decides(one, "31135")
        assert one.level != "central" or one.forward
    assert all(search.find(code, kinds=("procedure",)).hits[:1] for code in ("1.001193", "1.000178"))

    again = importing.bring_in(HOUSE, official_list)
    assert (again["written"], again["same"]) == (0, 2642)


@pytest.mark.django_db
def test_a_broken_row_is_kept_with_its_reason_and_a_changed_one_becomes_a_new_version(tmp_path: Path) -> None:
    good = {"ma_thu_tuc": "9.100001", "ten_thu_tuc": "Thủ tục thử nghiệm", "cap_thuc_hien": "Cấp xã", "linh_vuc": "Thử",
            "cach_thuc_thuc_hien": "Hình thức nộpThời gianPhí, lệ phíMô tảTrực tiếp3 Ngày làm việc7,000 Việt Nam Đồng"}  # fmt: skip
    path = tmp_path / "list.jsonl"
    lines = [json.dumps(good), "{broken", json.dumps({"ten_thu_tuc": "không mã"}), json.dumps(good)]
    path.write_text("\n".join(lines))

    run = importing.bring_in(HOUSE, path)
    path.write_text(json.dumps(good | {"ten_thu_tuc": "Thủ tục thử nghiệm, sửa"}))
    changed = importing.bring_in(HOUSE, path)

    assert [one["reason"] for one in doubts.run(run["id"])["refused"]] == ["not_a_record", "no_code", "twice"]
    assert changed["written"] == 1
    assert [one["title"] for one in queries.history("9.100001")] == ["Thử nghiệm, sửa", "Thử nghiệm"]
    assert doubts.source("9.100001")["ten_thu_tuc"] == "Thủ tục thử nghiệm, sửa"
    first = public.version(queries.history("9.100001")[1]["id"])
    assert (first.channels[0].deadline.working_days, first.channels[0].fees[0].amount_vnd) == (3, 7000)  # type: ignore[union-attr]


@pytest.mark.django_db
def test_a_ministrys_sheet_adds_names_that_are_not_known_yet(official_list: Path) -> None:
    run = importing.bring_in(HOUSE, official_list.parent / "xlsx" / "toa-an-nhan-dan.xlsx")
    again = importing.bring_in(HOUSE, official_list.parent / "xlsx" / "toa-an-nhan-dan.xlsx")

    assert (run["read"], run["written"], again["known"]) == (3, 3, 3)
    kept = public.on("3.000164")
    assert kept and [one.reason for one in kept.spec.uncertain] == ["list_only"]
