"""A case is opened, moved, owned, handed over and closed; every verb checks, writes its line and tells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from taydo.engines.cases import actions, queries
from taydo.engines.cases.casetype import Deadline
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

from .sample import official

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 16, 1, 0, tzinfo=UTC)  # 08:00 in Việt Nam


def opened(viewer: Viewer, **options: object) -> int:
    return int(actions.open_case(viewer, "sample", "Đèn đường hỏng", agency=viewer.agency, **options)["id"])  # type: ignore[arg-type]


@contextmanager
def problem(code: str) -> Iterator[list[Problem]]:
    """The block must end in the problem of this code; it is handed out in the list."""
    told: list[Problem] = []
    with pytest.raises(Problem) as caught:
        yield told
    assert caught.value.code == code
    told.append(caught.value)


def test_a_case_goes_from_opening_to_its_end_and_its_timeline_says_so(an: Viewer) -> None:
    case = opened(an)
    actions.take(an, case)
    actions.move(an, case, "start")
    actions.move(an, case, "ask", "thiếu ảnh")
    actions.move(an, case, "answer", fields={"papers": 2})
    actions.comment(an, case, "đã gọi điện")
    actions.move(an, case, "close")

    lines = queries.timeline(an, case, newest_first=False)
    assert [line["kind"] for line in lines] == ["opened", "taken", "moved", "moved", "moved", "commented", "moved"]
    assert [line["to_word"] for line in lines if line["kind"] == "moved"] == [
        "Đang xử lý",
        "Chờ bổ sung",
        "Đang xử lý",
        "Đã đóng",
    ]
    shown = queries.case(an, case)
    assert (shown["due_state"], shown["owner"], shown["data"]) == ("done", "An", {"papers": 2})
    assert [move["id"] for move in shown["moves"]] == ["reopen"]
    types = [row["type"] for row in sql.rows("SELECT type FROM kernel_outbox ORDER BY seq")]
    assert types == [
        "cases.case_opened",
        "cases.case_assigned",
        *["cases.case_moved"] * 3,
        "cases.case_commented",
        "cases.case_moved",
        "cases.case_closed",
    ]


def test_a_move_needs_its_note_and_its_fields(an: Viewer) -> None:
    case = opened(an)
    actions.move(an, case, "start")
    with problem("move_not_filled"):
        actions.move(an, case, "ask")
    actions.move(an, case, "ask", "vì sao")
    for fields in ({}, {"papers": "hai"}, {"papers": 2, "other": 1}):
        with problem("move_not_filled"):
            actions.move(an, case, "answer", fields=fields)
    with problem("unknown_move"):
        actions.move(an, case, "fly")
    with problem("not_from_here"):
        actions.move(an, case, "close")
    assert queries.case(an, case)["state"] == "asked"


def test_the_same_client_key_is_done_once(an: Viewer) -> None:
    first = actions.open_case(an, "sample", "Một lần", agency="A", key="k1")
    again = actions.open_case(an, "sample", "Một lần", agency="A", key="k1")
    assert first == again
    assert sql.value("SELECT count(*) FROM cases_case") == 1
    actions.move(an, first["id"], "start", key="k2")
    assert actions.move(an, first["id"], "start", key="k2")["state"] == "working"
    with problem("key_used"):
        actions.comment(an, first["id"], "khác", key="k2")


def test_another_agency_sees_nothing_and_changes_nothing(an: Viewer, binh: Viewer) -> None:
    case = opened(an)
    for attempt in (
        lambda: queries.case(binh, case),
        lambda: queries.timeline(binh, case),
        lambda: actions.move(binh, case, "start"),
        lambda: actions.take(binh, case),
        lambda: actions.assign(binh, case, 1),
        lambda: actions.hand_over(binh, case, "B", "vì sao"),
        lambda: actions.comment(binh, case, "chào"),
    ):
        with problem("no_such_case"):
            attempt()
    with problem("not_allowed"):
        actions.open_case(binh, "sample", "Ở cơ quan khác", agency="A")
    assert queries.inbox(binh).cases == []
    assert queries.counts(binh)["open"] == 0
    assert sql.value("SELECT count(*) FROM cases_event") == 1


def test_who_may_only_see_may_not_write(an: Viewer) -> None:
    reader = official("Chi", "A", "see")
    case = opened(an)
    with problem("not_allowed"):
        actions.move(reader, case, "start")
    assert queries.case(reader, case)["moves"] == []
    assert sql.value("SELECT count(*) FROM kernel_audit WHERE outcome = 'refused'") == 1


def test_a_move_with_its_own_permission_asks_for_it(an: Viewer) -> None:
    mover = official("Dũng", "A", "see", "move")
    case = opened(an)
    actions.move(mover, case, "close")
    with problem("not_allowed"):
        actions.move(mover, case, "reopen")
    assert actions.move(an, case, "reopen")["state"] == "working"


def test_a_case_handed_over_leaves_the_inbox_but_stays_readable(an: Viewer, binh: Viewer) -> None:
    case = opened(an)
    actions.take(an, case)
    actions.hand_over(an, case, "B", "thuộc cơ quan B")

    assert queries.inbox(an).cases == []
    assert [item["id"] for item in queries.inbox(binh).cases] == [case]
    seen = queries.case(an, case)
    assert (seen["agency"], seen["owner"], seen["moves"]) == ("B", None, [])
    with problem("not_allowed"):
        actions.move(an, case, "start")
    actions.hand_over(binh, case, "A", "trả lại")
    assert queries.case(an, case)["chain"] == ["A", "B"]


def test_a_case_goes_only_to_people_who_may_work_on_it(an: Viewer, binh: Viewer) -> None:
    case = opened(an)
    with problem("cannot_own"):
        actions.assign(an, case, binh.actor_id or 0)
    actions.take(an, case)
    other = official("Em", "A")
    with problem("case_changed") as told:
        actions.take(other, case)
    assert told[0].fields["who"] == "An"


def test_the_version_that_was_seen_is_the_version_that_is_changed(an: Viewer) -> None:
    case = opened(an)
    actions.move(an, case, "start", expected_version=1)
    with problem("case_changed") as told:
        actions.move(an, case, "close", expected_version=1)
    assert "An" in told[0].vi and "Đang xử lý" in told[0].vi
    assert queries.case(an, case)["version"] == 2


def test_deadlines_run_in_working_hours_days_and_clock_hours(an: Viewer) -> None:
    rules = {
        Deadline(working_hours=8): datetime(2026, 11, 17, 1, 30, tzinfo=UTC),
        Deadline(working_days=2): datetime(2026, 11, 18, 10, 0, tzinfo=UTC),
        Deadline(hours=36): MONDAY + timedelta(hours=36),
    }
    for rule, due in rules.items():
        with clock.at(MONDAY):
            assert queries.case(an, opened(an, deadline=rule))["due"] == due


def test_the_clock_stands_still_in_a_pause_and_goes_on_with_what_was_left(an: Viewer) -> None:
    with clock.at(MONDAY):
        case = opened(an)
        actions.move(an, case, "start")
    with clock.at(MONDAY + timedelta(hours=1)):
        actions.move(an, case, "ask", "thiếu giấy")
    with clock.at(MONDAY + timedelta(days=3)):
        assert queries.case(an, case)["due_state"] == "waiting"
        actions.move(an, case, "answer", fields={"papers": 1})
        shown = queries.case(an, case)
    assert clock.calendar().working_time(MONDAY + timedelta(days=3), shown["due"]) == timedelta(hours=7)


def test_the_fixed_words_of_a_deadline_follow_the_clock(an: Viewer) -> None:
    with clock.at(MONDAY):
        case = opened(an, deadline=Deadline(hours=10))
    words = []
    for hours in (1, 8, 11):
        with clock.at(MONDAY + timedelta(hours=hours)):
            words.append(queries.case(an, case)["due_state"])
            words.append(next(name for name in ("late", "soon", "ontime") if queries.counts(an)[name]))
    assert words == ["ontime", "ontime", "soon", "soon", "late", "late"]


def test_a_timeline_can_only_grow(an: Viewer) -> None:
    opened(an)
    with pytest.raises(Exception, match="append-only"):
        sql.execute("UPDATE cases_event SET note = 'khác'")
