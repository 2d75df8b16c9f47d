"""Publish versions of procedures: from the city's folder, from official lists, from the screen; all through one door."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from taydo.engines.search import index
from taydo.kernel import clock, specs, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.events import emit
from taydo.methods.vietnamese import fold

from .. import queries, rules
from ..events import ProcedureChanged
from ..models import Declared, Procedure

LOCK = "SELECT pg_advisory_xact_lock(hashtext('catalogue'))"
KNOWN = "SELECT id, code, origin, hash, valid_from, valid_to FROM catalogue_version WHERE code = ANY(%(codes)s) ORDER BY code, valid_from, id"
INSERT = """
WITH given AS (
    SELECT * FROM jsonb_to_recordset(%(given)s::jsonb) AS g(code text, title text, field text, level text, kind text, online text, spec jsonb,
        hash text, words text, events text[], doubts int, valid_from date, valid_to date)
), written AS (
    INSERT INTO catalogue_version (code, title, field, level, kind, online, spec, hash, words, events, doubts, origin, note, valid_from, valid_to,
        made_by, reviewed_by, reviewed_at)
    SELECT code, title, field, level, kind, online, spec, hash, words, events, doubts, %(origin)s, %(note)s, valid_from, valid_to,
        %(by)s, CASE WHEN %(origin)s = 'import' THEN '' ELSE %(by)s END, CASE WHEN %(origin)s = 'import' THEN NULL ELSE %(now)s END
    FROM given RETURNING id, code, valid_from
), ended AS (
    UPDATE catalogue_version v SET valid_to = w.begins
    FROM (SELECT code, min(valid_from) AS begins FROM written GROUP BY code) w
    WHERE v.code = w.code AND v.valid_from < w.begins AND (v.valid_to IS NULL OR v.valid_to > w.begins)
)
SELECT id, code, valid_from FROM written ORDER BY id
"""


def content(procedure: Procedure) -> str:
    """The mark of what a version says, its days aside."""
    spec = procedure.model_dump(mode="json", exclude={"valid_from", "valid_to"}, exclude_defaults=True)
    return hashlib.sha256(json.dumps(spec, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def _row(procedure: Procedure, mark: str, begins: dt.date) -> dict[str, Any]:
    said = (procedure.code, procedure.title, procedure.title_en, procedure.summary, *procedure.words)
    return {
        "code": procedure.code, "title": procedure.title, "field": procedure.field, "level": procedure.level, "kind": procedure.kind,
        "online": procedure.online, "spec": procedure.model_dump(mode="json", exclude_defaults=True), "hash": mark, "words": fold(" ".join(said)),
        "events": list(procedure.events), "doubts": len(procedure.uncertain), "valid_from": begins.isoformat(),
        "valid_to": procedure.valid_to.isoformat() if procedure.valid_to and procedure.valid_to > begins else None,
    }  # fmt: skip


def _due(origin: str, given: Sequence[Procedure]) -> list[dict[str, Any]]:
    """Rows to write: what is new or changed, each from the day it begins."""
    sql.execute(LOCK)
    codes = sorted({one.code for one in given})
    known: dict[str, list[rules.Known]] = {}
    for record in sql.rows(KNOWN, {"codes": codes}):
        known.setdefault(record["code"], []).append(rules.Known(**record))
    rows: list[dict[str, Any]] = []
    for one in sorted(given, key=lambda each: (each.code, each.valid_from)):
        mark, there = content(one), known.setdefault(one.code, [])
        begins = rules.begins(rules.Known(0, one.code, origin, mark, one.valid_from), there, clock.today())
        if begins is not None:
            if rows and rows[-1]["code"] == one.code:
                rows[-1]["valid_to"] = begins.isoformat()
            rows.append(_row(one, mark, begins))
            there.append(rules.Known(0, one.code, origin, mark, begins, one.valid_to))
    return rows


def write(viewer: Viewer, origin: str, given: Sequence[Procedure], note: str = "") -> list[dict[str, Any]]:
    """Write what is new or changed as versions, tell of it and have it found. Within an action's transaction only."""
    rows = _due(origin, given)
    if not rows:
        return []
    written = sql.rows(
        INSERT,
        {"given": json.dumps(rows, ensure_ascii=False), "origin": origin, "note": note, "by": viewer.name or viewer.username, "now": clock.now()},
    )  # fmt: skip
    for one in written:
        emit(ProcedureChanged(one["code"], one["id"], one["valid_from"].isoformat()), one["code"])
    have_found({one["code"] for one in written})
    return written


@action("catalogue.load", secret=("given",))
def publish(viewer: Viewer, origin: str, given: Sequence[Procedure]) -> list[dict[str, Any]]:
    """Publish versions as a set; the one before ends on the day the new one begins. Returns id, code, valid_from of what is new or changed.

    The same declaration again changes nothing; a changed one holds from today, never earlier, once there is a version.
    """
    about("catalogue", origin)
    return write(viewer, origin, given)


@action("catalogue.load")
def have_all_found(viewer: Viewer) -> int:
    """Put every procedure in force into the search anew, and take out what has ended; returns how many."""
    about("catalogue", "search")
    return index.put("procedure", (_doc(one) for one in queries.in_force()), replace=True)


def have_found(codes: Iterable[str]) -> None:
    """What is in force of these codes can be found as it is now; what is not, no longer."""
    wanted = list(codes)
    docs = [_doc(one) for one in queries.in_force(wanted)]
    index.put("procedure", docs)
    index.drop("procedure", set(wanted) - {doc.id for doc in docs})


def _doc(one: Procedure) -> index.Doc:
    papers = "; ".join(paper.title for paper in one.papers[:8])
    keywords = " ; ".join((*one.words, one.title_en, one.field, *(result.title for result in one.results[:4])))
    weight = {"commune": 1.0, "city": 0.9, "central": 0.6}[one.level] * (1.3 if one.summary else 1.0)
    return index.Doc(one.code, one.title, f"{one.summary} {papers}".strip(), keywords, f"/procedures/{one.code}", weight=weight)  # fmt: skip


def load(viewer: Viewer, folder: Path) -> int:
    """Publish what stands in `procedures/*.yaml` of a city's folder; returns how many versions are new or changed."""
    found = [
        one for path in sorted((folder / "procedures").glob("*.yaml")) for one in specs.load(path, Declared).procedures
    ]
    return len(publish(viewer, "city", found)) if found else 0
