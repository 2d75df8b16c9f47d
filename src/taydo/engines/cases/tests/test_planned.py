"""A step has its planned time beside the deadline of the whole."""

from __future__ import annotations

import datetime as dt

import pytest

from taydo.engines.cases import actions, casetype, queries
from taydo.kernel import clock
from taydo.kernel.actors import Viewer
from taydo.kernel.specs import parse

from .sample import SAMPLE, TYPE


@pytest.mark.django_db
def test_the_step_a_case_stands_in_tells_until_when_it_should_be_left(an: Viewer) -> None:
    planned = TYPE.replace("en: New}}", 'en: New}, within: {working_hours: 2}, outside: "2"}')
    casetype.declare(parse(planned, casetype.CaseType, "sample.yaml"))
    morning = dt.datetime(2026, 11, 25, 8, 0, tzinfo=clock.LOCAL)

    with clock.at(morning):
        case = actions.open_case(an, "sample", "Có thời gian từng bước", agency="A")["id"]
    with clock.at(morning + dt.timedelta(hours=3)):
        seen = queries.case(an, case)
        actions.move(an, case, "start")
        left = queries.case(an, case)
    casetype.declare(SAMPLE)

    assert (seen["step_due_at"], seen["step_late"]) == (morning + dt.timedelta(hours=2), True)
    assert seen["due_state"] == "ontime"
    assert (left["step_due_at"], left["step_late"]) == (None, False)
