"""Regular work: lateness is told, and goes up level by level."""

from __future__ import annotations

from collections.abc import Callable

from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import every

from . import lateness

SYSTEM = Viewer.system("cases")


@every(seconds=15, name="cases.late")
def tell_late() -> None:
    """Tell every case that has passed its deadline."""
    _while_any(lateness.TO_BE_LATE, lateness.report_late)


@every(seconds=15, name="cases.escalate")
def tell_levels() -> None:
    """Bring every late case to the level it has come to."""
    _while_any(lateness.TO_ESCALATE, lateness.escalate)


def _while_any(condition: str, work: Callable[[Viewer], int]) -> None:
    """An audit row only when there is something; nothing done means that another worker is at it."""
    there_is = f"SELECT EXISTS (SELECT FROM cases_case WHERE {condition})"
    while sql.value(there_is, {"now": clock.now()}) and work(SYSTEM):
        continue
