"""The regular work of the streams: one worker at a time does each."""

from __future__ import annotations

from taydo.engines.streams import archive, dropfolder, partitions, rollups, staleness
from taydo.kernel import live
from taydo.kernel.jobs import every

live.topic("readings", None)

@every(seconds=5, name="streams.rollups")
def roll() -> None:
    """Hours and days in which something changed."""
    rollups.roll_all()


@every(seconds=3600, name="streams.partitions")
def make_ahead() -> None:
    """Months to come."""
    partitions.ahead()


@every(seconds=900, name="streams.archive")
def archive_closed() -> None:
    """Closed days."""
    archive.write_closed()


@every(seconds=30, name="streams.staleness")
def look_for_silence() -> None:
    """Stations that fell silent, sensors that hang."""
    staleness.watch()


@every(seconds=2, name="streams.dropfolder")
def take_files() -> None:
    """Station files of TT 10/2021."""
    dropfolder.take_all()
