"""What is measured of cases, and who hears of their changes."""

from __future__ import annotations

from taydo.kernel import live, metrics, sql

live.topic("cases", "cases.see")


@metrics.gauge("taydo_cases_open", "Cases that are not done")
def _open() -> float:
    return float(sql.value("SELECT count(*) FROM cases_case WHERE phase <> 'done'"))


@metrics.gauge("taydo_cases_late", "Cases past their deadline")
def _late() -> float:
    return float(
        sql.value("SELECT count(*) FROM cases_case WHERE phase <> 'done' AND paused_at IS NULL AND due_at < now()")
    )
