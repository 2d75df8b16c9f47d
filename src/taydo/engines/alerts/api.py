"""Alerts over HTTP: what stands, one with its history, acknowledging; and the limits with their legal source."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from taydo.kernel import clock
from taydo.kernel.errors import bad
from taydo.kernel.http import viewer

from . import actions, limits, queries

router = Router(tags=["alerts"])


class AcknowledgeIn(BaseModel):
    """What the one who acknowledges has to say."""

    note: str = Field("", max_length=10_000)


@router.get("/alerts")
def list_alerts(
    request: HttpRequest,
    state: Literal["standing", "raised", "acknowledged", "cleared", "all"] = "standing",
    kind: Literal["", "exceed", "stale", "stuck"] = "",
    thing: str = "",
    before: int | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """Alerts the viewer may see, the newest first; `next` is the `before` of the next page."""
    if "\0" in thing or not (before is None or 0 < before < 2**63):
        raise bad("bad_filter", "Bộ lọc không đọc được.", "The filter cannot be read.")
    found = queries.listed(viewer(request), state, kind, thing, before, limit)
    return {"alerts": found, "next": found[-1]["id"] if len(found) >= max(1, min(limit, 500)) else None}


@router.get("/alerts/limits")
def list_limits(request: HttpRequest) -> list[dict[str, Any]]:
    """Limits in force today, with their source."""
    return [limit.model_dump(mode="json") for limit in limits.in_force(clock.today())]


@router.get("/alerts/{int:alert_id}")
def one_alert(request: HttpRequest, alert_id: int) -> dict[str, Any]:
    """One alert with its history."""
    return queries.alert(viewer(request), alert_id)


@router.post("/alerts/{int:alert_id}/acknowledge")
def acknowledge_alert(request: HttpRequest, alert_id: int, body: AcknowledgeIn) -> dict[str, Any]:
    """Say that somebody answers for the alert."""
    return actions.acknowledge(viewer(request), alert_id, body.note)
