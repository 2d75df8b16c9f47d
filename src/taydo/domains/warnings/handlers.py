"""What warnings do when warnings change: subscribers are told."""

from __future__ import annotations

from taydo.kernel.actors import Viewer
from taydo.kernel.events import Meta, on

from . import actions
from .events import WarningExpired, WarningPublished


@on(WarningPublished)
def tell_subscribers(event: WarningPublished, meta: Meta) -> None:
    """Tell everyone who subscribed to this hazard in these places."""
    actions.tell(Viewer.system("warnings"), event.warning_id)


@on(WarningExpired)
def tell_the_end(event: WarningExpired, meta: Meta) -> None:
    """Tell the same people that it is over."""
    actions.tell(Viewer.system("warnings"), event.warning_id, ended=True)
