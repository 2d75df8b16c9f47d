"""Published deadlines of Vietnamese hotlines as data: holidays, swapped Saturdays, the hour of last receipt, day and night."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taydo.engines.cases import actions, casetype, queries
from taydo.engines.cases.casetype import CaseType, Deadline
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.specs import SpecError, load, parse
from taydo.methods.tests.oracle import reference, shared
from taydo.methods.workingtime import Calendar

from .sample import TYPE
from .test_verbs import problem

FOLDER = Path(__file__).parent / "published"
HOUSE = Viewer.system("test")
DANANG = Calendar.of(
    [(date(2026, 11, 24), "holiday"), (date(2026, 8, 22), "workday"), (date(2026, 8, 31), "holiday"), (date(2026, 3, 29), "holiday")],
    hours=((time(7, 30), time(11, 30)), (time(13, 0), time(17, 30))),
)  # fmt: skip
"""Another city's calendar: its own hours, and a day off that Cần Thơ does not have."""


def published(name: str) -> CaseType:
    return load(FOLDER / f"{name}.yaml", CaseType)


def local(day: str, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(hour, minute), clock.LOCAL)


DANANG_DUE = [
    ("urgent", local("2026-11-23", 9), "2026-11-25 17:30"),  # the 24th is a holiday
    ("urgent", local("2026-11-20", 16), "2026-11-23 17:30"),  # Friday to Monday
    ("urgent", local("2026-08-21", 10), "2026-08-22 17:30"),  # a Saturday that is worked
    ("quick", local("2026-08-21", 10), "2026-08-25 17:30"),
    ("quick", local("2026-08-28", 10), "2026-09-03 17:30"),  # the 31st is off in exchange
    ("quick", local("2026-11-21", 8), "2026-11-27 17:30"),  # received on a Saturday: counts as Monday's
    ("urgent", local("2026-11-19", 23, 59), "2026-11-20 17:30"),
]


@pytest.mark.parametrize(("name", "at", "due"), DANANG_DUE)
def test_danang_answers_urgent_reports_in_one_and_quick_ones_in_three_working_days(
    name: str, at: datetime, due: str
) -> None:
    found = published("danang").class_of(name).due(at, DANANG)
    assert found.astimezone(clock.LOCAL).strftime("%Y-%m-%d %H:%M") == due


@pytest.mark.parametrize("at", [local("2026-11-24", 3), local("2026-11-22", 23, 50), local("2026-02-17", 0)])
def test_hochiminh_forwards_in_5_and_handles_in_30_minutes_day_and_night(at: datetime) -> None:
    spec = published("hochiminh")
    for calendar in (None, DANANG):
        assert spec.class_of("forward").due(at, calendar) - at == timedelta(minutes=5)
        assert spec.class_of("handle").due(at, calendar) - at == timedelta(minutes=30)


CANTHO_DUE = [
    ("urgent", local("2026-11-23", 9), "2026-11-23 17:00"),
    ("urgent", local("2026-11-24", 9), "2026-11-25 17:00"),  # a holiday: the next working day
    ("urgent", local("2026-08-22", 9), "2026-08-22 17:00"),  # a Saturday that is worked
    ("other", local("2026-11-20", 9), "2026-11-26 17:00"),
    ("late_desk", local("2026-11-20", 14, 59), "2026-11-26 17:00"),
    ("late_desk", local("2026-11-20", 15, 0), "2026-11-27 17:00"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "at", "due"), CANTHO_DUE)
def test_cantho_answers_businesses_the_same_working_day_or_in_three(name: str, at: datetime, due: str) -> None:
    casetype.declare(published("cantho"))
    with clock.at(at):
        case = actions.open_case(HOUSE, "cantho_business", "Việc gấp", agency="A", deadline=name)["id"]
        shown = queries.case(HOUSE, case)
    assert shown["due"].astimezone(clock.LOCAL).strftime("%Y-%m-%d %H:%M") == due
    assert shown["deadline_class"] == name


def test_feedback_on_procedures_has_the_published_deadlines() -> None:
    told = json.loads(shared("data", "specs", "tthc_deadline_rules.json").read_text("utf-8"))["feedback_PAKN"]
    spec = published("feedback")
    assert {f"{name}_wd": rule.working_days for name, rule in spec.deadlines.items()} == told
    publish = spec.moves["resolve"].deadline
    assert isinstance(publish, Deadline) and publish.working_days == told["publish_wd"]


@cache
def holidays() -> Calendar:
    with shared("data", "specs", "holidays_vn_2025_2027.csv").open(encoding="utf-8") as file:
        return Calendar.of([(date.fromisoformat(row["date"]), row["kind"]) for row in csv.DictReader(file)])


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 10, 1)),
    st.sampled_from([(file, name) for file in ("danang", "cantho", "feedback") for name in published(file).deadlines]),
)
def test_every_published_class_is_due_on_the_day_the_reference_says(received: datetime, which: tuple[str, str]) -> None:
    rule = published(which[0]).class_of(which[1])
    assert rule.working_days is not None
    due = rule.due(received.replace(tzinfo=clock.LOCAL), holidays()).astimezone(clock.LOCAL)
    assert due.date() == reference().due_working_days(
        received, rule.working_days, rule.cutoff.hour if rule.cutoff else None
    )
    assert due.time() == time(17, 0)


