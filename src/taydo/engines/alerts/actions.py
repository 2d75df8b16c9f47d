"""Writes people make to alerts."""

from __future__ import annotations

from typing import Any

from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, missing

from .keeping import push
from .queries import may_see

TELL = """
INSERT INTO alerts_change (alert_id, at, kind, tier, severity, threshold, value, actor_id, actor_name, note)
SELECT id, %(now)s, %(kind)s, tier, severity, threshold, value, %(actor)s, %(name)s, %(note)s FROM alerts_alert WHERE id = %(id)s
"""


@action("alerts.acknowledge")
def acknowledge(viewer: Viewer, alert_id: int, note: str = "") -> dict[str, Any]:
    """Say that somebody has seen the alert and answers for it; escalation stops. 409 when it is acknowledged or over already."""
    alert = _read(viewer, alert_id)
    viewer.require("alerts.acknowledge", alert["agency"])
    if alert["acknowledged_at"] is not None or alert["cleared_at"] is not None:
        done = ("đã được xác nhận", "has been acknowledged") if alert["acknowledged_at"] else ("đã hết", "is over")
        raise conflict(
            "alert_settled", f"Cảnh báo này {done[0]} rồi.", f"This alert {done[1]} already.", state=alert["state"]
        )
    sql.execute(
        """UPDATE alerts_alert SET state = 'acknowledged', acknowledged_at = %(now)s, acknowledged_by = %(actor)s, escalate_at = NULL
           WHERE id = %(id)s""",
        {"now": clock.now(), "actor": viewer.actor_id, "id": alert_id},
    )
    _tell(viewer, alert_id, "acknowledged", note)
    push([alert | {"state": "acknowledged"}])
    return {"id": alert_id, "state": "acknowledged", "acknowledged_by": viewer.name or viewer.username}


@action("alerts.attach")
def attach_case(viewer: Viewer, alert_id: int, case_id: int) -> None:
    """Remember the case that was opened from an alert; the first one stays."""
    alert = _read(viewer, alert_id)
    viewer.require("alerts.attach", alert["agency"])
    if sql.execute(
        "UPDATE alerts_alert SET case_id = %(c)s WHERE id = %(id)s AND case_id IS NULL", {"c": case_id, "id": alert_id}
    ):
        push([alert | {"case_id": case_id}])


def _read(viewer: Viewer, alert_id: int) -> dict[str, Any]:
    clause = may_see(viewer)
    alert = sql.row(
        f"SELECT a.* FROM alerts_alert a WHERE a.id = %(id)s AND ({clause.text}) FOR UPDATE",
        {"id": alert_id, **clause.params},
    )
    if alert is None:
        raise missing("no_such_alert", "Không có cảnh báo này.", "There is no such alert.")
    about("alert", alert_id, alert["agency"])
    return alert


def _tell(viewer: Viewer, alert_id: int, kind: str, note: str) -> None:
    who = {"actor": viewer.actor_id, "name": viewer.name or viewer.username}
    sql.execute(TELL, {"now": clock.now(), "kind": kind, "note": note.strip(), "id": alert_id, **who})
