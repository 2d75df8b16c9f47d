"""The one predicate: who may see an object, compiled to SQL and used by every door alike."""

from __future__ import annotations

from .actors import EVERYWHERE, Viewer
from .sql import Sql


def visible(viewer: Viewer, permission: str, column: str = "agency", public: str | None = None) -> Sql:
    """A WHERE clause that keeps what the viewer may see.

    `column` holds the owning agency (or scope) of the row; `public` is an SQL boolean of rows open to everybody.
    The cost is one array comparison, whatever the number of grants.
    """
    held = viewer.agencies(permission)
    if EVERYWHERE in held:
        return Sql("TRUE")
    clause = Sql("FALSE")
    if held:
        name = "seen_" + permission.replace(".", "_")
        clause = Sql(f"{column} = ANY(%({name})s)", {name: sorted(held)})
    return clause | Sql(public) if public else clause
