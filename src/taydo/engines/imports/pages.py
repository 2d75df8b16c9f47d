"""`/imports`: what was brought in, and the rows that did not fit, to be mended and brought in again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from taydo.engines.sheets import answering
from taydo.engines.sheets.columns import Column
from taydo.kernel.http import needs, render, viewer

from . import queries

SHOWN = 100
MOST_ID = 2**62


@needs("imports.see")
def runs(request: HttpRequest) -> HttpResponse:
    """Every run with its counts."""
    return render(request, "imports/runs.html", runs=queries.runs(viewer(request)))


@needs("imports.see")
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run and the first of its refused rows."""
    found = queries.run(min(run_id, MOST_ID))
    return render(
        request,
        "imports/run.html",
        run=found,
        refused=list(queries.refused(viewer(request), found["id"], SHOWN)),
        shown=SHOWN,
    )


@needs("imports.see")
def refused(request: HttpRequest, run_id: int) -> StreamingHttpResponse:
    """Every refused row as CSV: line, reason, and the file's own columns."""
    found, who = queries.run(min(run_id, MOST_ID)), viewer(request)
    first = next(queries.refused(who, found["id"], 1), None)
    columns = [Column("line", "Dòng", "Line", "whole"), Column("words", "Lý do", "Reason")]
    columns += [Column(name, name, name) for name in (first["raw"] if first else ())]
    return answering.as_csv(
        f"refused-{found['mapping']}-{found['id']}", columns, _flat(queries.refused(who, found["id"]))
    )


def _flat(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield row["raw"] | {"line": row["line"], "words": row["words"]}


urls = [path("imports", runs), path("imports/<int:run_id>", run), path("imports/<int:run_id>/refused.csv", refused)]
