"""Every write to a case: open, move, take, assign, hand over, comment. Each is one statement with its line in the timeline."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from taydo.engines.files.actions import Readable, keep
from taydo.engines.files.queries import File
from taydo.kernel import clock, sql
from taydo.kernel.actions import action
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.errors import invalid
from taydo.kernel.events import emit
from taydo.kernel.once import once

from . import casetype, moving, opening
from .casetype import Deadline
from .events import CaseAssigned, CaseClosed, CaseCommented, CaseHandedOver, CaseMoved, CaseTaskDone
from .opening import Opening
from .transition import Line, answer, change, ended, heard, overtaken, read, tell


@action("cases.open")
def open_case(
    viewer: Viewer, type: str, title: str, *, agency: str, summary: str = "", note: str = "", subject: tuple[str, str] = ("", ""),
    unit_code: str = "", lon: float | None = None, lat: float | None = None, deadline: Deadline | str | None = None, priority: int = 0,
    public: bool = False, restricted: bool = False, asker_id: int | None = None, chain: Sequence[str] = (), parent_id: int | None = None,
    data: dict[str, Any] | None = None, by_name: str = "", key: str = "", code: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Open a case of a declared type at an agency; `deadline` (a rule, or a class of the type) overrides the type's own.

    `subject`: (kind, id) of what it is about; `chain`: agencies that see it besides; `restricted`: only they do, by name;
    `asker_id`: who asked; `parent_id`: the case it is a task of; `by_name`: on whose behalf the house opens it. `key`: the
    client's own; the same key again gives the same case. `code`: given by a domain that numbers its own. Returns id, code, state, version.
    """
    viewer.require("cases.open", agency)
    spec = casetype.current(type)
    given = Opening(
        title=title, agency=agency, summary=summary, note=note, subject=subject, unit_code=unit_code, lon=lon, lat=lat, deadline=deadline,
        priority=priority, public=public, restricted=restricted, asker_id=asker_id, chain=tuple(chain), parent_id=parent_id, data=data or {}, code=code,
    )  # fmt: skip
    who = _on_behalf(viewer, by_name)

    def work() -> dict[str, Any]:
        if parent_id is not None:
            parent = read(viewer, parent_id, "cases.move")
            change(
                who, parent, {"tasks_open": sql.Sql("tasks_open + 1")}, Line("asked_agency", note, data={"to": agency})
            )
        opened = opening.insert(who, spec, given)
        return {name: opened[name] for name in ("id", "code", "state", "version")}

    return once(viewer, key, "cases.open", work)


