"""The result before it is signed: drafts, frozen at approval; an edit after that is a new version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from taydo.domains.catalogue import public as catalogue
from taydo.engines.cases import casetype
from taydo.kernel import clock, sql
from taydo.kernel.actions import action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict
from taydo.kernel.sealing import seal

from .. import rules
from .writing import held, step

_INSERT = """
WITH before AS (UPDATE procedures_result SET state = 'replaced' WHERE dossier_id = %(id)s AND state NOT IN ('replaced', 'signed') RETURNING 1)
INSERT INTO procedures_result (dossier_id, version, result, title, template, data, number, made_at, made_by)
SELECT %(id)s, coalesce(max(version), 0) + 1, %(result)s, %(title)s, %(template)s, %(data)s, %(number)s, %(now)s, %(by)s
FROM procedures_result WHERE dossier_id = %(id)s RETURNING id, version
"""


@action("procedures.check", secret=("data",))
def draft_result(
    viewer: Viewer, code: str, data: Mapping[str, Any], *, template: str = "result", title: str = "", number: str = "", result: str = ""
) -> dict[str, Any]:  # fmt: skip
    """Write what the result says; each time a new version. Work moves to the drafting step where there is one. 409 once it has ended."""
    found = held(viewer, code, "procedures.check")
    if found["national"] in rules.ENDED:
        raise conflict("has_ended", "Hồ sơ đã kết thúc.", "The dossier has ended.")
    declared = catalogue.version(found["version_id"]).results
    made = sql.rows(
        _INSERT,
        {
            "id": found["id"], "result": result or (declared[0].id if declared else ""), "template": template, "number": number.strip(),
            "title": title.strip() or (declared[0].title if declared else found["title"]),
            "data": seal(json.dumps(dict(data), ensure_ascii=False, default=str)), "now": clock.now(), "by": viewer.name or viewer.username,
        },
    )[0]  # fmt: skip
    moves = casetype.of_version(found["type_version"]).moves_from(found["state"])
    back = "draft" if "draft" in moves else "rework" if found["state"] == "signing" and "rework" in moves else ""
    state = found["state"]
    if back and found["state"] != "drafting":
        state = step(viewer, found, back, "worked", "Dự thảo kết quả" if back == "draft" else "Sửa sau khi duyệt")["state"]  # fmt: skip
    return {"code": found["code"], "version": made["version"], "result": made["id"], "state": state}


def freeze(viewer: Viewer, dossier_id: int) -> None:
    """The newest draft is what was approved, by whom and when."""
    sql.prepared(
        """UPDATE procedures_result SET state = 'approved', approved_at = %(now)s::timestamptz, approved_by = %(by)s::text
           WHERE dossier_id = %(id)s AND state = 'draft'""",
        {"id": dossier_id, "now": clock.now(), "by": viewer.name or viewer.username},
    )


def replaced(dossier_id: int) -> None:
    """What was approved holds no more: it was sent back."""
    sql.execute(
        "UPDATE procedures_result SET state = 'replaced' WHERE dossier_id = %(id)s AND state IN ('approved', 'signing', 'failed')",
        {"id": dossier_id},
    )
