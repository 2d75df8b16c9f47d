"""PostGIS and the geometry columns, which Django does not manage."""

from django.db import migrations

FORWARD = """
CREATE EXTENSION IF NOT EXISTS postgis;
ALTER TABLE places_unit
    ADD COLUMN geom geometry(MultiPolygon, 4326),
    ADD COLUMN geom_z8 geometry(Geometry, 3857),
    ADD COLUMN geom_z11 geometry(Geometry, 3857);
CREATE INDEX places_unit_geom ON places_unit USING gist (geom);
CREATE INDEX places_unit_z8 ON places_unit USING gist (geom_z8);
CREATE INDEX places_unit_z11 ON places_unit USING gist (geom_z11);
ALTER TABLE places_waterway ADD COLUMN geom geometry(MultiLineString, 4326);
CREATE INDEX places_waterway_geom ON places_waterway USING gist (geom);
"""
BACKWARD = """
ALTER TABLE places_waterway DROP COLUMN geom;
ALTER TABLE places_unit DROP COLUMN geom, DROP COLUMN geom_z8, DROP COLUMN geom_z11;
"""


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
