"""Every read of alerts: what stands now or stood then, the list, one alert with its history. One predicate for every door."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from taydo.kernel import clock, i18n, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import missing
from taydo.kernel.permissions import visible
from taydo.kernel.specs import Label
from taydo.kernel.sql import Sql

from .keeping import shown
from .watch import matched

STANDING = """SELECT DISTINCT ON (a.datastream_id) a.datastream_id, a.id, a.limit_id, a.tier, a.threshold, a.case_id FROM alerts_alert a
  WHERE a.kind = 'exceed' AND a.cleared_at IS NULL ORDER BY a.datastream_id, a.severity DESC, a.id"""
THEN = """JOIN LATERAL (SELECT c.tier, c.threshold, c.severity, c.value FROM alerts_change c
    WHERE c.alert_id = a.id AND c.at <= %(at)s AND c.kind IN ('raised', 'changed', 'returned', 'cleared')
    ORDER BY c.at DESC, c.id DESC LIMIT 1) c ON c.severity > 0"""
STOOD = f"""SELECT DISTINCT ON (a.datastream_id) a.datastream_id, a.id, a.limit_id, c.tier, c.threshold, a.case_id FROM alerts_alert a {THEN}
  WHERE a.kind = 'exceed' AND a.raised_at <= %(at)s AND (a.cleared_at IS NULL OR a.cleared_at > %(at)s)
  ORDER BY a.datastream_id, c.severity DESC, a.id"""
STATES = ("standing", "raised", "acknowledged", "cleared", "all")


@dataclass(frozen=True, slots=True)
class Standing:
    """The worst exceedance of a datastream: its tier (tendency, preparing, exceed) and the value of that tier."""

    alert_id: int
    limit_id: str
    tier: str
    limit: float
    case_id: int | None


def may_see(viewer: Viewer) -> Sql:
    """THE predicate of alerts (alias a): of the viewer's agencies, and those of public stations."""
    return visible(viewer, "alerts.see", "a.agency", public="a.public")


def standing(at: dt.datetime | None = None) -> dict[int, Standing]:
    """Datastreams over a limit now (or at an instant), by id; one query, for the house's own screens."""
    found = sql.rows(STANDING if at is None else STOOD, {"at": at})
    return {
        item["datastream_id"]: Standing(item["id"], item["limit_id"], item["tier"], item["threshold"], item["case_id"])
        for item in found
    }


def feed(viewer: Viewer, at: dt.datetime | None = None, limit: int = 60) -> list[dict[str, Any]]:
    """What stands now, or stood at an instant, the newest first, as the wall shows it."""
    clause = may_see(viewer)
    if at is None:
        text = f"SELECT a.* FROM alerts_alert a WHERE a.cleared_at IS NULL AND ({clause.text})"
    else:
        text = f"""SELECT a.*, c.tier AS then_tier FROM alerts_alert a {THEN}
                   WHERE a.raised_at <= %(at)s AND (a.cleared_at IS NULL OR a.cleared_at > %(at)s) AND ({clause.text})"""
    found = sql.rows(
        f"{text} ORDER BY a.raised_at DESC, a.id DESC LIMIT %(limit)s", {"at": at, "limit": limit, **clause.params}
    )
    if at is not None:
        for item in found:
            item.update(state="raised", tier=item["then_tier"])
    return [shown(item) for item in found]


def listed(
    viewer: Viewer, state: str = "standing", kind: str = "", thing: str = "", before: int | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Alerts by state, kind and station, the newest first; `before`: the id after which the next page begins."""
    clause = may_see(viewer)
    wanted = {
        "standing": "a.cleared_at IS NULL", "all": "TRUE", "raised": "a.cleared_at IS NULL AND a.acknowledged_at IS NULL",
        "acknowledged": "a.cleared_at IS NULL AND a.acknowledged_at IS NOT NULL", "cleared": "a.cleared_at IS NOT NULL",
    }[state]  # fmt: skip
    found = sql.rows(
        f"""SELECT a.* FROM alerts_alert a WHERE {wanted} AND (%(kind)s = '' OR a.kind = %(kind)s) AND (%(thing)s = '' OR a.thing = %(thing)s)
            AND (%(before)s::bigint IS NULL OR a.id < %(before)s) AND ({clause.text}) ORDER BY a.id DESC LIMIT %(limit)s""",
        {"kind": kind, "thing": thing, "before": before, "limit": max(1, min(limit, 500)), **clause.params},
    )
    return [_full(item) for item in found]


def alert(viewer: Viewer, alert_id: int) -> dict[str, Any]:
    """One alert with its history, newest first; 404 when there is none the viewer may see."""
    clause = may_see(viewer)
    found = sql.row(
        f"SELECT a.* FROM alerts_alert a WHERE a.id = %(id)s AND ({clause.text})", {"id": alert_id, **clause.params}
    )
    if found is None:
        raise missing("no_such_alert", "Không có cảnh báo này.", "There is no such alert.")
    history = sql.rows(
        "SELECT at, kind, tier, value, threshold, actor_name AS who, note FROM alerts_change WHERE alert_id = %(id)s ORDER BY id DESC",
        {"id": alert_id},
    )
    return {**_full(found), "history": history}


def open_count() -> int:
    """How many alerts stand."""
    return int(sql.value("SELECT count(*) FROM alerts_alert WHERE cleared_at IS NULL"))


def by_hour(at: dt.datetime | None = None) -> list[int]:
    """How many alerts stood at the end of each of the last 24 hours, the oldest first."""
    found = sql.rows(
        """SELECT h.at, count(a.id) AS n FROM generate_series(%(at)s - interval '23 hours', %(at)s, interval '1 hour') h(at)
           LEFT JOIN alerts_alert a ON a.raised_at <= h.at AND (a.cleared_at IS NULL OR a.cleared_at > h.at) GROUP BY 1 ORDER BY 1""",
        {"at": at or clock.now()},
    )
    return [item["n"] for item in found]


def _full(item: dict[str, Any]) -> dict[str, Any]:
    names = (
        "limit_id", "agency", "unit_code", "lon", "lat", "top", "severity", "peak", "raised_at", "changed_at", "cleared_at",
        "acknowledged_at", "returns", "level", "public",
    )  # fmt: skip
    words = item["title_en"] if i18n.language() == "en" else item["title"]
    return {**shown(item), **{name: item[name] for name in names}, "words": words}


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit as charts and lists show it: the value that counts as exceeded, its words, its legal source."""

    value: float
    word: Label
    averaging: str
    source: str


def limits_of(datastreams: list[int]) -> dict[int, list[Threshold]]:
    """The limits in force today for these datastreams, by datastream id, in the order they are declared. One query."""
    wanted = set(datastreams)
    found: dict[int, list[Threshold]] = {}
    for pair in matched(clock.today()):
        if pair.stream["id"] in wanted:
            limit = pair.limit
            shown = Threshold(limit.tiers.exceed, limit.name, limit.averaging, limit.source)
            found.setdefault(pair.stream["id"], []).append(shown)
    return found
