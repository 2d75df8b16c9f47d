"""What a declared step needs and what it sets: who takes it, its note and fields, its deadline, pauses, the end."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid, refused

from . import rules
from .casetype import Ask, CaseType, Deadline, Move

NEW_DEADLINE: dict[str, Any] = {"late_at": None, "escalated": 0, "escalate_at": None}
"""What is forgotten when a deadline begins anew: that it was told late, and how far it had escalated."""
_KINDS: dict[str, type | tuple[type, ...]] = {"text": str, "number": (int, float), "yes_no": bool, "date": str}


ASKERS: list[Callable[[int, list[Ask]], int]] = []
"""Who sends the questions of a step that a case comes to, in the same transaction; each answers how many it sent."""


def arrived(spec: CaseType, after: dict[str, Any]) -> int:
    """Have the questions of the step that a case came to sent; returns how many were: each makes a version of the case."""
    asks = spec.states[after["state"]].asks
    return sum(send(after["id"], asks) for send in ASKERS) if asks else 0


def step_of(viewer: Viewer, spec: CaseType, before: dict[str, Any], name: str) -> Move:
    """The declared move; 422 unknown, 403 not for this viewer, 409 not from here or while another agency owes an answer."""
    step = spec.moves.get(name)
    if step is None:
        raise invalid("unknown_move", f"Không có bước “{name}”.", f"There is no move “{name}”.", field="move")
    if step.by != "officials" and not viewer.all_powerful:
        raise refused(
            "not_by_officials",
            f"Bước “{step.title.vi}” không do cán bộ thực hiện.",
            f"“{step.title.en}” is not for officials to take.",
            move=name,
        )
    viewer.require(step.permission, before["agency"])
    if before["state"] not in step.from_:
        here, then = spec.states[before["state"]].title, step.title
        raise conflict(
            "not_from_here",
            f"Vụ việc đang ở “{here.vi}”, không làm được bước “{then.vi}”.",
            f"The case stands at “{here.en}”; “{then.en}” does not begin there.",
            state=before["state"],
            version=before["version"],
        )
    if step.tasks_done and before["tasks_open"]:
        _wait_for_tasks(before["id"])
    return step


def _wait_for_tasks(case_id: int) -> None:
    owing = sql.value(
        "SELECT array_agg(DISTINCT agency ORDER BY agency) FROM cases_case WHERE parent_id = %(id)s AND phase <> 'done'",
        {"id": case_id},
    )
    if owing:
        names = ", ".join(owing)
        raise conflict(
            "tasks_open", f"Còn chờ trả lời của: {names}.", f"Still waiting for the answer of: {names}.", agencies=owing
        )


def filled(step: Move, note: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The move's fields, checked; raises 422 naming every one that is missing or wrong."""
    wrong: dict[str, str] = {}
    if step.note == "required" and not note.strip():
        wrong["note"] = "required"
    for name, item in step.fields.items():
        value = fields.get(name)
        if value is None or value == "":
            if item.required:
                wrong[name] = "required"
        elif not isinstance(value, _KINDS[item.kind]) or (item.kind == "number" and isinstance(value, bool)):
            wrong[name] = item.kind
        elif item.kind == "date":
            try:
                dt.date.fromisoformat(str(value))
            except ValueError:
                wrong[name] = "date"
    wrong.update({name: "unknown" for name in fields if name not in step.fields})
    if wrong:
        raise invalid("move_not_filled", "Bước này còn thiếu thông tin.", "This step lacks something.", **wrong)
    return {name: fields[name] for name in step.fields if fields.get(name) not in (None, "")}


def due_columns(spec: CaseType, deadline: Deadline | None, start: dt.datetime) -> dict[str, Any]:
    """The columns of a deadline that begins at `start`."""
    if deadline is None:
        return {"due_at": None, "soon_at": None, "due_clock": ""}
    due = deadline.due(start)
    return {"due_at": due, "soon_at": rules.soon_at(start, due, spec.soon), "due_clock": deadline.kind}


