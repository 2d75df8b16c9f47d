"""Rows of a file come in as declared; those that do not fit are kept with their reason, and can be taken along."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from taydo.engines.imports import actions, mapping, queries, reading
from taydo.engines.imports.reading import Row
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.models import Actor, Grant
from taydo.kernel.specs import SpecError, parse

HOUSE = Viewer.system("test")
YAML = """
title: {vi: Thử, en: Sample}
source: nobody
zone: America/New_York
fields:
  id: {column: id, required: true}
  at: {column: opened, kind: instant, formats: ["%m/%d/%Y %I:%M:%S %p"], required: true}
  end: {column: closed, kind: instant}
  count: {column: n, kind: number, low: 0, high: 10}
  kind: {column: how, values: {Phone: phone}, otherwise: import}
  colour: {column: colour, values: {R: red}}
place: {lon: x, lat: y}
order: [[at, end]]
"""
HEAD = "id,opened,closed,n,how,colour,x,y\n"
GOOD = "1,04/12/2018 11:11:26 PM,2018-04-13T01:00:00,3,Phone,R,-76.5,39.25"
BAD = {
    ',04/12/2018 11:11:26 PM,,,,,,': ("id", "missing"),
    '3,yesterday,,,,,,': ("at", "not_an_instant"),
    '4,04/12/2018 11:11:26 PM,,many,,,,': ("count", "not_a_number"),
    '5,04/12/2018 11:11:26 PM,,11,,,,': ("count", "out_of_range"),
    '6,04/12/2018 11:11:26 PM,,,,blue,,': ("colour", "not_a_choice"),
    '7,04/12/2018 11:11:26 PM,2018-04-12T23:00:00,,,,,': ("end", "earlier"),
    '1,04/12/2018 11:11:26 PM,,,,,,': ("id", "repeated"),
}  # fmt: skip


def declared(text: str = YAML) -> mapping.Mapping:
    return parse(text, mapping.Mapping, "sample.yaml")


def read(text: str) -> list[Row]:
    return list(reading.rows(declared(), io.BytesIO(text.encode())))


def test_a_row_becomes_typed_fields_in_the_files_time_zone() -> None:
    (row,) = read(HEAD + GOOD)

    assert row.line == 2 and row.refused is None
    assert row.values["at"].isoformat() == "2018-04-12T23:11:26-04:00"
    assert row.values["end"].astimezone(dt.UTC) == dt.datetime(2018, 4, 13, 5, tzinfo=dt.UTC)
    assert {name: row.values[name] for name in ("id", "count", "kind", "colour", "lon", "lat")} == {
        "id": "1", "count": 3.0, "kind": "phone", "colour": "red", "lon": -76.5, "lat": 39.25,
    }  # fmt: skip


def test_what_is_not_there_is_none_or_what_the_mapping_says() -> None:
    (row,) = read(HEAD + "1,04/12/2018 11:11:26 PM,,,Fax,,,")

    assert (row.values["end"], row.values["count"], row.values["kind"], row.values["colour"], row.values["lon"]) == (None, None, "import", None, None)  # fmt: skip
    assert not row.no_place


@pytest.mark.parametrize("pair", ["-77,39", "0.0,0.0", "200,39.5", "here,39.5", "-76.5,"])
def test_coordinates_that_are_no_place_are_left_out_and_counted_the_row_stays(pair: str) -> None:
    (row,) = read(HEAD + f"1,04/12/2018 11:11:26 PM,,,,,{pair}")

    assert row.refused is None and row.no_place
    assert (row.values["lon"], row.values["lat"]) == (None, None)


def test_each_row_that_does_not_fit_says_why() -> None:
    found = read(HEAD + GOOD + "\n" + "\n".join(BAD))[1:]

    assert [(row.refused.field, row.refused.reason) for row in found if row.refused] == list(BAD.values())


def test_short_and_long_lines_are_read_and_a_missing_column_is_said() -> None:
    assert read(HEAD + "1,04/12/2018 11:11:26 PM")[0].refused is None
    assert read(HEAD + GOOD + ",more,and more")[0].refused is None
    with pytest.raises(Problem) as refused:
        read("id,opened\n1,2")
    assert refused.value.fields["columns"] == ["closed", "n", "how", "colour", "x", "y"]


def test_a_wrong_declaration_says_file_line_and_key() -> None:
    with pytest.raises(SpecError, match=r"sample.yaml:\d+: zone"):
        declared(YAML.replace("America/New_York", "Mars"))


@pytest.mark.django_db
def test_a_run_counts_what_became_of_its_rows_and_keeps_what_was_refused(tmp_path: Path) -> None:
    taken: list[str] = []

    def take(viewer: Viewer, run_id: int, rows: Sequence[Row]) -> dict[str, int]:
        taken.extend(row.values["id"] for row in rows)
        return {"taken": len(rows) - 1, "known": 1}

    text = HEAD + GOOD + "\n8,04/12/2018 11:11:26 PM,,,,,-77,39\n" + "\n".join(BAD)
    runs = list(actions.run(HOUSE, "sample", "sample", declared(), io.BytesIO(text.encode()), "a.csv", take))
    last = runs[-1]
    assert taken == ["1", "8"]
    assert {name: last[name] for name in actions.COUNTS} == {
        "read": 9,
        "taken": 1,
        "known": 1,
        "refused": 7,
        "no_place": 1,
    }
    assert last["ended_at"] and not runs[0]["ended_at"]
    kept = list(queries.refused(HOUSE, last["id"]))
    assert [(row["field"], row["reason"]) for row in kept] == list(BAD.values())
    assert kept[1]["raw"]["opened"] == "yesterday" and kept[1]["line"] == 5


@pytest.mark.django_db
def test_a_batch_that_fails_leaves_nothing_behind() -> None:
    def take(viewer: Viewer, run_id: int, rows: Sequence[Row]) -> dict[str, int]:
        raise RuntimeError("no")

    run = actions.begin(HOUSE, "sample", "sample", "a.csv")
    with pytest.raises(RuntimeError):
        actions.keep(HOUSE, run, read(HEAD + GOOD + "\n" + next(iter(BAD))), take)
    assert queries.run(run)["read"] == 0 and sql.value("SELECT count(*) FROM imports_refused") == 0


@pytest.mark.django_db
def test_refused_rows_are_seen_and_taken_along_by_whom_may() -> None:
    def take(viewer: Viewer, run_id: int, rows: Sequence[Row]) -> dict[str, int]:
        return {"taken": len(rows), "known": 0}

    text = HEAD + "\n".join(BAD)
    run = list(actions.run(HOUSE, "sample", "sample", declared(), io.BytesIO(text.encode()), "a.csv", take))[-1]
    admin: Any = Actor.objects.create(username="admin1", name="Admin", kind="official")
    admin.set_password("a-long-enough-word")
    admin.save()
    Grant.objects.create(actor=admin, role="admin", scope="*")
    client = Client()
    assert client.get(f"/imports/{run['id']}").status_code == 302
    client.force_login(admin)

    assert "a.csv" in client.get("/imports").content.decode()
    assert "thiếu" in client.get(f"/imports/{run['id']}").content.decode()
    lines = list(
        csv.DictReader(io.StringIO(client.get(f"/imports/{run['id']}/refused.csv").getvalue().decode("utf-8-sig")))
    )
    assert len(lines) == 6 and lines[1]["opened"] == "yesterday" and lines[0]["Lý do"] == "id thiếu"
    assert client.get("/imports/999999").status_code == 404
