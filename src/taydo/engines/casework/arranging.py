"""How somebody arranges their own inbox: views kept under names."""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Mapping
from typing import Any, Literal

from taydo.engines.cases.queries import Filters
from taydo.kernel import sql
from taydo.kernel.actions import action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid

MOST = 50


@action("cases.save_filter", open_to_all=True)
def save_filter(viewer: Viewer, name: str, filters: Filters | Mapping[str, Any]) -> int:
    """Keep a view of the inbox under a name (the same name replaces it); returns its id. 422 for what is no filter."""
    viewer.require("cases.see")
    name = name.strip()
    if viewer.actor_id is None or not 0 < len(name) <= 80:
        raise invalid("name_missing", "Hãy đặt tên bộ lọc.", "Give the filter a name.", field="name")
    given = dataclasses.asdict(filters) if isinstance(filters, Filters) else dict(filters)
    kept = dataclasses.asdict(filters_of(given))
    others = sql.value(
        "SELECT count(*) FROM casework_filter WHERE actor_id = %(me)s AND name <> %(name)s",
        {"me": viewer.actor_id, "name": name},
    )
    if others >= MOST:
        raise invalid("too_many_filters", f"Tối đa {MOST} bộ lọc.", f"{MOST} filters at most.", field="name")
    return int(
        sql.value(
            """INSERT INTO casework_filter (actor_id, name, filters) VALUES (%(me)s, %(name)s, %(filters)s::jsonb)
               ON CONFLICT (actor_id, name) DO UPDATE SET filters = EXCLUDED.filters RETURNING id""",
            {"me": viewer.actor_id, "name": name, "filters": json.dumps(kept, ensure_ascii=False)},
        )
    )


@action("cases.drop_filter", open_to_all=True)
def drop_filter(viewer: Viewer, filter_id: int) -> bool:
    """Forget one of one's own views; returns whether there was one."""
    viewer.require("cases.see")
    mine = {"id": filter_id, "me": viewer.actor_id}
    return bool(sql.execute("DELETE FROM casework_filter WHERE id = %(id)s AND actor_id = %(me)s", mine))


def filters_of(given: Mapping[str, Any]) -> Filters:
    """Filters from their fields as JSON has them; 422 for a field or value that there is not."""
    kinds = typing.get_type_hints(Filters)
    for name, value in given.items():
        kind = kinds.get(name)
        wanted = typing.get_args(kind) if typing.get_origin(kind) is Literal else None
        pair = name == "subject" and isinstance(value, list | tuple) and [type(part) for part in value] == [str, str]
        if kind is None or not (value in wanted if wanted else pair or (name != "subject" and isinstance(value, str))):
            raise invalid("not_a_filter", f"Bộ lọc “{name}” không đúng.", f"The filter “{name}” is wrong.", field=name)
    return Filters(**{**given, **({"subject": tuple(given["subject"])} if "subject" in given else {})})
