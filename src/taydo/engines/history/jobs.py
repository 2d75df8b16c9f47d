"""The regular work of history: one worker at a time does each."""

from __future__ import annotations

from taydo.engines.history import archive, rollups
from taydo.kernel.jobs import every


@every(seconds=5, name="history.rollups")
def roll() -> None:
    """Hours and days in which something changed."""
    rollups.roll_all()


@every(seconds=900, name="history.archive")
def archive_closed() -> None:
    """Closed days."""
    archive.write_closed()
