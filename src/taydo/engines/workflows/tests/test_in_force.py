"""A released workflow holds for new cases of its subject, in every process; running cases keep theirs."""

from __future__ import annotations

from taydo.engines.cases import actions as cases
from taydo.engines.cases import casetype, queries
from taydo.engines.workflows import actions, keeping
from taydo.engines.workflows.queries import type_for
from taydo.kernel import sql
from taydo.kernel.specs import parse

from .sample import SYSTEM, TYPE


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
