"""An exceedance becomes a case, and the case hears what becomes of the exceedance."""

from __future__ import annotations

from taydo.engines.alerts import queries as alerts
from taydo.engines.alerts.events import AlertChanged, AlertCleared, AlertEscalated, AlertRaised
from taydo.engines.cases import actions as cases
from taydo.engines.cases import queries as cases_read
from taydo.kernel.actors import Viewer
from taydo.kernel.events import Meta, on

from . import actions

SYSTEM = Viewer.system("environment")
TIERS = {
    "tendency": ("có xu hướng vượt", "tending to exceed"),
    "preparing": ("sắp vượt ngưỡng", "close to the limit"),
    "exceed": ("vượt ngưỡng", "over the limit"),
}


@on(AlertRaised)
def open_case(event: AlertRaised, meta: Meta) -> None:
    """Somebody is made responsible for every exceedance."""
    if event.kind == "exceed" and event.tier == "exceed":
        actions.open_alert_case(SYSTEM, event.alert_id)


@on(AlertChanged)
def follow(event: AlertChanged, meta: Meta) -> None:
    """An alert that grows into an exceedance gets its case; a case that exists is told, and opened again when it was done."""
    vi, en = f"{event.title} ({TIERS[event.tier][0]})", f"{event.title_en} ({TIERS[event.tier][1]})"
    case_id = _tell(event.alert_id, vi, en)
    if event.tier != "exceed":
        return
    if not case_id:
        actions.open_alert_case(SYSTEM, event.alert_id)
    elif any(move["id"] == "reopen" for move in cases_read.case(SYSTEM, case_id)["moves"]):
        cases.move(SYSTEM, case_id, "reopen", f"{vi}\n{en}")


@on(AlertCleared)
def tell_cleared(event: AlertCleared, meta: Meta) -> None:
    """The value is back within its limit; the case stays open until somebody closes it."""
    _tell(event.alert_id, "Giá trị đã trở lại trong ngưỡng.", "The value is back within its limit.")


@on(AlertEscalated)
def tell_escalated(event: AlertEscalated, meta: Meta) -> None:
    """Nobody acknowledged in time."""
    _tell(
        event.alert_id,
        f"Chưa ai xác nhận cảnh báo; đã báo lên cấp {event.level}.",
        f"Nobody acknowledged; told to level {event.level}.",
    )


def _tell(alert_id: int, vi: str, en: str) -> int:
    """Write on the timeline of the alert's case, in both languages; the case's id, 0 when it has none."""
    case_id = int(alerts.alert(SYSTEM, alert_id)["case_id"] or 0)
    if case_id:
        cases.comment(SYSTEM, case_id, f"{vi}\n{en}")
    return case_id
