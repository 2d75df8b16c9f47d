"""Every write of workflows: release a type for one subject, go back to an older one or to the kind's own."""

from __future__ import annotations

import re

from taydo.engines.cases import casetype
from taydo.engines.cases.casetype import CaseType
from taydo.kernel import sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid

from .keeping import forget
from .queries import standard

KEY = re.compile(r"[0-9a-z][0-9a-z.-]{0,59}")


@action("workflows.edit")
def put_in_force(viewer: Viewer, kind: str, key: str, spec: CaseType, why: str) -> int:
    """Release a type for one subject from now on; cases that run keep theirs. Returns the release's id."""
    kind, key = standard(kind), key.strip().lower()
    if not KEY.fullmatch(key):
        raise invalid("bad_key", "Mã thủ tục không hợp lệ.", "The code of the subject is not valid.", field="key")
    return record(viewer, kind, key, spec, why)


def record(viewer: Viewer, kind: str, key: str, spec: CaseType, why: str, *, own: bool = False) -> int:
    """The row of a release; the type is stored before anybody can be told of it."""
    if not why.strip():
        raise invalid("why_missing", "Hãy ghi lý do ban hành.", "Say why it is released.", field="why")
    casetype.keep(spec)
    released = int(
        sql.value(
            """INSERT INTO workflows_release (kind, key, type_version, standard, standard_version, released_by, released_name, why)
               VALUES (%(kind)s, %(key)s, %(version)s, %(own)s, %(from)s, %(who)s, %(name)s, %(why)s) RETURNING id""",
            {"kind": kind, "key": key, "version": spec.version, "own": own,
             "from": casetype.current(kind).version, "who": viewer.actor_id, "name": viewer.name or viewer.username, "why": why.strip()[:1000]},
        )
    )  # fmt: skip
    about("workflow", f"{kind}/{key}")
    forget()
    return released
