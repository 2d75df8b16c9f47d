"""Reads of the operations centre: the wall now or at an instant, the pulse of the city, the home page, the search."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import time
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from taydo.engines.alerts import queries as alerts
from taydo.engines.cases import queries as cases
from taydo.engines.places import queries as places
from taydo.engines.search import queries as index
from taydo.kernel import clock, i18n, metrics, panels, specs, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.i18n import t

OLDEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
FOUND_EACH = 10  # of what a part finds in its own live lists
_counted: list[tuple[float, float]] = []


def wall(viewer: Viewer, at: dt.datetime | None = None) -> dict[str, Any]:
    """Everything the wall shows, JSON-able; `at` rewinds it to an instant (the future and the distant past mean now)."""
    past = at if at and OLDEST < at < clock.now() else None
    moment = past or clock.now()
    layers = {name: make(viewer, past) for name, make in panels.LAYERS.items()}
    return {
        "at": moment,
        "live": past is None,
        "stations": layers.pop("stations", []),
        "layers": layers,
        "alerts": alerts.feed(viewer, past, limit=60),
        "tiles": [dataclasses.asdict(tile) for tile in panels.tiles(viewer, past)],
        "cases": cases.counts(viewer) if viewer.may("cases.see") else {"open": None, "late": None, "mine": None},
        "notice": map_notice(moment),
        "bounds": list(places.extent() or (105.2, 9.2, 106.4, 10.4)),
    }


def map_notice(moment: dt.datetime) -> str:
    """What the map must say of itself: approximate areas and a schematic river until boundaries are loaded."""
    if not places.approximate(moment.astimezone(clock.LOCAL).date()):
        return ""
    return t(
        "Ranh giới gần đúng quanh tâm đơn vị; sông vẽ sơ đồ.",
        "Approximate areas around the units' centres; schematic river.",
    )


def pulse() -> dict[str, Any]:
    """What the city is doing, in six figures, for the operator's line; readings per second since it was last asked."""
    total = metrics.total("taydo_readings_total", outcome="taken")
    _counted.append((time.monotonic(), total))
    del _counted[:-8]
    (then, before), (now, after) = _counted[0], _counted[-1]
    stations = sql.row(
        """SELECT count(*) AS stations, count(*) FILTER (WHERE stale) AS stale FROM (
             SELECT t.id, bool_and(l.phenomenon_time IS NULL OR l.phenomenon_time < %(now)s - 3 * d.expected_every_s * interval '1 second') AS stale
             FROM streams_thing t JOIN streams_datastream d ON d.thing_id = t.id LEFT JOIN streams_latest l ON l.datastream_id = d.id
             WHERE t.retired_at IS NULL AND t.kind <> '' GROUP BY t.id) x""",
        {"now": clock.now()},
    ) or {"stations": 0, "stale": 0}
    open_cases = sql.value("SELECT count(*) FROM cases_case WHERE phase <> 'done'")
    return {
        "at": clock.now().astimezone(clock.LOCAL).isoformat(),
        "readings_per_second": (after - before) / (now - then) if now > then else 0.0,
        "stations": stations["stations"],
        "stale": stations["stale"],
        "alerts": alerts.open_count(),
        "cases": open_cases,
    }


def home(viewer: Viewer, lon: float, lat: float) -> list[dict[str, Any]]:
    """Cards near a place, of every part that offers some."""
    return [card for make in panels.NEAR.values() for card in make(viewer, lon, lat)]


@dataclass(frozen=True)
class Found:
    """What the search page shows: hits in one order, how the question was read, and nearest titles when nothing fits."""

    hits: list[panels.Hit]
    understood: str = ""
    instead: tuple[str, ...] = ()


def search(viewer: Viewer, text: str, most: int = 30) -> Found:
    """Everything that answers plain words, in one order: what parts put into the search, and what they find in live lists themselves."""
    wanted = text.strip()[:100]
    if not wanted:
        return Found([])
    answer = index.find(wanted, limit=most)
    held = [hit for find in panels.FINDERS.values() for hit in find(viewer, wanted)[:FOUND_EACH]]
    plain = index.mended(wanted)
    if not held and plain != places.fold(wanted):
        held = [hit for find in panels.FINDERS.values() for hit in find(viewer, plain)[:FOUND_EACH]]
    indexed = {hit.href for hit in answer.hits}
    held = [hit for hit in held if hit.href not in indexed]
    ranked = [(hit.score, panels.Hit(hit.kind, hit.title, hit.snippet, hit.href)) for hit in answer.hits]
    ranked += zip(index.liken(wanted, [(hit.title, hit.text) for hit in held]), held, strict=True)
    hits = [hit for _, hit in sorted(ranked, key=lambda pair: -pair[0])][:most]
    return Found(hits, answer.understood if answer.hits else "", () if hits else tuple(answer.instead))


def communes() -> list[dict[str, str]]:
    """Today's communes by name in the reader's language."""
    found = places.units("commune", clock.today())
    english = i18n.language() == "en"
    named = [
        {"code": unit.code, "name": unit.name_en if english else unit.name, "sort": places.fold(unit.name)}
        for unit in found
    ]
    return sorted(named, key=lambda item: item["sort"].split(" ", 1)[-1])


class City(BaseModel):
    """What the home page needs of `city.yaml`."""

    model_config = ConfigDict(extra="ignore")
    centre: dict[str, float]


@functools.cache
def centre() -> tuple[float, float]:
    """Longitude and latitude of the city's centre."""
    known = specs.load(specs.city() / "city.yaml", City).centre
    return known["lon"], known["lat"]


def warnings(viewer: Viewer, unit: str) -> list[dict[str, Any]]:
    """Warnings in force for a commune (all of the city's when none is chosen), worst first, of every part that gives some."""
    return [item for make in panels.WARNINGS.values() for item in make(viewer, unit)]


def places_for(*purposes: str) -> dict[str, str]:
    """The page that serves each purpose (`report`, `follow`, `my_reports`, `subscribe`), "" where the house has none."""
    return {purpose: next(iter(panels.PLACES.get(purpose, ())), "") for purpose in purposes}
