"""The database half of the ingest process: an own connection that outlives the server's absences."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg

from taydo.engines.gateway.outlet import Row
from taydo.engines.streams import ingest, messages, quarantine, registry, store
from taydo.engines.streams.messages import Message
from taydo.engines.streams.quarantine import Refusal
from taydo.engines.streams.readings import Batch, microseconds
from taydo.kernel import clock
from taydo.kernel.logs import log

RELOAD_SECONDS = 1.0
LOCK = "SELECT pg_advisory_lock(hashtext('streams'), hashtext('ingest'))"


@dataclass(slots=True)
class Outcome:
    """What became of a lot of messages, and what may be shown to everybody."""

    taken: int = 0
    duplicate: int = 0
    refused: int = 0
    rows: list[Row] = field(default_factory=list)
    newest: list[Row] = field(default_factory=list)


class Keeper:
    """Keeps messages. Only one keeper of a database works at a time: the second waits for the first to go."""

    def __init__(self, dsn: str, wants_rows: Callable[[], bool]) -> None:
        self.dsn = dsn
        self.wants_rows = wants_rows
        self.link: psycopg.Connection[Any] | None = None
        self.known: registry.Registry | None = None
        self.stations: messages.Stations = {}
        self.stale_since: float | None = None
        self.stopping = False

    def connect(self) -> psycopg.Connection[Any]:
        """The connection, made anew when it broke; waits as long as the server is away."""
        pause = 0.1
        while self.link is None or self.link.closed or self.link.broken:
            try:
                link = psycopg.connect(self.dsn, autocommit=True, connect_timeout=5, application_name="taydo-ingest")
                link.add_notify_handler(self._changed)
                link.execute("LISTEN streams_changed")
                link.execute(LOCK)
                store.prepare(link)
                self.link = link
                self._load(link)
            except psycopg.Error as error:
                if self.stopping:
                    raise
                log.warning("waiting for the database", error=str(error).strip())
                time.sleep(pause)
                pause = min(pause * 2, 3.0)
        return self.link

    def keep(self, lot: Sequence[Message]) -> Outcome:
        """Returns only when every message is committed: as readings, or in quarantine. Waits out lost connections."""
        while True:
            link = self.connect()
            try:
                return self._keep(link, lot)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                log.warning("the database went away; the lot is tried again", error=str(error).strip(), size=len(lot))
                if self.stopping:
                    raise
                self._drop()
            except (psycopg.Error, ValueError, OverflowError) as error:
                self._drop()
                if len(lot) > 1:
                    middle = len(lot) // 2
                    return _sum(self.keep(lot[:middle]), self.keep(lot[middle:]))
                return self._give_up(lot[0], error)

    def _keep(self, link: psycopg.Connection[Any], lot: Sequence[Message]) -> Outcome:
        link.execute("")  # lets notices of a changed registry come in
        self._refresh(link, lot)
        batch, refused, _ = messages.read(lot, self.stations)
        if self._unknown(batch, refused):
            self._load(link)
            batch, refused, _ = messages.read(lot, self.stations)
        assert self.known is not None
        ingest.make_partitions(link, batch)
        with link.transaction():
            quarantine.keep(link, refused)
            receipt, checked = ingest.take_checked(link, batch, self.known, microseconds(clock.now()))
        outcome = Outcome(receipt.taken, receipt.duplicate, len(refused) + len(receipt.refused))
        if receipt.taken:
            shown = self.known.public[checked.at] & checked.new()
            outcome.newest = _rows(checked, shown & checked.leads(self.known))
            if self.wants_rows():
                outcome.rows = _rows(checked, shown)
        store.advance(self.known, checked)
        return outcome

    def _unknown(self, batch: Batch, refused: list[Refusal]) -> bool:
        assert self.known is not None
        if any(refusal.reason in ("unknown_station", "unknown_stream") for refusal in refused):
            return True
        return not self.known.find(batch.datastream_id)[1].all()

    def _changed(self, _: psycopg.Notify) -> None:
        self.stale_since = self.stale_since or time.monotonic()

    def _refresh(self, link: psycopg.Connection[Any], lot: Sequence[Message]) -> None:
        if self.stale_since is not None and (len(lot) < 1000 or time.monotonic() - self.stale_since > RELOAD_SECONDS):
            self._load(link)

    def _load(self, link: psycopg.Connection[Any]) -> None:
        self.stale_since = None
        self.known = registry.load(link)
        self.stations = registry.stations(link)

    def _drop(self) -> None:
        if self.link is not None:
            self.link.close()
            self.link = None

    def _give_up(self, message: Message, error: Exception) -> Outcome:
        refusal = Refusal(
            "mqtt", messages.topic_of(message.subject), quarantine.readable(message.payload), "shape", str(error)[:300],
            origin=message.origin, size=len(message.payload),
        )  # fmt: skip
        with self.connect().transaction():
            quarantine.keep(self.connect(), [refusal])
        return Outcome(refused=1)


def _rows(checked: Any, mask: Any) -> list[Row]:
    at = np.flatnonzero(mask)
    return list(
        zip(
            checked.datastream_id[at].tolist(),
            checked.time[at].tolist(),
            checked.result[at].tolist(),
            checked.flags[at].tolist(),
            strict=True,
        )
    )


def _sum(one: Outcome, other: Outcome) -> Outcome:
    return Outcome(
        one.taken + other.taken,
        one.duplicate + other.duplicate,
        one.refused + other.refused,
        one.rows + other.rows,
        one.newest + other.newest,
    )
