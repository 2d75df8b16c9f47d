"""A change of a case and its line in the timeline as one statement; whoever comes second is told who was first."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from taydo.kernel import clock, i18n, live, sql
from taydo.kernel.actions import about
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, conflict, missing

from . import casetype
from .queries import may_see
from .rules import DID

_CHANGED = """
WITH changed AS (
    UPDATE cases_case SET {columns}, version = version + 1
    WHERE id = %(id)s AND version = %(version)s RETURNING *
), told AS (
    INSERT INTO cases_event (case_id, at, kind, actor_id, actor_name, move, from_state, to_state, agency, note, data, public, version)
    SELECT id, %(at)s::timestamptz, %(kind)s::text, %(actor)s::bigint, %(actor_name)s::text, %(move)s::text, %(from_state)s::text, state, agency,
           %(note)s::text, %(data)s::jsonb, %(public)s::boolean, version FROM changed
)"""
_PARENT = """, parent AS (
    UPDATE cases_case p SET tasks_open = p.tasks_open + CASE WHEN t.phase = 'done' THEN -1 ELSE 1 END
    FROM changed t WHERE p.id = t.parent_id RETURNING p.id, p.version
), parent_told AS (
    INSERT INTO cases_event (case_id, at, kind, actor_id, actor_name, agency, note, data, version)
    SELECT p.id, %(at)s::timestamptz, CASE WHEN t.phase = 'done' THEN 'task_done' ELSE 'task_reopened' END, %(actor)s::bigint,
           %(actor_name)s::text, t.agency, %(note)s::text, jsonb_build_object('task', t.id, 'code', t.code, 'state', t.state), p.version
    FROM parent p CROSS JOIN changed t
)"""
_RESULT = """
SELECT id, code, type, type_version, state, phase, title, agency, owner_id, due_at, closed_at, late_at, subject_kind, subject_id,
       version FROM changed
"""
CHANGE = _CHANGED + _RESULT
CHANGE_TASK = _CHANGED + _PARENT + _RESULT
"""The same for a task that ends or is taken up again: its parent counts it and says so, in the same statement."""
TELL = """
INSERT INTO cases_event (case_id, at, kind, actor_id, actor_name, agency, note, data, public, version)
SELECT id, %(at)s, %(kind)s, %(actor)s, %(actor_name)s, agency, %(note)s, %(data)s::jsonb, %(public)s, version
FROM cases_case WHERE id = %(id)s RETURNING id
"""


BESIDE = ("commented", "attached", "late", "escalated", "task_done", "task_reopened", "time_refused", "split_from")
"""Lines that are written beside a case without changing its version."""


@dataclass(frozen=True)
class Line:
    """What the timeline says about a change."""

    kind: str
    note: str = ""
    move: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    public: bool = False


def read(viewer: Viewer, case_id: int, permission: str, expected_version: int | None = None) -> dict[str, Any]:
    """The case before a write: 404 when it may not be seen, 403 when the permission is not held there, 409 when it moved on."""
    before = seen(viewer, case_id)
    viewer.require(permission, before["agency"])
    if expected_version is not None and expected_version != before["version"]:
        raise overtaken(case_id)
    return before


def seen(viewer: Viewer, case_id: int) -> dict[str, Any]:
    """The case that a write is about; 404 when there is none that the viewer may see. The permission is the caller's to ask."""
    clause = may_see(viewer)
    found = sql.prepared(
        f"""SELECT c.id, c.code, c.type, c.type_version, c.state, c.phase, c.title, c.agency, c.owner_id, c.version, c.opened_at,
                   c.due_at, c.due_clock, c.paused_at, c.paused_left_s, c.parent_id, c.tasks_open, c.deadline_class, c.restricted, c.extended
            FROM cases_case c WHERE c.id = %(id)s AND ({clause.text})""",
        {"id": case_id, **clause.params},
    )
    if not found:
        raise missing("no_such_case", "Không có vụ việc này.", "There is no such case.")
    before = found[0]
    about("case", case_id, before["agency"])
    return before


def change(viewer: Viewer, before: dict[str, Any], columns: dict[str, Any], line: Line) -> dict[str, Any]:
    """Set columns of the case as it was read in `before` and write its line, at once; raise 409 when it has changed meanwhile.

    A column's value is a parameter; `sql.Sql` may be given for an expression.
    """
    texts, values = [], {}
    for name, value in columns.items():
        if isinstance(value, sql.Sql):
            texts.append(f"{name} = {value.text}")
            values.update(value.params)
        else:
            texts.append(f"{name} = %(new_{name})s")
            values[f"new_{name}"] = value
    params = _params(viewer, before["id"], line) | values
    params |= {"version": before["version"], "from_state": before["state"], "move": line.move}
    ends = before["parent_id"] is not None and (columns.get("phase", before["phase"]) == "done") != (
        before["phase"] == "done"
    )
    changed = sql.prepared((CHANGE_TASK if ends else CHANGE).format(columns=", ".join(texts)), params)
    if not changed:
        raise overtaken(before["id"])
    return changed[0]


def tell(viewer: Viewer, case_id: int, line: Line) -> int:
    """Write a line without changing the case; return its id."""
    return int(sql.value(TELL, _params(viewer, case_id, line)))


def _params(viewer: Viewer, case_id: int, line: Line) -> dict[str, Any]:
    return {
        "id": case_id,
        "at": clock.now(),
        "kind": line.kind,
        "actor": viewer.actor_id,
        "actor_name": viewer.name or viewer.username,
        "note": line.note,
        "data": json.dumps(line.data, ensure_ascii=False),
        "public": line.public,
    }


def answer(after: dict[str, Any]) -> dict[str, Any]:
    """What a verb answers."""
    heard(after["id"])
    return {name: after[name] for name in ("id", "code", "state", "phase", "agency", "owner_id", "version")}


def heard(case_id: int) -> None:
    """Open pages hear that a case changed and nothing else of it: not every listener may see it."""
    live.push("cases", {"id": case_id})


def ended() -> Problem:
    """The 409 of a case that is done."""
    return conflict("case_ended", "Vụ việc đã kết thúc; hãy mở lại trước.", "The case has ended; reopen it first.")


def overtaken(case_id: int) -> Problem:
    """The 409 that names who did what to the case last; 404 when the case is not there."""
    last = sql.row(
        """SELECT c.version, c.type_version, e.actor_name, e.kind, e.to_state, e.at FROM cases_case c JOIN cases_event e ON e.case_id = c.id
           WHERE c.id = %(id)s AND e.version = c.version AND e.kind <> ALL(%(beside)s) ORDER BY e.id DESC LIMIT 1""",
        {"id": case_id, "beside": list(BESIDE)},
    )
    if last is None:
        return missing("no_such_case", "Không có vụ việc này.", "There is no such case.")
    vi, en = DID.get(last["kind"], DID["moved"])
    state = casetype.of_version(last["type_version"]).states.get(last["to_state"])
    if last["kind"] == "moved" and state:
        vi, en = f"{vi} sang “{state.title.vi}”", f"{en} to “{state.title.en}”"
    at = i18n.when(last["at"])
    return conflict(
        "case_changed",
        f"{last['actor_name']} {vi} lúc {at}; hãy xem lại vụ việc rồi làm tiếp.",
        f"{last['actor_name']} {en} at {at}; look at the case again, then go on.",
        who=last["actor_name"], did=last["kind"], state=last["to_state"], version=last["version"], at=last["at"].isoformat(),
    )  # fmt: skip