@pytest.mark.django_db
def test_a_forwarded_report_gets_its_next_deadline_and_late_is_late_at_night() -> None:
    casetype.declare(published("hochiminh"))
    at = local("2026-11-22", 23, 58)
    with clock.at(at):
        case = actions.open_case(HOUSE, "hochiminh_report", "F0 tự cách ly", agency="A")["id"]
    with clock.at(at + timedelta(minutes=4)):
        assert queries.case(HOUSE, case)["due_state"] == "soon"
        actions.move(HOUSE, case, "forward")
    with clock.at(at + timedelta(minutes=33)):
        assert queries.case(HOUSE, case)["due_state"] == "soon"
    with clock.at(at + timedelta(minutes=35)):
        assert queries.case(HOUSE, case)["due_state"] == "late"


CLASSES = """
deadlines: {short: {working_hours: 6}, long: {working_days: 12}, desk: {working_days: 2, cutoff: "15:00"}, night: {hours: 30}}
states:"""


def classed() -> CaseType:
    """The sample type with classes of deadline."""
    return parse(TYPE.replace("\nstates:", CLASSES), CaseType, "sample.yaml")


@pytest.mark.django_db
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.datetimes(datetime(2026, 8, 17), datetime(2026, 12, 1)),
    st.lists(st.floats(0.01, 70), max_size=6),
    st.sampled_from(["short", "long", "desk", "night"]),
    st.sampled_from([None, "short", "long", "desk", "night"]),
    st.integers(0, 6),
)
def test_a_case_put_in_a_class_is_due_as_if_it_had_begun_in_it(
    an: Viewer, begin: datetime, waits: list[float], name: str, before: str | None, when: int
) -> None:
    casetype.declare(classed())
    at = begin.replace(tzinfo=clock.LOCAL)
    with clock.at(at):
        born = int(actions.open_case(an, "sample", "Từ đầu", agency="A", deadline=name)["id"])
        put = int(actions.open_case(an, "sample", "Xếp lại", agency="A", deadline=before)["id"])
        actions.move(an, born, "start")
        actions.move(an, put, "start")
    for number, hours in enumerate([*waits, 1.0]):
        at += timedelta(hours=hours)
        with clock.at(at):
            if number == min(when, len(waits)):
                actions.set_deadline_class(an, put, name)
            for case in (born, put):
                asked = queries.case(an, case)["state"] == "asked"
                actions.move(an, case, "answer" if asked else "ask", "vì", fields={"papers": 1} if asked else {})

    columns = "SELECT due_at, paused_at, paused_left_s, due_clock, deadline_class FROM cases_case WHERE id = %(id)s"
    one, other = (sql.row(columns, {"id": case}) for case in (born, put))
    assert one is not None and other is not None
    assert abs(one["due_at"] - other["due_at"]) < timedelta(seconds=1)
    assert abs((one["paused_left_s"] or 0) - (other["paused_left_s"] or 0)) < 1
    assert [one[key] for key in ("paused_at", "due_clock", "deadline_class")] == [
        other[key] for key in ("paused_at", "due_clock", "deadline_class")
    ]


@pytest.mark.django_db
def test_a_class_counts_from_the_step_that_began_the_deadline_anew(an: Viewer) -> None:
    casetype.declare(classed())
    with clock.at(local("2026-11-16", 8)):
        case = int(actions.open_case(an, "sample", "Mở lại", agency="A")["id"])
        actions.move(an, case, "close")
        with problem("case_ended"):
            actions.set_deadline_class(an, case, "short")
    with clock.at(local("2026-11-18", 8)):
        actions.move(an, case, "reopen")
        with problem("unknown_deadline"):
            actions.set_deadline_class(an, case, "none")
        actions.set_deadline_class(an, case, "short", "Gấp")
    assert queries.case(an, case)["due"] == local("2026-11-18", 16)  # three and a half hours, noon, two and a half
    line = queries.timeline(an, case)[0]
    assert (line["kind"], line["text"], line["data"]) == ("deadline_set", "Gấp", {"from": "", "to": "short"})


BROKEN = {
    "deadline: {working_hours: 8}": ("deadline: {hours: 8, cutoff: '15:00'}", "cutoff belongs"),
    "start: new\n": ("start: new\nmerged: working\n", "merged: there is no state working that is done"),
    "prefix: TH\n": ("prefix: TH\ntitles: {fast: {vi: Nhanh, en: Fast}}\n", "titles of deadlines that are not declared: fast"),
    "title: {vi: Vụ việc thử, en: Sample case}\n": ("title: {vi: a, en: b}\nextension: {most: 0, longest: {hours: 1}}\n", "greater than or equal to 1"),
}  # fmt: skip


@pytest.mark.parametrize("piece", BROKEN)
def test_a_wrong_declaration_of_time_is_refused_with_its_reason(piece: str) -> None:
    instead, reason = BROKEN[piece]
    assert piece in TYPE
    with pytest.raises(SpecError, match=reason):
        parse(TYPE.replace(piece, instead, 1), CaseType, "sample.yaml")
