"""Warnings for the rest of the house: what is in force for a unit or at a point; what shared screens and subscribers see."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from taydo.engines.notices import topics
from taydo.engines.places import queries as places
from taydo.kernel import clock, live, panels
from taydo.kernel.actors import Viewer
from taydo.kernel.i18n import t
from taydo.kernel.panels import Hit, Tile
from taydo.kernel.specs import Label

from . import queries
from .rules import SEVERITIES


@dataclass(frozen=True)
class CurrentWarning:
    """A warning in force, in the reader's language; `severity` is extreme, severe, moderate or minor."""

    id: int
    identifier: str
    headline: str
    hazard: str
    severity: str
    area: str
    units: tuple[str, ...]
    since: dt.datetime
    until: dt.datetime
    href: str


def current(unit: str = "", at: dt.datetime | None = None) -> list[CurrentWarning]:
    """Warnings in force, worst first; `unit` (a commune's code of today) keeps those that concern it."""
    found = queries.in_force(unit, at)
    return [_public(card, record) for card, record in zip(queries.cards(found), found, strict=True)]


def current_at(lon: float, lat: float) -> list[CurrentWarning]:
    """Warnings in force at a point in degrees WGS 84, worst first; none outside the city."""
    unit = places.unit_at(lon, lat, clock.today())
    return current(unit.code) if unit else []


def _public(card: dict[str, Any], record: dict[str, Any]) -> CurrentWarning:
    return CurrentWarning(
        card["id"], card["identifier"], card["headline"], card["hazard"], card["severity"], card["area"], tuple(record["units"]),
        card["since"], card["until"], card["href"],
    )  # fmt: skip


live.topic("warnings", None)
topics.declare("warnings", "Mọi cảnh báo", "All warnings")
topics.declare("exceedances", "Số đo vượt ngưỡng (tự động)", "Readings over a limit (automatic)")
for _code, _hazard in queries.hazards().items():
    topics.declare(f"warnings.{_code}", _hazard.title.vi, _hazard.title.en)
_STATE = {"Extreme": "exceed", "Severe": "exceed", "Moderate": "preparing", "Minor": "tendency"}


def communes() -> list[topics.Area]:
    """Today's communes as places one can subscribe for, by name."""
    found = [(places.fold(unit.name), unit) for unit in places.units("commune", clock.today())]
    return [
        topics.Area(unit.code, Label(vi=unit.name, en=unit.name_en))
        for _, unit in sorted(found, key=lambda pair: pair[0])
    ]


topics.offer_areas(communes)


@panels.warnings("warnings")
def cards(viewer: Viewer, unit: str) -> list[dict[str, Any]]:
    """Warnings in force for a commune, worst first, as cards."""
    return queries.cards(queries.in_force(unit))


@panels.finder("warning")
def find(viewer: Viewer, text: str) -> list[Hit]:
    """Warnings in force whose words hold what was typed, accents aside."""
    words = places.fold(text)
    known = queries.cards(queries.in_force())
    return [
        Hit("warning", card["headline"], f"{card['hazard_word']} · {card['area']}", card["href"])
        for card in known
        if words in places.fold(f"{card['headline']} {card['hazard_word']} {card['area']}")
    ]


@panels.tile("warnings", 80)
def tile(viewer: Viewer, at: dt.datetime | None) -> Tile | None:
    """How many warnings are in force, and how bad the worst is."""
    found = queries.in_force("", at)
    worst = _STATE.get(found[0]["severity"], "ok") if found else "ok"
    word = queries.said(SEVERITIES[found[0]["severity"]]) if found else t("Không có", "None")
    title = t("Cảnh báo", "Warnings")
    return Tile("warnings", title, float(len(found)), t("đang có hiệu lực", "in force"), worst, word, "/warnings")
