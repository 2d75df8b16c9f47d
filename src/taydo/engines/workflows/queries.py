"""Reads of workflows: which case type a subject's cases get, drafts, releases, and what of a kind the house itself needs."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from taydo.engines.cases import casetype
from taydo.engines.cases.casetype import CaseType
from taydo.kernel import manifest, sql
from taydo.kernel.errors import missing

from . import subjects
from .keeping import in_force

_standard: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Draft:
    """A workflow being changed; `spec` may not hold together yet."""

    spec: dict[str, Any]
    version: int
    began_from: str
    edited_at: dt.datetime
    edited_name: str


def standard(kind: str) -> str:
    """The declared case type of a kind: its id, or the last word of it (`standard` → `dossier_standard`); 404 when there is none."""
    if kind not in _standard:
        names = [spec.id for spec in casetype.every()]
        found = [name for name in names if name == kind] or [name for name in names if name.endswith(f"_{kind}")]
        if not found:
            raise missing("no_such_workflow", f"Không có quy trình “{kind}”.", f"There is no workflow “{kind}”.")
        _standard[kind] = found[0]
    return _standard[kind]


def type_for(kind: str, key: str) -> str:
    """The type to open a subject's (a procedure's) new cases with: the released one of `key` in this kind, else the kind's own.

    The name (`dossier_standard/1.004873`) is for `open_case` alone: the case's `type` is the kind's in both (`dossier_standard`).
    No query on the way but one a second in a process. A refined workflow belongs to its kind: when the procedure's kind becomes
    another one, that kind's own workflow holds until it is refined, too.
    """
    own, held = standard(kind), in_force()
    name = f"{own}/{key.strip().lower()}"
    return name if name in held.versions and name not in held.standard else own


def needed(kind: str) -> frozenset[str]:
    """Moves nobody may remove: those not for officials, and those the owner of the kind takes by name."""
    family = subjects.of_kind(kind)
    taken = {name for name, move in casetype.current(kind).moves.items() if move.by != "officials"}
    return frozenset(taken) | (family.needs if family else frozenset())


def draft(kind: str, key: str) -> Draft | None:
    """The draft of a subject, if there is one."""
    found = sql.row(
        """SELECT spec::text AS spec, version, began_from, edited_at, edited_name FROM workflows_draft
           WHERE kind = %(kind)s AND key = %(key)s""",
        {"kind": kind, "key": key},
    )
    return None if found is None else Draft(**{**found, "spec": json.loads(found["spec"])})


def releases(kind: str, key: str) -> list[dict[str, Any]]:
    """Every release of a subject, the newest (in force) first: id, type_version, standard, standard_version, released_at, name, why."""
    return sql.rows(
        """SELECT id, type_version, standard, standard_version, released_at, released_name, why FROM workflows_release
           WHERE kind = %(kind)s AND key = %(key)s ORDER BY id DESC LIMIT 200""",
        {"kind": kind, "key": key},
    )


def refined() -> list[dict[str, Any]]:
    """Subjects with a release or a draft: kind, key, standard, released_at, released_name, why, drafted_at, drafted_name, stale.

    `stale`: the kind's own workflow has changed since the release was made from it.
    """
    found = sql.rows(
        """SELECT coalesce(r.kind, d.kind) AS kind, coalesce(r.key, d.key) AS key, r.standard, r.standard_version, r.released_at,
             r.released_name, r.why, d.edited_at AS drafted_at, d.edited_name AS drafted_name
           FROM (SELECT DISTINCT ON (kind, key) * FROM workflows_release ORDER BY kind, key, id DESC) r
           FULL JOIN workflows_draft d ON d.kind = r.kind AND d.key = r.key ORDER BY 2, 1"""
    )
    own = {spec.id: spec.version for spec in casetype.every()}
    for item in found:
        version = item.pop("standard_version")
        item["stale"] = version is not None and not item["standard"] and version != own.get(item["kind"])
    return found


def spec_of(kind: str, key: str) -> CaseType:
    """What is in force for a subject."""
    return casetype.current(type_for(kind, key))


def permissions(kind: str) -> list[tuple[str, Any]]:
    """Permissions a step may ask for: of cases and of the parts whose permissions the kind's own workflow names."""
    families = {move.permission.split(".", 1)[0] for move in casetype.current(kind).moves.values()} | {"cases"}
    return [
        (name, label) for name, label in sorted(manifest.permissions().items()) if name.split(".", 1)[0] in families
    ]
