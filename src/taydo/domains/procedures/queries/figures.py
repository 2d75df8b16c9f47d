"""Figures of dossiers: sums of daily rows for what has ended, one look at what is open now; rates and points of QĐ 766 on top of them."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from taydo.kernel import clock, specs, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.permissions import visible
from taydo.methods.serviceindex import Item, Scored, score

from ..models import ServiceIndex

COUNTS = (
    "filed", "received", "mirrored", "judged", "on_time", "refused", "withdrawn", "processed", "electronic", "returned", "supplemented", "apologised",
    "with_papers", "digitised", "reused", "owing", "paid_online", "synced", "rated", "content",
)  # fmt: skip
DAY = "(coalesce(d.received_at, d.submitted_at) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
_END = "coalesce(d.finished_at, d.returned_at, d.ended_at)"
RECOUNT = f"""
SELECT d.agency_decides AS agency, d.procedure, d.channel, {DAY} AS day,
  count(*)::int AS filed, count(d.received_at)::int AS received, count(*) FILTER (WHERE d.source <> '')::int AS mirrored,
  count(*) FILTER (WHERE d.national IN (3, 8, 9, 10))::int AS judged,
  count(*) FILTER (WHERE d.national IN (3, 8, 9, 10) AND d.supplements <= 1 AND (d.due_at IS NULL OR {_END} <= d.due_at))::int AS on_time,
  count(*) FILTER (WHERE d.national = 3)::int AS refused, count(*) FILTER (WHERE d.national = 7)::int AS withdrawn,
  count(*) FILTER (WHERE d.national IN (9, 10))::int AS processed,
  count(*) FILTER (WHERE d.national IN (9, 10) AND d.result_file IS NOT NULL)::int AS electronic,
  count(*) FILTER (WHERE d.national = 10)::int AS returned, count(*) FILTER (WHERE d.supplements > 0)::int AS supplemented,
  count(*) FILTER (WHERE d.apologies > 0)::int AS apologised, count(*) FILTER (WHERE d.papers_n > 0)::int AS with_papers,
  count(*) FILTER (WHERE d.papers_n > 0 AND d.digitised >= d.papers_n)::int AS digitised, count(*) FILTER (WHERE d.reused > 0)::int AS reused,
  count(*) FILTER (WHERE d.money <> 'none')::int AS owing, count(*) FILTER (WHERE d.online_paid)::int AS paid_online,
  count(*) FILTER (WHERE d.sync = 'sent' OR d.source <> '')::int AS synced, count(d.rating)::int AS rated, count(*) FILTER (WHERE d.rating >= 4)::int AS content,
  coalesce(sum(extract(epoch FROM {_END} - d.received_at)) FILTER (WHERE d.due_at IS NOT NULL AND d.received_at IS NOT NULL AND {_END} IS NOT NULL), 0) AS spent_s,
  coalesce(sum(extract(epoch FROM d.due_at - d.received_at)) FILTER (WHERE d.due_at IS NOT NULL AND d.received_at IS NOT NULL AND {_END} IS NOT NULL), 0) AS allowed_s
