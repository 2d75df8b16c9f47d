"""What must be known in every process: types that were saved here, and who sends the questions of a step."""

from __future__ import annotations

import dataclasses

from taydo.engines.cases.casetype import Ask
from taydo.engines.cases.moving import ASKERS
from taydo.engines.casework.actions import ask_agency
from taydo.kernel import sql
from taydo.kernel.actors import Viewer

from . import keeping as keeping

HOUSE = dataclasses.replace(Viewer.system("workflows"), name="Quy trình")


def ask_by_plan(case_id: int, asks: list[Ask]) -> int:
    """Send the questions of a step, all at once; an agency that was asked about the case before is not asked again."""
    known = sql.rows(
        "SELECT agency FROM cases_case WHERE parent_id = %(id)s UNION SELECT agency FROM cases_case WHERE id = %(id)s",
        {"id": case_id},
    )
    open_ = [ask for ask in asks if ask.agency not in {item["agency"] for item in known}]
    for ask in open_:
        ask_agency(HOUSE, case_id, ask.agency, ask.question, deadline=ask.within)
    return len(open_)


ASKERS.append(ask_by_plan)