def put_off(spec: CaseType, before: dict[str, Any], due: dt.datetime) -> dict[str, Any]:
    """The columns of a deadline that was moved to `due`; one that stands still keeps standing, with as much more to go."""
    span = clock.calendar().working_time if before["due_clock"] == "working" else None
    columns = {"due_at": due, "soon_at": rules.soon_at(clock.now(), due, spec.soon), **NEW_DEADLINE}
    if before["paused_at"] is not None:
        columns["paused_left_s"] = rules.left_when_paused(before["paused_at"], due, span)
    return columns


def columns_of(
    spec: CaseType, step: Move, before: dict[str, Any], values: dict[str, Any], rule: Deadline | None = None
) -> dict[str, Any]:
    """The columns a move sets: state, phase, deadline (by `rule`, else as the step says), pause, closing, data."""
    now, to = clock.now(), spec.states[step.to]
    columns: dict[str, Any] = {"state": step.to, "phase": to.phase, "step_due_at": to.within and to.within.due(now)}
    if values:
        columns["data"] = sql.Sql("data || %(filled)s::jsonb", {"filled": json.dumps(values, ensure_ascii=False)})
    if (to.phase == "done") != (before["phase"] == "done"):
        columns["closed_at"] = now if to.phase == "done" else None
    if before["state"] == spec.merged:
        columns["merged_into"] = None
    due, kind = before["due_at"], before["due_clock"]
    anew = rule or _anew(spec, step, before)
    if anew is not None:
        fresh = due_columns(spec, anew, now)
        columns |= fresh | NEW_DEADLINE | {"paused_at": None, "paused_left_s": None}
        due, kind = fresh["due_at"], fresh["due_clock"]
    paused = before["paused_at"] is not None and anew is None
    if paused and not to.pauses and due is not None:
        add = clock.calendar().add_working_hours if kind == "working" else None
        resumed = rules.due_when_resumed(now, due, before["paused_left_s"] or 0.0, add)
        columns |= {
            "paused_at": None,
            "paused_left_s": None,
            "due_at": resumed,
            "soon_at": rules.soon_at(now, resumed, spec.soon),
        }
    if to.pauses and not paused and due is not None:
        span = clock.calendar().working_time if kind == "working" else None
        columns |= {"paused_at": now, "paused_left_s": rules.left_when_paused(now, due, span)}
    return columns


def _anew(spec: CaseType, step: Move, before: dict[str, Any]) -> Deadline | None:
    if step.deadline == "again":
        return spec.deadlines.get(before["deadline_class"]) or spec.deadline
    return step.deadline


def reclassified(spec: CaseType, rule: Deadline, before: dict[str, Any]) -> dict[str, Any]:
    """The columns of a deadline by another rule: from the opening (or the last step that began it anew), without the pauses."""
    steps = sql.rows(
        "SELECT at, move, to_state FROM cases_event WHERE case_id = %(id)s AND kind = 'moved' ORDER BY id",
        {"id": before["id"]},
    )
    start, since = before["opened_at"], None
    pauses: list[tuple[dt.datetime, dt.datetime]] = []
    for line in steps:
        move, state = spec.moves.get(line["move"]), spec.states.get(line["to_state"])
        if move is not None and move.deadline is not None:
            start, pauses, since = line["at"], [], None
        stands = state is not None and state.pauses
        if since is not None and not stands:
            pauses.append((since, line["at"]))
            since = None
        elif since is None and stands:
            since = line["at"]
    calendar = clock.calendar()
    span, add = (calendar.working_time, calendar.add_working_hours) if rule.kind == "working" else (None, None)
    due = rules.due_around_pauses(rule.due(start), pauses, span, add)
    left = None if since is None else rules.left_when_paused(since, due, span)
    return {
        "due_at": due, "soon_at": rules.soon_at(start, due, spec.soon), "due_clock": rule.kind, "paused_at": since, "paused_left_s": left,
        **NEW_DEADLINE,
    }  # fmt: skip
