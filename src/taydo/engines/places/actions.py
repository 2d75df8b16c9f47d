"""Every write of places: units and their changes from the city's folder, boundaries from any GeoJSON file."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from taydo.kernel import errors, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer

from . import outlines
from .rules import LEVELS, fold, polygon_fault, same_name

FILES = ("units.csv", "unit_changes.csv", "schematic_river.csv")
RECIPE = "3"  # raise when the way outlines are drawn changes, so that the next start draws them again
FAR_M = 30_000
REASONS = {
    "not_an_area": ("không phải vùng (Polygon, MultiPolygon)", "not an area (Polygon, MultiPolygon)"),
    "empty": ("hình rỗng", "empty geometry"),
    "ring_too_short": ("vòng có ít hơn 4 điểm", "a ring has fewer than 4 points"),
    "not_a_number": ("toạ độ không phải số", "a coordinate is not a number"),
    "not_in_degrees": ("toạ độ không phải độ WGS 84", "coordinates are not WGS 84 degrees"),
    "ring_not_closed": ("vòng không khép kín", "a ring is not closed"),
    "no_code": ("không có mã đơn vị", "no unit code"),
    "unknown_code": (
        "không có đơn vị nào mang mã này ở cấp và ngày đó",
        "no unit bears this code at that level and day",
    ),
    "other_name": (
        "tên khác với đơn vị mang mã này (mã đã dùng lại?)",
        "the name differs from the unit of this code (a reused code?)",
    ),
    "far_away": (
        "nằm xa tâm đơn vị trên 30 km (sai hệ toạ độ?)",
        "more than 30 km from the unit's centre (wrong coordinate system?)",
    ),
    "twice": ("mã xuất hiện hai lần trong tệp", "the code stands twice in the file"),
}


@dataclass(frozen=True)
class LoadReport:
    """What came of loading a boundary file: how many outlines were taken, which features were not and why, who has none yet."""

    file: str
    level: str
    taken: int = 0
    rejected: list[dict[str, str]] = field(default_factory=list)
    without: list[str] = field(default_factory=list)

    def lines(self, language: str = "vi") -> list[str]:
        """The report in words, one line each."""
        english = language == "en"
        out = [
            f"{self.file}: {self.taken} outlines taken" if english else f"{self.file}: đã nạp {self.taken} ranh giới"
        ]
        for reject in self.rejected:
            out.append(f"  {reject['code'] or '?'} {reject['name']}: {REASONS[reject['reason']][english]}")
        if self.without:
            words = (
                f"  {len(self.without)} units still have none: "
                if english
                else f"  {len(self.without)} đơn vị chưa có ranh giới: "
            )
            out.append(words + ", ".join(self.without[:10]) + ("…" if len(self.without) > 10 else ""))
        return out


@action("places.load")
def load_units(viewer: Viewer, folder: Path) -> dict[str, int]:
    """Bring units, changes and the schematic river of a city's folder into the tables; nothing is done when nothing changed.

    Rows are added and corrected, never deleted: history stays. Returns counts of rows written, all 0 when up to date.
    """
    about("city", folder.name)
    checksum = hashlib.sha256(RECIPE.encode() + b"".join((folder / name).read_bytes() for name in FILES)).hexdigest()
    if sql.value("SELECT checksum FROM kernel_loaded WHERE name = 'places'") == checksum:
        return {"units": 0, "changes": 0, "waterways": 0, "drawn": 0}
    counts = {
        "units": sql.execute(_UNITS, {"given": json.dumps(_unit_rows(folder / FILES[0]))}),
        "changes": sql.execute(_CHANGES, {"given": json.dumps(_table(folder / FILES[1]))}),
        "waterways": sql.execute(_WATERWAYS, {"given": json.dumps(_table(folder / FILES[2]))}),
        "drawn": outlines.redraw(),
    }
    sql.execute(
        "INSERT INTO kernel_loaded (name, checksum, tags) VALUES ('places', %(c)s, '{}') ON CONFLICT (name)"
        " DO UPDATE SET checksum = excluded.checksum, at = now()",
        {"c": checksum},
    )
    return counts


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(line for line in source if not line.startswith("#")))


def _unit_rows(path: Path) -> list[dict[str, Any]]:
    return [{**record, "folded": fold(record["name"])} for record in _table(path)]


_UNITS = """
INSERT INTO places_unit (code, valid_from, valid_to, level, kind, parent, name, name_en, folded, lon, lat, area_km2, law, source)
SELECT code, valid_from, nullif(valid_to, '')::date, level, kind, parent, name, name_en, folded, lon, lat,
       nullif(area_km2, '')::float8, law, source
