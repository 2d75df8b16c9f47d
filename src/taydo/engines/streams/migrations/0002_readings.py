"""The tables every reading touches, in plain SQL: written and read in sets only."""

from django.db import migrations

TABLES = """
CREATE TABLE streams_observation (
    datastream_id   integer          NOT NULL,
    phenomenon_time timestamptz      NOT NULL,
    result          double precision,
    flags           smallint         NOT NULL DEFAULT 0,
    received_at     timestamptz      NOT NULL DEFAULT now(),
    extra           jsonb,
    PRIMARY KEY (datastream_id, phenomenon_time)
) PARTITION BY RANGE (phenomenon_time);
-- Readings of a month that nobody made ready land here, so that none is ever refused for want of a partition.
CREATE TABLE streams_observation_default PARTITION OF streams_observation DEFAULT;

CREATE TABLE streams_latest (
    datastream_id   integer PRIMARY KEY,
    phenomenon_time timestamptz NOT NULL,
    result          double precision,
    flags           smallint NOT NULL DEFAULT 0,
    received_at     timestamptz NOT NULL DEFAULT now(),
    previous        double precision,
    previous_time   timestamptz,
    same            integer
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.5, autovacuum_vacuum_threshold = 5000);

CREATE TABLE streams_hourly (
    datastream_id integer NOT NULL, at timestamptz NOT NULL, n integer NOT NULL,
    mean double precision, min double precision, max double precision, sum double precision, last double precision,
    PRIMARY KEY (datastream_id, at)
);
-- `at` is the local midnight (Asia/Ho_Chi_Minh) at which the day begins.
CREATE TABLE streams_daily (LIKE streams_hourly INCLUDING ALL);

-- Append only, without a key: whoever rolls up deletes exactly the rows it saw, so a mark written meanwhile stays.
CREATE TABLE streams_dirty (datastream_id integer NOT NULL, hour timestamptz NOT NULL);

CREATE TABLE streams_watch (datastream_id integer PRIMARY KEY, low double precision, high double precision);
-- A queue: read it with DELETE … RETURNING. `seq` is not in commit order, so never remember "the last seq seen".
CREATE TABLE streams_watched (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    datastream_id integer NOT NULL, phenomenon_time timestamptz NOT NULL,
    result double precision, flags smallint NOT NULL DEFAULT 0
);

CREATE TABLE streams_quarantine (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    received_at   timestamptz NOT NULL DEFAULT now(),
    door          text NOT NULL,
    source        text NOT NULL DEFAULT '',
    raw           text NOT NULL,
    size          integer NOT NULL DEFAULT 0,
    reason        text NOT NULL,
    detail        text NOT NULL DEFAULT '',
    thing_id      integer,
    datastream_id integer,
    state         text NOT NULL DEFAULT 'held' CHECK (state IN ('held', 'taken', 'dismissed')),
    origin        text UNIQUE
);
CREATE INDEX streams_quarantine_thing ON streams_quarantine (thing_id, received_at) WHERE state = 'held';
CREATE INDEX streams_quarantine_held ON streams_quarantine (id) WHERE state = 'held';

-- What was told as silent or stuck and has not ended yet.
CREATE TABLE streams_silent (thing_id integer PRIMARY KEY, silent_since timestamptz NOT NULL);
CREATE TABLE streams_stuck (datastream_id integer PRIMARY KEY, stuck_since timestamptz NOT NULL DEFAULT now());

CREATE TABLE streams_archive (
    day date PRIMARY KEY, path text NOT NULL, rows bigint NOT NULL, checksum text NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now()
);
"""

