"""Writes: names that are taken, from a result issued here or from a list."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from taydo.kernel import sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.sealing import fingerprint
from taydo.methods import businessname

_KEEP = """
INSERT INTO prechecks_taken (kind, name, key, place, holder, source)
SELECT %(register)s, r.name, r.key, r.place, r.holder, r.source
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(name text, key text, place text, holder text, source text)
ON CONFLICT (kind, key, place, source) DO UPDATE SET name = excluded.name, holder = excluded.holder
WHERE (prechecks_taken.name, prechecks_taken.holder) IS DISTINCT FROM (excluded.name, excluded.holder)
"""


@action("prechecks.keep", secret=("names",))
def keep(viewer: Viewer, register: str, kind: str, names: Iterable[dict[str, Any]]) -> int:
    """Keep names of a register as taken; returns how many rows are new or changed.

    Each of `names`: name (as registered, with its kind of business), place (commune's code or ""), holder (a personal number; kept as
    its fingerprint), source (dossier or list it comes from: the same source again changes its row). Unreadable names are left out.
    """
    rows = {}
    for one in names:
        own = businessname.own_name(one["name"], kind) or businessname.plain(one["name"])
        if key := businessname.key(own):
            holder = fingerprint(str(one["holder"])) if one.get("holder") else ""
            row = {"name": one["name"], "key": key, "place": one.get("place", ""), "holder": holder, "source": one.get("source", "")}  # fmt: skip
            rows[key, row["place"], row["source"]] = row
    about("register", register)
    return sql.execute(_KEEP, {"register": register, "rows": json.dumps(list(rows.values()), ensure_ascii=False)})
