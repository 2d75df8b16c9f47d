"""What a place is, in plain values: units, changes, names without accents, tile and bbox arithmetic."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import asdict, dataclass
from typing import Any

from taydo.methods.vietnamese import fold as fold

LEVELS = ("province", "district", "commune")
MAX_ZOOM = 22
TITLES = (
    "thanh pho truc thuoc trung uong", "thanh pho", "thi tran", "thi xa", "phuong", "quan", "huyen", "tinh", "xa", "tp", "tx", "tt",
    "p", "q", "h", "x",
)  # fmt: skip
_EARTH_M = 6378137.0


@dataclass(frozen=True)
class Unit:
    """One administrative unit as it was from `valid_from` up to, and not including, `valid_to` (None: it stands).

    `lon`/`lat` are degrees WGS 84 of its centre, `area_km2` the official area, `geometry` says whether its outline is
    exact, approximate (drawn around centres) or none. A code alone is no key: 31120 was Phường An Hòa, now Phường Cái Khế.
    """

    code: str
    name: str
    name_en: str
    level: str
    kind: str
    parent: str
    valid_from: dt.date
    valid_to: dt.date | None
    lon: float
    lat: float
    area_km2: float | None
    geometry: str

    @property
    def key(self) -> str:
        """Code and first day, unique in time: `31120-2025-07-01`."""
        return f"{self.code}-{self.valid_from.isoformat()}"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"key": self.key, **asdict(self)}


@dataclass(frozen=True)
class Heir:
    """A unit that another became, or came from: wholly (`all`), partly (`part`) or unchanged (`same`), on a day, by a law."""

    unit: Unit
    part: str
    on: dt.date
    law: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"unit": self.unit.as_dict(), "part": self.part, "on": self.on, "law": self.law}


def bare(text: str) -> str:
    """A unit's folded name without its title: `Phường Cái Khế` and `P. Cái Khế` give `cai khe`; `Phường 1` gives `1`."""
    folded = fold(text)
    for title in TITLES:
        if folded.startswith(title + " "):
            return folded[len(title) + 1 :]
    return re.sub(r" (ward|commune|township|district|town|city|province)$", "", folded)


def same_name(one: str, other: str) -> bool:
    """Whether two spellings mean the same unit, titles and accents aside."""
    return not {fold(one), bare(one)}.isdisjoint((fold(other), bare(other)))


def tile_exists(z: int, x: int, y: int) -> bool:
    """Whether the address is inside the tile pyramid."""
    return 0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z


def tile_step_m(z: int) -> float:
    """Metres (web Mercator) of one of the 4,096 steps of a tile at this zoom."""
    return float(2 * math.pi * _EARTH_M / 2**z / 4096)


def read_bbox(text: str) -> tuple[float, float, float, float] | None:
    """West, south, east, north from `a,b,c,d` (or six numbers with heights, which are dropped); None when wrong."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return None
    if len(numbers) == 6:
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)) or numbers[1] > numbers[3]:
        return None
    if not (-180 <= numbers[0] <= 180 and -180 <= numbers[2] <= 180 and numbers[1] >= -90 and numbers[3] <= 90):
        return None
    return numbers[0], numbers[1], numbers[2], numbers[3]


def read_interval(text: str) -> tuple[dt.date, dt.date] | None:
    """First and last day from an OGC `datetime` (`2025-06-30`, an instant, `a/b`, `../b`, `a/..`); None when wrong."""
    parts = text.split("/")
    if len(parts) > 2:
        return None
    ends = [dt.date.min, dt.date.max]
    try:
        for place, part in enumerate(parts):
            if part not in ("", ".."):
                ends[place] = dt.date.fromisoformat(part[:10])
    except ValueError:
        return None
    if len(parts) == 1:
        if parts[0] in ("", ".."):
            return None
        ends[1] = ends[0]
    return (ends[0], ends[1]) if ends[0] <= ends[1] else None


def polygon_fault(geometry: Any) -> str | None:
    """Why a GeoJSON geometry is not a usable area in WGS 84 degrees; None when it is."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        return "not_an_area"
    polygons = geometry.get("coordinates")
    polygons = [polygons] if kind == "Polygon" else polygons
    if not isinstance(polygons, list) or not polygons:
        return "empty"
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon:
            return "empty"
        for ring in polygon:
            fault = _ring_fault(ring)
            if fault:
                return fault
    return None


def _ring_fault(ring: Any) -> str | None:
    if not isinstance(ring, list) or len(ring) < 4:
        return "ring_too_short"
    for point in ring:
        if not isinstance(point, list) or len(point) < 2:
            return "not_a_number"
        lon, lat = point[0], point[1]
        if not isinstance(lon, int | float) or not isinstance(lat, int | float) or not math.isfinite(lon + lat):
            return "not_a_number"
        if abs(lon) > 180 or abs(lat) > 90:
            return "not_in_degrees"
    return None if ring[0][:2] == ring[-1][:2] else "ring_not_closed"
