"""Who has fallen silent, and which sensor hangs: found in sets, told once when it begins and once when it ends."""

from __future__ import annotations

from django.db import transaction

from taydo.engines.streams import readings
from taydo.engines.streams.events import SensorMovedAgain, SensorStuck, StationSpokeAgain, StationWentSilent
from taydo.engines.streams.queries import SILENT_TIMES
from taydo.kernel import clock, sql
from taydo.kernel.events import emit

# A thing speaks as long as any of its datastreams does. One that never reported is silent only in lists, not news.
TURNED = f"""
WITH now AS (
    SELECT t.id, t.code, t.agency, max(l.phenomenon_time) AS last_at,
           bool_and(l.phenomenon_time < %(now)s - {SILENT_TIMES} * d.expected_every_s * interval '1 second') AS silent
    FROM streams_thing t JOIN streams_datastream d ON d.thing_id = t.id AND d.expected_every_s > 0
    JOIN streams_latest l ON l.datastream_id = d.id
    WHERE t.retired_at IS NULL GROUP BY t.id),
turned AS (
    SELECT n.*, s.silent_since FROM now n LEFT JOIN streams_silent s ON s.thing_id = n.id
    WHERE n.silent <> (s.thing_id IS NOT NULL)),
begun AS (
    INSERT INTO streams_silent (thing_id, silent_since) SELECT id, last_at FROM turned WHERE silent
    ON CONFLICT DO NOTHING),
ended AS (DELETE FROM streams_silent WHERE thing_id IN (SELECT id FROM turned WHERE NOT silent))
SELECT id, code, agency, silent, last_at,
       extract(epoch FROM %(now)s - CASE WHEN silent THEN last_at ELSE silent_since END)::bigint AS seconds
FROM turned ORDER BY id
"""
STUCK = f"""
WITH now AS (
    SELECT d.id, d.thing_id, t.agency, l.result, l.same
    FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id JOIN streams_latest l ON l.datastream_id = d.id
    WHERE l.flags & {readings.STUCK} <> 0 AND t.retired_at IS NULL),
ended AS (
    DELETE FROM streams_stuck s USING streams_datastream d JOIN streams_thing t ON t.id = d.thing_id
    WHERE s.datastream_id = d.id AND NOT EXISTS (SELECT FROM now n WHERE n.id = d.id)
    RETURNING d.id, d.thing_id, t.agency),
begun AS (INSERT INTO streams_stuck (datastream_id) SELECT id FROM now ON CONFLICT DO NOTHING RETURNING datastream_id)
SELECT n.id, n.thing_id, n.agency, n.result, n.same, true AS stuck FROM now n JOIN begun b ON b.datastream_id = n.id
UNION ALL SELECT id, thing_id, agency, NULL, NULL, false FROM ended
"""


def watch() -> None:
    """Emits StationWentSilent / StationSpokeAgain and SensorStuck / SensorMovedAgain for what turned since the last run."""
    with transaction.atomic():
        for row in sql.rows(TURNED, {"now": clock.now()}):
            if row["silent"]:
                last_at = row["last_at"].isoformat()
                emit(StationWentSilent(row["id"], row["code"], row["agency"], last_at, row["seconds"]), row["code"])
            else:
                emit(StationSpokeAgain(row["id"], row["code"], row["agency"], row["seconds"]), row["code"])
        for row in sql.rows(STUCK):
            if row["stuck"]:
                emit(SensorStuck(row["id"], row["thing_id"], row["agency"], row["result"], row["same"]), row["id"])
            else:
                emit(SensorMovedAgain(row["id"], row["thing_id"], row["agency"]), row["id"])
