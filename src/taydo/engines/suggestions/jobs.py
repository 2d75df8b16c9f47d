"""Regular work: train what has enough new examples."""

from __future__ import annotations

from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import every, job

from . import training
from .purposes import PURPOSES

SYSTEM = Viewer.system("suggestions")


@every(seconds=1800, name="suggestions.train")
def train_due() -> None:
    """Train every purpose that has enough new examples or other keywords."""
    for name in sorted(PURPOSES):
        training.train(SYSTEM, name)


@job("suggestions.train_now", retry=2)
def train_now(name: str) -> None:
    """Train one purpose because somebody asked."""
    training.train(SYSTEM, name, force=True)
