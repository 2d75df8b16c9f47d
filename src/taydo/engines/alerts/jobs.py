"""Regular work of the alerts engine."""

from __future__ import annotations

from taydo.kernel import live, metrics
from taydo.kernel.jobs import every

from . import evaluate, health, queries

live.topic("alerts", "alerts.see")


@every(seconds=1, name="alerts.instant")
def instant() -> None:
    """Count queued readings."""
    evaluate.instant()


@every(seconds=20, name="alerts.averages")
def averages() -> None:
    """Count running means and sums."""
    evaluate.averages()


@every(seconds=10, name="alerts.health")
def station_health() -> None:
    """Silent stations, stuck sensors, limits that ended, alerts nobody acknowledged."""
    health.turn()
    health.escalate()


@metrics.gauge("taydo_alerts_standing", "Alerts that stand")
def _standing() -> float:
    return float(queries.open_count())
