"""Writes that people ask for: train a purpose now. (What training keeps is written in `training`.)"""

from __future__ import annotations

from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer

from .jobs import train_now
from .purposes import purpose


@action("suggestions.train")
def ask_training(viewer: Viewer, name: str) -> None:
    """Have a worker train the purpose now, whether much is new or not."""
    about("suggestions", purpose(name).name)
    train_now.later(name=name)
