"""The regular work of the gateway."""

from __future__ import annotations

from taydo.engines.gateway import dropfolder
from taydo.kernel.jobs import every


@every(seconds=2, name="gateway.dropfolder")
def take_files() -> None:
    """Station files of TT 10/2021."""
    dropfolder.take_all()
