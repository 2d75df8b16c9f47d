"""The door of the environment domain: stations for others, and what it offers to the wall, the home page and the search."""

from __future__ import annotations

import datetime as dt
from typing import Any

from taydo.engines.places import queries as places
from taydo.kernel import i18n, panels
from taydo.kernel.actors import Viewer
from taydo.kernel.i18n import t

from . import queries, rules


def _tile(name: str, title: str, cards: list[dict[str, Any]], lowest: bool = False, **more: Any) -> panels.Tile:
    """The tile of the worst card that reports: by state, then by value."""
    fresh = [card for card in cards if card["value"] is not None and card["state"] not in ("stale", "broken")]
    if not fresh:
        href = f"/stations?kind={ {'tide': 'level'}.get(name, name) }"
        return panels.Tile(name, title, None, "", "stale", t("Chưa có số liệu", "No data yet"), href, **more)
    worst = max(fresh, key=lambda card: (rules.severity(card["state"]), -card["value"] if lowest else card["value"]))
    more.setdefault("target", worst["limit"])
    return panels.Tile(
        name, f"{title} · {worst['station']['name']}", worst["value"], worst["unit"], worst["state"], worst["word"], worst["href"],
        digits=worst["digits"], since=worst["since"], **more,
    )  # fmt: skip


def _cards(viewer: Viewer, at: dt.datetime | None, kind: str) -> list[dict[str, Any]]:
    return [queries.card(station) for station in queries.snapshot(viewer, at) if station["kind"] == kind]


@panels.tile("air", 10)
def air(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """The worst air index of the city now."""
    trend = queries.trend("index", "aqi_h", "max", at)
    return _tile("air", t("Không khí", "Air"), _cards(viewer, at, "air"), trend=trend, target=100)


@panels.tile("water", 20)
def water(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """The worst water index of the city now."""
    trend = queries.trend("index", "wqi", "min", at)
    return _tile("water", t("Nước mặt", "Surface water"), _cards(viewer, at, "water"), True, trend=trend, target=76)


@panels.tile("tide", 30)
def tide(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """The highest water level against its alarm."""
    trend = queries.trend("parameter", "water_level", "max", at)
    return _tile("tide", t("Triều, mực nước", "Tide, water level"), _cards(viewer, at, "level"), trend=trend)


@panels.tile("salinity", 40)
def salinity(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """The saltiest place that matters now."""
    trend = queries.trend("parameter", "salinity", "max", at)
    return _tile("salinity", t("Độ mặn", "Salinity"), _cards(viewer, at, "salinity"), trend=trend)


@panels.tile("rain", 50)
def rain(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """The most rain in 24 hours."""
    trend = queries.trend("parameter", "rain", "sum", at)
    return _tile("rain", t("Mưa 24 giờ", "Rain, 24 hours"), _cards(viewer, at, "rain"), trend=trend)


@panels.tile("health", 60)
def health(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """The share of stations that report."""
    found = queries.snapshot(viewer, at)
    good = [s for s in found if s["state"] not in ("stale", "broken")]
    share = 100 * len(good) / len(found) if found else None
    state = "stale" if share is None else "ok" if share >= 95 else "tendency" if share >= 80 else "exceed"
    word = t(f"{len(good)}/{len(found)} trạm báo đủ", f"{len(good)} of {len(found)} stations report")
    return panels.Tile("health", t("Trạm quan trắc", "Stations"), share, "%", state, word, "/stations", target=95)


@panels.layer("stations")
def layer(viewer: Viewer, at: dt.datetime | None) -> list[dict[str, Any]]:
    """Stations with their values for the map."""
    return queries.snapshot(viewer, at)


@panels.near("environment")
def near(viewer: Viewer, lon: float, lat: float) -> list[dict[str, Any]]:
    """The nearest air index, tide, salinity and rain, each with its meaning in plain words."""
    cards = []
    for kind in ("air", "salinity", "rain", "level"):
        for station in queries.nearest(viewer, lon, lat, kind):
            cards.append(queries.card(station))
    return cards


@panels.finder("station")
def find(viewer: Viewer, text: str) -> list[panels.Hit]:
    """Stations whose name or code holds the words, accents or not."""
    wanted = places.fold(text).split()
    return [
        panels.Hit(
            "station",
            s["shown_name"],
            f"{s['code']} · {rules.kind_word(s['kind'], i18n.language())}",
            f"/stations/{s['code']}",
        )
        for s in queries.snapshot(viewer)
        if all(word in places.fold(f"{s['name']} {s['name_en']} {s['code']}") for word in wanted)
    ][:20]


@panels.context("datastream")
def context(viewer: Viewer, subject: str) -> dict[str, Any]:
    """What surrounds a case about a datastream: its station, its last day, the stations nearby."""
    return queries.surroundings(viewer, int(subject))
