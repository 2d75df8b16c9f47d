"""What parts offer to screens that span the house: tiles on the wall, cards near a place, hits of a search, context of a case.

A part registers functions in its `public.py`; screens ask by kind and never import a part.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .actors import Viewer
from .specs import Label


@dataclass(frozen=True)
class Tile:
    """One headline number of the wall: its trend, its target and a fixed state word; `href` opens its records."""

    id: str
    title: str
    value: float | None
    unit: str
    state: str  # ok | tendency | preparing | exceed | stale | broken
    word: str
    href: str
    digits: int = 0
    trend: list[float | None] = field(default_factory=list)
    target: float | None = None
    since: dt.datetime | None = None


@dataclass(frozen=True)
class Hit:
    """One answer of the search: what kind of thing, its title and words, and where it opens."""

    kind: str
    title: str
    text: str
    href: str


@dataclass(frozen=True)
class Hotspots:
    """Where things of one kind happened in a span of days, for the heat map. `records`: the address of the list behind it.

    `points`: longitude, latitude, how many; `units`: commune's code, how many, of these not done; `weeks`: Monday, how many;
    `kinds`: codes and words to choose from.
    """

    total: int
    points: list[tuple[float, float, int]]
    units: list[tuple[str, int, int]]
    weeks: list[tuple[dt.date, int]]
    kinds: list[tuple[str, str]]
    records: str


@dataclass(frozen=True)
class Waiting:
    """Something that waits for the person: what to do, why, where, and until which day."""

    title: str
    text: str
    href: str
    due: dt.date | None = None


@dataclass(frozen=True)
class MineCard:
    """A card of the citizen's home. `lines`: the newest few in words; `empty`: what will stand here and how to make it appear."""

    title: str
    href: str
    count: int
    lines: list[str] = field(default_factory=list)
    empty: str = ""
    icon: str = "file-text"
    waiting: list[Waiting] = field(default_factory=list)


TileMaker = Callable[[Viewer, dt.datetime | None], Tile | None]
NearMaker = Callable[[Viewer, float, float], list[dict[str, Any]]]
Finder = Callable[[Viewer, str], list[Hit]]
ContextMaker = Callable[[Viewer, str], dict[str, Any]]
LayerMaker = Callable[[Viewer, dt.datetime | None], list[dict[str, Any]]]
MineMaker = Callable[[Viewer], MineCard | None]
HotspotMaker = Callable[[Viewer, str, dt.date, dt.date], Hotspots | None]
TILES: dict[str, tuple[int, TileMaker]] = {}
NEAR: dict[str, NearMaker] = {}
FINDERS: dict[str, Finder] = {}
CONTEXTS: dict[str, ContextMaker] = {}
LAYERS: dict[str, LayerMaker] = {}
WARNINGS: dict[str, Callable[[Viewer, str], list[dict[str, Any]]]] = {}
PLACES: dict[str, list[str]] = {}
MINE: dict[str, tuple[int, MineMaker]] = {}
HOTSPOTS: dict[str, tuple[Label, HotspotMaker]] = {}


def warnings(
    name: str,
) -> Callable[[Callable[[Viewer, str], list[dict[str, Any]]]], Callable[[Viewer, str], list[dict[str, Any]]]]:
    """Declare warnings in force for a commune ("" = the whole city): id, headline, severity, area, since, until, href."""

    def declare(make: Callable[[Viewer, str], list[dict[str, Any]]]) -> Callable[[Viewer, str], list[dict[str, Any]]]:
        WARNINGS[name] = make
        return make

    return declare


def place(purpose: str, path: str) -> None:
    """Declare the page that serves a purpose shared screens link to, such as `subscribe`."""
    PLACES.setdefault(purpose, []).append(path)


def tile(name: str, order: int) -> Callable[[TileMaker], TileMaker]:
    """Declare a tile of the wall; tiles stand in this order. The instant is None for now, else the past to show."""

    def declare(make: TileMaker) -> TileMaker:
        TILES[name] = (order, make)
        return make

    return declare


def mine(name: str, order: int) -> Callable[[MineMaker], MineMaker]:
    """Declare a card of the citizen's home; cards stand in this order. None: nothing for this viewer."""

    def declare(make: MineMaker) -> MineMaker:
        MINE[name] = (order, make)
        return make

    return declare


def cards(viewer: Viewer) -> list[MineCard]:
    """Every card of this person's home, in order."""
    made = (make(viewer) for _, make in sorted(MINE.values(), key=lambda pair: pair[0]))
    return [card for card in made if card is not None]


def layer(name: str) -> Callable[[LayerMaker], LayerMaker]:
    """Declare things with a place for the wall's map, now (None) or at an instant."""

    def declare(make: LayerMaker) -> LayerMaker:
        LAYERS[name] = make
        return make

    return declare


def hotspots(name: str, vi: str, en: str) -> Callable[[HotspotMaker], HotspotMaker]:
    """Declare what the heat map can show: given a viewer, a kind ("" = all), the first and the last day."""

    def declare(make: HotspotMaker) -> HotspotMaker:
        HOTSPOTS[name] = (Label(vi=vi, en=en), make)
        return make

    return declare


def near(name: str) -> Callable[[NearMaker], NearMaker]:
    """Declare cards for "near you now" around a longitude and latitude."""

    def declare(make: NearMaker) -> NearMaker:
        NEAR[name] = make
        return make

    return declare


def finder(kind: str) -> Callable[[Finder], Finder]:
    """Declare what answers the search field for one kind of thing."""

    def declare(find: Finder) -> Finder:
        FINDERS[kind] = find
        return find

    return declare


def context(subject_kind: str) -> Callable[[ContextMaker], ContextMaker]:
    """Declare what surrounds a case about this kind of subject, given the subject's id."""

    def declare(make: ContextMaker) -> ContextMaker:
        CONTEXTS[subject_kind] = make
        return make

    return declare


def tiles(viewer: Viewer, at: dt.datetime | None = None) -> list[Tile]:
    """Every tile this viewer may see, in order."""
    made = (make(viewer, at) for _, make in sorted(TILES.values(), key=lambda pair: pair[0]))
    return [tile for tile in made if tile is not None]
