"""Every write to a case: open, move, take, assign, hand over, comment. Each is one statement with its line in the timeline."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from taydo.kernel import clock, ids, live, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.errors import conflict, invalid, missing
from taydo.kernel.events import emit
from taydo.kernel.once import once

from . import casetype, rules
from .casetype import CaseType, Deadline, Move
from .events import CaseAssigned, CaseClosed, CaseHandedOver, CaseLate, CaseMoved, CaseOpened
from .queries import may_see
from .transition import Line, change, overtaken, tell

OPEN = """
WITH opened AS (
    INSERT INTO cases_case (code, type, type_version, state, phase, title, summary, agency, chain, owner_id, opened_by, opened_at,
        due_at, soon_at, due_clock, subject_kind, subject_id, unit_code, lon, lat, priority, public, data)
    VALUES (%(code)s, %(type)s, %(type_version)s, %(state)s, %(phase)s, %(title)s, %(summary)s, %(agency)s, ARRAY[%(agency)s],
        %(owner)s, %(actor)s, %(at)s, %(due_at)s, %(soon_at)s, %(due_clock)s, %(subject_kind)s, %(subject_id)s, %(unit_code)s,
        %(lon)s, %(lat)s, %(priority)s, %(public)s, %(data)s::jsonb) RETURNING *
), worded AS (
    INSERT INTO cases_words (case_id, words) SELECT id, cases_fold(concat_ws(' ', code, title, summary, subject_id)) FROM opened
), told AS (
    INSERT INTO cases_event (case_id, at, kind, actor_id, actor_name, to_state, agency, note, version)
    SELECT id, opened_at, 'opened', %(actor)s, %(actor_name)s, state, agency, %(note)s, version FROM opened
)
SELECT id, code, state, version, due_at FROM opened
"""


@action("cases.open")
def open_case(
    viewer: Viewer, type: str, title: str, *, agency: str, summary: str = "", note: str = "", subject: tuple[str, str] = ("", ""),
    unit_code: str = "", lon: float | None = None, lat: float | None = None, deadline: Deadline | None = None, priority: int = 0,
    public: bool = False, data: dict[str, Any] | None = None, key: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Open a case of a declared type at an agency; `deadline` overrides the type's. Returns id, code, state, version.

    `subject`: (kind, id) of what it is about. `key`: the client's own; the same key again gives the same case.
    """
    viewer.require("cases.open", agency)
    if not title.strip():
        raise invalid("title_missing", "Hãy ghi tiêu đề vụ việc.", "Give the case a title.", field="title")
    spec = casetype.current(type)
    casetype.keep(spec)
    now = clock.now()
    first = spec.states[spec.start]
    params: dict[str, Any] = {
        "type": spec.id, "type_version": spec.version, "state": spec.start, "phase": first.phase, "title": title.strip()[:300],
        "summary": summary, "agency": agency, "owner": None, "actor": viewer.actor_id, "actor_name": viewer.name or viewer.username,
        "at": now, "subject_kind": subject[0], "subject_id": subject[1], "unit_code": unit_code, "lon": lon, "lat": lat,
        "priority": priority, "public": public, "data": json.dumps(data or {}, ensure_ascii=False), "note": note,
        **_due(spec, deadline or spec.deadline, now),
    }  # fmt: skip

    def work() -> dict[str, Any]:
        opened = sql.row(OPEN, params | {"code": ids.code(spec.prefix, 7)})
        assert opened is not None
        about("case", opened["id"], agency)
        emit(
            CaseOpened(opened["id"], opened["code"], spec.id, spec.start, agency, params["title"], *subject),
            opened["code"],
        )
        _push(opened | {"phase": first.phase, "agency": agency, "owner_id": None})
        return {"id": opened["id"], "code": opened["code"], "state": opened["state"], "version": opened["version"]}

    return once(viewer, key, "cases.open", work)


