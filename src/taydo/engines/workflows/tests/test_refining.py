"""An official refines a workflow without code; what does not hold together is not released, and says why."""

from __future__ import annotations

import json
from types import MappingProxyType

import pytest

from taydo.engines.cases import actions as cases
from taydo.engines.cases import queries as seen
from taydo.engines.workflows import actions, differing, queries
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

from .sample import PLAIN, SYSTEM

KIND, KEY = "matter_plain", "1.004873"
SITE = {"after": "received", "vi": "Kiểm tra thực địa", "en": "Site visit"}


def change(verb: str, **given: object) -> None:
    actions.change(SYSTEM, KIND, KEY, verb, given)


def states(case: int, *moves: str) -> list[str]:
    for move in moves:
        cases.move(SYSTEM, case, move, "Đã làm xong")
    return [
        line["to_state"]
        for line in seen.timeline(SYSTEM, case, newest_first=False)
        if line["kind"] in ("opened", "moved")
    ]


def with_site_visit() -> None:
    actions.begin(SYSTEM, KIND, KEY)
    change("add_step", **SITE)
    asks = [{"agency": "B", "question": "Đất có tranh chấp không?"}, {"agency": "C", "question": "Đã nộp thuế chưa?"}]
    change(
        "step",
        id="kiem_tra_thuc_dia",
        vi="Kiểm tra thực địa",
        en="Site visit",
        amount="3",
        unit="working_days",
        outside="4",
        asks=asks,
    )
    fields = [{"vi": "Số biên bản", "en": "Record number", "kind": "text", "required": True}]
    change(
        "move",
        id="check",
        vi="Chuyển thẩm tra",
        en="Check",
        note="required",
        tasks_done=True,
        primary=True,
        permission="cases.move",
        fields=fields,
    )


def test_a_step_put_in_between_is_walked_with_its_fields_and_its_parallel_questions() -> None:
    with_site_visit()
    actions.release(SYSTEM, KIND, KEY, "Thêm kiểm tra thực địa")
    case = cases.open_case(SYSTEM, queries.type_for(KIND, KEY), "Cấp phép", agency="A")["id"]

    done = cases.move(SYSTEM, case, "to_kiem_tra_thuc_dia")
    asked = sql.rows("SELECT id, agency FROM cases_case WHERE parent_id = %(id)s ORDER BY agency", {"id": case})
    assert [item["agency"] for item in asked] == ["B", "C"]
    assert done["version"] == seen.case(SYSTEM, case)["version"]
    assert seen.case(SYSTEM, case)["step_due_at"] is not None
    with pytest.raises(Problem, match="Still waiting for the answer of: B, C"):
        cases.move(SYSTEM, case, "check", "Xong", fields={"so_bien_ban": "12/BB"})
    for item in asked:
        cases.move(SYSTEM, item["id"], "answer", "Không")
    with pytest.raises(Problem, match="lacks something"):
        cases.move(SYSTEM, case, "check", "Xong")
    cases.move(SYSTEM, case, "check", "Xong", fields={"so_bien_ban": "12/BB"})
    assert states(case, "end") == ["received", "kiem_tra_thuc_dia", "checked", "ended"]


def test_taking_the_step_out_again_gives_back_what_there_was() -> None:
    actions.begin(SYSTEM, KIND, KEY)
    change("add_step", **SITE)
    change("remove_step", id="kiem_tra_thuc_dia")
    draft = queries.draft(KIND, KEY)
    assert draft is not None
    assert differing.differences(draft.spec, json.loads(PLAIN.text)) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("step", {"id": "checked", "vi": "Thẩm tra", "en": "", "outside": "4"})], "Thiếu tên tiếng Anh: Thẩm tra"),
        ([("add_step", SITE), ("step", {"id": "kiem_tra_thuc_dia", "vi": "A", "en": "A", "outside": "10"})], "không cho chuyển từ trạng thái 2 sang 10"),
        ([("add_step", SITE), ("step", {"id": "kiem_tra_thuc_dia", "vi": "A", "en": "A", "outside": ""})], "chưa có trạng thái trên Cổng quốc gia"),
        ([("remove_move", {"id": "check"})], "Không đường nào dẫn tới “Đang thẩm tra”"),
        ([("move", {"id": "end", "vi": "Hết", "en": "End", "permission": "cases.dance"})], "Không có quyền “cases.dance”"),
        ([("add_step", SITE), ("step", {"id": "kiem_tra_thuc_dia", "vi": "A", "en": "A", "outside": "2", "asks": [{"agency": "B", "question": "?"}]})],
         "không thao tác nào chờ trả lời"),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_not_released_and_says_why(changes: list[tuple[str, dict[str, object]]], said: str) -> None:  # fmt: skip
    actions.begin(SYSTEM, KIND, KEY)
    for verb, given in changes:
        change(verb, **given)
    with pytest.raises(Problem) as refused:
        actions.release(SYSTEM, KIND, KEY, "Thử")
    assert said in refused.value.vi
    assert queries.type_for(KIND, KEY) == KIND


def test_what_the_house_itself_takes_can_be_neither_removed_nor_led_elsewhere() -> None:
    actions.begin(SYSTEM, KIND, KEY)
    for verb, given in (
        ("remove_move", {"id": "given"}),
        ("remove_move", {"id": "end"}),
        ("remove_step", {"id": "ended"}),
    ):
        with pytest.raises(Problem, match="relies on it"):
            change(verb, **given)
    change("move", id="end", vi="Ký và kết thúc", en="Sign and end", to="stopped", permission="cases.move")
    draft = queries.draft(KIND, KEY)
    assert draft is not None and draft.spec["moves"]["end"]["to"] == "ended"


def test_undo_releases_an_older_version_and_the_standard_can_hold_again() -> None:
    actions.begin(SYSTEM, KIND, KEY)
    change("title", vi="Quy trình 2026", en="Workflow 2026")
    one = actions.release(SYSTEM, KIND, KEY, "Bản đầu")
    actions.begin(SYSTEM, KIND, KEY)
    change("title", vi="Quy trình nhầm", en="A mistake")
    actions.release(SYSTEM, KIND, KEY, "Bản hai")

    actions.release_again(SYSTEM, KIND, KEY, one, "Bản hai sai")
    assert queries.spec_of(KIND, KEY).title.vi == "Quy trình 2026"
    actions.release_standard(SYSTEM, KIND, KEY, "Không cần riêng nữa")
    assert queries.spec_of(KIND, KEY) == PLAIN
    assert [item["why"] for item in queries.releases(KIND, KEY)] == [
        "Không cần riêng nữa",
        "Bản hai sai",
        "Bản hai",
        "Bản đầu",
    ]


def test_two_officials_at_one_draft_do_not_overwrite_each_other_and_one_agency_may_not_change_the_citys() -> None:
    actions.begin(SYSTEM, KIND, KEY)
    seen_version = 1
    actions.change(SYSTEM, KIND, KEY, "title", {"vi": "Một", "en": "One"}, expected_version=seen_version)
    with pytest.raises(Problem, match="has just changed the draft"):
        actions.change(SYSTEM, KIND, KEY, "title", {"vi": "Hai", "en": "Two"}, expected_version=seen_version)
    local = Viewer(7, "an", "An", "official", "A", grants=MappingProxyType({"workflows.edit": frozenset({"A"})}))
    with pytest.raises(Problem, match="does not hold"):
        actions.begin(local, KIND, KEY)
