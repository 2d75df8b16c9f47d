"""Figures over all cases: where they happen."""

from __future__ import annotations

import datetime as dt
from typing import Any

from taydo.engines.cases import casetype
from taydo.engines.cases import queries as cases
from taydo.kernel import clock, i18n, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.panels import Hotspots

MOST_POINTS = 5000


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
