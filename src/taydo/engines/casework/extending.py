"""More time: somebody asks with a reason, somebody else decides; the timeline says all of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from taydo.engines.cases import casetype, moving, rules
from taydo.engines.cases.casetype import CaseType
from taydo.engines.cases.transition import Line, answer, change, ended, read, seen, tell
from taydo.kernel import clock, sql
from taydo.kernel.actions import action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid, missing, refused
from taydo.kernel.events import emit

from .consulting import JOINED
from .events import CaseExtended, CaseMoreTimeAsked, CaseMoreTimeRefused


@action("cases.ask_more_time")
def ask_more_time(
    viewer: Viewer, case_id: int, reason: str, *, until: dt.datetime | None = None, working_days: int | None = None
) -> int:
    """Ask that a case be due later: at an instant, or so many working days after its deadline. Returns the request's id.

    422 without a reason or beyond what the type allows; 409 when the case has no deadline, is done, was put off as often as it
    may be, or somebody has asked already.
    """
    before = read(viewer, case_id, "cases.ask_more_time")
    spec = casetype.of_version(before["type_version"])
    if not reason.strip():
        raise invalid("reason_missing", "Hãy ghi lý do.", "Say why.", field="reason")
    wanted = _wanted(spec, before, until, working_days)
    asked = sql.value(
        """INSERT INTO casework_extension (case_id, asked_by, asked_name, asked_at, reason, due_at, until)
           VALUES (%(case)s, %(by)s, %(name)s, %(at)s, %(reason)s, %(due)s, %(until)s)
           ON CONFLICT (case_id) WHERE state = 'asked' DO NOTHING RETURNING id""",
        {"case": case_id, "by": viewer.actor_id, "name": viewer.name or viewer.username, "at": clock.now(), "reason": reason.strip(),
         "due": before["due_at"], "until": wanted},
    )  # fmt: skip
    if asked is None:
        raise conflict("already_asked", "Đã có người xin gia hạn.", "Somebody has asked for more time already.")
    assert spec.extension is not None
    to = rules.above(before["agency"]) if spec.extension.by == "parent" else before["agency"]
    line = Line("time_asked", reason.strip(), data={"until": wanted.isoformat(), "extension": asked})
    answer(change(viewer, before, {"chain": sql.Sql(JOINED, {"to": to})}, line))
    emit(
        CaseMoreTimeAsked(asked, case_id, before["code"], before["type"], before["title"], before["agency"], to, wanted.isoformat(),
                          reason.strip(), viewer.name or viewer.username),
        before["code"],
    )  # fmt: skip
    return int(asked)


def _wanted(spec: CaseType, before: dict[str, Any], until: dt.datetime | None, working_days: int | None) -> dt.datetime:
    """The new deadline that is asked for, within what the type allows."""
    allowed, due = spec.extension, before["due_at"]
    if before["phase"] == "done":
        raise ended()
    if allowed is None or due is None:
        raise conflict("not_extendable", "Loại vụ việc này không được gia hạn.", "Such a case cannot be put off.")
    if before["extended"] >= allowed.most:
        vi, en = f"Đã gia hạn đủ {allowed.most} lần.", f"It was put off {allowed.most} times already."
        raise conflict("extended_enough", vi, en, most=allowed.most)
    if (until is None) == (working_days is None) or (working_days is not None and not 1 <= working_days <= 366):
        raise invalid(
            "which_time", "Hãy cho ngày mới hoặc số ngày làm việc.", "Give a date or working days.", field="until"
        )
    if until is None:
        until = clock.calendar().deadline(due, working_days or 0).astimezone(dt.UTC)
    if until.tzinfo is None or until <= max(due, clock.now()):
        raise invalid("not_later", "Hạn mới phải muộn hơn hạn cũ.", "The new deadline must be later.", field="until")
    last = allowed.longest.due(due)
    if until > last:
        day = last.astimezone(clock.LOCAL).strftime("%d/%m/%Y %H:%M")
        raise invalid("too_long", f"Muộn nhất là {day}.", f"{day} at the latest.", field="until", last=last.isoformat())
    return until


@action("cases.extend")
def decide_more_time(viewer: Viewer, extension_id: int, granted: bool, note: str = "") -> dict[str, Any]:
    """Grant or refuse more time, in the case's agency or one above it, but not by who asked. Returns what `move` does.

    422 a refusal without a reason; 409 when it was decided, the case is done, or the time asked for is over.
    """
    request = sql.row("SELECT * FROM casework_extension WHERE id = %(id)s FOR UPDATE", {"id": extension_id})
    if request is None:
        raise missing("no_such_request", "Không có đề nghị này.", "There is no such request.")
    before = seen(viewer, request["case_id"])
    viewer.require("cases.extend", *rules.line_of_command(before["agency"]))
    if viewer.actor_id is not None and viewer.actor_id == request["asked_by"]:
        raise refused("ones_own_request", "Không tự duyệt đề nghị của mình.", "Nobody decides on their own request.")
    if request["state"] != "asked":
        raise conflict(
            "decided", "Đề nghị này đã được quyết định.", "This was decided already.", state=request["state"]
        )
    if before["phase"] == "done":
        raise ended()
    if not granted and not note.strip():
        raise invalid("note_missing", "Hãy ghi lý do từ chối.", "Say why you refuse.", field="note")
    if granted and request["until"] <= clock.now():
        raise conflict("time_is_over", "Thời hạn xin gia hạn đã qua.", "The time that was asked for is over.")
    sql.execute(
        """UPDATE casework_extension SET state = %(state)s, decided_by = %(by)s, decided_name = %(name)s, decided_at = %(at)s,
             note = %(note)s WHERE id = %(id)s""",
        {"state": "granted" if granted else "refused", "by": viewer.actor_id, "name": viewer.name or viewer.username,
         "at": clock.now(), "note": note.strip(), "id": extension_id},
    )  # fmt: skip
    return _grant(viewer, before, request, note.strip()) if granted else _refuse(viewer, before, request, note.strip())


def _grant(viewer: Viewer, before: dict[str, Any], request: dict[str, Any], note: str) -> dict[str, Any]:
    spec = casetype.of_version(before["type_version"])
    columns = moving.put_off(spec, before, request["until"]) | {"extended": sql.Sql("extended + 1")}
    told = {"until": request["until"].isoformat(), "was": before["due_at"].isoformat(), "extension": request["id"]}
    after = change(viewer, before, columns, Line("extended", note, data=told))
    emit(
        CaseExtended(request["id"], after["id"], after["code"], after["type"], after["title"], after["agency"], request["asked_by"],
                     told["was"], told["until"], request["reason"], viewer.name or viewer.username),
        after["code"],
    )  # fmt: skip
    return answer(after)


def _refuse(viewer: Viewer, before: dict[str, Any], request: dict[str, Any], note: str) -> dict[str, Any]:
    tell(viewer, before["id"], Line("time_refused", note, data={"extension": request["id"]}))
    emit(
        CaseMoreTimeRefused(request["id"], before["id"], before["code"], before["type"], before["title"], before["agency"],
                            request["asked_by"], note, viewer.name or viewer.username),
        before["code"],
    )  # fmt: skip
    return answer(before)
