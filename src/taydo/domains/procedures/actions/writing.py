"""What every write to a dossier shares: reach it, move its case in the doer's name, set its columns, tell of the step."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from taydo.domains.catalogue import public as catalogue
from taydo.engines.cases import actions as cases
from taydo.engines.cases.casetype import Deadline, of_version
from taydo.engines.cases.transition import overtaken
from taydo.kernel import clock, sql
from taydo.kernel.actions import about
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict
from taydo.kernel.events import emit
from taydo.kernel.sealing import seal

from .. import queries
from ..events import DossierMoved

HOUSE = Viewer.system("procedures")


def acting(viewer: Viewer) -> Viewer:
    """The house acting for somebody whose right was checked: timeline and audit bear their name."""
    return dataclasses.replace(viewer, all_powerful=True)


def held(viewer: Viewer, code: str, permission: str, *, own_state: bool = True) -> dict[str, Any]:
    """A dossier an official may see, with the permission in the agency that has its case. 404, 403; 409 when a ministry's system owns it."""
    found = queries.dossier(viewer, code)
    about("dossier", found["code"], found["agency"] or found["agency_decides"])
    viewer.require(permission, found["agency"] or found["agency_decides"])
    if own_state and found["source"]:
        raise conflict(
            "not_ours", f"Hồ sơ do hệ thống {found['source']} quản lý trạng thái; ở đây chỉ xem.",
            f"The system {found['source']} owns this dossier's state; it can only be read here.",
        )  # fmt: skip
    return found


def step(
    viewer: Viewer, found: Mapping[str, Any], move: str, told: str, note: str = "", *, deadline: Deadline | None = None,
    columns: Mapping[str, Any] | None = None, expected_version: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Move the dossier's case, set the dossier's columns and its national state, tell of it; returns code, state, national, due_at."""
    if expected_version is not None and expected_version != found["case_version"]:
        raise overtaken(found["case_id"])
    moved = cases.move_within(acting(viewer), _case(found), move, note, deadline=deadline)
    national = outside(found["type_version"], moved["state"], found["national"])
    return settle(viewer, found, told, national, note, columns) | {"state": moved["state"]}


_SAME = (
    "code", "type", "type_version", "state", "phase", "agency", "owner_id", "opened_at", "due_clock", "paused_at", "paused_left_s", "tasks_open",
    "deadline_class", "restricted", "extended",
)  # fmt: skip


def _case(found: Mapping[str, Any]) -> dict[str, Any]:
    """The dossier's case as it was read with it."""
    return {name: found[name] for name in _SAME} | {
        "id": found["case_id"], "title": found["case_title"], "version": found["case_version"], "due_at": found["case_due"], "parent_id": found["case_parent"],
    }  # fmt: skip


def outside(type_version: str, state: str, national: int) -> int:
    """The national state of a case's state; the one it had where the workflow says none."""
    return int(of_version(type_version).states[state].outside or national)


def settle(
    viewer: Viewer,
    found: Mapping[str, Any],
    told: str,
    national: int,
    note: str = "",
    columns: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Set columns and the national state of a dossier, with its deadline as the case has it now, and tell of the step."""
    given: dict[str, Any] = {"national": national, **(columns or {})}
    texts = ", ".join(f"{name} = %(new_{name})s" for name in sorted(given))
    params = {f"new_{name}": value for name, value in given.items()}
    changed = sql.prepared(
        f"""UPDATE procedures_dossier d SET {texts}, due_at = c.due_at FROM cases_case c WHERE d.id = %(id)s AND c.id = d.case_id
            RETURNING d.code, d.national, d.due_at, c.agency""",
        {"id": found["id"], **params},
    )[0]
    name = viewer.name or viewer.username
    emit(
        DossierMoved(found["id"], found["case_id"], found["code"], found["procedure"], told, national, changed["agency"], name, note[:500],
                     clock.now().isoformat()),
        found["code"],
    )  # fmt: skip
    return {name: changed[name] for name in ("code", "national", "due_at")}


def write_form(
    viewer: Viewer, dossier_id: int, form: str, data: Mapping[str, Any], number: str = "", *, draft: bool = False
) -> int:
    """Freeze what a form of TT 03/2025 says at this act; the PDF is made from it when somebody asks."""
    return int(
        sql.prepared(
            """INSERT INTO procedures_form (dossier_id, form, number, data, made_at, made_by, draft)
               VALUES (%(id)s, %(form)s, %(number)s, %(data)s, %(at)s, %(by)s, %(draft)s) RETURNING id""",
            {
                "id": dossier_id, "form": form, "number": number, "data": seal(json.dumps(data, ensure_ascii=False, default=str)),
                "at": clock.now(), "by": viewer.name or viewer.username, "draft": draft,
            },
        )[0]["id"]
    )  # fmt: skip


def deadline_of(found: Mapping[str, Any], spec: catalogue.Procedure | None = None) -> Deadline | None:
    """By when a dossier is due, counted from now, by the version it was received under and the way it came; None when none is declared."""
    spec = spec or catalogue.version(found["version_id"])
    channel = spec.channel(found["channel"]) or (spec.channels[0] if spec.channels else None)
    if channel is None or channel.deadline is None:
        return None
    if spec.cutoff is not None and channel.deadline.working_days is not None:
        return channel.deadline.model_copy(update={"cutoff": spec.cutoff})
    return channel.deadline
