"""The slip of a case says of each step where it was, how long, by when by plan, and who ended it."""

from __future__ import annotations

import datetime as dt

import pytest

from taydo.engines.cases import actions, casetype
from taydo.engines.casework.steps import steps
from taydo.kernel import clock
from taydo.kernel.actors import Viewer
from taydo.kernel.specs import parse

TYPE = """
id: slip
title: {vi: Hồ sơ, en: Dossier}
prefix: PK
start: taken
states:
  taken: {title: {vi: Tiếp nhận, en: Taken}, within: {working_hours: 4}}
  checked: {title: {vi: Thẩm tra, en: Checked}, within: {working_days: 1}}
  asked: {title: {vi: Chờ bổ sung, en: Asked}, phase: waiting, pauses: true}
  ended: {title: {vi: Xong, en: Ended}, phase: done}
moves:
  check: {title: {vi: Thẩm tra, en: Check}, from: [taken, asked], to: checked}
  ask: {title: {vi: Hỏi, en: Ask}, from: [checked], to: asked}
  end: {title: {vi: Xong, en: End}, from: [checked], to: ended}
"""
SYSTEM = Viewer.system("an")
NINE = dt.datetime(2026, 11, 25, 9, 0, tzinfo=clock.LOCAL)


@pytest.mark.django_db
def test_a_slip_tells_each_step_with_its_plan_and_whether_it_was_kept() -> None:
    casetype.declare(parse(TYPE, casetype.CaseType, "slip.yaml"))
    casetype._stored.clear()
    with clock.at(NINE):
        case = actions.open_case(SYSTEM, "slip", "Một hồ sơ", agency="A")["id"]
    for hours, move in ((2, "check"), (3, "ask"), (80, "check")):
        with clock.at(NINE + dt.timedelta(hours=hours)):
            actions.move(SYSTEM, case, move, "Ghi chú")
    with clock.at(NINE + dt.timedelta(days=9)):
        actions.hand_over(SYSTEM, case, "B", "Chuyển")
        made = steps(SYSTEM, case)

    assert [(step.state, step.agency, step.went) for step in made] == [
        ("taken", "A", "ontime"), ("checked", "A", "ontime"), ("asked", "A", ""), ("checked", "A", "late"), ("checked", "B", "running"),
    ]  # fmt: skip
    assert made[0].planned_at == NINE + dt.timedelta(hours=6)  # the noon rest lies between
    assert (made[0].who, made[0].note, made[-1].ended_at) == ("an", "Ghi chú", None)
