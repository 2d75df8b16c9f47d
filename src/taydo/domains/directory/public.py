"""The only door of the directory for other domains."""

from __future__ import annotations

from dataclasses import dataclass

from taydo.kernel import clock, panels
from taydo.kernel.actors import Viewer

from . import queries
from .queries import Agency, agency, agency_for, name


@dataclass(frozen=True)
class Named:
    """An agency as a choice in a list: its code and its name in the reader's language."""

    code: str
    name: str


def agencies() -> list[Named]:
    """Every agency that stands today, by code, for choosing one."""
    return [Named(one.code, one.shown) for one in queries.agencies()]


def committee(unit_code: str) -> Agency | None:
    """The people's committee of a unit (a commune, the city) today."""
    found = queries.agencies(kind="committee", unit=unit_code)
    return found[0] if found else None


def on_duty(code: str) -> list[int]:
    """Actor ids of those who stand watch in an agency today."""
    return queries.on_duty(code, clock.today())


@panels.finder("directory")
def _find(viewer: Viewer, text: str) -> list[panels.Hit]:
    return [panels.Hit("agency", one.shown, one.code, f"/directory/{one.code}") for one in queries.agencies(q=text)[:5]]


__all__ = ["Agency", "Named", "agencies", "agency", "agency_for", "committee", "name", "on_duty"]
