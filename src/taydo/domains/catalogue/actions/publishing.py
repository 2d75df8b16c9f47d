"""Writes to the catalogue: publish versions, load what the city declares."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from taydo.engines.places import queries as places
from taydo.kernel import specs, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.events import emit

from .events import ProcedureChanged
from .models import Declared, Procedure

_PUBLISH = """
WITH given AS (
    SELECT * FROM jsonb_to_recordset(%(given)s::jsonb) AS g(code text, title text, field text, level text, kind text, online text, spec jsonb,
        hash text, words text, events text[], doubts int, valid_from date, valid_to date)
), changed AS (
    INSERT INTO catalogue_version AS v (code, title, field, level, kind, online, spec, hash, words, events, doubts, origin, valid_from, valid_to, made_by)
    SELECT g.code, g.title, g.field, g.level, g.kind, g.online, g.spec, g.hash, g.words, g.events, g.doubts, %(origin)s, g.valid_from, g.valid_to, %(by)s
    FROM given g
    ON CONFLICT (code, valid_from) DO UPDATE SET title = excluded.title, field = excluded.field, level = excluded.level, kind = excluded.kind,
        online = excluded.online, spec = excluded.spec, hash = excluded.hash, words = excluded.words, events = excluded.events, doubts = excluded.doubts,
        valid_to = excluded.valid_to, made_by = excluded.made_by
    WHERE v.hash <> excluded.hash AND v.origin = excluded.origin AND v.reviewed_at IS NULL
    RETURNING v.id, v.code, v.valid_from
), ended AS (
    UPDATE catalogue_version v SET valid_to = c.valid_from FROM changed c
    WHERE v.code = c.code AND v.valid_from < c.valid_from AND (v.valid_to IS NULL OR v.valid_to > c.valid_from)
)
SELECT id, code, valid_from FROM changed ORDER BY id
"""


def row_of(procedure: Procedure) -> dict[str, Any]:
    """A declaration as a row for the table."""
    spec = procedure.model_dump(mode="json")
    text = json.dumps(spec, ensure_ascii=False, sort_keys=True)
    words = places.fold(
        " ".join((procedure.code, procedure.title, procedure.title_en, procedure.summary, *procedure.words))
    )
    return {
        "code": procedure.code, "title": procedure.title, "field": procedure.field, "level": procedure.level, "kind": procedure.kind,
        "online": procedure.online, "spec": spec, "hash": hashlib.sha256(text.encode()).hexdigest()[:16], "words": words,
        "events": list(procedure.events), "doubts": len(procedure.uncertain), "valid_from": spec["valid_from"], "valid_to": spec["valid_to"],
    }  # fmt: skip


@action("catalogue.load", secret=("given",))
def publish(viewer: Viewer, origin: str, given: Sequence[Procedure]) -> list[dict[str, Any]]:
    """Publish versions as a set; the one before ends on the day the new one begins. Returns id, code, valid_from of what is new or changed.

    The same declaration again changes nothing. A version of another origin, or one somebody has reviewed, is never overwritten.
    """
    about("catalogue", origin)
    rows = json.dumps([row_of(one) for one in given], ensure_ascii=False)
    changed = sql.rows(_PUBLISH, {"given": rows, "origin": origin, "by": viewer.name or viewer.username})
    for one in changed:
        emit(ProcedureChanged(one["code"], one["id"], one["valid_from"].isoformat()), one["code"])
    return changed


def load(viewer: Viewer, folder: Path) -> int:
    """Publish what stands in `procedures/*.yaml` of a city's folder; returns how many versions are new or changed."""
    found = [
        one for path in sorted((folder / "procedures").glob("*.yaml")) for one in specs.load(path, Declared).procedures
    ]
    return len(publish(viewer, "city", found)) if found else 0
