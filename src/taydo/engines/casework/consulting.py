"""Other agencies are asked, several at once: each question is a case of its own in that agency's inbox."""

from __future__ import annotations

import datetime as dt
from typing import Any

from taydo.engines.cases import actions as cases
from taydo.engines.cases import casetype, opening
from taydo.engines.cases.casetype import Deadline
from taydo.engines.cases.opening import Opening
from taydo.engines.cases.transition import Line, answer, change, ended, read, seen
from taydo.kernel import clock, sql
from taydo.kernel.actions import action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid, missing
from taydo.kernel.once import once

TYPE = "consultation"
HOUSE = Viewer.system("casework")
JOINED = "CASE WHEN %(to)s::text = ANY(chain) THEN chain ELSE chain || %(to)s::text END"


@action("cases.ask_agency")
def ask_agency(
    viewer: Viewer, case_id: int, agency: str, note: str, *, deadline: Deadline | None = None,
    expected_version: int | None = None, key: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Ask another agency about a case; it sees the case from then on. Returns the task: id, code, state, version.

    Without a `deadline` the answer is due by the type's own, but not later than the case itself. 422 without an agency or a
    question, 409 when the case is done or has changed.
    """

    def work() -> dict[str, Any]:
        before = read(viewer, case_id, "cases.ask_agency", expected_version)
        if before["phase"] == "done":
            raise ended()
        if not agency.strip() or agency == before["agency"]:
            raise invalid("same_agency", "Hãy chọn một cơ quan khác.", "Choose another agency.", field="agency")
        if not note.strip():
            raise invalid("note_missing", "Hãy ghi điều cần hỏi.", "Write what you ask.", field="note")
        task = opening.insert(viewer, casetype.current(TYPE), _question(before, agency, note.strip(), deadline))
        line = Line("asked_agency", note.strip(), data={"to": agency, "task": task["id"], "code": task["code"]})
        columns = {"tasks_open": sql.Sql("tasks_open + 1"), "chain": sql.Sql(JOINED, {"to": agency})}
        answer(change(viewer, before, columns, line))
        return {name: task[name] for name in ("id", "code", "state", "version")}

    return once(viewer, key, f"cases.ask_agency:{case_id}", work)


def _question(before: dict[str, Any], agency: str, note: str, deadline: Deadline | None) -> Opening:
    case = sql.row(
        "SELECT unit_code, lon, lat, priority, data->>'title_en' AS title_en FROM cases_case WHERE id = %(id)s",
        {"id": before["id"]},
    )
    assert case is not None
    due: Deadline | dt.datetime | None = deadline
    now = clock.now()
    if deadline is None and before["due_at"] is not None and before["due_at"] > now and before["paused_at"] is None:
        own = casetype.current(TYPE).deadline
        due = before["due_at"] if own is None else min(own.due(now), before["due_at"])
    return Opening(
        title=before["title"], agency=agency, summary=note, subject=("case", str(before["id"])), unit_code=case["unit_code"],
        lon=case["lon"], lat=case["lat"], priority=case["priority"], restricted=before["restricted"], parent_id=before["id"],
        chain=(before["agency"],), deadline=due, data={"title_en": case["title_en"]} if case["title_en"] else {},
    )  # fmt: skip


@action("cases.ask_agency")
def withdraw(viewer: Viewer, task_id: int, note: str = "") -> dict[str, Any]:
    """Take a question back, by the agency that asked it; 404 when this is no task of a case the viewer may see."""
    task = seen(viewer, task_id)
    if task["parent_id"] is None:
        raise missing("no_such_task", "Không có câu hỏi này.", "There is no such question.")
    read(viewer, task["parent_id"], "cases.ask_agency")
    return cases.move(HOUSE, task_id, "withdraw", note, by_name=viewer.name or viewer.username)


def withdraw_all(case_id: int) -> int:
    """Take back every open question of a case that has ended; returns how many. The house does this by itself."""
    waiting = sql.rows(
        """SELECT id FROM cases_case WHERE parent_id = %(id)s AND type = %(type)s AND phase <> 'done'
             AND EXISTS (SELECT FROM cases_case WHERE id = %(id)s AND phase = 'done') ORDER BY id""",
        {"id": case_id, "type": TYPE},
    )
    for task in waiting:
        cases.move(HOUSE, task["id"], "withdraw")
    return len(waiting)
