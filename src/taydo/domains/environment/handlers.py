"""An exceedance becomes a case, and the case hears what becomes of the exceedance."""

from __future__ import annotations

from taydo.engines.alerts import queries as alerts
from taydo.engines.alerts.events import AlertChanged, AlertCleared, AlertEscalated, AlertRaised
from taydo.engines.cases import actions as cases
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
    """An alert that grows into an exceedance gets its case; a case that exists is told the new tier."""
    if _tell(event.alert_id, f"{event.title} ({TIERS[event.tier][0]})", f"{event.title_en} ({TIERS[event.tier][1]})"):
        return
    if event.tier == "exceed":
        actions.open_alert_case(SYSTEM, event.alert_id)


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


def _tell(alert_id: int, vi: str, en: str) -> bool:
    """Write on the timeline of the alert's case, in both languages; False when it has none."""
    case_id = alerts.alert(SYSTEM, alert_id)["case_id"]
    if case_id:
        cases.comment(SYSTEM, case_id, f"{vi}\n{en}")
    return bool(case_id)
