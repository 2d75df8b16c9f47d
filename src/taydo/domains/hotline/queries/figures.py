"""The hotline's figures by field, category, channel, commune, agency and period: totals only, never by person; one query each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from taydo.kernel import clock, sql
from taydo.kernel.kept import kept
from taydo.kernel.sql import Sql

By = Literal["agency", "field", "category", "channel", "unit", "day", "week", "month"]
GROUPS: dict[str, str] = {
    "agency": "c.agency",
    "field": "coalesce(k.group, '')",
    "category": "r.category",
    "channel": "r.channel",
    "unit": "r.unit_code",
    "day": "(r.asked_at AT TIME ZONE %(zone)s)::date::text",
    "week": "date_trunc('week', r.asked_at AT TIME ZONE %(zone)s)::date::text",
    "month": "to_char(r.asked_at AT TIME ZONE %(zone)s, 'YYYY-MM')",
}
PERIODS = ("day", "week", "month")
OWN, ALL = "", "*"
DONE = "c.phase = 'done' AND c.state NOT IN ('merged', 'withdrawn')"
LATE = "c.phase <> 'done' AND c.paused_at IS NULL AND c.due_at < %(now)s"
COUNTS = f"""count(*) AS received, count(*) FILTER (WHERE {DONE}) AS done, count(*) FILTER (WHERE c.phase <> 'done') AS open,
  count(*) FILTER (WHERE {LATE}) AS late, count(*) FILTER (WHERE {DONE} AND c.closed_at <= c.due_at) AS on_time,
  count(*) FILTER (WHERE {DONE} AND c.due_at IS NOT NULL) AS due,
  (avg(extract(epoch FROM c.closed_at - r.asked_at)) FILTER (WHERE {DONE}) / 3600)::float8 AS hours,
  count(*) FILTER (WHERE r.reopened > 0) AS reopened, count(r.rating) AS rated, avg(r.rating)::float8 AS rating"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which reports are counted: received on the days from `since` to `until`; an empty part takes all.

    `source`: the city's own reports (""), those of one import by its name, or all ("*").
    """

    since: dt.date
    until: dt.date
    group: str = ""
    category: str = ""
    channel: str = ""
    unit: str = ""
    agency: str = ""
    source: str = OWN


@kept(30, "hotline_report")
def figures(asked: Asked, by: By) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A row for each group (`by`) and their total: received, done, open, late, on_time, on_time_share, hours, reopened, rated, rating.

    done: answered, refused or closed, not merged or withdrawn. late: open past its deadline, the clock running. on_time: done by its
    deadline. on_time_share: on_time of what had a deadline and is done or late; None when there was none. hours: from report to end,
    on average, by the clock. The largest groups come first, periods in their order.
    """
    where, key = _where(asked), GROUPS[by]
    order = "1" if by in PERIODS else "received DESC, 1"
    found = sql.rows(
        f"""SELECT {key} AS by, grouping({key}) = 1 AS total, {COUNTS} FROM hotline_report r JOIN cases_case c ON c.id = r.case_id
            LEFT JOIN hotline_category k ON k.id = r.category WHERE {where.text} GROUP BY GROUPING SETS (({key}), ()) ORDER BY {order}""",
        where.params | {"now": clock.now(), "zone": str(clock.LOCAL)},
    )
    for row in found:
        ended = row.pop("due") + row["late"]
        row["on_time_share"] = row["on_time"] / ended if ended else None
    return [row for row in found if not row["total"]], next(row for row in found if row["total"])


def sources() -> list[str]:
    """Names of the imports there are reports of."""
    return [
        row["source"] for row in sql.rows("SELECT DISTINCT source FROM hotline_report WHERE source <> '' ORDER BY 1")
    ]


def _where(asked: Asked) -> Sql:
    clause = Sql(
        "r.asked_at >= %(since)s AND r.asked_at < %(until)s",
        {"since": begins(asked.since), "until": begins(asked.until + dt.timedelta(days=1))},
    )
    columns = {
        "group": "k.group",
        "category": "r.category",
        "channel": "r.channel",
        "unit": "r.unit_code",
        "agency": "c.agency",
    }
    for name, column in columns.items():
        if wanted := getattr(asked, name):
            clause &= Sql(f"{column} = %(f_{name})s", {f"f_{name}": wanted})
    return clause if asked.source == ALL else clause & Sql("r.source = %(source)s", {"source": asked.source})


def begins(day: dt.date) -> dt.datetime:
    """Midnight in Việt Nam at which a day begins."""
    return dt.datetime.combine(day, dt.time(), clock.LOCAL)
