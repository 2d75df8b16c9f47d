from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taydo.domains.procedures import rules
from taydo.domains.procedures.rules import Run, on_time
from taydo.engines.cases import casetype

DAY = dt.timedelta(days=1)
START = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
PERIOD = START + 60 * DAY


@pytest.mark.parametrize("kind", ["immediate", "standard", "consulted", "joint"])
def test_steps_of_every_kind_follow_the_portals_transitions(kind):
    spec = casetype.current(f"dossier_{kind}")
    outside = {name: int(state.outside) for name, state in spec.states.items()}

    for name, move in spec.moves.items():
        for start in move.from_:
            before, after = outside[start], outside[move.to]
            assert before == after or after in rules.FOLLOWS[before], (name, start, move.to)
    assert set(outside.values()) == set(rules.NATIONAL)


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
