"""Writes of imports: a run begins, its batches are counted, it ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import IO, Any

from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer

from . import queries, reading
from .mapping import Mapping
from .reading import Row

BATCH = 2000
COUNTS = ("read", "taken", "known", "refused", "no_place")
Take = Callable[[Viewer, int, Sequence[Row]], dict[str, int]]


def run(
    viewer: Viewer, part: str, name: str, mapping: Mapping, stream: IO[bytes], file: str, take: Take
) -> Iterator[dict[str, Any]]:
    """Bring a file in: `take`, an action of `part`, gets batches of rows that fit and says how many were `taken` and `known`.

    Gives the run as it stands after each batch; each batch is kept, or not, as a whole, so that a run that breaks off can be done again.
    """  # fmt: skip
    rows = reading.rows(mapping, stream)
    batch = list(islice(rows, BATCH))  # a file without the declared columns is told before anything is written
    identifier = begin(viewer, part, name, file)
    while batch:
        keep(viewer, identifier, batch, take)
        yield queries.run(identifier)
        batch = list(islice(rows, BATCH))
    end(viewer, identifier)
    yield queries.run(identifier)


@action("imports.run")
def begin(viewer: Viewer, part: str, mapping: str, file: str) -> int:
    """Begin a run; returns its id."""
    found = sql.value(
        "INSERT INTO imports_run (part, mapping, file, by_name) VALUES (%(part)s, %(mapping)s, %(file)s, %(by)s) RETURNING id",
        {"part": part, "mapping": mapping, "file": file[-200:], "by": viewer.name or viewer.username},
    )
    about("import", found)
    return int(found)


@action("imports.run", secret=("rows", "take"))
def keep(viewer: Viewer, run_id: int, rows: Sequence[Row], take: Take) -> dict[str, int]:
    """Hand a batch to the part, count what became of it and keep what was refused."""
    about("import", run_id)
    fit = [row for row in rows if row.refused is None]
    counts = dict.fromkeys(COUNTS, 0) | (take(viewer, run_id, fit) if fit else {})
    refused = [
        {"line": row.line, "field": row.refused.field, "reason": row.refused.reason, "raw": row.raw} for row in rows if row.refused is not None
    ]  # fmt: skip
    counts |= {"read": len(rows), "refused": len(refused), "no_place": sum(row.no_place for row in fit)}
    sql.execute(
        f"UPDATE imports_run SET {', '.join(f'{name} = {name} + %({name})s' for name in COUNTS)} WHERE id = %(id)s",
        counts | {"id": run_id},
    )
    if refused:
        sql.execute(
            """INSERT INTO imports_refused (run_id, line, field, reason, raw)
               SELECT %(run)s, line, field, reason, raw FROM jsonb_to_recordset(%(rows)s::jsonb) AS g(line int, field text, reason text, raw jsonb)""",
            {"run": run_id, "rows": json.dumps(refused, ensure_ascii=False)},
        )
    return counts


@action("imports.run")
def end(viewer: Viewer, run_id: int) -> None:
    """The file was read to its end."""
    about("import", run_id)
    sql.execute("UPDATE imports_run SET ended_at = %(now)s WHERE id = %(id)s", {"now": clock.now(), "id": run_id})
