"""Reads of imports: runs and refused rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import missing
from taydo.kernel.i18n import t

from .reading import REASONS

PAGE = 1000


def run(identifier: int) -> dict[str, Any]:
    """One run; 404 when there is none."""
    found = sql.row("SELECT * FROM imports_run WHERE id = %(id)s", {"id": identifier})
    if found is None:
        raise missing("no_import", "Không có lần nhập này.", "There is no such import.")
    return found


def runs(viewer: Viewer, limit: int = 50) -> list[dict[str, Any]]:
    """The latest runs, the newest first."""
    viewer.require("imports.see")
    return sql.rows("SELECT * FROM imports_run ORDER BY id DESC LIMIT %(limit)s", {"limit": limit})


def refused(viewer: Viewer, run_id: int, limit: int | None = None) -> Iterator[dict[str, Any]]:
    """Refused rows of a run in the file's order: line, field, reason in words, the row as it stood (`raw`)."""
    viewer.require("imports.see")
    after, left = 0, limit if limit is not None else 2**31
    while left > 0:
        found = sql.rows(
            """SELECT line, field, reason, raw::text AS raw FROM imports_refused WHERE run_id = %(run)s AND line > %(after)s
               ORDER BY line LIMIT %(limit)s""",
            {"run": run_id, "after": after, "limit": min(PAGE, left)},
        )
        for item in found:
            vi, en = REASONS.get(item["reason"], (item["reason"], item["reason"]))
            yield item | {"raw": json.loads(item["raw"]), "words": f"{item['field']} {t(vi, en)}"}
        if len(found) < PAGE:
            return
        after, left = found[-1]["line"], left - len(found)
