"""The hotline in numbers, for everybody: how much, where most, who answers in time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from taydo.engines.casework import queries as casework
from taydo.kernel import clock, i18n, sql
from taydo.kernel.kept import kept

from . import categories, unit_names


@kept(30, "hotline_report")
def counts() -> dict[str, int]:
    """The hotline in numbers: today, open, late, answered in 30 days and on_time (percent of these), content (percent of rated)."""
    today = dt.datetime.combine(clock.today(), dt.time(), clock.LOCAL)
    found = sql.row(
        """WITH waiting AS (
             SELECT count(*) AS open, count(*) FILTER (WHERE paused_at IS NULL AND due_at < %(now)s) AS late
             FROM cases_case WHERE type = 'report' AND phase <> 'done'
           ), answered AS (
             SELECT count(*) AS answered, count(*) FILTER (WHERE r.answered_at <= c.due_at) AS in_time, count(r.rating) AS rated,
               count(*) FILTER (WHERE r.rating >= 4) AS well
             FROM hotline_report r JOIN cases_case c ON c.id = r.case_id WHERE r.answered_at >= %(month)s AND r.channel <> 'import'
           )
           SELECT (SELECT count(*) FROM hotline_report WHERE asked_at >= %(today)s AND channel <> 'import') AS today, open, late, answered, rated,
             coalesce(round(100.0 * in_time / nullif(answered, 0)), 0)::int AS on_time, coalesce(round(100.0 * well / nullif(rated, 0)), 0)::int AS content
           FROM waiting CROSS JOIN answered""",
        {"today": today, "now": clock.now(), "month": clock.now() - dt.timedelta(days=30)},
    )
    return {name: int(number) for name, number in (found or {}).items()}


@kept(30, "hotline_report")
def hot_spots(days: int = 30, limit: int = 8) -> list[dict[str, Any]]:
    """Communes with most listed reports lately: unit_code, name, n, open, and what about most often."""
    found = sql.rows(
        """SELECT r.unit_code, count(*) AS n, count(*) FILTER (WHERE c.phase <> 'done') AS open, mode() WITHIN GROUP (ORDER BY r.category) AS category
           FROM hotline_report r JOIN cases_case c ON c.id = r.case_id
           WHERE r.listed AND r.asked_at > %(since)s AND r.unit_code <> '' GROUP BY r.unit_code ORDER BY n DESC, r.unit_code LIMIT %(limit)s""",
        {"since": clock.now() - dt.timedelta(days=days), "limit": limit},
    )
    titles = {record["id"]: record["title"] for record in categories(False)} if found else {}
    at = i18n.language() == "en"
    return [
        record
        | {"name": unit_names().get(record["unit_code"], ("—", "—"))[at], "title": titles.get(record["category"], "")}
        for record in found
    ]


@kept(30, "hotline_report")
def ranking(days: int = 90) -> list[dict[str, Any]]:
    """Agencies by the share of their reports answered in time, the best first: agency, done, late, open, share (percent)."""
    found = casework.figures(None, "report", "agency", clock.now() - dt.timedelta(days=days))
    shares = [
        {"agency": one["by"], "done": one["done"], "late": one["late"], "open": one["open"],
         "share": None if one["on_time_share"] is None else round(100 * one["on_time_share"])}
        for one in found
    ]  # fmt: skip
    return sorted(shares, key=lambda one: (one["share"] is None, -(one["share"] or 0), -one["done"], one["agency"]))