FROM json_to_recordset(%(given)s::json) AS g(code text, valid_from date, valid_to text, level text, kind text, parent text, name text,
  name_en text, folded text, lon float8, lat float8, area_km2 text, law text, source text)
ON CONFLICT (code, valid_from) DO UPDATE SET valid_to = excluded.valid_to, level = excluded.level, kind = excluded.kind,
  parent = excluded.parent, name = excluded.name, name_en = excluded.name_en, folded = excluded.folded, lon = excluded.lon,
  lat = excluded.lat, area_km2 = excluded.area_km2, law = excluded.law, source = excluded.source, updated_at = clock_timestamp()
WHERE (places_unit.valid_to, places_unit.level, places_unit.kind, places_unit.parent, places_unit.name, places_unit.name_en,
       places_unit.lon, places_unit.lat, places_unit.area_km2, places_unit.law, places_unit.source)
  IS DISTINCT FROM (excluded.valid_to, excluded.level, excluded.kind, excluded.parent, excluded.name, excluded.name_en,
       excluded.lon, excluded.lat, excluded.area_km2, excluded.law, excluded.source)
"""
_CHANGES = """
INSERT INTO places_unit_change (code, valid_from, to_code, to_valid_from, changed_on, part, law, source)
SELECT code, valid_from, to_code, to_valid_from, "on", part, law, source FROM json_to_recordset(%(given)s::json)
  AS g(code text, valid_from date, to_code text, to_valid_from date, "on" date, part text, law text, source text)
ON CONFLICT (code, valid_from, to_code, to_valid_from) DO UPDATE SET changed_on = excluded.changed_on, part = excluded.part,
  law = excluded.law, source = excluded.source
"""
_WATERWAYS = """
INSERT INTO places_waterway (code, kind, name, name_en, schematic, geom)
SELECT line, min(kind), min(name), min(name_en), true,
       ST_Multi(ST_SetSRID(ST_MakeLine(ST_MakePoint(lon, lat) ORDER BY seq), 4326))
FROM json_to_recordset(%(given)s::json) AS g(line text, kind text, name text, name_en text, seq int, lon float8, lat float8)
GROUP BY line
ON CONFLICT (code) DO UPDATE SET kind = excluded.kind, name = excluded.name, name_en = excluded.name_en, schematic = true,
  geom = excluded.geom, updated_at = clock_timestamp() WHERE places_waterway.schematic
