"""The catalogue's step of loading the city."""

from __future__ import annotations

from pathlib import Path

from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import loads

from . import actions

HOUSE = Viewer.system("catalogue")


@loads(order=65, name="catalogue")
def load(folder: Path) -> str:
    """Procedures the city declares itself."""
    return f"{actions.load(HOUSE, folder)} versions of procedures written"