FROM procedures_dossier d WHERE d.parent_id IS NULL"""
GROUPED = " GROUP BY 1, 2, 3, 4"
BY = {
    "agency": "agency",
    "procedure": "procedure",
    "channel": "channel",
    "month": "to_char(day, 'YYYY-MM')",
    "all": "''",
}


@functools.cache
def index_of_city() -> ServiceIndex:
    """The set of indicators in force (`service_index.yaml`)."""
    return specs.load(specs.city() / "service_index.yaml", ServiceIndex)


def totals(viewer: Viewer, since: dt.date, until: dt.date, by: str = "agency") -> list[dict[str, Any]]:
    """Sums of daily rows between two days, both included, of agencies the viewer sees figures of, by agency, procedure, channel, month or all."""
    clause = visible(viewer, "procedures.see_figures", "t.agency")
    summed = ", ".join(f"sum({name})::bigint AS {name}" for name in COUNTS)
    return sql.rows(
        f"""SELECT {BY[by]} AS by, {summed}, sum(spent_s) AS spent_s, sum(allowed_s) AS allowed_s FROM procedures_daily t
            WHERE day BETWEEN %(since)s AND %(until)s AND ({clause.text}) GROUP BY 1 ORDER BY 1""",
        {"since": since, "until": until, **clause.params},
    )


def recounted(since: dt.date, until: dt.date) -> list[dict[str, Any]]:
    """The same sums by agency straight from the dossiers: what the daily rows must equal."""
    summed = ", ".join(f"sum({name})::bigint AS {name}" for name in COUNTS)
    return sql.rows(
        f"""SELECT agency AS by, {summed}, sum(spent_s) AS spent_s, sum(allowed_s) AS allowed_s FROM ({RECOUNT}{GROUPED}) r
            WHERE day BETWEEN %(since)s AND %(until)s GROUP BY 1 ORDER BY 1""",
        {"since": since, "until": until},
    )


def standing(viewer: Viewer) -> dict[str, dict[str, int]]:
    """What is open now by agency that has it: open, late, soon (due within its last quarter), waiting for the applicant, nobody's yet."""
    clause = visible(viewer, "procedures.see_figures", "c.agency")
    found = sql.rows(
        f"""SELECT c.agency, count(*) AS open, count(*) FILTER (WHERE c.paused_at IS NULL AND c.due_at < %(now)s AND d.received_at IS NOT NULL) AS late,
              count(*) FILTER (WHERE c.paused_at IS NULL AND c.due_at >= %(now)s AND c.soon_at <= %(now)s AND d.received_at IS NOT NULL) AS soon,
              count(*) FILTER (WHERE c.paused_at IS NOT NULL) AS waiting, count(*) FILTER (WHERE d.received_at IS NULL) AS to_receive
            FROM procedures_dossier d JOIN cases_case c ON c.id = d.case_id WHERE d.national IN (1, 2, 4, 5, 6) AND ({clause.text}) GROUP BY 1""",
        {"now": clock.now(), **clause.params},
    )
    return {one.pop("agency"): one for one in found}


def rates(row: dict[str, Any], offered_online: float | None = None) -> dict[str, float | None]:
    """The rates of the service index from sums; None where there is nothing to count."""

    def share(part: str, whole: str) -> float | None:
        return float(row[part]) / float(row[whole]) if row[whole] else None

    online = row.get("online")
    return {
        "synced": share("synced", "filed"), "on_time": share("on_time", "judged"), "offered_online": offered_online,
        "filed_online": None if online is None or not row["filed"] else online / row["filed"], "paid_online": share("paid_online", "owing"),
        "electronic": share("electronic", "processed"), "digitised": share("digitised", "with_papers"), "reused": share("reused", "with_papers"),
        "content": share("content", "rated"),
    }  # fmt: skip


def scored(found: dict[str, float | None]) -> tuple[list[Scored], float | None]:
    """Points of each indicator, and the score out of 100 over those that are counted."""
    items = [
        Item(item.id, group.id, item.most, item.full_at) for group in index_of_city().groups for item in group.items
    ]
    return score(items, found)


def online_of(viewer: Viewer, since: dt.date, until: dt.date) -> dict[str, int]:
    """Dossiers filed online by agency."""
    clause = visible(viewer, "procedures.see_figures", "t.agency")
    found = sql.rows(
        f"""SELECT agency, sum(filed)::bigint AS n FROM procedures_daily t WHERE channel = 'online' AND day BETWEEN %(since)s AND %(until)s
            AND ({clause.text}) GROUP BY 1""",
        {"since": since, "until": until, **clause.params},
    )
    return {one["agency"]: one["n"] for one in found}


def uncounted() -> int:
    """How many days of agencies wait to be counted."""
    return int(sql.value("SELECT count(*) FROM procedures_uncounted"))