@action("cases.move")
def move(
    viewer: Viewer, case_id: int, move: str, note: str = "", *, fields: dict[str, Any] | None = None,
    expected_version: int | None = None, key: str = "", by_name: str = "", deadline: Deadline | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Take a declared step. Returns id, code, state, phase, version. `by_name`: on whose behalf the house takes it; it may also say
    which `deadline` begins with the step.

    422 an unknown move, a missing note or field; 409 when the case has changed since `expected_version` (who did what is said),
    does not stand where the move begins, or other agencies still owe an answer; 403 without the move's permission in the case's
    agency, or when the step is not for officials.
    """
    who = _on_behalf(viewer, by_name)

    def work() -> dict[str, Any]:
        before = read(viewer, case_id, "cases.move", expected_version)
        return _moved(viewer, who, before, move, note, fields or {}, deadline if viewer.all_powerful else None)

    return once(viewer, key, f"cases.move:{case_id}", work)


def move_within(
    viewer: Viewer, before: dict[str, Any], move: str, note: str = "", *, deadline: Deadline | None = None
) -> dict[str, Any]:
    """As `move`, inside another action that has read the case and checked the right: `before` has the columns of `transition.seen`.

    Saves the second read, the savepoint and the second audit row. 409 all the same when the case has changed since it was read.
    """
    if not viewer.all_powerful:
        raise viewer.refusal("cases.move")
    return _moved(viewer, viewer, before, move, note, {}, deadline)


def _moved(
    viewer: Viewer, who: Viewer, before: dict[str, Any], move: str, note: str, fields: dict[str, Any], deadline: Deadline | None
) -> dict[str, Any]:  # fmt: skip
    spec = casetype.of_version(before["type_version"])
    step = moving.step_of(viewer, spec, before, move)
    values = moving.filled(step, note, fields)
    columns = moving.columns_of(spec, step, before, values, deadline)
    line = Line("moved", note.strip(), move, values | _stood_in_for(viewer, before), public=step.public)
    after = change(who, before, columns, line)
    subject = (after["subject_kind"], after["subject_id"])
    emit(
        CaseMoved(after["id"], after["code"], after["type"], move, before["state"], after["state"], after["phase"], after["agency"],
                  who.name or who.username, line.note, *subject),
        after["code"],
    )  # fmt: skip
    if after["phase"] == "done" and before["phase"] != "done":
        _tell_end(who, before, after, line.note)
    return answer(after | {"version": after["version"] + moving.arrived(spec, after)})


def _on_behalf(viewer: Viewer, name: str) -> Viewer:
    """The viewer whose name the timeline gets: a domain of the house may write down for whom it acts."""
    if name and not viewer.all_powerful:
        raise viewer.refusal("cases.move")
    return dataclasses.replace(viewer, name=name) if name else viewer


def _stood_in_for(viewer: Viewer, before: dict[str, Any]) -> dict[str, Any]:
    """`for`: the name of the absent owner whose deputy the viewer is today."""
    if viewer.actor_id is None or before["owner_id"] in (None, viewer.actor_id):
        return {}
    absent = sql.value(
        """SELECT a.name FROM cases_absence x JOIN kernel_actor a ON a.id = x.actor_id
           WHERE x.actor_id = %(owner)s AND x.deputy_id = %(me)s AND %(on)s BETWEEN x.since AND x.until LIMIT 1""",
        {"owner": before["owner_id"], "me": viewer.actor_id, "on": clock.today()},
    )
    return {"for": absent} if absent else {}


def _tell_end(who: Viewer, before: dict[str, Any], after: dict[str, Any], note: str) -> None:
    late = after["due_at"] is not None and after["closed_at"] > after["due_at"]
    subject = (after["subject_kind"], after["subject_id"])
    emit(
        CaseClosed(after["id"], after["code"], after["type"], after["state"], after["agency"], late, *subject),
        after["code"],
    )
    if before["parent_id"] is not None:
        name = who.name or who.username
        told = CaseTaskDone(
            before["parent_id"], after["id"], after["code"], after["agency"], after["state"], note, name
        )
        emit(told, after["code"])
        heard(before["parent_id"])


@action("cases.classify")
def set_deadline_class(
    viewer: Viewer, case_id: int, name: str, note: str = "", *, expected_version: int | None = None
) -> dict[str, Any]:
    """Put the case in another class of deadline: it counts from the opening anew (or from the last step that began one), pauses aside.

    422 for a class the type does not have, 409 for a case that is done. Time granted before is counted anew with it.
    """
    before = read(viewer, case_id, "cases.classify", expected_version)
    if before["phase"] == "done":
        raise ended()
    spec = casetype.of_version(before["type_version"])
    columns = moving.reclassified(spec, spec.class_of(name), before)
    line = Line("deadline_set", note.strip(), data={"from": before["deadline_class"], "to": name})
    return answer(change(viewer, before, columns | {"deadline_class": name}, line))


@action("cases.classify")
def set_visibility(viewer: Viewer, case_id: int, *, public: bool, restricted: bool) -> dict[str, Any]:
    """Say who may see a case: everybody (`public`), who sees cases of its agencies, or only the agencies named in it (`restricted`)."""
    before = read(viewer, case_id, "cases.classify")
    columns = {"public": public and not restricted, "restricted": restricted}
    return answer(change(viewer, before, columns, Line("shown", data=columns)))


@action("cases.take")
def take(viewer: Viewer, case_id: int, *, expected_version: int | None = None) -> dict[str, Any]:
    """Make oneself the owner; 409 when somebody else owns it already."""
    before = read(viewer, case_id, "cases.take", expected_version)
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
    before = read(viewer, case_id, "cases.assign", expected_version)
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
    before = read(viewer, case_id, "cases.hand_over", expected_version)
    if not agency.strip() or agency == before["agency"]:
        raise invalid("same_agency", "Hãy chọn một cơ quan khác.", "Choose another agency.", field="agency")
    if not note.strip():
        raise invalid("note_missing", "Hãy ghi lý do chuyển.", "Say why you hand it over.", field="note")
    if before["phase"] == "done":
        raise ended()
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
    return answer(after)


@action("cases.comment")
def comment(viewer: Viewer, case_id: int, text: str, *, public: bool = False, key: str = "") -> dict[str, Any]:
    """Write on the timeline; `public` lines are for the person who asked, others for officials only. Returns event_id."""
    if not text.strip():
        raise invalid("text_missing", "Hãy viết nội dung.", "Write something.", field="text")

    def work() -> dict[str, Any]:
        before = read(viewer, case_id, "cases.comment")
        event = tell(viewer, case_id, Line("commented", text.strip(), public=public))
        who = viewer.name or viewer.username
        emit(CaseCommented(case_id, before["code"], before["type"], before["agency"], public, who), before["code"])
        heard(case_id)
        return {"id": case_id, "event_id": event}

    return once(viewer, key, f"cases.comment:{case_id}", work)


@action("cases.attach")
def attach(viewer: Viewer, case_id: int, stream: Readable, name: str, public: bool = False) -> File:
    """Attach a file; who sees the case sees it, a `public` one also who asked, and everybody when the case is public."""
    before = read(viewer, case_id, "cases.attach")
    kept = keep(
        viewer, stream, name, object_kind="case", object_id=str(case_id), agency=before["agency"], public=public
    )
    tell(viewer, case_id, Line("attached", kept.name, data={"file": str(kept.id)}, public=public))
    heard(case_id)
    return kept


@action("cases.be_absent", open_to_all=True)
def be_absent(viewer: Viewer, since: dt.date, until: dt.date, deputy_id: int) -> int:
    """Say from when to when (both included) somebody else does one's work; returns the absence's id.

    422 for days that are over, run backwards or last more than a year, and for a deputy who may not work on cases of one's agency.
    """
    viewer.require("cases.see")
    if not (since <= until >= clock.today() and (until - since).days <= 366):
        raise invalid("not_these_days", "Khoảng ngày không hợp lệ.", "These days make no sense.", field="until")
    deputy = viewer_of(deputy_id)
    if viewer.actor_id in (None, deputy_id) or deputy is None or not deputy.may("cases.move", viewer.agency):
        vi = "Người này không thay được: không có quyền xử lý vụ việc ở cơ quan của bạn."
        raise invalid("cannot_stand_in", vi, "This person may not work on cases of your agency.", field="deputy")
    return int(
        sql.value(
            """INSERT INTO cases_absence (actor_id, deputy_id, since, until) VALUES (%(me)s, %(deputy)s, %(since)s, %(until)s)
               RETURNING id""",
            {"me": viewer.actor_id, "deputy": deputy_id, "since": since, "until": until},
        )
    )


@action("cases.be_back", open_to_all=True)
def be_back(viewer: Viewer) -> int:
    """End one's absences, also the coming ones; returns how many."""
    viewer.require("cases.see")
    return sql.execute("DELETE FROM cases_absence WHERE actor_id = %(me)s", {"me": viewer.actor_id})


def _own(viewer: Viewer, before: dict[str, Any], owner_id: int, line: Line) -> dict[str, Any]:
    if before["phase"] == "done":
        raise ended()
    after = change(viewer, before, {"owner_id": owner_id}, line)
    who = viewer.name or viewer.username
    event = CaseAssigned(
        after["id"], after["code"], after["type"], after["title"], after["agency"], owner_id, before["owner_id"], who
    )
    emit(event, after["code"])
    return answer(after)
