"""Steps of loading the city: administrative units through time and the schematic river."""

from __future__ import annotations

from pathlib import Path

from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import loads

from . import actions


@loads(order=10, name="places")
def places(folder: Path) -> str:
    """Units, changes, the schematic river, and outlines where none are known."""
    counts = actions.load_units(Viewer.system("places"), folder)
    return f"{counts['units']} units, {counts['changes']} changes written, {counts['drawn']} outlines drawn"
