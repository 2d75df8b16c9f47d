"""Every write of workflows: a draft, its changes, its release; an older one again; the kind's own again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from taydo.engines.cases import casetype
from taydo.engines.cases.casetype import CaseType
from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import EVERYWHERE, Viewer
from taydo.kernel.errors import conflict, invalid, missing

from . import checking, editing, queries
from .keeping import forget
from .queries import standard

KEY = re.compile(r"[0-9a-z][0-9a-z.-]{0,59}")


@action("workflows.edit")
def begin(viewer: Viewer, kind: str, key: str) -> None:
    """Begin a draft from what is in force; one that there is already stays as it is."""
    kind, key = _about(viewer, kind, key)
    spec = casetype.current(queries.type_for(kind, key))
    sql.execute(
        """INSERT INTO workflows_draft (kind, key, spec, began_from, edited_at, edited_by, edited_name)
           VALUES (%(kind)s, %(key)s, %(spec)s::jsonb, %(from)s, %(now)s, %(who)s, %(name)s) ON CONFLICT (kind, key) DO NOTHING""",
        {"kind": kind, "key": key, "spec": spec.text, "from": spec.version, **_by(viewer)},
    )


@action("workflows.edit")
def change(viewer: Viewer, kind: str, key: str, verb: str, given: Mapping[str, Any], *, expected_version: int | None = None) -> int:  # fmt: skip
    """Make one change (`editing.VERBS`) to a draft; returns its new version.

    409 when somebody changed it since `expected_version`, 422 and 404 as the change says. The draft may not hold together meanwhile.
    """
    kind, key = _about(viewer, kind, key)
    draft = queries.draft(kind, key)
    if draft is None:
        raise missing("no_draft", "Chưa có bản nháp.", "There is no draft.")
    if expected_version not in (None, draft.version):
        vi, en = (
            f"{draft.edited_name} vừa sửa bản nháp; hãy xem lại.",
            f"{draft.edited_name} has just changed the draft; look again.",
        )
        raise conflict("draft_changed", vi, en)
    if verb not in editing.VERBS:
        raise invalid("unknown_verb", "Không có thao tác sửa này.", "There is no such change.", field="verb")
    needed = {"needed": queries.needed(kind)} if verb in editing.GUARDED else {}
    spec = editing.VERBS[verb](draft.spec, given, **needed)
    return int(
        sql.value(
            """UPDATE workflows_draft SET spec = %(spec)s::jsonb, version = version + 1, edited_at = %(now)s, edited_by = %(who)s,
                 edited_name = %(name)s WHERE kind = %(kind)s AND key = %(key)s RETURNING version""",
            {"spec": json.dumps(spec, ensure_ascii=False), "kind": kind, "key": key, **_by(viewer)},
        )
    )


@action("workflows.edit")
def discard(viewer: Viewer, kind: str, key: str) -> bool:
    """Throw a draft away; False when there was none."""
    kind, key = _about(viewer, kind, key)
    return _drop(kind, key)


@action("workflows.edit")
def release(viewer: Viewer, kind: str, key: str, why: str) -> int:
    """Put a draft in force from now on: new cases of the subject go this way, running ones keep theirs. Returns the release's id.

    422 with every fault while it does not hold together.
    """
    kind, key = _about(viewer, kind, key)
    draft = queries.draft(kind, key)
    if draft is None:
        raise missing("no_draft", "Chưa có bản nháp.", "There is no draft.")
    if wrong := checking.faults(draft.spec, casetype.current(kind), queries.needed(kind)):
        vi, en = "; ".join(fault.vi for fault in wrong), "; ".join(fault.en for fault in wrong)
        raise invalid("does_not_hold", vi, en, faults=[fault.where for fault in wrong])
    released = _record(viewer, kind, key, CaseType.model_validate(draft.spec), why)
    _drop(kind, key)
    return released


@action("workflows.edit")
def release_again(viewer: Viewer, kind: str, key: str, release_id: int, why: str) -> int:
    """Undo: put an older release of the subject in force again, as a new release. 422 when what the house needs has changed since."""
    kind, key = _about(viewer, kind, key)
    version = sql.value(
        "SELECT type_version FROM workflows_release WHERE id = %(id)s AND kind = %(kind)s AND key = %(key)s",
        {"id": release_id, "kind": kind, "key": key},
    )
    if version is None:
        raise missing("no_such_release", "Không có bản ban hành này.", "There is no such release.")
    return put_in_force(viewer, kind, key, casetype.of_version(version), why)


@action("workflows.edit")
def release_standard(viewer: Viewer, kind: str, key: str, why: str) -> int:
    """Let the kind's own workflow hold for the subject again."""
    kind, key = _about(viewer, kind, key)
    return _record(viewer, kind, key, casetype.current(kind), why, own=True)


@action("workflows.edit")
def put_in_force(viewer: Viewer, kind: str, key: str, spec: CaseType, why: str) -> int:
    """Release a type for one subject from now on; cases that run keep theirs. Returns the release's id; 422 with every fault."""
    kind, key = _about(viewer, kind, key)
    own = casetype.current(kind)
    if spec.id != own.id or (wrong := checking.faults(json.loads(spec.text), own, queries.needed(kind))):
        vi, en = (
            ("; ".join(fault.vi for fault in wrong), "; ".join(fault.en for fault in wrong))
            if spec.id == own.id
            else ("Sai loại.", "Not of this kind.")
        )
        raise invalid("does_not_hold", vi, en)  # fmt: skip
    return _record(viewer, kind, key, spec, why)


def _about(viewer: Viewer, kind: str, key: str) -> tuple[str, str]:
    """Workflows are the whole city's: who changes them holds the permission everywhere."""
    viewer.require("workflows.edit", EVERYWHERE)
    kind, key = standard(kind), key.strip().lower()
    if not KEY.fullmatch(key):
        raise invalid("bad_key", "Mã thủ tục không hợp lệ.", "The code of the subject is not valid.", field="key")
    about("workflow", f"{kind}/{key}")
    return kind, key


def _record(viewer: Viewer, kind: str, key: str, spec: CaseType, why: str, *, own: bool = False) -> int:
    """The row of a release; the type is stored before anybody can be told of it."""
    if not why.strip():
        raise invalid("why_missing", "Hãy ghi lý do ban hành.", "Say why it is released.", field="why")
    casetype.keep(spec)
    released = int(
        sql.value(
            """INSERT INTO workflows_release (kind, key, type_version, standard, standard_version, released_at, released_by, released_name, why)
               VALUES (%(kind)s, %(key)s, %(version)s, %(own)s, %(from)s, %(now)s, %(who)s, %(name)s, %(why)s) RETURNING id""",
            {"kind": kind, "key": key, "version": spec.version, "own": own, "from": casetype.current(kind).version,
             "why": why.strip()[:1000], **_by(viewer)},
        )
    )  # fmt: skip
    forget()
    return released


def _drop(kind: str, key: str) -> bool:
    gone = sql.execute(
        "DELETE FROM workflows_draft WHERE kind = %(kind)s AND key = %(key)s", {"kind": kind, "key": key}
    )
    return bool(gone)


def _by(viewer: Viewer) -> dict[str, Any]:
    return {"now": clock.now(), "who": viewer.actor_id, "name": viewer.name or viewer.username}
