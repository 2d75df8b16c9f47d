"""What dossiers offer to the wall: how many came today, and how many of those that ended in 30 days or are late were on time."""

from __future__ import annotations

import datetime as dt

from taydo.kernel import clock, i18n, panels, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.i18n import t
from taydo.kernel.kept import kept

DAYS, GOAL = 30, 95.0
"""The goal in percent is ours until the city sets one; QĐ 766 asks for all."""


@panels.tile("dossiers", 78)
def tile(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """Dossiers filed today, the days behind, and the share on time; a ministry's own are not counted as ours."""
    days, ended, on_time = _counted(at)
    if not ended:
        state, word = "ok", t("30 ngày chưa có kết quả", "No result in 30 days")
    else:
        share = 100 * on_time / ended
        shown, goal = i18n.number(share, 0 if share in (0, 100) else 1), i18n.number(GOAL, 0)
        state = "ok" if share >= GOAL else "tendency" if share >= GOAL - 10 else "exceed"
        word = t(f"{shown}% đúng hạn, mục tiêu {goal}%", f"{shown}% on time, target {goal}%")
    trend: list[float | None] = [float(number) for number in days]
    return panels.Tile(
        "dossiers", t("Hồ sơ hôm nay", "Dossiers today"), days[-1], "", state, word, "/counter", trend=trend
    )


@kept(30, "procedures_dossier")
def _counted(at: dt.datetime | None) -> tuple[list[int], int, int]:
    now = at or clock.now()
    today = now.astimezone(clock.LOCAL).date()
    days = sql.rows(
        """SELECT d::date AS day, count(p.id) AS n FROM generate_series(%(first)s::date, %(today)s::date, interval '1 day') d
           LEFT JOIN procedures_dossier p ON (p.submitted_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date = d::date AND p.source = ''
             AND p.submitted_at >= %(since)s AND p.submitted_at <= %(now)s GROUP BY 1 ORDER BY 1""",
        {"first": today - dt.timedelta(days=13), "today": today, "since": now - dt.timedelta(days=15), "now": now},
    )
    found = sql.row(
        """SELECT count(*) AS ended, count(*) FILTER (WHERE on_time) AS on_time FROM (
             SELECT coalesce(finished_at, ended_at) <= due_at AND supplements < 2 AS on_time FROM procedures_dossier
             WHERE coalesce(finished_at, ended_at) > %(since)s AND coalesce(finished_at, ended_at) <= %(now)s AND due_at IS NOT NULL
               AND national <> 7 AND source = ''
             UNION ALL SELECT FALSE FROM cases_case WHERE subject_kind = 'dossier' AND phase <> 'done' AND paused_at IS NULL AND due_at <= %(now)s
               AND EXISTS (SELECT FROM procedures_dossier d WHERE d.case_id = cases_case.id AND d.received_at IS NOT NULL)) x""",
        {"since": now - dt.timedelta(days=DAYS), "now": now},
    ) or {"ended": 0, "on_time": 0}
    return [item["n"] for item in days], found["ended"], found["on_time"]
