"""Reports of an earlier system come in from files: as sets, with their categories, dates and places, each only once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from taydo.engines.casework import actions as casework
from taydo.engines.imports import actions as imports
from taydo.engines.imports import mapping as mappings
from taydo.engines.imports.mapping import Mapping
from taydo.engines.imports.reading import Row
from taydo.engines.places import queries as places
from taydo.kernel import clock, ids, specs, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import missing

from .. import rules
from .handling import acting

PREFIX, CODE_LENGTH = "PA", 8
FIELDS = ("id", "category", "created", "agency")
SPECS = Path(__file__).resolve().parents[1] / "specs" / "imports"
CATEGORIES = """
INSERT INTO hotline_category (id, "group", group_vi, group_en, title_vi, title_en, deadline_class, responsible, open311_code, active)
SELECT id, %(name)s, %(vi)s, %(en)s, title, title, 'standard', 'centre', code, FALSE
FROM jsonb_to_recordset(%(given)s::jsonb) AS g(id text, title text, code text) ON CONFLICT (id) DO NOTHING
"""
REPORTS = """
INSERT INTO hotline_report (id, case_id, code, channel, category, text, public_text, words, address, unit_code, lon, lat, public, listed,
  asked_at, answered_at, source, source_id, extra)
SELECT id, case_id, code, channel, category, text, public_text, cases_fold(words), address, unit_code, lon, lat, public, public,
  asked_at, answered_at, %(source)s, source_id, extra
FROM jsonb_to_recordset(%(given)s::jsonb) AS g(id bigint, case_id bigint, code text, channel text, category text, text text, public_text text,
  words text, address text, unit_code text, lon float8, lat float8, public boolean, asked_at timestamptz, answered_at timestamptz,
  source_id text, extra jsonb)
"""


def declared() -> dict[str, Path]:
    """Every mapping by name: the city's own before those of the house."""
    return dict(mappings.declared(SPECS, specs.city() / "hotline" / "imports"))


def import_file(viewer: Viewer, path: Path, name: str) -> Iterator[dict[str, Any]]:
    """Bring a file in by a declared mapping; gives the run as it stands after each batch. 404 for a mapping there is not."""
    known = declared()
    if name not in known:
        names = ", ".join(sorted(known))
        raise missing(
            "no_mapping", f"Không có khai báo {name}; có: {names}.", f"There is no mapping {name}, only: {names}."
        )
    if not path.is_file():
        raise missing("no_file", f"Không có tệp {path}.", f"There is no file {path}.")
    mapping = mappings.read(known[name])

    def take(who: Viewer, run_id: int, rows: Sequence[Row]) -> dict[str, int]:
        return bring_in(who, run_id, name, mapping, rows)

    with path.open("rb") as stream:
        yield from imports.run(viewer, "hotline", name, mapping, stream, path.name, take)


@action("hotline.bring_in", secret=("rows", "mapping"))
def bring_in(viewer: Viewer, run_id: int, source: str, mapping: Mapping, rows: Sequence[Row]) -> dict[str, int]:
    """Take rows of an earlier system as reports with their cases; nobody is told. Rows known by `source` and their id are left alone.

    A row with a closing date is closed, one without is in progress. Categories it brings are kept inactive: found, not offered.
    Returns how many were `taken` and `known`.
    """
    about("import", run_id)
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('hotline import'), hashtext(%(s)s))", {"s": source})
    given = [row.values for row in rows]
    found = sql.rows(
        "SELECT source_id FROM hotline_report WHERE source = %(s)s AND source_id = ANY(%(ids)s::text[])",
        {"s": source, "ids": [values["id"] for values in given]},
    )
    known = {record["source_id"] for record in found}
    fresh = [values for values in given if values["id"] not in known]
    if fresh:
        _categories(source, mapping, fresh)
        _reports(viewer, source, mapping, fresh)
    return {"taken": len(fresh), "known": len(given) - len(fresh)}


def category_id(source: str, title: str) -> str:
    """The id of a category that an import brought."""
    return f"{source}:{title}"


def _categories(source: str, mapping: Mapping, given: Sequence[dict[str, Any]]) -> None:
    titles = sorted({values["category"] for values in given})
    made = [
        {"id": category_id(source, title), "title": title, "code": rules.code_of(source, places.fold(title))} for title in titles
    ]  # fmt: skip
    params = {
        "name": source,
        "vi": mapping.title.vi,
        "en": mapping.title.en,
        "given": json.dumps(made, ensure_ascii=False),
    }
    sql.execute(CATEGORIES, params)


def _reports(viewer: Viewer, source: str, mapping: Mapping, given: Sequence[dict[str, Any]]) -> None:
    numbers = sql.rows(
        "SELECT nextval('hotline_report_id_seq') AS id FROM generate_series(1, %(n)s)", {"n": len(given)}
    )
    reports = [
        _report(source, mapping, values, unit) | {"id": number["id"]}
        for values, number, unit in zip(given, numbers, _units(given), strict=True)
    ]
    cases = casework.bring_in(
        acting(viewer), "report",
        [
            {"code": one["code"], "title": one["text"][:200], "summary": one["text"], "agency": values["agency"],
             "state": "closed" if values.get("closed") else "in_progress", "opened_at": values["created"], "due_at": values.get("due"),
             "closed_at": values.get("closed"), "lon": one["lon"], "lat": one["lat"], "unit_code": one["unit_code"], "public": one["public"],
             "restricted": not one["public"], "subject": ("report", str(one["id"]))}
            for one, values in zip(reports, given, strict=True)
        ],
    )  # fmt: skip
    for one, case_id in zip(reports, cases, strict=True):
        one["case_id"] = case_id
    sql.execute(REPORTS, {"source": source, "given": json.dumps(reports, ensure_ascii=False, default=str)})


def _units(given: Sequence[dict[str, Any]]) -> list[str]:
    """The commune of each row today: as given, else by its place; "" outside the city."""
    points = [(values["lon"], values["lat"]) for values in given if values["lon"] is not None]
    found = iter(places.units_at(points, clock.today()))
    here = [next(found) if values["lon"] is not None else None for values in given]
    return [values.get("unit") or code or "" for values, code in zip(given, here, strict=True)]


def _report(source: str, mapping: Mapping, values: dict[str, Any], unit: str) -> dict[str, Any]:
    code, words = ids.code(PREFIX, CODE_LENGTH), values["category"]
    text = values.get("text") or (
        f"{words}: {values['detail']}" if values.get("detail") and values["detail"] != words else words
    )
    address, public = (values.get("address") or "")[:500], rules.masked(text)
    kept = {name: item for name, item in values.items() if name in ("status", "detail", "channel") and item}
    return {
        "code": code, "channel": "import", "category": category_id(source, words), "text": text, "public_text": public,
        "words": f"{code} {public} {rules.masked(address)}", "address": address, "unit_code": unit, "lon": values["lon"],
        "lat": values["lat"], "public": mapping.public, "asked_at": values["created"], "answered_at": values.get("closed"),
        "source_id": values["id"], "extra": {"import": kept},
    }  # fmt: skip
