"""A released workflow holds for new cases of its subject, in every process; running cases keep theirs."""

from __future__ import annotations

import pytest

from taydo.engines.cases import actions as cases
from taydo.engines.cases import casetype, queries
from taydo.engines.workflows import actions, keeping
from taydo.engines.workflows.queries import type_for
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.specs import parse

TYPE = """
id: matter_plain
title: {vi: Hồ sơ thử, en: Sample dossier}
prefix: QT
start: received
deadline: {working_days: 5}
states:
  received: {title: {vi: Được tiếp nhận, en: Received}, outside: "2", within: {working_hours: 4}}
  checked: {title: {vi: Đang thẩm tra, en: Being checked}, outside: "4", within: {working_days: 2}}
  ended: {title: {vi: Đã xong, en: Done}, phase: done, outside: "9"}
moves:
  check: {title: {vi: Chuyển thẩm tra, en: Check}, from: [received], to: checked, primary: true}
  end: {title: {vi: Kết thúc, en: End}, from: [checked], to: ended, tasks_done: true}
"""
PLAIN = parse(TYPE, casetype.CaseType, "matter_plain.yaml")
SYSTEM = Viewer.system("test")


@pytest.fixture(autouse=True)
def declared(db: None) -> None:
    casetype.declare(PLAIN)
    casetype._stored.clear()
    keeping._Memory.until = 0.0


def test_a_release_holds_for_its_subject_alone_and_running_cases_keep_theirs() -> None:
    assert type_for("plain", "1.004873") == type_for("matter_plain", "9.9") == "matter_plain"
    before = cases.open_case(SYSTEM, type_for("plain", "1.004873"), "Trước", agency="A")["id"]
    changed = parse(TYPE.replace("vi: Đang thẩm tra", "vi: Thẩm tra tại chỗ"), casetype.CaseType, "x.yaml")

    actions.put_in_force(SYSTEM, "plain", "1.004873", changed, "Thẩm tra tại chỗ theo QĐ 12")
    after = cases.open_case(SYSTEM, type_for("plain", "1.004873"), "Sau", agency="A")["id"]

    assert type_for("plain", "1.004874") == "matter_plain"
    for case, word in ((before, "Đang thẩm tra"), (after, "Thẩm tra tại chỗ")):
        cases.move(SYSTEM, case, "check")
        assert queries.case(SYSTEM, case)["state_word"] == word


def test_a_process_that_starts_later_finds_the_type_in_the_table() -> None:
    changed = parse(TYPE.replace("prefix: QT", "prefix: QS"), casetype.CaseType, "x.yaml")
    actions.put_in_force(SYSTEM, "plain", "1.004873", changed, "Tiền tố khác")
    casetype._versions.clear()
    keeping._Memory.held, keeping._Memory.until = keeping.InForce(), 0.0

    name = type_for("plain", "1.004873")

    assert casetype.current(name).prefix == "QS"
    assert (
        sql.value("SELECT type FROM cases_case WHERE id = %(id)s", cases.open_case(SYSTEM, name, "Mới", agency="A"))
        == "matter_plain"
    )
