"""Who is told of what: subscribers of warnings and of exceedances near them, officials of what nobody took up."""

from __future__ import annotations

from taydo.engines.alerts.events import AlertChanged, AlertEscalated, AlertRaised
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


@on(AlertRaised)
def tell_neighbours(event: AlertRaised, meta: Meta) -> None:
    """A public station went over a limit: those who asked to hear of it in this commune are told."""
    if event.kind == "exceed" and event.tier == "exceed":
        words = (event.title, event.title_en)
        actions.tell_of_alert(Viewer.system("warnings"), event.alert_id, words, f"/stations/{event.thing}")


@on(AlertChanged)
def tell_neighbours_later(event: AlertChanged, meta: Meta) -> None:
    """The same when an alert grows into an exceedance."""
    if event.kind == "exceed" and event.tier == "exceed":
        words = (event.title, event.title_en)
        actions.tell_of_alert(Viewer.system("warnings"), event.alert_id, words, f"/stations/{event.thing}")


@on(AlertEscalated)
def tell_the_next(event: AlertEscalated, meta: Meta) -> None:
    """Nobody acknowledged in time: the next role is told."""
    href = f"/desk/cases/{event.case_id}" if event.case_id else f"/stations/{event.thing}"
    key = f"alert:{event.alert_id}:level{event.level}"
    actions.tell_role(Viewer.system("warnings"), key, event.role, event.agency, (event.title, event.title_en), href)
