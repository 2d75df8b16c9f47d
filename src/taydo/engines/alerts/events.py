"""What happens to alerts. `kind`: exceed, stale, stuck; `tier`: tendency, preparing, exceed, stale, broken; instants in ISO 8601."""

from __future__ import annotations

from dataclasses import dataclass

from taydo.kernel.events import Event


@dataclass(frozen=True)
class AlertRaised(Event):
    """A sensor went over a limit, a station fell silent, or a sensor hangs."""

    alert_id: int
    kind: str
    tier: str
    limit_id: str
    datastream_id: int | None
    thing_id: int
    thing: str
    agency: str
    unit_code: str
    lon: float | None
    lat: float | None
    title: str
    title_en: str
    value: float | None
    threshold: float | None
    at: str
    case_type: str
    case_working_hours: float | None
    source: str


@dataclass(frozen=True)
class AlertChanged(AlertRaised):
    """A standing alert changed its tier, or came back soon after it had cleared."""

    before: str = ""


@dataclass(frozen=True)
class AlertCleared(Event):
    """The value is back by the clear margin; the station speaks; the sensor moves."""

    alert_id: int
    kind: str
    limit_id: str
    datastream_id: int | None
    thing: str
    title: str
    title_en: str
    value: float | None
    at: str
    case_id: int | None


@dataclass(frozen=True)
class AlertEscalated(Event):
    """Nobody acknowledged an alert in time; the next role is told."""

    alert_id: int
    level: int
    role: str
    agency: str
    title: str
    title_en: str
    thing: str
    case_id: int | None
