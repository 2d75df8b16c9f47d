"""Regular work of the environment domain: stations from the city's folder, indices kept up with their means."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from taydo.kernel import clock, metrics, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import every, loads

from . import actions

SYSTEM = Viewer.system("environment")


@loads(order=40, name="stations")
def stations(folder: Path) -> str:
    """Declare the city's stations."""
    return actions.load_stations(SYSTEM, folder)


@every(seconds=20, name="environment.indices")
def indices() -> None:
    """Keep the indices of the last three days in step with late and corrected readings."""
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    if sql.value("SELECT EXISTS (SELECT 1 FROM streams_hourly WHERE at >= %(a)s)", {"a": now - dt.timedelta(days=3)}):
        actions.compute_indices(SYSTEM, now - dt.timedelta(days=3), now)


@every(seconds=3600, name="environment.indices.year")
def indices_of_the_year() -> None:
    """The same for the last year, so that data resent after months is seen."""
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    actions.compute_indices(SYSTEM, now - dt.timedelta(days=400), now)


@metrics.gauge("taydo_stations", "Stations in service")
def _stations() -> float:
    return float(sql.value("SELECT count(*) FROM streams_thing WHERE retired_at IS NULL AND kind <> ''"))
