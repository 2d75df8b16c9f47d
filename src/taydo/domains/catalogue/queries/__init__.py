"""Every read of the catalogue: which version holds on a day, lists and searches of them, the history of one."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from taydo.engines.search import queries as search
from taydo.kernel import clock, specs, sql
from taydo.kernel.errors import Problem, missing

from ..models import Procedure, Rules
from ..rules import CODE

STANDS = "v.published AND v.valid_from <= %(on)s AND (v.valid_to IS NULL OR v.valid_to > %(on)s)"
SPEC = "(v.spec || jsonb_build_object('valid_from', v.valid_from, 'valid_to', v.valid_to))::text AS spec"
COLUMNS = "v.id, v.code, v.title, v.field, v.level, v.kind, v.online, v.doubts, v.origin, v.published, v.valid_from, v.valid_to, v.made_by, v.made_at, v.note"
LEVELS = ("commune", "city", "central")
MOST = 200


@dataclass(frozen=True)
class Filters:
    """What a list keeps: exact field, level, event of life, agency rule, source, online level; `doubtful` only with doubts; words."""

    q: str = ""
    field: str = ""
    level: str = ""
    event: str = ""
    decides: str = ""
    origin: str = ""
    online: str = ""
    doubtful: bool = False


@functools.lru_cache(maxsize=4096)
def _read(version_id: int, text: str) -> Procedure:
    return Procedure.model_validate_json(text)


def on(code: str, day: dt.date | None = None) -> tuple[int, Procedure] | None:
    """The version (id, declaration) that holds on a day (today)."""
    found = sql.prepared(
        f"SELECT v.id, {SPEC} FROM catalogue_version v WHERE v.code = %(code)s AND {STANDS} ORDER BY v.valid_from DESC LIMIT 1",
        {"code": code, "on": day or clock.today()},
    )
    return (found[0]["id"], _read(found[0]["id"], found[0]["spec"])) if found else None


def version(version_id: int) -> Procedure:
    """The declaration of a version, in force or not; 404 when there is none."""
    found = sql.prepared(f"SELECT v.id, {SPEC} FROM catalogue_version v WHERE v.id = %(id)s", {"id": version_id})
    if not found:
        raise no_procedure()
    return _read(found[0]["id"], found[0]["spec"])


def no_procedure() -> Problem:
    """The 404 for a procedure that is not there."""
    return missing("no_procedure", "Không có thủ tục này.", "There is no such procedure.")


def in_force(codes: Sequence[str] | None = None, day: dt.date | None = None) -> list[Procedure]:
    """Procedures in force on a day (today), by code; only these codes when given."""
    found = sql.rows(
        f"""SELECT DISTINCT ON (v.code) v.id, {SPEC} FROM catalogue_version v
            WHERE {STANDS} AND (%(codes)s::text[] IS NULL OR v.code = ANY(%(codes)s::text[])) ORDER BY v.code, v.valid_from DESC""",
        {"on": day or clock.today(), "codes": list(codes) if codes is not None else None},
    )
    return [Procedure.model_validate_json(one["spec"]) for one in found]


def _where(filters: Filters) -> tuple[str, dict[str, Any]]:
    params: dict[str, Any] = {"on": clock.today()}
    where = [STANDS]
    for name in ("field", "level", "origin", "online"):
        if getattr(filters, name):
            where.append(f"v.{name} = %({name})s")
            params[name] = getattr(filters, name)
    if filters.event:
        where.append("%(event)s = ANY(v.events)")
        params["event"] = filters.event
    if filters.decides:
        where.append("coalesce(v.spec->>'decides', 'unit') = %(decides)s")
        params["decides"] = filters.decides
    if filters.doubtful:
        where.append("v.doubts > 0")
    return " AND ".join(where), params


def listing(filters: Filters, after: str = "", limit: int = 50) -> tuple[list[dict[str, Any]], str]:
    """Procedures in force that a viewer may choose from (all are public), and where to continue ("" at the end).

    With words: as the search ranks them; a code finds itself. Else by level (commune first), the city's own before imported ones, then by title. Rows: code, title, field, level, …, spec (the Procedure).
    """
    limit = max(1, min(limit, MOST))
    where, params = _where(filters)
    start = int(after) if after.isdigit() and len(after) < 7 else 0
    params |= {"limit": limit + 1, "start": start}
    q = filters.q.strip()[:200]
    if CODE.fullmatch(q):
        where, params["ranked"] = f"{where} AND v.code = ANY(%(ranked)s::text[])", [q]
    elif q:
        params["ranked"] = [hit.id for hit in search.find(q, kinds=("procedure",), limit=MOST).hits]
        where += " AND v.code = ANY(%(ranked)s::text[])"
    order = (
        "array_position(%(ranked)s::text[], v.code)"
        if q
        else "array_position(ARRAY['commune','city','central'], v.level), v.origin = 'import', v.title, v.code"
    )
    found = sql.rows(
        f"SELECT {COLUMNS}, {SPEC} FROM catalogue_version v WHERE {where} ORDER BY {order} OFFSET %(start)s LIMIT %(limit)s",
        params,
    )
    for one in found:
        one["spec"] = _read(one["id"], one["spec"])
    return found[:limit], str(start + limit) if len(found) > limit else ""


def count(filters: Filters) -> int:
    """How many a list holds, words aside."""
    where, params = _where(filters)
    return int(sql.value(f"SELECT count(*) FROM catalogue_version v WHERE {where}", params))


def fields(level: str = "") -> list[dict[str, Any]]:
    """Fields with how many procedures are in force in each, the fullest first."""
    where, params = _where(Filters(level=level))
    return sql.rows(
        f"SELECT v.field, count(*) AS n FROM catalogue_version v WHERE {where} GROUP BY v.field ORDER BY n DESC, v.field",
        params,
    )


def deciders() -> list[dict[str, Any]]:
    """Rules of who decides with how many procedures in force are under each."""
    where, params = _where(Filters())
    return sql.rows(
        f"SELECT coalesce(v.spec->>'decides', 'unit') AS decides, count(*) AS n FROM catalogue_version v WHERE {where} AND v.level <> 'central' GROUP BY 1 ORDER BY n DESC",
        params,
    )


def by_event() -> dict[str, int]:
    """How many procedures in force belong to each event of life."""
    where, params = _where(Filters())
    found = sql.rows(
        f"SELECT e AS event, count(*) AS n FROM catalogue_version v, unnest(v.events) e WHERE {where} GROUP BY e",
        params,
    )
    return {one["event"]: one["n"] for one in found}


def by_level() -> dict[str, int]:
    """How many procedures in force are decided at each level."""
    where, params = _where(Filters())
    found = sql.rows(f"SELECT v.level, count(*) AS n FROM catalogue_version v WHERE {where} GROUP BY v.level", params)
    return {one["level"]: one["n"] for one in found}


def history(code: str) -> list[dict[str, Any]]:
    """Every version of a procedure, the newest first. 404 when it was never there."""
    found = sql.rows(
        f"SELECT {COLUMNS}, {SPEC} FROM catalogue_version v WHERE v.code = %(code)s ORDER BY v.valid_from DESC, v.id DESC",
        {"code": code},
    )
    if not found:
        raise no_procedure()
    return [one | {"spec": _read(one["id"], one["spec"])} for one in found]


def entitled(codes: Sequence[str]) -> dict[str, str]:
    """Titles of these codes as they hold today; a code there is not is left out."""
    found = sql.rows(
        f"SELECT v.code, v.title FROM catalogue_version v WHERE v.code = ANY(%(codes)s) AND {STANDS}",
        {"codes": list(codes), "on": clock.today()},
    )
    return {one["code"]: one["title"] for one in found}


@functools.lru_cache(maxsize=4)
def _city(path: str, changed: float) -> Rules:
    from pathlib import Path

    return specs.load(Path(path), Rules)


def of_city() -> Rules:
    """`catalogue.yaml` of the city, read again when the file changes."""
    path = specs.city() / "catalogue.yaml"
    return _city(str(path), path.stat().st_mtime)
