"""Regular work of the cases engine: lateness is told, and how much waits is measured."""

from __future__ import annotations

from taydo.kernel import clock, live, metrics, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import every

from . import actions

live.topic("cases", "cases.see")
SYSTEM = Viewer.system("cases")
MOST = 500


@every(seconds=15, name="cases.late")
def tell_late() -> None:
    """Tell every case that has passed its deadline; an audit row only when there is one."""
    late = "SELECT EXISTS (SELECT FROM cases_case WHERE late_at IS NULL AND phase <> 'done' AND paused_at IS NULL AND due_at < %(now)s)"
    while sql.value(late, {"now": clock.now()}) and actions.report_late(SYSTEM, MOST) == MOST:
        continue


@metrics.gauge("taydo_cases_open", "Cases that are not done")
def _open() -> float:
    return float(sql.value("SELECT count(*) FROM cases_case WHERE phase <> 'done'"))


@metrics.gauge("taydo_cases_late", "Cases past their deadline")
def _late() -> float:
    return float(
        sql.value("SELECT count(*) FROM cases_case WHERE phase <> 'done' AND paused_at IS NULL AND due_at < now()")
    )
