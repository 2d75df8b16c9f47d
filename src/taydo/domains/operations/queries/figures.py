"""Figures over all cases: how far agencies are on time, and where things happen."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from pydantic import BaseModel, ConfigDict

from taydo.engines.cases import casetype
from taydo.engines.cases import queries as cases
from taydo.engines.casework import queries as casework
from taydo.kernel import clock, i18n, specs, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.kept import kept
from taydo.kernel.panels import Hotspots

MOST_POINTS = 5000
DAYS = 30


class Targets(BaseModel):
    """`targets` of `city.yaml`: the share in percent that shall be done on time."""

    model_config = ConfigDict(extra="ignore")
    on_time_share: float = 95.0


class City(BaseModel):
    """What the figures need of `city.yaml`."""

    model_config = ConfigDict(extra="ignore")
    targets: Targets = Targets()


@functools.cache
def target() -> float:
    """The share of cases, in percent, that shall be done on time."""
    return specs.load(specs.city() / "city.yaml", City).targets.on_time_share


@kept(30, "cases_case")
def effectiveness(at: dt.datetime | None) -> dict[str, Any]:
    """Over all cases as of an instant: late, done in the last 30 days, of these on time, and the share on time of (done + late)."""
    now = at or clock.now()
    found = sql.row(
        """SELECT (SELECT count(*) FROM cases_case WHERE phase <> 'done' AND coalesce(due_at, 'infinity'::timestamptz) < %(now)s
                     AND paused_at IS NULL AND opened_at <= %(now)s)
                + (SELECT count(*) FROM cases_case WHERE phase = 'done' AND closed_at > %(now)s AND due_at < %(now)s AND opened_at <= %(now)s) AS late,
                  count(*) AS done, count(*) FILTER (WHERE coalesce(closed_at <= due_at, TRUE)) AS on_time
           FROM cases_case WHERE phase = 'done' AND closed_at > %(since)s AND closed_at <= %(now)s AND merged_into IS NULL""",
        {"now": now, "since": now - dt.timedelta(days=DAYS)},
    ) or {"late": 0, "done": 0, "on_time": 0}
    ended = found["done"] + found["late"]
    return {**found, "share": 100 * found["on_time"] / ended if ended else None}


@kept(30, "cases_case")
def weekly_shares(at: dt.datetime | None, weeks: int = 12) -> list[float | None]:
    """The share in percent done on time of what was done in each of the last weeks; None where nothing was."""
    now = at or clock.now()
    found = sql.rows(
        """SELECT least(floor(extract(epoch FROM %(now)s::timestamptz - closed_at) / 604800)::int, %(weeks)s - 1) AS back,
                  100.0 * count(*) FILTER (WHERE coalesce(closed_at <= due_at, TRUE)) / count(*) AS share
           FROM cases_case WHERE phase = 'done' AND closed_at > %(since)s AND closed_at <= %(now)s AND merged_into IS NULL GROUP BY 1""",
        {"now": now, "since": now - dt.timedelta(weeks=weeks), "weeks": weeks},
    )
    shares = {item["back"]: float(item["share"]) for item in found}
    return [shares.get(back) for back in range(weeks - 1, -1, -1)]


@kept(30, "cases_case")
def ranking(kind: str, since: dt.date, until: dt.date, least: int) -> list[dict[str, Any]]:
    """Agencies by their share on time of cases of a type opened on these days, with the median time until done, in hours.

    Those with fewer than `least` cases done or late are left out: a share of three says nothing.
    """
    span = instants(since, until)
    rows = casework.figures(None, kind, "agency", span["since"], span["until"])
    medians = sql.rows(
        """SELECT agency, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - opened_at) / 3600) AS hours
           FROM cases_case WHERE phase = 'done' AND merged_into IS NULL AND opened_at >= %(since)s AND opened_at < %(until)s
             AND %(kind)s IN ('', type) GROUP BY 1""",
        {**span, "kind": kind},
    )
    hours = {item["agency"]: item["hours"] for item in medians}
    enough = [
        row | {"median_hours": hours.get(row["by"])} for row in rows if row["done"] + row["late"] >= max(least, 1)
    ]
    enough.sort(key=lambda row: (-row["on_time_share"], -row["done"], row["by"]))
    return [
        row | {"rank": 1 + sum(other["on_time_share"] > row["on_time_share"] for other in enough)} for row in enough
    ]


def instants(since: dt.date, until: dt.date) -> dict[str, Any]:
    """The span of days, the last one included, as instants of the city's clock."""
    midnight = dt.time(tzinfo=clock.LOCAL)
    return {
        "since": dt.datetime.combine(since, midnight),
        "until": dt.datetime.combine(until + dt.timedelta(days=1), midnight),
    }


def hotspots(viewer: Viewer, kind: str, since: dt.date, until: dt.date) -> Hotspots | None:
    """Where cases of a type (all: "") were opened, of what the viewer may see; places are counted on a grid of about 100 m."""
    if not viewer.may("cases.see"):
        return None
    clause = cases.may_see(viewer)
    where = f"c.opened_at >= %(since)s AND c.opened_at < %(until)s AND %(kind)s IN ('', c.type) AND ({clause.text})"
    params = {**instants(since, until), "kind": kind, "most": MOST_POINTS, **clause.params}
    points = sql.rows(
        f"""SELECT round(c.lon::numeric, 3)::float8 AS lon, round(c.lat::numeric, 3)::float8 AS lat, count(*) AS n FROM cases_case c
            WHERE {where} AND c.lon IS NOT NULL AND c.lat IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC LIMIT %(most)s""",
        params,
    )
    units = sql.rows(
        f"""SELECT c.unit_code, count(*) AS n, count(*) FILTER (WHERE c.phase <> 'done') AS waiting FROM cases_case c
            WHERE {where} AND c.unit_code <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20""",
        params,
    )
    weeks = sql.rows(
        f"""SELECT w::date AS monday, count(c.id) AS n
            FROM generate_series(date_trunc('week', %(since)s::timestamptz AT TIME ZONE 'Asia/Ho_Chi_Minh'),
                                 (%(until)s::timestamptz - interval '1 second') AT TIME ZONE 'Asia/Ho_Chi_Minh', interval '7 days') w
            LEFT JOIN cases_case c ON date_trunc('week', c.opened_at AT TIME ZONE 'Asia/Ho_Chi_Minh') = w AND {where} GROUP BY 1 ORDER BY 1""",
        params,
    )
    return Hotspots(
        total=sum(item["n"] for item in weeks),
        points=[(item["lon"], item["lat"], item["n"]) for item in points],
        units=[(item["unit_code"], item["n"], item["waiting"]) for item in units],
        weeks=[(item["monday"], item["n"]) for item in weeks],
        kinds=[(spec.id, spec.title[i18n.language()]) for spec in casetype.every()],
        records=f"/desk?tab=all&type={kind}" if kind else "/desk?tab=all",
    )
