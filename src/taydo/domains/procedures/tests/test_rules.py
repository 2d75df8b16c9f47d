from __future__ import annotations

import csv
import datetime as dt
import runpy

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from taydo.domains.procedures import rules
from taydo.domains.procedures.rules import Run, on_time
from taydo.engines.cases import casetype
from taydo.engines.cases.casetype import Deadline
from taydo.kernel import clock

DAY = dt.timedelta(days=1)
START = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
PERIOD = START + 60 * DAY
TABLES = settings.TAYDO_SHARED / "data" / "specs"
REFERENCE = runpy.run_path(str(TABLES / "reference_algorithms.py")) if TABLES.is_dir() else {}
shared = pytest.mark.skipif(not TABLES.is_dir(), reason=f"no tables of law at {TABLES} (set TAYDO_SHARED)")
KINDS = ("immediate", "standard", "consulted", "joint")


@pytest.mark.parametrize("kind", KINDS)
def test_steps_of_every_kind_follow_the_portals_transitions(kind):
    spec = casetype.current(f"dossier_{kind}")
    outside = {name: int(state.outside) for name, state in spec.states.items()}

    for name, move in spec.moves.items():
        for start in move.from_:
            before, after = outside[start], outside[move.to]
            assert before == after or after in rules.FOLLOWS[before], (name, start, move.to)
    assert set(outside.values()) == set(rules.NATIONAL)


@shared
def test_the_transitions_are_those_of_the_portal_and_four_more_that_are_named():
    with (TABLES / "dossier_status_transitions.csv").open(encoding="utf-8") as source:
        portals = {(int(row["from"]), int(row["to"])) for row in csv.DictReader(source)}
    ours = {(before, after) for before, then in rules.FOLLOWS.items() for after in then}

    assert portals <= ours
    assert ours - portals == {
        (5, 1),
        (5, 7),
        (6, 7),
        (6, 8),
    }  # papers given before receipt; withdrawn or stopped while something is owed
    with (TABLES / "dossier_status_codes.csv").open(encoding="utf-8") as source:
        named = {int(row["code"]): row["name_vi"] for row in csv.DictReader(source)}
    assert {code: words[0] for code, words in rules.NATIONAL.items()} == named


def test_every_transition_of_the_portal_is_walked_by_some_workflow():
    walked = set()
    for kind in KINDS:
        spec = casetype.current(f"dossier_{kind}")
        outside = {name: int(state.outside) for name, state in spec.states.items()}
        walked |= {(outside[start], outside[move.to]) for move in spec.moves.values() for start in move.from_}

    assert {(before, after) for before, then in rules.FOLLOWS.items() for after in then} <= walked


@shared
@given(st.dates(dt.date(2026, 1, 1), dt.date(2026, 11, 30)), st.times(), st.integers(0, 20), st.booleans())
def test_working_days_end_on_the_day_the_reference_says(day, hour, days, cut):
    local = dt.datetime.combine(day, hour.replace(microsecond=0), clock.LOCAL)
    due = Deadline(working_days=days, cutoff=dt.time(15) if cut else None).due(local).astimezone(clock.LOCAL)

    assert due.date() == REFERENCE["due_working_days"](local.replace(tzinfo=None), days, 15 if cut else None)


@pytest.mark.parametrize(
    ("run", "right"),
    [
        (Run(START, START + 3 * DAY, done_at=START + 3 * DAY), True),
        (Run(START, START + 3 * DAY, done_at=START + 3.01 * DAY), False),
        (Run(START, START + 3 * DAY, returned_at=START + 2 * DAY), True),
        (Run(START, START + 3 * DAY, done_at=START + 2 * DAY, returned_at=START + 9 * DAY), True),
        (Run(START, START + 3 * DAY, ended_at=START + 4 * DAY), False),
        (Run(START, START + 3 * DAY), False),
        (Run(START, START + 90 * DAY), True),
        (Run(START, START + 3 * DAY, supplements=1, asked_at=START + DAY), True),
        (Run(START, START + 3 * DAY, done_at=START + DAY, supplements=2), False),
        (Run(START, None, done_at=START + 9 * DAY, waited=5 * DAY, longest=5 * DAY), True),
        (Run(START, None, done_at=START + 9 * DAY, waited=DAY, longest=5 * DAY), False),
    ],
)
def test_on_time_as_item_2_1_of_qd_766_says(run, right):
    assert on_time(run, PERIOD) is right


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_ending_earlier_never_makes_a_dossier_late(due, end, earlier):
    late = Run(START, START + due * DAY, done_at=START + end * DAY)
    sooner = Run(START, START + due * DAY, done_at=START + min(end, earlier) * DAY)
    assert on_time(sooner, PERIOD) >= on_time(late, PERIOD)


def test_codes_in_both_styles():
    day = dt.date(2022, 1, 1)
    assert rules.code_of("dated", "H13.16", "000.00.16.H13", day, 1) == "H13.16-20220101-0000001"
    assert rules.code_of("2018", "H13.16", "000.00.16.H13", day, 1) == "000.00.16.H13-220101-0001"


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 30))
def test_a_single_request_for_supplements_ends_what_nothing_else_has_ended(due, asked, more):
    run = Run(START, START + due * DAY, supplements=1, asked_at=START + asked * DAY)

    assert on_time(run, START + (asked + more) * DAY) is (asked <= due)
    assert not on_time(Run(START, START + due * DAY, done_at=START, supplements=2), PERIOD)


@pytest.mark.parametrize(
    ("kind", "number", "right"),
    [("person", "092190000123", True), ("person", "0921900001", False), ("person", "09219000012x", False), ("organisation", "0100047516", True),
     ("organisation", "0100047516-001", True), ("household", "092190000123", True), ("person", "٠٩٢١٩٠٠٠٠١٢٣", False)],
)  # fmt: skip
def test_numbers_of_people_and_organisations(kind, number, right):
    assert rules.is_number(kind, number) is right
