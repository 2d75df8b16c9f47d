"""Every write of streams besides readings themselves (`ingest.take`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from taydo.engines.streams import messages
from taydo.engines.streams.events import ReadingsWithdrawn
from taydo.engines.streams.readings import WITHDRAWN
from taydo.kernel import errors, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.events import emit

BOUNDS = ("low", "high", "max_step", "expected_every_s", "stuck_after")
RERUN_MOST = 5000


@action("streams.declare")
def register_thing(
    viewer: Viewer,
    code: str,
    name: str,
    *,
    agency: str = "",
    kind: str = "",
    description: str = "",
    properties: dict[str, Any] | None = None,
    simulated: bool = False,
    public: bool = True,
    lon: float | None = None,
    lat: float | None = None,
    unit_code: str = "",
) -> int:
    """Registers a thing, or brings the one of this code up to date; returns its id. `lon`, `lat`: WGS84 degrees."""
    viewer.require("streams.declare", agency)
    owner = sql.value("SELECT agency FROM streams_thing WHERE code = %(code)s", {"code": code})
    if owner is not None:
        viewer.require("streams.declare", owner)
    about("thing", code, agency)
    thing_id = sql.value(
        """INSERT INTO streams_thing (code, name, description, properties, agency, kind, simulated, public, lon, lat,
                                      unit_code)
           VALUES (%(code)s, %(name)s, %(description)s, %(properties)s::jsonb, %(agency)s, %(kind)s, %(simulated)s,
                   %(public)s, %(lon)s, %(lat)s, %(unit_code)s)
           ON CONFLICT (code) DO UPDATE SET name = excluded.name, description = excluded.description,
               properties = excluded.properties, agency = excluded.agency, kind = excluded.kind,
               simulated = excluded.simulated, public = excluded.public, lon = excluded.lon, lat = excluded.lat,
               unit_code = excluded.unit_code, retired_at = NULL RETURNING id""",
        {
            "code": code, "name": name, "description": description, "properties": json.dumps(properties or {}),
            "agency": agency, "kind": kind, "simulated": simulated, "public": public, "lon": lon, "lat": lat,
            "unit_code": unit_code,
        },
    )  # fmt: skip
    if lon is not None and lat is not None:
        _place(int(thing_id), name, lon, lat)
    return int(thing_id)


def _place(thing_id: int, name: str, lon: float, lat: float) -> None:
    """The SensorThings location that goes with the thing's coordinates; a move adds a historical location."""
    point = json.dumps({"type": "Point", "coordinates": [lon, lat]})
    sql.execute(
        """WITH new AS (
               INSERT INTO streams_location (name, location) SELECT %(name)s, %(point)s::jsonb
               WHERE NOT EXISTS (SELECT FROM streams_location l JOIN streams_thing_location tl ON tl.location_id = l.id
                                 WHERE tl.thing_id = %(thing)s AND l.location = %(point)s::jsonb)
               RETURNING id),
           gone AS (DELETE FROM streams_thing_location WHERE thing_id = %(thing)s AND EXISTS (SELECT FROM new)),
           history AS (INSERT INTO streams_historicallocation (thing_id, time) SELECT %(thing)s, now() FROM new
                       RETURNING id),
           link AS (INSERT INTO streams_historicallocation_location (historicallocation_id, location_id)
                    SELECT history.id, new.id FROM history, new)
           INSERT INTO streams_thing_location (thing_id, location_id) SELECT %(thing)s, id FROM new""",
        {"thing": thing_id, "name": name, "point": point},
    )


@action("streams.declare")
def declare_datastream(
    viewer: Viewer,
    thing: str,
    parameter: str,
    name: str,
    *,
    symbol: str = "",
    unit_name: str = "",
    unit_symbol: str = "",
    unit_definition: str = "",
    parameter_name: str = "",
    definition: str = "",
    sensor: str = "",
    description: str = "",
    properties: dict[str, Any] | None = None,
    public: bool = True,
    **bounds: float | int | None,
) -> int:
    """Declares what a thing (by code) measures, or brings it up to date by its symbol; returns the datastream's id.

    `parameter`: the observed property's code, made when new. `bounds`: the columns named in BOUNDS.
    """
    unknown = sorted(set(bounds) - set(BOUNDS))
    if unknown:
        raise errors.invalid("bounds", f"Không rõ giới hạn {unknown}.", f"Unknown bounds {unknown}.")
    station = _thing(viewer, thing)
    about("datastream", f"{thing}/{parameter}", station["agency"])
    observed = _observed_property(parameter, parameter_name or parameter, definition)
    return _datastream(
        {
            "thing": station["id"], "observed": observed, "sensor": _sensor(sensor or f"{thing} {parameter}"), "name": name,
            "description": description, "unit_name": unit_name, "unit_symbol": unit_symbol,
            "unit_definition": unit_definition, "properties": json.dumps(properties or {}), "public": public,
            "symbol": symbol or parameter, **{bound: bounds.get(bound) for bound in BOUNDS},
        }
    )  # fmt: skip


