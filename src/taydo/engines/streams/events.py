"""What happens to streams, in the past tense."""

from __future__ import annotations

from dataclasses import dataclass

from taydo.kernel.events import Event


@dataclass(frozen=True)
class StationWentSilent(Event):
    """No datastream of the thing has reported within three times its expected interval."""

    thing_id: int
    code: str
    agency: str
    last_at: str
    silent_s: int


@dataclass(frozen=True)
class StationSpokeAgain(Event):
    """A silent thing has reported again."""

    thing_id: int
    code: str
    agency: str
    silent_s: int


@dataclass(frozen=True)
class SensorStuck(Event):
    """A datastream has sent the same value at least `stuck_after` times in a row."""

    datastream_id: int
    thing_id: int
    agency: str
    value: float
    times: int


@dataclass(frozen=True)
class SensorMovedAgain(Event):
    """A stuck datastream has sent another value."""

    datastream_id: int
    thing_id: int
    agency: str


@dataclass(frozen=True)
class ReadingsWithdrawn(Event):
    """Readings of a period were declared invalid; averages are computed again without them."""

    datastream_id: int
    start: str
    end: str
    count: int
    why: str
