"""Silent stations and stuck sensors as alerts, and alerts whose limit or station is no more. Found in sets."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from taydo.kernel import clock, sql
from taydo.kernel.events import emit_all

from . import watch
from .events import AlertEscalated
from .keeping import Entry, escalation, keep, push
from .limits import declared

# The streams engine keeps who is silent and what hangs; here it becomes an alert, once, and ends when it does.
BEGUN = """
SELECT 'stale' AS kind, t.id AS thing_id, NULL::int AS datastream_id, s.silent_since AS at, t.code AS thing, t.name,
       coalesce(nullif(t.properties->>'name_en', ''), t.name) AS name_en, '' AS what, '' AS what_en, t.agency, t.unit_code, t.lon, t.lat, t.public,
       NULL::float8 AS value
FROM streams_silent s JOIN streams_thing t ON t.id = s.thing_id WHERE t.retired_at IS NULL
  AND NOT EXISTS (SELECT FROM alerts_alert a WHERE a.kind = 'stale' AND a.thing_id = t.id AND a.cleared_at IS NULL)
UNION ALL
SELECT 'stuck', t.id, d.id, k.stuck_since, t.code, t.name, coalesce(nullif(t.properties->>'name_en', ''), t.name), p.name,
       coalesce(nullif(p.properties->>'name_en', ''), p.name), t.agency, t.unit_code, t.lon, t.lat, t.public AND d.public, l.result
FROM streams_stuck k JOIN streams_datastream d ON d.id = k.datastream_id JOIN streams_thing t ON t.id = d.thing_id
JOIN streams_observedproperty p ON p.id = d.observedproperty_id LEFT JOIN streams_latest l ON l.datastream_id = d.id
WHERE t.retired_at IS NULL
  AND NOT EXISTS (SELECT FROM alerts_alert a WHERE a.kind = 'stuck' AND a.datastream_id = d.id AND a.cleared_at IS NULL)
"""
ENDED = """
SELECT a.* FROM alerts_alert a WHERE a.cleared_at IS NULL AND (
    (a.kind = 'stale' AND NOT EXISTS (SELECT FROM streams_silent s WHERE s.thing_id = a.thing_id))
 OR (a.kind = 'stuck' AND NOT EXISTS (SELECT FROM streams_stuck s WHERE s.datastream_id = a.datastream_id))
 OR (a.kind = 'exceed' AND NOT EXISTS (
        SELECT FROM unnest(%(ds)s::int[], %(limits)s::text[]) AS p(ds, l) WHERE p.ds = a.datastream_id AND p.l = a.limit_id)))
FOR UPDATE
"""
WORDS = {
    "stale": ("Trạm mất tín hiệu", "Station silent", "stale"),
    "stuck": ("Thiết bị đứng số", "Sensor stuck", "broken"),
}


def turn() -> int:
    """Raise and clear alerts of stations and sensors, and clear those whose limit no longer holds; returns how many."""
    known = watch.pairs()
    now = clock.now()
    with transaction.atomic():
        pairs = {"ds": [pair.stream["id"] for pair in known], "limits": [pair.limit.id for pair in known]}
        ended, begun = sql.rows(ENDED, pairs), sql.rows(BEGUN)
        log = []
        for alert in ended:
            alert.update(state="cleared", cleared_at=now, changed_at=now, escalate_at=None)
            entry = Entry.of("cleared", alert, now, alert["tier"])
            entry.shot["severity"] = 0
            log.append(entry)
        fresh = [_alert(row) for row in begun]
        log += [Entry.of("raised", alert, alert["raised_at"]) for alert in fresh]
        keep(ended + fresh, log)
        over = [alert for alert in ended if alert["kind"] == "exceed"]
        if over:
            sql.execute(
                "UPDATE alerts_state SET tier = 0, since_1 = NULL, since_2 = NULL, since_3 = NULL, active = FALSE WHERE alert_id = ANY(%(ids)s)",
                {"ids": [alert["id"] for alert in over]},
            )
    return len(log)


def _alert(row: dict[str, Any]) -> dict[str, Any]:
    vi, en, tier = WORDS[row["kind"]]
    what, what_en = (f" {row['what']}", f" {row['what_en']}") if row["what"] else ("", "")
    names = ("kind", "thing_id", "datastream_id", "thing", "agency", "unit_code", "lon", "lat", "public", "value")
    return {name: row[name] for name in names} | {
        "id": None, "limit_id": "", "state": "raised", "tier": tier, "top": tier, "severity": 1, "threshold": None, "peak": row["value"],
        "title": f"{vi} – {row['name']}{what}", "title_en": f"{en} – {row['name_en']}{what_en}", "raised_at": row["at"],
        "changed_at": row["at"], "cleared_at": None, "returns": 0, "escalate_at": None, "level": 0, "case_id": None,
    }  # fmt: skip


def escalate(most: int = 500) -> int:
    """Tell the next role about every alert that nobody acknowledged in time; returns how many."""
    steps = declared().escalation
    with transaction.atomic():
        due = sql.rows(
            "SELECT * FROM alerts_alert WHERE escalate_at <= %(now)s AND acknowledged_at IS NULL AND cleared_at IS NULL"
            " ORDER BY escalate_at LIMIT %(most)s FOR UPDATE SKIP LOCKED",
            {"now": clock.now(), "most": most},
        )
        events = []
        for alert in due:
            role = steps[min(alert["level"], len(steps) - 1)].role
            alert["level"] += 1
            alert["escalate_at"] = escalation(alert["severity"], alert["level"])
            names = ("agency", "title", "title_en", "thing", "case_id")
            told = AlertEscalated(
                alert_id=alert["id"], level=alert["level"], role=role, **{name: alert[name] for name in names}
            )
            events.append((told, alert["id"]))
        keep(due, [])
        sql.execute(
            """INSERT INTO alerts_change (alert_id, at, kind, tier, severity, actor_name, note)
               SELECT a.id, %(now)s, 'escalated', a.tier, a.severity, 'system:alerts', e.role
               FROM unnest(%(ids)s::bigint[], %(roles)s::text[]) AS e(id, role) JOIN alerts_alert a ON a.id = e.id""",
            {"now": clock.now(), "ids": [alert["id"] for alert in due], "roles": [event.role for event, _ in events]},
        )
        emit_all(events)
        push(due)
    return len(due)