def _thing(viewer: Viewer, code: str) -> dict[str, Any]:
    found = sql.row("SELECT id, agency FROM streams_thing WHERE code = %(code)s", {"code": code})
    if found is None:
        raise errors.missing("no_thing", "Không có trạm này.", "There is no such station.", thing=code)
    viewer.require("streams.declare", found["agency"])
    return found


def _observed_property(code: str, name: str, definition: str) -> int:
    return int(
        sql.value(
            """INSERT INTO streams_observedproperty (code, name, definition) VALUES (%(code)s, %(name)s, %(definition)s)
               ON CONFLICT (code) DO UPDATE SET code = excluded.code RETURNING id""",
            {"code": code, "name": name, "definition": definition},
        )
    )


def _sensor(name: str) -> int:
    found = sql.value("SELECT id FROM streams_sensor WHERE name = %(name)s ORDER BY id LIMIT 1", {"name": name})
    return int(found or sql.value("INSERT INTO streams_sensor (name) VALUES (%(name)s) RETURNING id", {"name": name}))


def _datastream(fields: dict[str, Any]) -> int:
    columns = [
        "sensor_id", "observedproperty_id", "name", "description", "unit_name", "unit_symbol", "unit_definition",
        "properties", "public", *BOUNDS,
    ]  # fmt: skip
    updates = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return int(
        sql.value(
            f"""INSERT INTO streams_datastream AS d (thing_id, symbol, {", ".join(columns)})
                VALUES (%(thing)s, %(symbol)s, %(sensor)s, %(observed)s, %(name)s, %(description)s, %(unit_name)s,
                        %(unit_symbol)s, %(unit_definition)s, %(properties)s::jsonb, %(public)s, %(low)s, %(high)s,
                        %(max_step)s, %(expected_every_s)s, %(stuck_after)s)
                ON CONFLICT (thing_id, symbol) WHERE symbol <> '' DO UPDATE SET {updates} RETURNING id""",
            fields,
        )
    )


@action("streams.declare")
def retire_thing(viewer: Viewer, code: str) -> None:
    """The thing stops: it leaves the lists, its readings stay, new ones are refused."""
    station = _thing(viewer, code)
    about("thing", code, station["agency"])
    sql.execute("UPDATE streams_thing SET retired_at = now() WHERE id = %(id)s", station)


@action("streams.check")
def withdraw(viewer: Viewer, datastream_id: int, start: datetime, end: datetime, why: str) -> int:
    """Marks readings of [start, end) as invalid; they stay, but out of series and averages. Returns how many."""
    agency = sql.value(
        "SELECT t.agency FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id WHERE d.id = %(id)s",
        {"id": datastream_id},
    )
    if agency is None:
        raise errors.missing("no_datastream", "Không có chuỗi số liệu này.", "There is no such datastream.")
    viewer.require("streams.check", agency)
    about("datastream", datastream_id, agency)
    count = sql.execute(
        f"""WITH changed AS (
                UPDATE streams_observation SET flags = flags | {WITHDRAWN} WHERE datastream_id = %(id)s
                AND phenomenon_time >= %(start)s AND phenomenon_time < %(end)s AND flags & {WITHDRAWN} = 0
                RETURNING phenomenon_time),
            latest AS (
                UPDATE streams_latest SET flags = flags | {WITHDRAWN} WHERE datastream_id = %(id)s
                AND phenomenon_time >= %(start)s AND phenomenon_time < %(end)s)
            INSERT INTO streams_dirty SELECT %(id)s, date_trunc('hour', phenomenon_time) FROM changed""",
        {"id": datastream_id, "start": start, "end": end},
    )
    emit(ReadingsWithdrawn(datastream_id, start.isoformat(), end.isoformat(), count, why), datastream_id)
    return count


@action("streams.check")
def rerun_quarantine(viewer: Viewer, ids: Sequence[int]) -> dict[str, int]:
    """Hands held readings in again, after what was wrong was put right. Returns how many were taken and are still held."""
    held = _held(viewer, ids)
    taken = messages.take_again(held)
    sql.execute("UPDATE streams_quarantine SET state = 'taken' WHERE id = ANY(%(ids)s)", {"ids": taken})
    return {"taken": len(taken), "held": len(held) - len(taken)}


@action("streams.check")
def dismiss_quarantine(viewer: Viewer, ids: Sequence[int]) -> int:
    """Lays held readings aside for good; they stay readable. Returns how many."""
    chosen = [row["id"] for row in _held(viewer, ids)]
    return sql.execute("UPDATE streams_quarantine SET state = 'dismissed' WHERE id = ANY(%(ids)s)", {"ids": chosen})


def _held(viewer: Viewer, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Held readings by id, locked; each must belong to an agency the viewer checks for (none: the whole city's)."""
    held = sql.rows(
        """SELECT q.*, coalesce(t.agency, '') AS agency FROM streams_quarantine q
           LEFT JOIN streams_thing t ON t.id = q.thing_id
           WHERE q.id = ANY(%(ids)s) AND q.state = 'held' ORDER BY q.id FOR UPDATE OF q""",
        {"ids": list(ids)[:RERUN_MOST]},
    )
    for agency in {row["agency"] for row in held}:
        viewer.require("streams.check", agency)
    about("quarantine", ",".join(str(row["id"]) for row in held[:20]))
    return held
