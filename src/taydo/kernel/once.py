"""At most once: the answer to a write is kept under the client's own key, so that a request sent twice is done once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from . import sql
from .actors import Viewer
from .errors import conflict, invalid


def once(viewer: Viewer, key: str, action: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do `work` unless this viewer has done `action` under this key before; then give the earlier answer (JSON values).

    Works inside the action's transaction: a second request that comes meanwhile waits for the first one's end. No key, or nobody
    signed in, means no memory. Raises 409 when the key was used for another action.
    """
    if not key or not viewer.signed_in:
        return work()
    if len(key) > 120:
        raise invalid(
            "key_too_long",
            "Khoá của yêu cầu dài quá 120 ký tự.",
            "The request's key is longer than 120 characters.",
            field="key",
        )
    mark = {"who": viewer.username, "key": key, "action": action}
    fresh = sql.execute(
        "INSERT INTO kernel_asked (actor_name, key, action, result) VALUES (%(who)s, %(key)s, %(action)s, '{}') ON CONFLICT DO NOTHING",
        mark,
    )
    if fresh:
        answer = work()
        text = json.dumps(answer, ensure_ascii=False, default=str)
        sql.execute(
            "UPDATE kernel_asked SET result = %(r)s::jsonb WHERE actor_name = %(who)s AND key = %(key)s",
            mark | {"r": text},
        )
        return answer
    earlier = sql.row(
        "SELECT action, result::text AS result FROM kernel_asked WHERE actor_name = %(who)s AND key = %(key)s", mark
    )
    if earlier is None or earlier["action"] != action:
        raise conflict(
            "key_used", "Khoá này đã dùng cho một việc khác.", "This key was used for something else.", field="key"
        )
    found: dict[str, Any] = json.loads(earlier["result"])
    return found
