"""The regular work of the streams: one worker at a time does each."""

from __future__ import annotations

from taydo.engines.streams import partitions, staleness
from taydo.kernel import live
from taydo.kernel.jobs import every

live.topic("readings", None)


@every(seconds=3600, name="streams.partitions")
def make_ahead() -> None:
    """Months to come."""
    partitions.ahead()


@every(seconds=30, name="streams.staleness")
def look_for_silence() -> None:
    """Stations that fell silent, sensors that hang."""
    staleness.watch()
