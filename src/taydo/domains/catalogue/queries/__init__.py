"""Every read of the catalogue: which version holds on a day, who decides and who receives."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from taydo.kernel import clock, sql
from taydo.kernel.errors import Problem, missing

from .models import Procedure

STANDS = "v.published AND v.valid_from <= %(on)s AND (v.valid_to IS NULL OR v.valid_to > %(on)s)"


@functools.lru_cache(maxsize=4096)
def _read(version_id: int, hash: str, text: str) -> Procedure:
    return Procedure.model_validate_json(text)


def _procedure(record: dict[str, Any]) -> tuple[int, Procedure]:
    return record["id"], _read(record["id"], record["hash"], record["spec"])


def on(code: str, day: dt.date | None = None) -> tuple[int, Procedure] | None:
    """The version (id, declaration) that holds on a day (today)."""
    found = sql.prepared(
        f"SELECT v.id, v.hash, v.spec::text AS spec FROM catalogue_version v WHERE v.code = %(code)s AND {STANDS} ORDER BY v.valid_from DESC LIMIT 1",
        {"code": code, "on": day or clock.today()},
    )
    return _procedure(found[0]) if found else None


@functools.lru_cache(maxsize=4096)
def _kept(version_id: int, hash: str) -> Procedure | None:
    text = sql.value("SELECT spec::text FROM catalogue_version WHERE id = %(id)s", {"id": version_id})
    return Procedure.model_validate_json(text) if text else None


def version(version_id: int) -> Procedure:
    """The declaration of a version, in force or not; 404 when there is none."""
    found = sql.prepared("SELECT hash FROM catalogue_version WHERE id = %(id)s", {"id": version_id})
    kept = _kept(version_id, found[0]["hash"]) if found else None
    if kept is None:
        raise no_procedure()
    return kept


def no_procedure() -> Problem:
    """The 404 for a procedure that is not there."""
    return missing("no_procedure", "Không có thủ tục này.", "There is no such procedure.")
