"""Outlines that nobody surveyed: drawn around centres, handed back in time along the table of changes, until exact ones come.

1. Units that stand and have no exact outline get the Voronoi cell of their centre within a buffered concave hull of all centres.
2. Going back day of change by day of change, a unit that became others gets, within each heir's outline, the cell of its own centre
   among all units that went into that heir. So former communes nest in today's boundaries as soon as those are exact.
3. Districts and provinces without an exact outline are the union of what lies in them.
"""

from __future__ import annotations

from taydo.kernel import sql

HULL_TIGHTNESS = 0.3  # how closely the hull follows the centres; tried against the official outline: 92 % in common
HULL_BUFFER_M = 3000  # about half the usual distance between two centres

_STANDING = """
WITH points AS (
  SELECT id, code, level, geometry, ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 3857) AS point
  FROM places_unit WHERE level = 'commune' AND valid_to IS NULL),
hull AS (SELECT ST_Buffer(ST_ConcaveHull(ST_Collect(point), %(tight)s), %(buffer)s) AS area FROM points),
known AS (SELECT ST_Transform(ST_Union(geom), 3857) AS area FROM places_unit
          WHERE level = 'commune' AND valid_to IS NULL AND geometry = 'exact'),
cells AS (SELECT (ST_Dump(ST_VoronoiPolygons(ST_Collect(point), 0, (SELECT area FROM hull)))).geom AS cell FROM points),
drawn AS (
  SELECT p.id, ST_Intersection(c.cell, h.area) AS area FROM points p JOIN cells c ON ST_Intersects(c.cell, p.point), hull h
  WHERE p.geometry <> 'exact')
UPDATE places_unit u SET geometry = 'approximate', geometry_source = 'cell of the centre', updated_at = clock_timestamp(),
  geom = ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_Transform(
    CASE WHEN k.area IS NULL THEN d.area ELSE ST_Difference(d.area, k.area) END, 4326)), 3))
FROM drawn d, known k WHERE u.id = d.id
"""

_EARLIER = """
WITH pairs AS (
  SELECT p.id, p.geometry, s.id AS heir, s.geometry AS heir_geometry, c.part, ST_Transform(s.geom, 3857) AS area,
         ST_Translate(ST_Transform(ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326), 3857),
           300 * (row_number() OVER (PARTITION BY s.id, p.lon, p.lat ORDER BY p.code) - 1), 0) AS point,
         count(*) OVER (PARTITION BY s.id) AS sharers
  FROM places_unit_change c
  JOIN places_unit p ON p.code = c.code AND p.valid_from = c.valid_from AND p.level = 'commune'
  JOIN places_unit s ON s.code = c.to_code AND s.valid_from = c.to_valid_from
  WHERE c.changed_on = %(on)s AND s.geom IS NOT NULL),
cells AS (
  SELECT heir, (ST_Dump(ST_VoronoiPolygons(ST_Collect(point), 0, ST_Envelope(ST_Collect(area))))).geom AS cell
  FROM pairs WHERE sharers > 1 GROUP BY heir),
pieces AS (
  SELECT p.id, ST_Intersection(c.cell, p.area) AS area, 'approximate' AS geometry
  FROM pairs p JOIN cells c ON c.heir = p.heir AND ST_Intersects(c.cell, p.point) WHERE p.geometry <> 'exact'
  UNION ALL
  SELECT id, area, CASE WHEN part IN ('same', 'all') THEN heir_geometry ELSE 'approximate' END
  FROM pairs WHERE sharers = 1 AND geometry <> 'exact'),
joined AS (SELECT id, ST_Union(area) AS area, min(geometry) AS geometry FROM pieces GROUP BY id)
UPDATE places_unit u SET geometry = 'approximate', updated_at = clock_timestamp(),
  geometry_source = CASE WHEN j.geometry = 'exact' THEN 'outline of the only heir' ELSE 'part of the heirs'' outline' END,
  geom = ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_Transform(j.area, 4326)), 3))
FROM joined j WHERE u.id = j.id AND NOT ST_IsEmpty(j.area)
"""

_LEFT_OVER = """
UPDATE places_unit SET geometry = 'approximate', geometry_source = 'circle around the centre', updated_at = clock_timestamp(),
  geom = ST_Multi(ST_Buffer(ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography, 500)::geometry)
WHERE level = 'commune' AND geom IS NULL
"""

_UNIONS = """
WITH inside AS (
  SELECT a.id, ST_Union(b.geom) AS area, bool_and(b.geometry = 'exact') AND count(*) > 1 AS exact
  FROM places_unit a JOIN places_unit b ON b.parent = a.code AND b.geom IS NOT NULL
    AND b.valid_from < coalesce(a.valid_to, 'infinity') AND coalesce(b.valid_to, 'infinity') = coalesce(a.valid_to, 'infinity')
  WHERE a.level = %(level)s AND (a.geometry <> 'exact' OR a.geometry_source = 'union of its parts')
    AND b.level = CASE WHEN a.level = 'province' AND EXISTS (SELECT 1 FROM places_unit d WHERE d.parent = a.code
      AND d.level = 'district' AND d.valid_from < coalesce(a.valid_to, 'infinity') AND d.valid_to = a.valid_to)
      THEN 'district' ELSE 'commune' END
  GROUP BY a.id)
UPDATE places_unit u SET geometry = CASE WHEN i.exact THEN 'exact' ELSE 'approximate' END, geometry_source = 'union of its parts',
  updated_at = clock_timestamp(), geom = ST_Multi(ST_CollectionExtract(ST_MakeValid(i.area), 3))
FROM inside i WHERE u.id = i.id
"""

_SIMPLER = """
UPDATE places_unit SET geom_z8 = ST_SimplifyVW(m, 22500), geom_z11 = ST_SimplifyVW(m, 900)
FROM (SELECT id AS own, ST_Transform(geom, 3857) AS m FROM places_unit WHERE updated_at >= %(since)s AND geom IS NOT NULL) x
WHERE id = own
"""


def redraw(changed: str = "commune") -> int:
    """Draw every outline that is not exact and may follow from a change at this level, and the simpler copies for small scales.

    Returns how many units were drawn.
    """
    since = sql.value("SELECT clock_timestamp()")
    if changed == "commune":
        sql.execute(_STANDING, {"tight": HULL_TIGHTNESS, "buffer": HULL_BUFFER_M})
        for change in sql.rows("SELECT DISTINCT changed_on FROM places_unit_change ORDER BY changed_on DESC"):
            sql.execute(_EARLIER, {"on": change["changed_on"]})
        sql.execute(_LEFT_OVER)
        sql.execute(_UNIONS, {"level": "district"})
    if changed != "province":
        sql.execute(_UNIONS, {"level": "province"})
    return simplify(since)


def simplify(since: object) -> int:
    """Make the simpler copies (about 150 m and 30 m) of every outline changed since an instant."""
    return sql.execute(_SIMPLER, {"since": since})
