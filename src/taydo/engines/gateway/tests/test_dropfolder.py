"""Station files are taken once, and what is refused is explained."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from taydo.engines.gateway import dropfolder
from taydo.engines.streams import actions, queries
from taydo.engines.streams.tests.test_ingest_take import NOON, make_stream
from taydo.kernel import sql
from taydo.kernel.actors import Viewer

pytestmark = pytest.mark.django_db
STAMP = "20261120120000"
HOUSE = Viewer.system("tests")


@pytest.fixture
def stream() -> int:
    return make_stream("S1", max_step=None, stuck_after=None)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Path:
    settings.TAYDO_HOME = tmp_path
    return tmp_path


def drop(home: Path, name: str, text: str) -> Path:
    path = home / "drop" / "S1" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    os.utime(path, (1, 1))
    return path


def test_a_station_file_is_taken_once_however_often_it_is_dropped(stream: int, home: Path) -> None:
    line = f"PM2,5\t12,5\tug/Nm3\t{STAMP}\t00\r\n"
    drop(home, f"S1_{STAMP}.txt", line)
    assert [result.taken for result in dropfolder.take_all()] == [1]
    assert (home / "drop" / "S1" / "done" / f"S1_{STAMP}.txt").exists()
    drop(home, f"S1_{STAMP}.txt", line)
    dropfolder.take_all()

    row = sql.row("SELECT phenomenon_time, result FROM streams_observation")
    assert row == {"phenomenon_time": NOON, "result": 12.5}
    assert sql.value("SELECT count(*) FROM streams_observation") == 1


def test_refused_lines_are_explained_in_both_languages_and_the_others_are_taken(stream: int, home: Path) -> None:
    good = f"PM2.5\t12.5\tug/Nm3\t{STAMP}\t02\r\n"
    drop(home, f"S1_{STAMP}.txt", f"{good}PM2.5\tabc\tug\t{STAMP}\t00\r\nXYZ\t1\tug\t{STAMP}\t00\r\nhello\r\n")
    result = dropfolder.take_all()[0]

    assert (result.taken, len(result.refused)) == (1, 3)
    why = (home / "drop" / "S1" / "refused" / f"S1_{STAMP}.why.txt").read_text("utf-8")
    assert "trạm không có thông số này" in why and "the station has no such parameter" in why
    reasons = [row["reason"] for row in sql.rows("SELECT reason FROM streams_quarantine ORDER BY reason")]
    assert reasons == ["bad_number", "field_count", "unknown_stream"]
    assert sql.value("SELECT flags & 16 FROM streams_observation") == 16


def test_a_quarantined_line_is_taken_when_run_again_after_the_fix(stream: int, home: Path) -> None:
    drop(home, f"S1_{STAMP}.txt", f"XYZ\t1\tug\t{STAMP}\t00\r\n")
    dropfolder.take_all()
    held = queries.quarantine(HOUSE)[0]
    assert held["code"] == "S1"
    assert actions.rerun_quarantine(HOUSE, [held["id"]]) == {"taken": 0, "held": 1}

    sql.execute("UPDATE streams_datastream SET symbol = 'XYZ'")
    assert actions.rerun_quarantine(HOUSE, [held["id"]]) == {"taken": 1, "held": 0}
    assert sql.value("SELECT result FROM streams_observation") == 1
    assert queries.quarantine(HOUSE) == []
    assert sql.value("SELECT count(*) FROM streams_quarantine") == 1
