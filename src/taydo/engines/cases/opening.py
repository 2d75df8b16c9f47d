"""A new case, its words for the search and its first line as one statement."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

from taydo.kernel import clock, ids, sql
from taydo.kernel.actions import about
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid
from taydo.kernel.events import emit

from . import casetype, rules
from .casetype import CaseType, Deadline
from .events import CaseOpened
from .moving import due_columns
from .transition import heard

OPEN = """
WITH opened AS (
    INSERT INTO cases_case (code, type, type_version, state, phase, title, summary, agency, chain, opened_by, opened_at, due_at, soon_at,
        due_clock, subject_kind, subject_id, unit_code, lon, lat, priority, public, data, parent_id, asker_id, restricted, deadline_class,
        step_due_at)
    VALUES (%(code)s, %(type)s, %(type_version)s, %(state)s, %(phase)s, %(title)s, %(summary)s, %(agency)s, %(chain)s::text[],
        %(actor)s, %(at)s, %(due_at)s, %(soon_at)s, %(due_clock)s, %(subject_kind)s, %(subject_id)s, %(unit_code)s, %(lon)s, %(lat)s,
        %(priority)s, %(public)s, %(data)s::jsonb, %(parent)s, %(asker)s, %(restricted)s, %(deadline_class)s,
        %(step_due)s) RETURNING *
), worded AS (
    INSERT INTO cases_words (case_id, words) SELECT id, cases_fold(concat_ws(' ', code, title, summary, subject_id)) FROM opened
), told AS (
    INSERT INTO cases_event (case_id, at, kind, actor_id, actor_name, to_state, agency, note, public, version)
    SELECT id, opened_at, 'opened', %(actor)s::bigint, %(actor_name)s::text, state, agency, %(note)s::text, TRUE, version FROM opened
)
SELECT id, code, state, version, due_at FROM opened
"""


@dataclass(frozen=True)
class Opening:
    """What a new case begins with. `deadline`: a rule, a named class of the type, an instant (`deadline_class` its class), or the type's."""

    title: str
    agency: str
    summary: str = ""
    note: str = ""
    subject: tuple[str, str] = ("", "")
    unit_code: str = ""
    lon: float | None = None
    lat: float | None = None
    deadline: Deadline | dt.datetime | str | None = None
    deadline_class: str = ""
    priority: int = 0
    public: bool = False
    restricted: bool = False
    asker_id: int | None = None
    parent_id: int | None = None
    chain: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)
    code: str = ""


def insert(viewer: Viewer, spec: CaseType, given: Opening) -> dict[str, Any]:
    """Write the case and tell it; returns id, code, state, version, due_at. The caller has checked that the viewer may."""
    if not given.title.strip():
        raise invalid("title_missing", "Hãy ghi tiêu đề vụ việc.", "Give the case a title.", field="title")
    now, first = clock.now(), spec.states[spec.start]
    params: dict[str, Any] = {
        "code": given.code or ids.code(spec.prefix, 7), "type": spec.id, "type_version": spec.version, "state": spec.start, "phase": first.phase,
        "title": given.title.strip()[:300], "summary": given.summary, "agency": given.agency,
        "chain": list(dict.fromkeys((given.agency, *given.chain))), "actor": viewer.actor_id,
        "actor_name": viewer.name or viewer.username, "at": now, "subject_kind": given.subject[0], "subject_id": given.subject[1],
        "unit_code": given.unit_code, "lon": given.lon, "lat": given.lat, "priority": given.priority, "public": given.public,
        "data": json.dumps(given.data, ensure_ascii=False), "note": given.note, "parent": given.parent_id, "asker": given.asker_id,
        "restricted": given.restricted, "step_due": first.within and first.within.due(now), **_due(spec, given, now),
    }  # fmt: skip
    casetype.keep(spec)
    opened = sql.prepared(OPEN, params)[0]
    about("case", opened["id"], given.agency)
    words = (opened["id"], opened["code"], spec.id, spec.start, given.agency, params["title"])
    told = CaseOpened(*words, *given.subject, given.parent_id)
    emit(told, opened["code"])
    heard(opened["id"])
    return opened


def _due(spec: CaseType, given: Opening, now: dt.datetime) -> dict[str, Any]:
    deadline = given.deadline
    if isinstance(deadline, dt.datetime):
        soon = rules.soon_at(now, deadline, spec.soon)
        kind = spec.deadline.kind if spec.deadline else "clock"
        return {"due_at": deadline, "soon_at": soon, "due_clock": kind, "deadline_class": given.deadline_class}
    if isinstance(deadline, str):
        return due_columns(spec, spec.class_of(deadline), now) | {"deadline_class": deadline}
    return due_columns(spec, deadline or spec.deadline, now) | {"deadline_class": ""}