FUNCTIONS = """
-- Makes the partition that holds `at`: a month, or a whole year when that year lies more than two years back
-- (replayed history would otherwise make hundreds); what is older than 2000 stays in the DEFAULT
-- partition. Rows of the month that wait in the DEFAULT partition move.
CREATE FUNCTION streams_make_partition(at timestamptz) RETURNS text LANGUAGE plpgsql SET TimeZone TO 'UTC' AS $$
DECLARE
    y timestamptz := date_trunc('year', at);
    yearly boolean := y < date_trunc('year', now()) - interval '2 years';
    lower timestamptz := CASE WHEN yearly THEN y ELSE date_trunc('month', at) END;
    upper timestamptz := lower + CASE WHEN yearly THEN interval '1 year' ELSE interval '1 month' END;
    name text;
BEGIN
    IF at < '2000-01-01' THEN RETURN 'streams_observation_default'; END IF;
    name := 'streams_observation_' || to_char(lower, CASE WHEN yearly THEN 'YYYY' ELSE 'YYYYMM' END);
    IF to_regclass(name) IS NOT NULL THEN RETURN name; END IF;
    PERFORM pg_advisory_xact_lock(hashtext('streams_make_partition'));
    IF to_regclass(name) IS NOT NULL THEN RETURN name; END IF;
    -- A year whose months exist already keeps to months.
    IF yearly AND EXISTS (SELECT FROM pg_class WHERE relname LIKE name || '__' AND relkind = 'r') THEN
        lower := date_trunc('month', at);
        upper := lower + interval '1 month';
        name := 'streams_observation_' || to_char(lower, 'YYYYMM');
        IF to_regclass(name) IS NOT NULL THEN RETURN name; END IF;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE streams_observation INCLUDING ALL)', name);
    EXECUTE format('WITH moved AS (DELETE FROM streams_observation_default WHERE phenomenon_time >= %L '
        'AND phenomenon_time < %L RETURNING *) INSERT INTO %I SELECT * FROM moved', lower, upper, name);
    EXECUTE format('ALTER TABLE streams_observation ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        name, lower, upper);
    RETURN name;
END $$;

-- Tells long-running readers of the registry that it changed; delivered at commit.
CREATE FUNCTION streams_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN NOTIFY streams_changed; RETURN NULL; END $$;
CREATE TRIGGER streams_changed AFTER INSERT OR UPDATE OR DELETE ON streams_thing
    FOR EACH STATEMENT EXECUTE FUNCTION streams_changed();
CREATE TRIGGER streams_changed AFTER INSERT OR UPDATE OR DELETE ON streams_datastream
    FOR EACH STATEMENT EXECUTE FUNCTION streams_changed();

-- Readings carry no foreign key (it would be checked for every row); a deleted datastream takes its readings along.
CREATE FUNCTION streams_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM streams_observation WHERE datastream_id IN (SELECT id FROM gone);
    DELETE FROM streams_latest WHERE datastream_id IN (SELECT id FROM gone);
    DELETE FROM streams_hourly WHERE datastream_id IN (SELECT id FROM gone);
    DELETE FROM streams_daily WHERE datastream_id IN (SELECT id FROM gone);
    DELETE FROM streams_watch WHERE datastream_id IN (SELECT id FROM gone);
    DELETE FROM streams_stuck WHERE datastream_id IN (SELECT id FROM gone);
    RETURN NULL;
END $$;
CREATE TRIGGER streams_forget AFTER DELETE ON streams_datastream
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION streams_forget();
"""

UNDO = """
DROP TRIGGER streams_forget ON streams_datastream;
DROP TRIGGER streams_changed ON streams_datastream;
DROP TRIGGER streams_changed ON streams_thing;
DROP FUNCTION streams_forget();
DROP FUNCTION streams_changed();
DROP FUNCTION streams_make_partition(timestamptz);
DROP TABLE streams_silent, streams_stuck, streams_archive, streams_quarantine, streams_watched, streams_watch, streams_dirty, streams_daily,
    streams_hourly, streams_latest, streams_observation;
"""


class Migration(migrations.Migration):
    dependencies = [("streams", "0001_entities")]
    operations = [
        # Django's own SQL splitting would tear the functions' bodies apart; psycopg runs the script as it stands.
        migrations.RunSQL([TABLES], "SELECT 1"),
        migrations.RunSQL([FUNCTIONS], UNDO),
    ]
