"""Cases of earlier systems come in as sets: told to nobody, found like all others, the same code only once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from taydo.engines.cases import casetype
from taydo.engines.cases.casetype import CaseType
from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid

BATCH = 5000
BRING_IN = """
WITH given AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS g(n int, code text, title text, summary text, agency text, state text, phase text,
        opened_at timestamptz, due_at timestamptz, closed_at timestamptz, lon float8, lat float8, unit_code text, public boolean,
        restricted boolean, priority smallint, deadline_class text, subject_kind text, subject_id text, data jsonb)
), made AS (
    INSERT INTO cases_case (code, type, type_version, state, phase, title, summary, agency, chain, opened_by, opened_at, due_at, soon_at,
        due_clock, late_at, closed_at, lon, lat, unit_code, public, restricted, priority, deadline_class, subject_kind, subject_id, data)
    SELECT code, %(type)s, %(version)s, state, phase, title, summary, agency, ARRAY[agency], %(actor)s, opened_at, due_at,
           due_at - greatest(due_at - opened_at, interval '0') * %(soon)s, %(due_clock)s,
           CASE WHEN due_at < coalesce(closed_at, %(now)s) THEN due_at END, closed_at, lon, lat, unit_code, public, restricted, priority,
           deadline_class, subject_kind, subject_id, data
    FROM given ORDER BY n ON CONFLICT (code) DO NOTHING RETURNING *
), worded AS (
    INSERT INTO cases_words (case_id, words) SELECT id, cases_fold(concat_ws(' ', code, title, summary, subject_id)) FROM made
), told AS (
    INSERT INTO cases_event (case_id, at, kind, actor_id, actor_name, to_state, agency, public, version)
    SELECT id, at, kind, %(actor)s, %(who)s, to_state, agency, TRUE, 1 FROM (
        SELECT id, opened_at AS at, 'opened' AS kind, %(start)s AS to_state, agency FROM made
        UNION ALL SELECT id, coalesce(closed_at, %(now)s), 'brought_in', state, agency FROM made WHERE state <> %(start)s ORDER BY 1, 2) lines
)
SELECT g.n, coalesce(m.id, c.id) AS id FROM given g LEFT JOIN made m USING (code) LEFT JOIN cases_case c USING (code) ORDER BY g.n
"""
TEXTS = ("summary", "unit_code", "deadline_class")


@action("cases.bring_in")
def bring_in(viewer: Viewer, type: str, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Load cases of an earlier system, one statement for each 5,000; returns their ids in the order given.

    A row: code, title, summary, agency, state, opened_at, due_at, closed_at (aware instants or ISO 8601), lon, lat, unit_code,
    public, restricted, priority, deadline_class, subject (kind, id), data. A code that is there already is left as it is. Nobody
    is told, also not of lateness. 422 names the first row that is wrong.
    """
    spec = casetype.current(type)
    given = list(_checked(viewer, spec, rows))
    casetype.keep(spec)
    about("case", f"{len(given)} × {type}")
    common = {
        "type": spec.id, "version": spec.version, "start": spec.start, "soon": spec.soon, "actor": viewer.actor_id,
        "who": viewer.name or viewer.username, "now": clock.now(), "due_clock": spec.deadline.kind if spec.deadline else "clock",
    }  # fmt: skip
    found: list[int] = []
    for first in range(0, len(given), BATCH):
        text = json.dumps(given[first : first + BATCH], ensure_ascii=False, default=str)
        found += [item["id"] for item in sql.rows(BRING_IN, common | {"rows": text})]
    return found


def _checked(viewer: Viewer, spec: CaseType, rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    agencies = viewer.agencies("cases.bring_in")
    for n, row in enumerate(rows):
        state = spec.states.get(row.get("state", ""))
        lacking = [name for name in ("code", "title", "agency", "opened_at") if not row.get(name)]
        if state is None:
            lacking.append("state")
        elif (state.phase == "done") != (row.get("closed_at") is not None):
            lacking.append("closed_at")
        if lacking:
            vi, en = f"Dòng {n + 1} thiếu hoặc sai: ", f"Row {n + 1} lacks or mistakes: "
            names = ", ".join(lacking)
            raise invalid("row_wrong", vi + names, en + names, row=n, field=lacking[0])
        if "*" not in agencies and row["agency"] not in agencies:
            raise viewer.refusal("cases.bring_in")
        assert state is not None
        kind, identifier = row.get("subject") or ("", "")
        yield {
            "n": n, "phase": state.phase, "subject_kind": kind, "subject_id": str(identifier), "data": row.get("data") or {},
            "public": bool(row.get("public")), "restricted": bool(row.get("restricted")), "priority": row.get("priority") or 0,
            **{name: row.get(name) for name in ("code", "agency", "state", "opened_at", "due_at", "closed_at", "lon", "lat")},
            **{name: row.get(name) or "" for name in TEXTS}, "title": str(row["title"])[:300],
        }  # fmt: skip
