"""Regular work of the hotline, and its step of loading the city."""

from __future__ import annotations

from pathlib import Path

from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import loads

from .actions import handling

HOUSE = Viewer.system("hotline")


@loads(order=60, name="hotline")
def load(folder: Path) -> str:
    """Categories and known answers."""
    counts = handling.load(HOUSE, folder)
    return f"{counts['categories']} categories, {counts['answers']} known answers written"
