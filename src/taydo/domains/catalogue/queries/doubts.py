"""Reads about what an import could not read for certain: runs, figures per field, one doubt after another."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from taydo.kernel import clock, sql
from taydo.kernel.errors import missing

from . import STANDS

OPEN = f"""
SELECT v.id, v.code, v.title, v.level, d.place - 1 AS place, d.doubt->>'field' AS field, d.doubt->>'text' AS text, d.doubt->>'reason' AS reason
FROM catalogue_version v CROSS JOIN LATERAL jsonb_array_elements(v.spec->'uncertain') WITH ORDINALITY AS d(doubt, place)
LEFT JOIN catalogue_verdict w ON w.version_id = v.id AND w.place = d.place - 1
WHERE {STANDS} AND v.doubts > 0"""
ORDER = "ORDER BY array_position(ARRAY['commune','city','central'], v.level), v.code, d.place"


def runs(limit: int = 30) -> list[dict[str, Any]]:
    """Imports, the newest first, without their refused rows."""
    found = sql.rows(
        "SELECT id, file, sha256, at, by_name, counts FROM catalogue_run ORDER BY id DESC LIMIT %(limit)s",
        {"limit": limit},
    )
    return [one | {"counts": json.loads(one["counts"])} for one in found]


def run(run_id: int) -> dict[str, Any]:
    """One import with its refused rows. 404 when there is none."""
    found = sql.row("SELECT * FROM catalogue_run WHERE id = %(id)s", {"id": run_id})
    if found is None:
        raise missing("no_run", "Không có lần nhập này.", "There is no such import.")
    return found | {name: json.loads(found[name]) for name in ("counts", "figures", "refused")}


def tally() -> list[dict[str, Any]]:
    """Open doubts by reason: field, reason, how many."""
    return sql.rows(
        f"""SELECT CASE WHEN field LIKE 'channels.%%' THEN split_part(field, '.', 3) ELSE split_part(field, '.', 1) END AS field, reason, count(*) AS n
            FROM ({OPEN} AND w.id IS NULL) o GROUP BY 1, 2 ORDER BY n DESC""",
        {"on": clock.today()},
    )


def remaining(reason: str = "") -> dict[str, int]:
    """How many doubts wait, of how many procedures, and how many were skipped."""
    found = sql.row(
        f"""SELECT count(*) FILTER (WHERE w IS NULL) AS doubts, count(DISTINCT code) FILTER (WHERE w IS NULL) AS procedures, count(*) FILTER (WHERE w = 'skip') AS skipped
            FROM (SELECT o.* FROM ({OPEN.replace("d.doubt->>'reason' AS reason", "d.doubt->>'reason' AS reason, w.verdict AS w")}) o) x
            WHERE (%(reason)s = '' OR reason = %(reason)s)""",
        {"on": clock.today(), "reason": reason},
    )
    return {name: int(value) for name, value in (found or {}).items()}


def following(reason: str = "", code: str = "") -> dict[str, Any] | None:
    """The next doubt nobody has decided: communes' procedures first; `reason` or `code` keeps some. None when all are done."""
    return sql.row(
        f"""{OPEN} AND w.id IS NULL AND (%(reason)s = '' OR d.doubt->>'reason' = %(reason)s) AND (%(code)s = '' OR v.code = %(code)s)
            {ORDER} LIMIT 1""",
        {"on": clock.today(), "reason": reason, "code": code},
    )


def every() -> Iterator[dict[str, Any]]:
    """Every doubt of what is in force, decided or not, for a file."""
    yield from sql.rows(f"{OPEN} {ORDER}", {"on": clock.today()})


def source(code: str) -> dict[str, Any]:
    """What the official list says of a procedure, untouched; empty when it came from no list."""
    found = sql.value("SELECT raw::text FROM catalogue_source WHERE code = %(code)s", {"code": code})
    return dict(json.loads(found)) if found else {}


def verdicts(version_id: int) -> dict[int, dict[str, Any]]:
    """Decisions about a version's doubts by their place."""
    found = sql.rows("SELECT place, verdict, value FROM catalogue_verdict WHERE version_id = %(id)s", {"id": version_id})  # fmt: skip
    return {one["place"]: one | {"value": json.loads(one["value"]) if one["value"] else None} for one in found}