"""


@action("places.load")
def load_geojson(viewer: Viewer, path: Path, level: str = "commune", valid_from: dt.date | None = None) -> LoadReport:
    """Take boundaries (GeoJSON FeatureCollection, WGS 84) for units of a level by their code, or keep what does not fit as rejects.

    `valid_from` names a day on which the units stand; without it the newest unit of each code is meant. Broken rings are mended
    (ST_MakeValid). A feature is refused when its name differs from the unit's: codes were reused in 2025.
    """
    about("boundaries", path.name)
    if level not in LEVELS:
        raise errors.invalid("unknown_level", f"Không có cấp “{level}”.", f"There is no level “{level}”.", level=level)
    good, rejected = _sorted_out(_features(path))
    since = sql.value("SELECT clock_timestamp()")
    sql.execute(
        "CREATE TEMP TABLE given_outline (code text, name text, reason text, id int, geom geometry) ON COMMIT DROP"
    )
    sql.execute(_STAGE, {"given": json.dumps(good), "level": level, "on": valid_from})
    named = sql.rows(
        "SELECT g.code, g.name, u.name AS unit_name FROM given_outline g JOIN places_unit u USING (id) WHERE reason = ''"
    )
    reused = [n["code"] for n in named if n["name"] and not same_name(n["name"], n["unit_name"])]
    sql.execute("UPDATE given_outline SET reason = 'other_name' WHERE code = ANY(%(codes)s)", {"codes": reused})
    taken = sql.execute(_TAKE, {"source": path.name})
    rejected += sql.rows("SELECT code, name, reason FROM given_outline WHERE reason <> '' ORDER BY code")
    _keep_rejects(path.name, level, rejected, {item["code"]: item["feature"] for item in good})
    outlines.redraw(level)
    outlines.simplify(since)
    sql.execute("DROP TABLE given_outline")
    plain = [{"code": r["code"], "name": r["name"], "reason": r["reason"]} for r in rejected]
    return LoadReport(path.name, level, taken, plain, _without(level, valid_from))


def _features(path: Path) -> list[dict[str, Any]]:
    try:
        collection = json.loads(path.read_text(encoding="utf-8"))
        features = collection["features"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise errors.invalid(
            "not_geojson", f"Không đọc được {path.name} như một FeatureCollection GeoJSON.",
            f"{path.name} cannot be read as a GeoJSON FeatureCollection.", file=str(error),
        ) from error  # fmt: skip
    return [one for one in features if isinstance(one, dict)] if isinstance(features, list) else []


def _sorted_out(features: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    good: list[dict[str, Any]] = []
    rejected: list[dict[str, Any]] = []
    seen: set[str] = set()
    for one in features:
        raw = one.get("properties")
        properties = raw if isinstance(raw, dict) else {}
        code = str(properties.get("code") or properties.get("ma") or one.get("id") or "")
        name = str(properties.get("fullName") or properties.get("name") or properties.get("ten") or "")
        fault = "no_code" if not code else "twice" if code in seen else polygon_fault(one.get("geometry"))
        seen.add(code)
        if fault:
            rejected.append({"code": code, "name": name, "reason": fault, "feature": one})
        else:
            good.append({"code": code, "name": name, "shape": json.dumps(one["geometry"]), "feature": one})
    return good, rejected


_STAGE = f"""
INSERT INTO given_outline (code, name, reason, id, geom)
SELECT g.code, g.name, CASE WHEN u.id IS NULL THEN 'unknown_code' WHEN ST_IsEmpty(s.geom) THEN 'empty'
    WHEN ST_Distance(s.geom::geography, ST_SetSRID(ST_MakePoint(u.lon, u.lat), 4326)::geography) > {FAR_M} THEN 'far_away' ELSE '' END,
  u.id, s.geom
FROM json_to_recordset(%(given)s::json) AS g(code text, name text, shape text)
CROSS JOIN LATERAL (SELECT ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_Force2D(ST_SetSRID(ST_GeomFromGeoJSON(g.shape), 4326))), 3))
  AS geom) s
LEFT JOIN LATERAL (SELECT id, lon, lat FROM places_unit WHERE code = g.code AND level = %(level)s AND (%(on)s::date IS NULL
  OR (valid_from <= %(on)s AND (valid_to IS NULL OR valid_to > %(on)s))) ORDER BY valid_from DESC LIMIT 1) u ON true
"""
_TAKE = """
UPDATE places_unit u SET geom = g.geom, geometry = 'exact', geometry_source = %(source)s, updated_at = clock_timestamp()
FROM given_outline g WHERE g.id = u.id AND g.reason = ''
"""


def _keep_rejects(file: str, level: str, rejected: list[dict[str, Any]], features: dict[str, Any]) -> None:
    sql.execute("DELETE FROM places_reject WHERE file = %(file)s AND level = %(level)s", {"file": file, "level": level})
    given = [{**r, "feature": r.get("feature") or features.get(r["code"]) or {}} for r in rejected]
    sql.execute(
        "INSERT INTO places_reject (file, level, code, name, reason, feature) SELECT %(file)s, %(level)s, code, name, reason, feature"
        " FROM json_to_recordset(%(given)s::json) AS g(code text, name text, reason text, feature jsonb)",
        {"file": file, "level": level, "given": json.dumps(given)},
    )


def _without(level: str, on: dt.date | None) -> list[str]:
    found = sql.rows(
        """SELECT code, name FROM places_unit WHERE level = %(level)s AND geometry <> 'exact' AND CASE WHEN %(on)s::date IS NULL
           THEN valid_to IS NOT DISTINCT FROM (SELECT max(valid_to) FILTER (WHERE NOT open) FROM (SELECT valid_to, bool_or(valid_to IS NULL)
             OVER () AS open FROM places_unit WHERE level = %(level)s) x)
           ELSE valid_from <= %(on)s AND (valid_to IS NULL OR valid_to > %(on)s) END ORDER BY code""",
        {"level": level, "on": on},
    )
    return [f"{record['code']} {record['name']}" for record in found]
