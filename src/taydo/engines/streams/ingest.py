"""`take`: the one way in for readings, for every door (MQTT, SensorThings, REST, station files, replay)."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import psycopg
from django.db import connection, transaction

from taydo.engines.streams import quarantine, registry, store
from taydo.engines.streams.checks import Checked, check
from taydo.engines.streams.quarantine import Refusal
from taydo.engines.streams.readings import Batch, Reading, Receipt, Trace, microseconds
from taydo.kernel import clock

__all__ = ["Batch", "Reading", "Receipt", "take", "take_checked"]

CHANNEL = "streams_taken"
TOLD_MOST, TOLD_AT_ONCE = 600, 100

_months: set[np.datetime64] = set()


def take(batch: Batch) -> Receipt:
    """Checks and keeps a batch in one transaction (a savepoint when one is open); what is refused goes to quarantine.

    Readings already kept with the same value count as duplicates; handing the same batch in again changes nothing.
    """
    connection.ensure_connection()
    make_partitions(connection.connection, batch)
    with transaction.atomic():
        store.prepare(connection.connection)
        known = registry.load(connection.connection, np.unique(batch.datastream_id).tolist())
        receipt, checked = take_checked(connection.connection, batch, known, _now_us())
        _tell(known, checked, receipt)
    return receipt


def take_checked(
    link: psycopg.Connection[Any], batch: Batch, known: registry.Registry, now_us: int
) -> tuple[Receipt, Checked]:
    """The same on an own connection and registry, inside the caller's transaction. `now_us`: µs since 1970.

    After commit the caller tells the registry by `store.advance`.
    """
    checked = check(batch, known, now_us)
    kept = store.keep(link, checked, batch.extra, now_us)
    refused = checked.refused + [(index, "differs") for index in kept.differs]
    quarantine.keep(link, (_refusal(batch, index, reason) for index, reason in refused))
    return Receipt(kept.taken, kept.duplicate + checked.duplicate, sorted(refused)), checked


def _tell(known: registry.Registry, checked: Checked, receipt: Receipt) -> None:
    """Lets the ingest process show what this door took: all rows of a small batch, else those that become the latest.

    Each row: datastream, µs, value, flags, whether it becomes the latest.
    """
    if not receipt.taken:
        return
    shown = known.public[checked.at] & checked.new() & np.isfinite(checked.result)
    leads = checked.leads(known)
    rows = np.flatnonzero(shown if len(checked.index) <= TOLD_MOST else shown & leads)[:TOLD_MOST]
    columns = (checked.datastream_id, checked.time, checked.result, checked.flags, leads)
    told = list(zip(*(column[rows].tolist() for column in columns), strict=True))
    for start in range(0, len(told), TOLD_AT_ONCE):
        text = json.dumps(told[start : start + TOLD_AT_ONCE], separators=(",", ":"))
        connection.connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, text])


def make_partitions(link: psycopg.Connection[Any], batch: Batch) -> None:
    """Sees to it that the months of the batch have partitions. Impossible months are left to the DEFAULT partition."""
    now = np.datetime64(_now_us(), "us").astype("datetime64[M]")
    for month in store.months_of(batch.time):
        if month not in _months and month <= now + 1:
            link.execute("SELECT streams_make_partition(%s)", [f"{month}-01T00:00:00Z"])
            _months.add(month)


def _refusal(batch: Batch, index: int, reason: str) -> Refusal:
    stream = int(batch.datastream_id[index])
    trace = batch.trace(index) if batch.trace else Trace(batch.source)
    raw = trace.raw or _rebuilt(batch, index)
    return Refusal(batch.door, trace.source, raw, reason, datastream_id=stream, origin=trace.origin)


def _rebuilt(batch: Batch, index: int) -> str:
    """The reading as SensorThings JSON, when the door did not hand its own text in."""
    instant = np.datetime_as_string(batch.time[index].astype("datetime64[us]"), timezone="UTC")
    value = float(batch.result[index])
    reading: dict[str, Any] = {"phenomenonTime": str(instant), "result": value if np.isfinite(value) else repr(value)}
    reading.update(batch.extra.get(index, {}))
    return json.dumps(reading, ensure_ascii=False)


def _now_us() -> int:
    return microseconds(clock.now())
