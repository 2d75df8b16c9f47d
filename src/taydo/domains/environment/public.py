"""The door of the environment domain: stations for others, and what it offers to the wall, the home page and the search."""

from __future__ import annotations

import datetime as dt
from typing import Any

from taydo.engines.places import queries as places
from taydo.kernel import panels, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.i18n import t

from . import queries, rules

stations = queries.stations
nearest = queries.nearest


def _trend(sql_text: str, at: dt.datetime | None) -> list[float | None]:
    found = sql.rows(sql_text, {"at": at or queries.clock.now()})
    return [None if item["value"] is None else float(item["value"]) for item in found]


_INDEX_TREND = """SELECT h.at, {pick}(i.value) AS value FROM generate_series(date_trunc('hour', %(at)s) - interval '23 hours', date_trunc('hour', %(at)s), '1 hour') h(at)
  LEFT JOIN environment_index i ON i.at = h.at AND i.kind = '{kind}' GROUP BY h.at ORDER BY h.at"""
_PARAMETER_TREND = """SELECT h.at, max(s.{column}) AS value FROM generate_series(date_trunc('hour', %(at)s) - interval '23 hours', date_trunc('hour', %(at)s), '1 hour') h(at)
  LEFT JOIN (streams_hourly s JOIN streams_datastream d ON d.id = s.datastream_id JOIN streams_observedproperty p ON p.id = d.observedproperty_id
    AND p.code = '{parameter}') ON s.at = h.at GROUP BY h.at ORDER BY h.at"""


def _index_tile(
    viewer: Viewer, at: dt.datetime | None, name: str, kind: str, title: str, lowest_is_worst: bool
) -> panels.Tile:
    found = [s for s in queries.stations(viewer, at) if s["kind"] == kind]
    with_index = [s for s in found if s["index"]]
    trend = _trend(
        _INDEX_TREND.format(pick="min" if lowest_is_worst else "max", kind="wqi" if lowest_is_worst else "aqi_h"), at
    )
    if not with_index:
        return panels.Tile(
            name, title, None, "", "stale", t("Chưa có số liệu", "No data yet"), f"/stations?kind={kind}", trend=trend
        )
    pick = min if lowest_is_worst else max
    station = pick(with_index, key=lambda s: s["index"]["value"])
    index = station["index"]
    return panels.Tile(
        name, f"{title} · {station['shown_name']}", index["value"], "VN_WQI" if lowest_is_worst else "VN_AQI", rules.index_state(index),
        index["word"], f"/stations/{station['code']}", trend=trend, target=76 if lowest_is_worst else 100, since=index["at"],
    )  # fmt: skip


@panels.tile("air", 10)
def air(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """The worst air index of the city now."""
    return _index_tile(viewer, at, "air", "air", t("Không khí", "Air"), False)


@panels.tile("water", 20)
def water(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """The worst water index of the city now."""
    return _index_tile(viewer, at, "water", "water", t("Nước mặt", "Surface water"), True)


def _value_tile(viewer: Viewer, at: dt.datetime | None, kind: str, title: str, column: str = "max") -> panels.Tile:
    parameter = rules.HEADS[kind]
    found = [queries.card(s, at) for s in queries.stations(viewer, at) if s["kind"] == kind]
    trend = _trend(_PARAMETER_TREND.format(column=column, parameter=parameter), at)
    fresh = [c for c in found if c["value"] is not None and c["state"] not in ("stale", "broken")]
    name = {"level": "tide"}.get(kind, kind)
    if not fresh:
        return panels.Tile(
            name, title, None, "", "stale", t("Chưa có số liệu", "No data yet"), f"/stations?kind={kind}", trend=trend
        )
    worst = max(fresh, key=lambda c: (rules.severity(c["state"]), c["value"]))
    return panels.Tile(
        name, f"{title} · {worst['station']['name']}", worst["value"], worst["unit"], worst["state"], worst["word"], worst["href"],
        digits=worst["digits"], trend=trend, target=worst["limit"], since=worst["since"],
    )  # fmt: skip


@panels.tile("tide", 30)
def tide(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """The highest water level against its alarm."""
    return _value_tile(viewer, at, "level", t("Triều, mực nước", "Tide, water level"))


@panels.tile("salinity", 40)
def salinity(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """The saltiest place that matters now."""
    return _value_tile(viewer, at, "salinity", t("Độ mặn", "Salinity"))


@panels.tile("rain", 50)
def rain(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """The most rain in 24 hours."""
    return _value_tile(viewer, at, "rain", t("Mưa 24 giờ", "Rain, 24 hours"), "sum")


@panels.tile("health", 60)
def health(viewer: Viewer, at: dt.datetime | None) -> panels.Tile:
    """The share of stations that report."""
    found = queries.stations(viewer, at)
    good = [s for s in found if s["state"] not in ("stale", "broken")]
    share = 100 * len(good) / len(found) if found else None
    state = "stale" if share is None else "ok" if share >= 95 else "tendency" if share >= 80 else "exceed"
    word = t(f"{len(good)}/{len(found)} trạm báo đủ", f"{len(good)} of {len(found)} stations report")
    return panels.Tile("health", t("Trạm quan trắc", "Stations"), share, "%", state, word, "/stations", target=95)


@panels.layer("stations")
def layer(viewer: Viewer, at: dt.datetime | None) -> list[dict[str, Any]]:
    """Stations with their values for the map."""
    return queries.stations(viewer, at)


@panels.near("environment")
def near(viewer: Viewer, lon: float, lat: float) -> list[dict[str, Any]]:
    """The nearest air index, tide, salinity and rain, each with its meaning in plain words."""
    cards = []
    for kind in ("air", "salinity", "rain", "level"):
        for station in queries.nearest(viewer, lon, lat, kind):
            cards.append(queries.card(station, None))
    return cards


@panels.finder("station")
def find(viewer: Viewer, text: str) -> list[panels.Hit]:
    """Stations whose name or code holds the words, accents or not."""
    wanted = places.fold(text).split()
    return [
        panels.Hit(
            "station", s["shown_name"], f"{s['code']} · {queries.kind_word(s['kind'])}", f"/stations/{s['code']}"
        )
        for s in queries.stations(viewer)
        if all(word in places.fold(f"{s['name']} {s['name_en']} {s['code']}") for word in wanted)
    ][:20]


@panels.context("datastream")
def context(viewer: Viewer, subject: str) -> dict[str, Any]:
    """What surrounds a case about a datastream: its station, its last day, the stations nearby."""
    return queries.surroundings(viewer, int(subject))
