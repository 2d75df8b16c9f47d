"""What the hotline offers to screens that span the house: its tile and layer on the wall, hot spots, hits of the search."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from pydantic import BaseModel, ConfigDict

from taydo.engines.cases import queries as cases
from taydo.kernel import clock, i18n, panels, specs, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.i18n import t
from taydo.kernel.kept import kept

from . import queries

MOST_ON_THE_MAP = 600
DAYS = 30
_LOCAL = "AT TIME ZONE 'Asia/Ho_Chi_Minh'"


class Targets(BaseModel):
    """`targets` of `city.yaml`: the share in percent that shall be done on time."""

    model_config = ConfigDict(extra="ignore")
    on_time_share: float = 95.0


class City(BaseModel):
    """What the tile needs of `city.yaml`."""

    model_config = ConfigDict(extra="ignore")
    targets: Targets = Targets()


@functools.cache
def target() -> float:
    """The share of reports, in percent, that shall be answered on time."""
    return specs.load(specs.city() / "city.yaml", City).targets.on_time_share


@panels.tile("reports", 75)
def tile(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """Reports received today, their days behind, and the share answered on time of those answered in 30 days or late now."""
    days, ended, on_time = _counted(at)
    state, word = _judged(ended, on_time)
    return panels.Tile(
        "reports", t("Phản ánh hôm nay", "Reports today"), days[-1], "", state, word, "/hotline/reports", trend=[float(n) for n in days]
    )  # fmt: skip


@kept(30, "hotline_report")
def _counted(at: dt.datetime | None) -> tuple[list[int], int, int]:
    """As of an instant: reports of each of 14 days, how many were answered in 30 days or are late, and how many of them on time."""
    now = at or clock.now()
    today = now.astimezone(clock.LOCAL).date()
    days = sql.rows(
        f"""SELECT d::date AS day, count(r.id) AS n FROM generate_series(%(first)s::date, %(today)s::date, interval '1 day') d
            LEFT JOIN hotline_report r ON (r.asked_at {_LOCAL})::date = d::date AND r.asked_at >= %(since)s AND r.asked_at <= %(now)s
            GROUP BY 1 ORDER BY 1""",
        {"first": today - dt.timedelta(days=13), "today": today, "since": now - dt.timedelta(days=15), "now": now},
    )
    found = sql.row(
        """SELECT count(*) AS ended, count(*) FILTER (WHERE on_time) AS on_time FROM (
             SELECT closed_at <= due_at AS on_time FROM cases_case WHERE phase = 'done' AND closed_at > %(since)s AND closed_at <= %(now)s
               AND type = 'report' AND due_at IS NOT NULL AND state NOT IN ('merged', 'withdrawn', 'rejected')
             UNION ALL SELECT FALSE FROM cases_case WHERE phase = 'done' AND closed_at > %(now)s AND due_at <= %(now)s AND type = 'report'
             UNION ALL SELECT FALSE FROM cases_case WHERE phase <> 'done' AND coalesce(due_at, 'infinity'::timestamptz) <= %(now)s
               AND paused_at IS NULL AND type = 'report') x""",
        {"since": now - dt.timedelta(days=DAYS), "now": now},
    ) or {"ended": 0, "on_time": 0}
    return [item["n"] for item in days], found["ended"], found["on_time"]


def _judged(ended: int, on_time: int) -> tuple[str, str]:
    """The state of the tile and its word: the share on time against the target; none yet is said, not judged."""
    if not ended:
        return "ok", t("30 ngày chưa có trả lời", "No answer in 30 days")
    share = 100 * on_time / ended
    goal, shown = i18n.number(target(), 0), i18n.number(share, 0 if share in (0, 100) else 1)
    state = "ok" if share >= target() else "tendency" if share >= target() - 10 else "exceed"
    return state, t(f"{shown}% đúng hạn, mục tiêu {goal}%", f"{shown}% on time, target {goal}%")


@panels.layer("reports")
def layer(viewer: Viewer, at: dt.datetime | None) -> list[dict[str, Any]]:
    """Reports that wait for an answer, the newest first: public ones, and of the others that are not private those the viewer may see."""
    now, seen = at or clock.now(), cases.may_see(viewer)
    found = sql.rows(
        f"""SELECT {queries.SHOWN} FROM {queries.FROM}
            WHERE ({queries.PUBLIC} OR (NOT c.restricted AND ({seen.text}))) AND r.asked_at <= %(now)s AND (c.closed_at IS NULL OR c.closed_at > %(now)s)
            ORDER BY r.id DESC LIMIT %(most)s""",
        {"now": now, "most": MOST_ON_THE_MAP, **seen.params},
    )
    return [
        {name: item[name] for name in ("code", "lon", "lat", "href", "due_state", "state_word", "unit_name")}
        | {"title": item["category_title"], "at": item["asked_at"], "text": item["public_text"][:120]}
        for item in map(queries.shown, found)
    ]


@panels.hotspots("reports", "Phản ánh 1022", "Reports to 1022")
def hotspots(viewer: Viewer, kind: str, since: dt.date, until: dt.date) -> panels.Hotspots:
    """Where public reports of a category (all: "") came from; places are counted on a grid of about 100 m."""
    return _hotspots(kind, since, until)


@kept(30, "hotline_report")
def _hotspots(kind: str, since: dt.date, until: dt.date) -> panels.Hotspots:
    midnight = dt.time(tzinfo=clock.LOCAL)
    params = {
        "since": dt.datetime.combine(since, midnight), "until": dt.datetime.combine(until + dt.timedelta(days=1), midnight), "kind": kind,
    }  # fmt: skip
    where = f"{queries.PUBLIC} AND r.asked_at >= %(since)s AND r.asked_at < %(until)s AND %(kind)s IN ('', r.category)"
    points = sql.rows(
        f"""SELECT round(r.lon::numeric, 3)::float8 AS lon, round(r.lat::numeric, 3)::float8 AS lat, count(*) AS n FROM hotline_report r
            WHERE {where} AND r.lon IS NOT NULL AND r.lat IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 5000""",
        params,
    )
    units = sql.rows(
        f"""SELECT r.unit_code, count(*) AS n, count(*) FILTER (WHERE c.phase <> 'done') AS waiting FROM hotline_report r
            JOIN cases_case c ON c.id = r.case_id WHERE {where} AND r.unit_code <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20""",
        params,
    )
    weeks = sql.rows(
        f"""SELECT w::date AS monday, count(r.id) AS n
            FROM generate_series(date_trunc('week', %(since)s::timestamptz {_LOCAL}),
                                 (%(until)s::timestamptz - interval '1 second') {_LOCAL}, interval '7 days') w
            LEFT JOIN hotline_report r ON date_trunc('week', r.asked_at {_LOCAL}) = w AND {where} GROUP BY 1 ORDER BY 1""",
        params,
    )
    return panels.Hotspots(
        total=sum(item["n"] for item in weeks),
        points=[(item["lon"], item["lat"], item["n"]) for item in points],
        units=[(item["unit_code"], item["n"], item["waiting"]) for item in units],
        weeks=[(item["monday"], item["n"]) for item in weeks],
        kinds=[(item["id"], item["title"]) for item in queries.categories()],
        records=f"/hotline/reports?category={kind}" if kind else "/hotline/reports",
    )


@panels.finder("report")
def find(viewer: Viewer, text: str) -> list[panels.Hit]:
    """Public reports by code or words, accents or not."""
    found, _ = queries.public_reports(viewer, queries.Filters(q=text), limit=10)
    return [
        panels.Hit("report", f"{item['category_title']} · {item['unit_name']}".strip(" ·"), f"{item['code']} · {item['state_word']}", item["href"])
        for item in found
    ]  # fmt: skip
