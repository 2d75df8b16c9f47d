"""Alert rows, their history, events and live pages, written in sets in the caller's transaction."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from taydo.kernel import clock, live, sql
from taydo.kernel.events import Event, emit_all

from . import limits
from .events import AlertChanged, AlertCleared, AlertRaised

FIXED = (
    "kind text, limit_id text, datastream_id int, thing_id int, thing text, agency text, unit_code text, lon float8, lat float8,"
    " public boolean, raised_at timestamptz"
)
MOVING = (
    "state text, tier text, top text, severity smallint, threshold float8, value float8, peak float8, title text, title_en text,"
    " changed_at timestamptz, cleared_at timestamptz, returns int, escalate_at timestamptz, level smallint"
)


def _names(columns: str) -> list[str]:
    return [column.split()[0] for column in columns.split(", ")]


FIELDS = ["id", *_names(FIXED), *_names(MOVING)]
WRITE = f"""
INSERT INTO alerts_alert ({", ".join(FIELDS)})
SELECT {", ".join(FIELDS)} FROM jsonb_to_recordset(%(alerts)s::jsonb) AS x(id bigint, {FIXED}, {MOVING}) ORDER BY id
ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _names(MOVING))}
"""
TELL = """
INSERT INTO alerts_change (alert_id, at, kind, tier, severity, threshold, value, actor_name)
SELECT alert_id, at, kind, tier, severity, threshold, value, 'system:alerts' FROM jsonb_to_recordset(%(lines)s::jsonb)
    AS x(place int, alert_id bigint, at timestamptz, kind text, tier text, severity smallint, threshold float8, value float8) ORDER BY place
"""
MOST_PUSHED = 20


@dataclass(slots=True)
class Entry:
    """A change of an alert as it was at that moment. `kind`: raised, changed, returned, cleared; `before`: the tier it had."""

    kind: str
    alert: dict[str, Any]
    shot: dict[str, Any]
    at: dt.datetime
    before: str = "ok"

    @classmethod
    def of(cls, kind: str, alert: dict[str, Any], at: dt.datetime, before: str = "ok") -> Entry:
        """Remember the alert as it is now."""
        return cls(kind, alert, dict(alert), at, before)


def keep(touched: list[dict[str, Any]], log: list[Entry]) -> None:
    """Write alerts (new ones have id None and get one) and tell everybody what the log says."""
    if not touched:
        return
    fresh = [alert for alert in touched if alert["id"] is None]
    if fresh:
        made = sql.rows(
            "SELECT nextval(pg_get_serial_sequence('alerts_alert', 'id')) AS id FROM generate_series(1, %(n)s)",
            {"n": len(fresh)},
        )
        for alert, number in zip(fresh, made, strict=True):
            alert["id"] = number["id"]
    sql.execute(WRITE, {"alerts": _json([{name: alert[name] for name in FIELDS} for alert in touched])})
    lines = [
        {"place": place, "alert_id": entry.alert["id"], "at": entry.at, "kind": entry.kind}
        | {name: entry.shot[name] for name in ("tier", "severity", "threshold", "value")}
        for place, entry in enumerate(log)
    ]
    if lines:
        sql.execute(TELL, {"lines": _json(lines)})
    emit_all([(_event(entry), entry.alert["id"]) for entry in log])
    push([entry.alert | {"at": entry.at} for entry in log])


def push(alerts: list[dict[str, Any]]) -> None:
    """Tell open pages; when very many changed at once, only that they should look again."""
    last = {alert["id"]: alert for alert in alerts}
    if len(last) > MOST_PUSHED:
        live.push("alerts", {"id": max(last), "refetch": True})
        return
    for alert in last.values():
        live.push("alerts", shown(alert))


def shown(alert: dict[str, Any]) -> dict[str, Any]:
    """What lists, the wall and live pages show of an alert."""
    names = ("id", "kind", "state", "tier", "title", "title_en", "thing", "datastream_id", "value", "threshold")
    return {name: alert[name] for name in names} | {
        "at": alert.get("at") or alert["raised_at"],
        "case_id": alert.get("case_id"),
    }


def escalation(severity: int, level: int) -> dt.datetime | None:
    """When the next role is told about an alert of this severity, unless somebody acknowledges it before."""
    steps = limits.declared().escalation
    if severity < 3 or level >= len(steps):
        return None
    return clock.now() + dt.timedelta(minutes=steps[level].after_minutes)


def _event(entry: Entry) -> Event:
    shot = entry.shot | {"id": entry.alert["id"]}
    if entry.kind == "cleared":
        said = ("kind", "limit_id", "datastream_id", "thing", "title", "title_en", "value")
        values = {name: shot[name] for name in said}
        return AlertCleared(alert_id=shot["id"], at=entry.at.isoformat(), case_id=shot.get("case_id"), **values)
    limit = limits.named(shot["limit_id"])
    names = (
        "kind", "tier", "limit_id", "datastream_id", "thing_id", "thing", "agency", "unit_code", "lon", "lat", "title", "title_en",
        "value", "threshold",
    )  # fmt: skip
    values = {name: shot[name] for name in names} | {
        "alert_id": shot["id"],
        "at": entry.at.isoformat(),
        "case_type": limit.case_type if limit else "",
        "case_working_hours": limit.case_working_hours if limit else None,
        "source": limit.source if limit else "",
    }
    return AlertRaised(**values) if entry.kind == "raised" else AlertChanged(**values, before=entry.before)


def _json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, default=lambda value: value.isoformat())