@action("cases.move")
def move(
    viewer: Viewer, case_id: int, move: str, note: str = "", *, fields: dict[str, Any] | None = None,
    expected_version: int | None = None, key: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Take a declared step. Returns id, code, state, phase, version.

    422 an unknown move, a missing note or field; 409 when the case has changed since `expected_version` (who did what is said)
    or does not stand where the move begins; 403 without the move's permission in the case's agency.
    """

    def work() -> dict[str, Any]:
        before = _read(viewer, case_id, "cases.move", expected_version)
        spec = casetype.of_version(before["type_version"])
        step = _step(viewer, spec, before, move)
        values = _filled(step, note, fields or {})
        columns = _moved(spec, step, before, values)
        line = Line("moved", note.strip(), move, values)
        after = change(viewer, before, columns, line)
        subject = (after["subject_kind"], after["subject_id"])
        who = viewer.name or viewer.username
        emit(
            CaseMoved(after["id"], after["code"], after["type"], move, before["state"], after["state"], after["phase"], after["agency"],
                      who, line.note, *subject),
            after["code"],
        )  # fmt: skip
        if after["phase"] == "done" and before["phase"] != "done":
            late = after["due_at"] is not None and after["closed_at"] > after["due_at"]
            emit(
                CaseClosed(after["id"], after["code"], after["type"], after["state"], after["agency"], late, *subject),
                after["code"],
            )
        return _answer(after)

    return once(viewer, key, f"cases.move:{case_id}", work)


@action("cases.take")
def take(viewer: Viewer, case_id: int, *, expected_version: int | None = None) -> dict[str, Any]:
    """Make oneself the owner; 409 when somebody else owns it already."""
    before = _read(viewer, case_id, "cases.take", expected_version)
    if viewer.actor_id is None:
        raise invalid("nobody_to_own", "Chỉ một người mới nhận được việc.", "Only a person can take a case.")
    if before["owner_id"] not in (None, viewer.actor_id):
        raise overtaken(case_id)
    return _own(viewer, before, viewer.actor_id, Line("taken"))


@action("cases.assign")
def assign(
    viewer: Viewer, case_id: int, owner_id: int, note: str = "", *, expected_version: int | None = None
) -> dict[str, Any]:
    """Give the case to a person who may work on it in its agency; 422 when they may not."""
    before = _read(viewer, case_id, "cases.assign", expected_version)
    owner = viewer_of(owner_id)
    if owner is None or not owner.may("cases.move", before["agency"]):
        raise invalid(
            "cannot_own",
            "Người này không có quyền xử lý vụ việc ở cơ quan đang giữ.",
            "This person may not work on cases of the agency that has it.",
            field="owner",
        )
    return _own(
        viewer, before, owner_id, Line("assigned", note.strip(), data={"owner": owner.name, "owner_id": owner_id})
    )


@action("cases.hand_over")
def hand_over(
    viewer: Viewer, case_id: int, agency: str, note: str, *, expected_version: int | None = None
) -> dict[str, Any]:
    """Give the case to another agency, with the reason; it has no owner then. The giving agency still sees it."""
    before = _read(viewer, case_id, "cases.hand_over", expected_version)
    if not agency.strip() or agency == before["agency"]:
        raise invalid("same_agency", "Hãy chọn một cơ quan khác.", "Choose another agency.", field="agency")
    if not note.strip():
        raise invalid("note_missing", "Hãy ghi lý do chuyển.", "Say why you hand it over.", field="note")
    if before["phase"] == "done":
        raise _ended()
    chain = sql.Sql("CASE WHEN %(to)s = ANY(chain) THEN chain ELSE chain || %(to)s::text END", {"to": agency})
    line = Line("handed_over", note.strip(), data={"from": before["agency"], "to": agency})
    after = change(viewer, before, {"agency": agency, "owner_id": None, "chain": chain}, line)
    who = viewer.name or viewer.username
    emit(
        CaseHandedOver(
            after["id"], after["code"], after["type"], after["title"], before["agency"], agency, line.note, who
        ),
        after["code"],
    )
    return _answer(after)


@action("cases.comment")
def comment(viewer: Viewer, case_id: int, text: str, *, public: bool = False, key: str = "") -> dict[str, Any]:
    """Write on the timeline; `public` lines are for the person who asked, others for officials only. Returns event_id."""
    if not text.strip():
        raise invalid("text_missing", "Hãy viết nội dung.", "Write something.", field="text")

    def work() -> dict[str, Any]:
        before = _read(viewer, case_id, "cases.comment", None)
        event = tell(viewer, case_id, Line("commented", text.strip(), public=public))
        live.push("cases", {"id": case_id, "code": before["code"], "commented": True})
        return {"id": case_id, "event_id": event}

    return once(viewer, key, f"cases.comment:{case_id}", work)


@action("cases.report_late")
def report_late(viewer: Viewer, most: int = 500) -> int:
    """Tell, once a deadline, every case that has passed its own; returns how many. The house does this by itself."""
    found = sql.rows(
        """WITH late AS (
             UPDATE cases_case c SET late_at = %(now)s WHERE c.id IN (
               SELECT id FROM cases_case WHERE late_at IS NULL AND phase <> 'done' AND paused_at IS NULL AND due_at < %(now)s
               ORDER BY due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED) RETURNING c.*
           ), told AS (
             INSERT INTO cases_event (case_id, at, kind, actor_name, to_state, agency, version)
             SELECT id, %(now)s, 'late', %(who)s, state, agency, version FROM late)
           SELECT id, code, type, title, state, phase, agency, owner_id, due_at, version FROM late""",
        {"now": clock.now(), "most": most, "who": viewer.name or viewer.username},
    )
    for case in found:
        due = case["due_at"].isoformat()
        emit(
            CaseLate(case["id"], case["code"], case["type"], case["title"], case["agency"], case["owner_id"], due),
            case["code"],
        )
        _push(case)
    return len(found)


def _read(viewer: Viewer, case_id: int, permission: str, expected_version: int | None) -> dict[str, Any]:
    """The case before a write: 404 when it may not be seen, 403 when the permission is not held there, 409 when it moved on."""
    clause = may_see(viewer)
    found = sql.prepared(
        f"""SELECT c.id, c.code, c.type, c.type_version, c.state, c.phase, c.title, c.agency, c.owner_id, c.version, c.opened_at,
                   c.due_at, c.due_clock, c.paused_at, c.paused_left_s FROM cases_case c WHERE c.id = %(id)s AND ({clause.text})""",
        {"id": case_id, **clause.params},
    )
    if not found:
        raise missing("no_such_case", "Không có vụ việc này.", "There is no such case.")
    before = found[0]
    about("case", case_id, before["agency"])
    viewer.require(permission, before["agency"])
    if expected_version is not None and expected_version != before["version"]:
        raise overtaken(case_id)
    return before


def _step(viewer: Viewer, spec: CaseType, before: dict[str, Any], name: str) -> Move:
    step = spec.moves.get(name)
    if step is None:
        raise invalid("unknown_move", f"Không có bước “{name}”.", f"There is no move “{name}”.", field="move")
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
    return step


def _filled(step: Move, note: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The move's fields, checked; raises 422 naming every one that is missing or wrong."""
    wrong: dict[str, str] = {}
    if step.note == "required" and not note.strip():
        wrong["note"] = "required"
    kinds: dict[str, type | tuple[type, ...]] = {"text": str, "number": (int, float), "yes_no": bool, "date": str}
    for name, item in step.fields.items():
        value = fields.get(name)
        if value is None or value == "":
            if item.required:
                wrong[name] = "required"
        elif not isinstance(value, kinds[item.kind]) or (item.kind == "number" and isinstance(value, bool)):
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


def _due(spec: CaseType, deadline: Deadline | None, now: dt.datetime) -> dict[str, Any]:
    if deadline is None:
        return {"due_at": None, "soon_at": None, "due_clock": ""}
    due = deadline.due(now)
    return {"due_at": due, "soon_at": rules.soon_at(now, due, spec.soon), "due_clock": deadline.kind}


def _moved(spec: CaseType, step: Move, before: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The columns a move sets: state, phase, deadline, pause, closing, data."""
    now, to = clock.now(), spec.states[step.to]
    columns: dict[str, Any] = {"state": step.to, "phase": to.phase}
    if values:
        columns["data"] = sql.Sql("data || %(filled)s::jsonb", {"filled": json.dumps(values, ensure_ascii=False)})
    if (to.phase == "done") != (before["phase"] == "done"):
        columns["closed_at"] = now if to.phase == "done" else None
    due, kind = before["due_at"], before["due_clock"]
    if step.deadline is not None:
        fresh = _due(spec, step.deadline, now)
        columns |= fresh | {"late_at": None, "paused_at": None, "paused_left_s": None}
        due, kind = fresh["due_at"], fresh["due_clock"]
    paused = before["paused_at"] is not None and step.deadline is None
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


def _own(viewer: Viewer, before: dict[str, Any], owner_id: int, line: Line) -> dict[str, Any]:
    if before["phase"] == "done":
        raise _ended()
    after = change(viewer, before, {"owner_id": owner_id}, line)
    who = viewer.name or viewer.username
    event = CaseAssigned(
        after["id"], after["code"], after["type"], after["title"], after["agency"], owner_id, before["owner_id"], who
    )
    emit(event, after["code"])
    return _answer(after)


def _ended() -> Exception:
    return conflict("case_ended", "Vụ việc đã kết thúc; hãy mở lại trước.", "The case has ended; reopen it first.")


def _answer(after: dict[str, Any]) -> dict[str, Any]:
    _push(after)
    return {name: after[name] for name in ("id", "code", "state", "phase", "agency", "owner_id", "version")}


def _push(case: dict[str, Any]) -> None:
    """Open pages hear that a case changed, without its words: not every listener may see them."""
    live.push("cases", {name: case[name] for name in ("id", "code", "state", "phase", "agency", "owner_id", "version")})
