"""Figures the house tells about itself in Prometheus' words; every process adds to the same page."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client import values as _values
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from . import sql

REQUESTS = Counter("taydo_requests_total", "Requests answered", ["method", "status"])
SECONDS = Histogram(
    "taydo_request_seconds", "Time to answer a request", buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
)
EVENTS = Counter("taydo_events_total", "Events delivered to handlers", ["type"])
GAUGES: dict[str, tuple[str, Callable[[], float]]] = {}


def gauge(name: str, help_text: str) -> Callable[[Callable[[], float]], Callable[[], float]]:
    """Declare a figure that is read from the database when `/metrics` is asked for."""

    def declare(read: Callable[[], float]) -> Callable[[], float]:
        GAUGES[name] = (help_text, read)
        return read

    return declare


@gauge("taydo_outbox_waiting", "Events stored but not yet on the backbone")
def _outbox() -> float:
    return float(sql.value("SELECT count(*) FROM kernel_outbox"))


@gauge("taydo_failed_events", "Events that a handler could not do after every try")
def _failed() -> float:
    return float(sql.value("SELECT count(*) FROM kernel_failedevent"))


@gauge("taydo_audit_rows", "Audit rows kept (estimate of the engine)")
def _audit_rows() -> float:
    return float(sql.value("SELECT greatest(reltuples, 0) FROM pg_class WHERE relname = 'kernel_audit'") or 0)


def page() -> bytes:
    """The Prometheus text of every process, with the database's figures."""
    registry = CollectorRegistry()
    if _values.ValueClass.__name__ == "MmapedValue":
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        for metric in (REQUESTS, SECONDS, EVENTS):
            registry.register(metric)
    for name, (help_text, read) in GAUGES.items():
        registry.register(_Reading(name, help_text, read()))
    return bytes(generate_latest(registry))


class _Reading(Collector):
    """One figure that was just read."""

    def __init__(self, name: str, help_text: str, reading: float) -> None:
        self.family = GaugeMetricFamily(name, help_text, value=reading)

    def collect(self) -> list[GaugeMetricFamily]:
        return [self.family]


def total(name: str, **labels: str) -> float:
    """The sum of a counter over every process for these labels; 0 when nobody has counted yet."""
    registry = CollectorRegistry()
    if _values.ValueClass.__name__ != "MmapedValue":
        return 0.0
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return sum(
        sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )
