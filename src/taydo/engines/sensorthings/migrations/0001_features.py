"""Which feature of interest belongs to which place, and functions that read JSON without ever failing."""

import django.db.models.deletion
from django.db import migrations, models

TABLES = """
-- The feature that stands for a location, for readings that name none (18-088, 10.2.1.1).
CREATE TABLE sensorthings_place (
    location_id integer PRIMARY KEY REFERENCES streams_location (id) ON DELETE CASCADE,
    feature_id  integer NOT NULL UNIQUE REFERENCES streams_feature (id)
);
-- Datastreams with readings that name a feature themselves: the way from a feature to its readings.
CREATE TABLE sensorthings_named (
    feature_id    integer NOT NULL REFERENCES streams_feature (id) ON DELETE CASCADE,
    datastream_id integer NOT NULL REFERENCES streams_datastream (id) ON DELETE CASCADE,
    PRIMARY KEY (feature_id, datastream_id)
);
CREATE INDEX sensorthings_named_datastream ON sensorthings_named (datastream_id);

CREATE FUNCTION sensorthings_geometry(value jsonb) RETURNS geometry LANGUAGE plpgsql IMMUTABLE PARALLEL UNSAFE AS $$
BEGIN
    IF jsonb_typeof(value) <> 'object' THEN RETURN NULL; END IF;
    IF value ->> 'type' = 'Feature' THEN value := value -> 'geometry'; END IF;
    RETURN ST_SetSRID(ST_GeomFromGeoJSON(value::text), 4326);
EXCEPTION WHEN OTHERS THEN RETURN NULL;
END $$;

CREATE FUNCTION sensorthings_instant(value text) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE PARALLEL UNSAFE
SET TimeZone TO 'UTC' AS $$
BEGIN
    RETURN CASE WHEN value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}T' THEN value::timestamptz END;
EXCEPTION WHEN OTHERS THEN RETURN NULL;
END $$;

CREATE FUNCTION sensorthings_number(value jsonb) RETURNS float8 LANGUAGE plpgsql IMMUTABLE PARALLEL UNSAFE AS $$
BEGIN
    RETURN CASE WHEN jsonb_typeof(value) = 'number' THEN (value #>> '{}')::float8 END;
EXCEPTION WHEN OTHERS THEN RETURN NULL;
END $$;

-- Functions that catch errors open a subtransaction, which a parallel plan cannot: they are PARALLEL UNSAFE.
-- The feature of a reading that names none: that of the place where its thing stood when it was received.
CREATE FUNCTION sensorthings_feature_of(datastream integer, received timestamptz) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT p.feature_id FROM streams_historicallocation h
         JOIN streams_historicallocation_location hl ON hl.historicallocation_id = h.id
         JOIN sensorthings_place p ON p.location_id = hl.location_id
         WHERE h.thing_id = d.thing_id AND h.time <= received ORDER BY h.time DESC, h.id DESC LIMIT 1),
        (SELECT p.feature_id FROM streams_thing_location tl JOIN sensorthings_place p ON p.location_id = tl.location_id
         WHERE tl.thing_id = d.thing_id ORDER BY p.location_id LIMIT 1))
    FROM streams_datastream d WHERE d.id = datastream
$$;

-- Every location on which a thing stands gets its feature at once, through whichever door it came.
CREATE FUNCTION sensorthings_places() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    place record;
    made integer;
BEGIN
    FOR place IN SELECT DISTINCT l.* FROM added JOIN streams_location l ON l.id = added.location_id
                 WHERE NOT EXISTS (SELECT FROM sensorthings_place p WHERE p.location_id = l.id) LOOP
        INSERT INTO streams_feature (name, description, encoding_type, feature, properties)
        VALUES (place.name, place.description, place.encoding_type, place.location, place.properties) RETURNING id INTO made;
        INSERT INTO sensorthings_place VALUES (place.id, made);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER sensorthings_places AFTER INSERT ON streams_thing_location
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION sensorthings_places();
CREATE INDEX sensorthings_location_geometry ON streams_location USING gist (sensorthings_geometry(location));
CREATE INDEX sensorthings_feature_geometry ON streams_feature USING gist (sensorthings_geometry(feature));
CREATE INDEX sensorthings_history ON streams_historicallocation (thing_id, time DESC);

-- Places that stood before this engine came.
DO $$
DECLARE
    place record;
    made integer;
BEGIN
    FOR place IN SELECT l.* FROM streams_location l
                 WHERE EXISTS (SELECT FROM streams_thing_location tl WHERE tl.location_id = l.id) LOOP
        INSERT INTO streams_feature (name, description, encoding_type, feature, properties)
        VALUES (place.name, place.description, place.encoding_type, place.location, place.properties) RETURNING id INTO made;
        INSERT INTO sensorthings_place VALUES (place.id, made);
    END LOOP;
END $$;
"""

UNDO = """
DROP INDEX sensorthings_history, sensorthings_feature_geometry, sensorthings_location_geometry;
DROP TRIGGER sensorthings_places ON streams_thing_location;
DROP FUNCTION sensorthings_places();
DROP FUNCTION sensorthings_feature_of(integer, timestamptz);
DROP FUNCTION sensorthings_number(jsonb);
DROP FUNCTION sensorthings_instant(text);
DROP FUNCTION sensorthings_geometry(jsonb);
DROP TABLE sensorthings_named, sensorthings_place;
"""


def _to(model: str, **options: object) -> models.ForeignKey:
    return models.ForeignKey(f"streams.{model}", django.db.models.deletion.CASCADE, related_name="+", **options)


_ONE = {"related_name": "+", "serialize": False}
MODELS = [
    migrations.CreateModel("Place", [
        ("location", models.OneToOneField("streams.Location", django.db.models.deletion.CASCADE, primary_key=True, **_ONE)),
        ("feature", models.OneToOneField("streams.Feature", django.db.models.deletion.PROTECT, related_name="+")),
    ], {"db_table": "sensorthings_place"}),
    migrations.CreateModel("Named", [
        ("pk", models.CompositePrimaryKey("feature_id", "datastream_id", blank=True, editable=False, primary_key=True,
                                          serialize=False)),
        ("feature", _to("feature", db_index=False)),
        ("datastream", _to("datastream", db_index=False)),
    ], {"db_table": "sensorthings_named"}),
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("streams", "0002_readings")]
    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS postgis", migrations.RunSQL.noop),
        # Django's own SQL splitting would tear the functions' bodies apart; psycopg runs the script as it stands.
        migrations.RunSQL([TABLES], [UNDO], state_operations=MODELS),
    ]
