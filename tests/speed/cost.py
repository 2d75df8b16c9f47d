"""What work costs: wall time, and CPU of this process plus that of the PostgreSQL backend that serves it (read in /proc)."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

from taydo.kernel import sql


@dataclass(frozen=True)
class Cost:
    """Of one piece of work: wall and CPU in milliseconds, the CPU apart for our process and for the database."""

    wall: float
    ours: float
    database: float

    @property
    def cpu(self) -> float:
        """CPU-ms of both."""
        return self.ours + self.database

    @property
    def per_core(self) -> float:
        """How many of these one core does in a second."""
        return 1000 / self.cpu


def _spent_ms(pid: int) -> float:
    """CPU a process of one thread has used so far (field 1 of /proc/<pid>/schedstat, nanoseconds)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


class Meter:
    """Measures on one database connection: `with` nothing, simply `meter.of(work)`."""

    def __init__(self, backend: int) -> None:
        self.backend = backend

    def of(self, work: Callable[[], Any], parts: int = 1) -> Cost:
        """Run it once; its cost for each of `parts`."""
        database, ours, wall = _spent_ms(self.backend), time.process_time(), time.perf_counter()
        work()
        wall, ours = time.perf_counter() - wall, time.process_time() - ours
        return Cost(wall / parts * 1000, ours / parts * 1000, (_spent_ms(self.backend) - database) / parts)


def ours() -> Meter:
    """The meter of Django's connection in this thread; it is kept open between pieces of work."""
    connection.ensure_connection()
    return Meter(int(sql.value("SELECT pg_backend_pid()")))


def median(costs: list[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(*(statistics.median(getattr(cost, name) for cost in costs) for name in ("wall", "ours", "database")))


def percentile95(work: Callable[[], Any], times: int = 60) -> float:
    """The 95th percentile of its wall time in milliseconds, warm."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.quantiles(taken, n=20)[18]


def result(name: str, value: float, unit: str, note: str = "", **more: Any) -> dict[str, Any]:
    """A row of the speed table; `more`: target, ratio, peer."""
    return {"name": name, "value": value, "unit": unit, "note": note, **more}
