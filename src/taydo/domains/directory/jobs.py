"""Steps of loading the city: agencies and posts, then the demonstration accounts."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import loads

from . import actions

SYSTEM = Viewer.system("directory")


@loads(order=20, name="directory")
def directory(folder: Path) -> str:
    """Agencies and posts."""
    counts = actions.load_directory(SYSTEM, folder)
    return f"{counts['agencies']} agencies, {counts['posts']} posts written"


@loads(order=30, name="accounts")
def accounts(folder: Path) -> str:
    """Demonstration accounts, only with TAYDO_DEMO=1; without it any that were made are closed."""
    return f"{actions.load_demo_accounts(SYSTEM, folder, settings.TAYDO_DEMO)} demonstration accounts"
