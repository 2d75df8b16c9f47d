"""Real requests of two cities come in with their categories, dates and places; again nothing is doubled; figures are the files' own."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas
import pytest
from django.conf import settings

from taydo.domains.hotline import queries
from taydo.domains.hotline.actions import importing
from taydo.domains.hotline.queries import figures
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

HOUSE = Viewer.system("test")
FILES = {"baltimore": "baltimore311/311_sample.csv", "nyc": "nyc311/junelus_nyc311_sample.csv"}
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
FEW = """SRRecordID,SRType,Agency,CreatedDate,DueDate,CloseDate,SRStatus,Address,MethodReceived,Longitude,Latitude
1,SW-Trash,Solid Waste,04/12/2018 11:11:26 AM,04/13/2018 11:11:26 AM,04/12/2018 12:45:47 PM,Closed,"1 MAIN ST",Phone,-76.6,39.3
2,SW-Trash,Solid Waste,04/12/2018 11:11:26 AM,,,Open,,API,-77,39
,SW-Trash,Solid Waste,04/12/2018 11:11:26 AM,,,Open,,API,,
"""


def folder() -> Path:
    found = settings.TAYDO_SHARED / "data" / "complaints"
    if not found.exists():
        pytest.skip("no recorded 311 requests here: name their folder's parent's parent in TAYDO_SHARED")
    return found


def bring(path: Path, name: str) -> dict[str, Any]:
    return list(importing.import_file(HOUSE, path, name))[-1]


def frame(name: str) -> pandas.DataFrame:
    """The file as pandas reads it, with its own words for id, category, agency, created, due, closed, lon and lat."""
    raw = pandas.read_csv(folder() / FILES[name], dtype=str)
    if name == "baltimore":
        names = ("SRRecordID", "SRType", "Agency", "CreatedDate", "DueDate", "CloseDate", "Longitude", "Latitude")
        form = "%m/%d/%Y %I:%M:%S %p"
    else:
        raw["due"] = None
        names = (
            "unique_key",
            "complaint_type",
            "agency",
            "created_date",
            "due",
            "closed_date",
            "longitude",
            "latitude",
        )
        form = "%Y-%m-%dT%H:%M:%S.%f"
    made = raw[list(names)].set_axis(["id", "category", "agency", "created", "due", "closed", "lon", "lat"], axis=1)
    for column in ("created", "due", "closed"):
        made[column] = pandas.to_datetime(made[column], format=form).dt.tz_localize(
            "America/New_York", ambiguous=True, nonexistent=pandas.Timedelta("1h")
        )
    for column in ("lon", "lat"):
        made[column] = made[column].astype(float)
    return made


@pytest.mark.django_db
def test_a_few_rows_come_in_once_and_what_does_not_fit_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "few.csv"
    path.write_text(FEW, encoding="utf-8")

    first, again = bring(path, "baltimore"), bring(path, "baltimore")
    assert (first["read"], first["taken"], first["known"], first["refused"], first["no_place"]) == (3, 2, 0, 1, 1)
    assert (again["taken"], again["known"], again["refused"]) == (0, 2, 1)
    rows = sql.rows(
        """SELECT r.source_id, r.category, r.channel, r.address, r.lon, r.listed, c.state, c.agency, c.late_at, k.title_vi, k.active
           FROM hotline_report r JOIN cases_case c ON c.id = r.case_id JOIN hotline_category k ON k.id = r.category ORDER BY r.source_id"""
    )
    assert [(row["source_id"], row["state"], row["channel"], row["lon"]) for row in rows] == [
        ("1", "closed", "import", -76.6),
        ("2", "in_progress", "import", None),
    ]
    assert (
        rows[0]["title_vi"] == "SW-Trash"
        and rows[0]["agency"] == "Solid Waste"
        and not rows[0]["active"]
        and rows[0]["listed"]
    )
    assert sql.value("SELECT count(*) FROM kernel_outbox") == 0


@pytest.mark.django_db
def test_a_place_in_the_city_gives_its_commune(tmp_path: Path) -> None:
    path = tmp_path / "here.csv"
    path.write_text(FEW.replace("-76.6,39.3", "105.7782,10.0340"), encoding="utf-8")

    bring(path, "baltimore")
    found = sql.rows(
        "SELECT r.unit_code, c.unit_code AS of_case FROM hotline_report r JOIN cases_case c ON c.id = r.case_id ORDER BY r.source_id"
    )
    assert (
        queries.unit_names()[found[0]["unit_code"]][0] == "Phường Ninh Kiều"
        and found[0]["of_case"] == found[0]["unit_code"]
    )
    assert found[1] == {"unit_code": "", "of_case": ""}


@pytest.mark.django_db
def test_an_unknown_mapping_is_said_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="baltimore, nyc"):
        bring(tmp_path / "x.csv", "paris")


@pytest.mark.django_db
def test_a_file_that_is_not_there_or_lacks_columns_is_said_and_no_run_begins(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")

    with pytest.raises(Problem, match="There is no file"):
        bring(tmp_path / "x.csv", "nyc")
    with pytest.raises(Problem, match="has no column: unique_key"):
        bring(other, "nyc")
    assert sql.value("SELECT count(*) FROM imports_run") == 0


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["baltimore", "nyc"])
def test_ten_thousand_real_requests_keep_their_categories_dates_and_places(name: str) -> None:
    file = frame(name)

    run = bring(folder() / FILES[name], name)
    assert (run["read"], run["taken"], run["refused"]) == (len(file), len(file), 0)
    kept = pandas.DataFrame(
        sql.rows(
            """SELECT r.source_id AS id, k.title_vi AS category, c.agency, r.asked_at AS created, c.due_at AS due, c.closed_at AS closed, r.lon, r.lat
               FROM hotline_report r JOIN cases_case c ON c.id = r.case_id JOIN hotline_category k ON k.id = r.category WHERE r.source = %(s)s""",
            {"s": name},
        )
    )
    both = file.merge(kept, on="id", suffixes=("", "_kept"))
    assert len(both) == len(file)
    for column in ("category", "agency"):
        assert (both[column] == both[f"{column}_kept"]).all()
    for column in ("created", "due", "closed"):
        ours = pandas.to_datetime(both[f"{column}_kept"], utc=True)
        assert ((both[column] == ours) | (both[column].isna() & ours.isna())).all(), column
    somewhere = (file.lon == file.lon.round()) & (file.lat == file.lat.round())
    assert run["no_place"] == somewhere.sum() == {"baltimore": 892, "nyc": 0}[name]
    usable = both[~((both.lon == both.lon.round()) & (both.lat == both.lat.round())) & both.lon.notna()]
    assert (usable.lon == usable.lon_kept).all() and (usable.lat == usable.lat_kept).all()
    assert both.lon_kept.notna().sum() == len(usable)

    assert bring(folder() / FILES[name], name)["known"] == len(file)
    assert sql.value("SELECT count(*) FROM hotline_report") == len(file)


@pytest.mark.django_db
@pytest.mark.parametrize("city", ["baltimore", "nyc"])
def test_figures_on_time_are_those_of_pandas_and_of_plain_sql(city: str) -> None:
    file = frame(city)
    bring(folder() / FILES[city], city)
    span = figures.Asked(dt.date(2013, 1, 1), dt.date(2026, 11, 25), source=city)
    now = pandas.Timestamp(clock.now())
    file["done"] = file.closed.notna()
    file["late"] = ~file.done & (file.due < now)
    file["on_time"] = file.done & (file.closed <= file.due)
    file["due_done"] = file.done & file.due.notna()
    file["hours"] = (file.closed - file.created).dt.total_seconds() / 3600

    for by, column in (("agency", "agency"), ("category", "category")):
        wanted = file.groupby(column).agg(
            received=("id", "size"), done=("done", "sum"), late=("late", "sum"), on_time=("on_time", "sum"), due_done=("due_done", "sum"), hours=("hours", "mean"),
        )  # fmt: skip
        rows, total = figures.figures(span, by)  # type: ignore[arg-type]
        ours = {row["by"].removeprefix(f"{city}:"): row for row in rows}
        plain = {
            row["by"].removeprefix(f"{city}:"): row
            for row in sql.rows(
                f"""SELECT {"c.agency" if by == "agency" else "r.category"} AS by, sum(CASE WHEN c.closed_at <= c.due_at THEN 1 ELSE 0 END) AS on_time,
                      sum(CASE WHEN c.due_at IS NOT NULL AND (c.closed_at IS NOT NULL OR c.due_at < %(now)s) THEN 1 ELSE 0 END) AS ended
                    FROM hotline_report r JOIN cases_case c ON c.id = r.case_id GROUP BY 1""",
                {"now": clock.now()},
            )
        }
        assert set(ours) == set(wanted.index) == set(plain)
        for name, figure in wanted.iterrows():
            got = ours[str(name)]
            assert [got[key] for key in ("received", "done", "late", "on_time")] == [
                figure[key] for key in ("received", "done", "late", "on_time")
            ], name
            ended = figure.due_done + figure.late
            assert got["on_time_share"] == (pytest.approx(figure.on_time / ended) if ended else None), name
            assert (got["on_time"], got["on_time_share"]) == (
                plain[str(name)]["on_time"],
                pytest.approx(plain[str(name)]["on_time"] / ended) if ended else None,
            )
            assert got["hours"] == (pytest.approx(figure.hours) if figure.done else None)
        assert total["received"] == len(file) and total["on_time"] == int(file.on_time.sum())
