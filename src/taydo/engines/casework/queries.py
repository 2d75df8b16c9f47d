"""Reads of the work on cases: questions to other agencies, requests for more time, links, kept views, and the figures."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Literal

from taydo.engines.cases.queries import COLUMNS, may_see, shown
from taydo.kernel import clock, sql
from taydo.kernel.actors import EVERYWHERE, Viewer
from taydo.kernel.sql import Sql

GROUPS = {
    "agency": "c.agency",
    "type": "c.type",
    "state": "c.state",
    "unit": "c.unit_code",
    "class": "c.deadline_class",
    "day": "(c.opened_at AT TIME ZONE %(zone)s)::date::text",
    "week": "date_trunc('week', c.opened_at AT TIME ZONE %(zone)s)::date::text",
    "month": "to_char(c.opened_at AT TIME ZONE %(zone)s, 'YYYY-MM')",
}
By = Literal["agency", "type", "state", "unit", "class", "day", "week", "month"]


def consultations(viewer: Viewer, case_id: int) -> list[dict[str, Any]]:
    """The tasks of a case, of what the viewer may see, the oldest first: as in the inbox, with `question` and `answer`."""
    clause = may_see(viewer)
    found = sql.rows(
        f"""SELECT {COLUMNS}, c.summary AS question, (SELECT e.note FROM cases_event e WHERE e.case_id = c.id AND e.kind = 'moved'
                AND e.note <> '' AND c.phase = 'done' ORDER BY e.id DESC LIMIT 1) AS answer
            FROM cases_case c WHERE c.parent_id = %(id)s AND ({clause.text}) ORDER BY c.id""",
        {"id": case_id, **clause.params},
    )
    return [shown(viewer, record) for record in found]


def extensions(viewer: Viewer, case_id: int) -> list[dict[str, Any]]:
    """Requests for more time of one case, the newest first; none when the viewer may not see the case."""
    clause = may_see(viewer)
    return sql.rows(
        f"""SELECT x.* FROM casework_extension x JOIN cases_case c ON c.id = x.case_id
            WHERE x.case_id = %(id)s AND ({clause.text}) ORDER BY x.id DESC""",
        {"id": case_id, **clause.params},
    )


def to_decide(viewer: Viewer, limit: int = 50) -> list[dict[str, Any]]:
    """Requests for more time that wait for this viewer: in their agencies and those below, not their own; the oldest first."""
    clause, held = may_see(viewer), viewer.agencies("cases.extend")
    below = [name.replace("_", r"\_").replace("%", r"\%") + ".%" for name in held]
    return sql.rows(
        f"""SELECT x.*, c.code, c.type, c.title, c.agency FROM casework_extension x JOIN cases_case c ON c.id = x.case_id
            WHERE x.state = 'asked' AND c.phase <> 'done' AND ({clause.text}) AND x.asked_by IS DISTINCT FROM %(me)s
              AND (%(anywhere)s OR c.agency = ANY(%(held)s::text[]) OR c.agency LIKE ANY(%(below)s::text[])) ORDER BY x.id LIMIT %(limit)s""",
        {**clause.params, "me": viewer.actor_id, "anywhere": EVERYWHERE in held, "held": sorted(held), "below": below, "limit": limit},
    )  # fmt: skip


def links(viewer: Viewer, case_id: int) -> list[dict[str, Any]]:
    """Cases that one is linked with, of what the viewer may see both ends of: kind and the case as in the inbox."""
    clause = may_see(viewer)
    found = sql.rows(
        f"""SELECT {COLUMNS}, k.kind FROM casework_link k JOIN cases_case c ON c.id = k.to_id WHERE k.from_id = %(id)s AND ({clause.text})
              AND EXISTS (SELECT FROM cases_case c WHERE c.id = %(id)s AND ({clause.text})) ORDER BY k.at, c.id""",
        {"id": case_id, **clause.params},
    )
    return [shown(viewer, record) for record in found]


def saved_filters(viewer: Viewer) -> list[dict[str, Any]]:
    """The views of the inbox that the viewer keeps: id, name, filters; by name."""
    found = sql.rows(
        "SELECT id, name, filters FROM casework_filter WHERE actor_id = %(me)s ORDER BY name", {"me": viewer.actor_id}
    )
    for item in found:
        item["filters"] = item["filters"] if isinstance(item["filters"], dict) else json.loads(item["filters"])
    return found


def figures(
    viewer: Viewer | None, type: str = "", by: By = "agency", since: dt.datetime | None = None, until: dt.datetime | None = None
) -> list[dict[str, Any]]:  # fmt: skip
    """What became of the cases opened in [since, until): opened, done, open, late, on_time, merged and on_time_share, by a group.

    on_time: done by its deadline or without one; late: open past it with the clock running; on_time_share = on_time / (done + late),
    None when nothing is. A merged case counts as opened and merged, not as done. One query whatever the size; a viewer counts
    what they may see, None (the public) everything.
    """
    seen = may_see(viewer) if viewer is not None else Sql("TRUE")
    where = seen & Sql("c.opened_at >= %(since)s AND c.opened_at < %(until)s")
    if type:
        where &= Sql("c.type = %(type)s", {"type": type})
    late = "c.phase <> 'done' AND c.paused_at IS NULL AND c.due_at < %(now)s"
    done = "c.phase = 'done' AND c.merged_into IS NULL"
    found = sql.rows(
        f"""SELECT coalesce({GROUPS[by]}, '') AS by, count(*) AS opened, count(*) FILTER (WHERE {done}) AS done,
              count(*) FILTER (WHERE c.phase <> 'done') AS open, count(*) FILTER (WHERE {late}) AS late,
              count(*) FILTER (WHERE {done} AND coalesce(c.closed_at <= c.due_at, TRUE)) AS on_time,
              count(*) FILTER (WHERE c.merged_into IS NOT NULL) AS merged
            FROM cases_case c WHERE {where.text} GROUP BY 1 ORDER BY 1""",
        {**where.params, "since": since or dt.datetime(1900, 1, 1, tzinfo=dt.UTC), "until": until or clock.now() + dt.timedelta(days=1),
         "now": clock.now(), "zone": str(clock.LOCAL)},
    )  # fmt: skip
    for group in found:
        ended = group["done"] + group["late"]
        group["on_time_share"] = group["on_time"] / ended if ended else None
    return found


def day_begins(day: dt.date | None, later: int = 0) -> dt.datetime | None:
    """Midnight in Việt Nam at which a day begins, or the day so many days later; None for no day."""
    try:
        return None if day is None else dt.datetime.combine(day + dt.timedelta(days=later), dt.time(), clock.LOCAL)
    except OverflowError:
        return None
