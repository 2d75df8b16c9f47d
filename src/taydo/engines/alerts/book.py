"""Counts values of many sensors against many limits: states and alerts are read once, stepped in memory, written once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from taydo.kernel import sql

from .keeping import Entry, escalation, keep
from .rules import FLAP, TIERS, Track, figure, step
from .watch import Pair

WRITE = """
INSERT INTO alerts_state (datastream_id, limit_id, tier, since_1, since_2, since_3, last_at, active, alert_id)
SELECT * FROM unnest(%(datastream_id)s::int[], %(limit_id)s::text[], %(tier)s::smallint[], %(since_1)s::timestamptz[],
    %(since_2)s::timestamptz[], %(since_3)s::timestamptz[], %(last_at)s::timestamptz[], %(active)s::boolean[], %(alert_id)s::bigint[])
ON CONFLICT (datastream_id, limit_id) DO UPDATE SET tier = excluded.tier, since_1 = excluded.since_1, since_2 = excluded.since_2,
    since_3 = excluded.since_3, last_at = excluded.last_at, active = excluded.active, alert_id = excluded.alert_id
"""


class Book:
    """States of the given pairs, locked until the transaction ends."""

    def __init__(self, pairs: list[Pair]) -> None:
        self.tracks: dict[tuple[int, str], Track] = {pair.key: Track() for pair in pairs}
        self.alerts: dict[tuple[int, str], dict[str, Any]] = {}
        self.before: dict[tuple[int, str], Any] = {}
        self.touched: dict[int, dict[str, Any]] = {}
        self.log: list[Entry] = []
        ids = sorted({pair.stream["id"] for pair in pairs})
        kept = sql.rows("SELECT * FROM alerts_state WHERE datastream_id = ANY(%(ids)s) FOR UPDATE", {"ids": ids})
        mine = [state for state in kept if (state["datastream_id"], state["limit_id"]) in self.tracks]
        wanted = [state["alert_id"] for state in mine if state["alert_id"]]
        alerts = (
            sql.rows("SELECT * FROM alerts_alert WHERE id = ANY(%(ids)s) FOR UPDATE", {"ids": wanted}) if wanted else []
        )
        by_id = {alert["id"]: alert for alert in alerts}
        for state in mine:
            key = (state["datastream_id"], state["limit_id"])
            since = [state["since_1"], state["since_2"], state["since_3"]]
            self.tracks[key] = Track(state["tier"], since, state["last_at"])
            if state["alert_id"] in by_id:
                self.alerts[key] = by_id[state["alert_id"]]
        self.before = {key: self._image(key) for key in self.tracks}

    def count(self, pair: Pair, at: dt.datetime, value: float) -> None:
        """Count one value of a pair at the time it was measured."""
        track = self.tracks[pair.key]
        before = track.tier
        after = step(pair.limit.band, track, at, value)
        alert = self.alerts.get(pair.key)
        if after != before:
            self._turn(pair, before, after, at, value)
        elif after and alert and pair.limit.band.worse(value, alert["peak"]):
            alert.update(peak=value, value=value)
            self.touched[id(alert)] = alert

    def keep(self) -> int:
        """Write what changed; return how many changes of alerts there were."""
        keep(list(self.touched.values()), self.log)
        changed = [key for key in self.tracks if self._image(key) != self.before[key]]
        if changed:
            columns: dict[str, list[Any]] = {
                name: [] for name in ("datastream_id", "limit_id", "tier", "last_at", "active", "alert_id")
            }
            columns |= {"since_1": [], "since_2": [], "since_3": []}
            for key in changed:
                track, alert = self.tracks[key], self.alerts.get(key)
                record = {
                    "datastream_id": key[0],
                    "limit_id": key[1],
                    "tier": track.tier,
                    "last_at": track.last,
                    "active": track.active,
                }
                record |= {f"since_{at}": moment for at, moment in enumerate(track.since, 1)}
                record["alert_id"] = alert["id"] if alert else None
                for name, item in record.items():
                    columns[name].append(item)
            sql.execute(WRITE, columns)
        return len(self.log)

    def _image(self, key: tuple[int, str]) -> Any:
        track, alert = self.tracks[key], self.alerts.get(key)
        return track.tier, tuple(track.since), track.last, alert["id"] if alert else None

    def _turn(self, pair: Pair, before: int, after: int, at: dt.datetime, value: float) -> None:
        alert = self.alerts.get(pair.key)
        if before == 0:
            back = alert is not None and alert["cleared_at"] is not None and at - alert["cleared_at"] <= FLAP
            kind = "returned" if back else "raised"
            if alert is None or not back:
                alert = self.alerts[pair.key] = _new(pair, at, value)
            else:
                alert["returns"] += 1
                alert.update(cleared_at=None, state="acknowledged" if alert["acknowledged_at"] else "raised")
        else:
            kind = "changed" if after else "cleared"
        assert alert is not None
        if after:
            _set(alert, pair, after, value)
            if alert["state"] == "raised" and alert["escalate_at"] is None:
                alert["escalate_at"] = escalation(after, alert["level"])
        else:
            alert.update(state="cleared", cleared_at=at, escalate_at=None, value=value)
        alert["changed_at"] = at
        self.touched[id(alert)] = alert
        entry = Entry.of(kind, alert, at, TIERS[before])
        if not after:
            entry.shot["severity"] = 0
        self.log.append(entry)


def _new(pair: Pair, at: dt.datetime, value: float) -> dict[str, Any]:
    stream = pair.stream
    names = ("thing_id", "thing", "unit_code", "lon", "lat", "public")
    return {name: stream[name] for name in names} | {
        "id": None, "kind": "exceed", "limit_id": pair.limit.id, "datastream_id": stream["id"], "agency": pair.limit.agency,
        "state": "raised", "tier": "ok", "top": "ok", "severity": 0, "threshold": None, "value": value, "peak": value, "title": "",
        "title_en": "", "raised_at": at, "changed_at": at, "cleared_at": None, "returns": 0, "escalate_at": None, "level": 0,
        "acknowledged_at": None, "case_id": None,
    }  # fmt: skip


def _set(alert: dict[str, Any], pair: Pair, tier: int, value: float) -> None:
    """Bring tier, threshold, peak and title of an alert to a tier."""
    if TIERS.index(alert["top"]) < tier:
        alert["top"] = TIERS[tier]
    if pair.limit.band.worse(value, alert["peak"]):
        alert["peak"] = value
    unit = f" {pair.stream['unit']}" if pair.stream["unit"] else ""
    alert.update(
        tier=TIERS[tier],
        severity=tier,
        threshold=pair.limit.band.values[tier - 1],
        value=value,
        title=f"{pair.limit.said(tier, 'vi')} – {pair.stream['name']}: {figure(value, 'vi')}{unit}",
        title_en=f"{pair.limit.said(tier, 'en')} – {pair.stream['name_en']}: {figure(value, 'en')}{unit}",
    )
