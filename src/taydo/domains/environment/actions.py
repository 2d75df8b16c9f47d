"""Writes of the environment domain: compute indices, record calibrations, declare the city's stations."""

from __future__ import annotations

import csv
import datetime as dt
import json
import secrets
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password

from taydo.engines.alerts import actions as alert_actions
from taydo.engines.alerts import limits
from taydo.engines.alerts import queries as alerts
from taydo.engines.cases import actions as cases
from taydo.engines.cases.casetype import Deadline
from taydo.engines.places import queries as places
from taydo.engines.streams import actions as streams
from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid, missing
from taydo.kernel.i18n import t
from taydo.kernel.models import Actor, Grant
from taydo.kernel.specs import Label, Spec, city, load

from . import rules
from .models import Calibration

CHANGED = """
SELECT t.id AS thing_id, t.kind, h.at, sum(h.n)::int AS readings
FROM streams_hourly h JOIN streams_datastream d ON d.id = h.datastream_id JOIN streams_thing t ON t.id = d.thing_id
WHERE t.kind IN ('air', 'water') AND h.at >= %(since)s AND h.at <= %(until)s GROUP BY 1, 2, 3
"""
UPSERT = """
INSERT INTO environment_index (thing_id, kind, at, value, dominant, parts, readings)
SELECT * FROM unnest(%(thing)s::int[], %(kind)s::text[], %(at)s::timestamptz[], %(value)s::int[], %(dominant)s::text[], %(parts)s::jsonb[], %(n)s::int[])
ON CONFLICT (thing_id, kind, at) DO UPDATE SET value = excluded.value, dominant = excluded.dominant, parts = excluded.parts,
  readings = excluded.readings, computed_at = now()
"""


@action("environment.compute")
def compute_indices(viewer: Viewer, since: dt.datetime, until: dt.datetime, force: bool = False) -> int:
    """Compute VN_AQI and VN_WQI for every station and hour whose means changed between two instants; returns hours written.

    An hour counts as changed when the number of readings behind it differs from when its index was computed; an air hour
    carries the eleven after it along, for the nowcast looks back twelve hours.
    """
    behind = sql.rows(CHANGED, {"since": since, "until": until})
    known = {
        (item["thing_id"], item["at"]): item["readings"]
        for item in sql.rows(
            "SELECT thing_id, at, readings FROM environment_index WHERE kind IN ('aqi_h', 'wqi') AND at BETWEEN %(a)s AND %(b)s",
            {"a": since, "b": until},
        )
    }
    counts = {(item["thing_id"], item["at"]): item["readings"] for item in behind}
    wanted: dict[tuple[int, str], set[dt.datetime]] = {}
    for item in behind:
        if force or known.get((item["thing_id"], item["at"])) != item["readings"]:
            wanted.setdefault((item["thing_id"], item["kind"]), set()).add(item["at"])
    written: list[tuple[int, str, rules.Hourly, int]] = []
    for (thing_id, kind), hours in wanted.items():
        found = _air(thing_id, hours, until) if kind == "air" else _water(thing_id, hours)
        found += [rules.Hourly(hour, None, "", {}) for hour in hours - {index.at for index in found}]
        written += [
            (thing_id, "aqi_h" if kind == "air" else "wqi", hour, counts[thing_id, hour.at])
            for hour in found
            if (thing_id, hour.at) in counts
        ]
    _store(written)
    days = {(thing, hour.at.astimezone(clock.LOCAL).date()) for thing, kind, hour, _ in written if kind == "aqi_h"}
    _store([day for thing, on in sorted(days) if (day := _day(thing, on))])
    return len(written)


def _means(thing_id: int, first: dt.datetime, last: dt.datetime) -> dict[str, dict[dt.datetime, float]]:
    found: dict[str, dict[dt.datetime, float]] = {}
    for item in sql.rows(
        """SELECT p.code, h.at, h.mean FROM streams_hourly h JOIN streams_datastream d ON d.id = h.datastream_id
           JOIN streams_observedproperty p ON p.id = d.observedproperty_id
           WHERE d.thing_id = %(t)s AND h.at BETWEEN %(a)s AND %(b)s AND h.n > 0""",
        {"t": thing_id, "a": first, "b": last},
    ):
        found.setdefault(item["code"], {})[item["at"]] = item["mean"]
    return found


def _air(thing_id: int, hours: set[dt.datetime], until: dt.datetime) -> list[rules.Hourly]:
    first, last = min(hours), min(max(hours) + 11 * rules.HOUR, until)
    span = rules.gapless(first - 11 * rules.HOUR, last)
    return [hour for hour in rules.air_hours(span, _means(thing_id, span[0], span[-1])) if hour.at >= first]


def _water(thing_id: int, hours: set[dt.datetime]) -> list[rules.Hourly]:
    means = _means(thing_id, min(hours), max(hours))
    found = []
    for at in sorted(hours):
        index = rules.water_index({name: values[at] for name, values in means.items() if at in values})
        if index:
            found.append(rules.Hourly(at, index.value, index.dominant, index.parts))
    return found


def _day(thing_id: int, on: dt.date) -> tuple[int, str, rules.Hourly, int] | None:
    start = dt.datetime.combine(on, dt.time(), clock.LOCAL).astimezone(dt.UTC)
    hours = [start + rules.HOUR * n for n in range(24)]
    means = _means(thing_id, hours[0], hours[-1])
    index = rules.air_day({name: [values.get(hour) for hour in hours] for name, values in means.items()})
    if index is None:
        return None
    return (
        thing_id,
        "aqi_d",
        rules.Hourly(start, index.value, index.dominant, index.parts),
        sum(map(len, means.values())),
    )


def _store(items: list[tuple[int, str, rules.Hourly, int]]) -> None:
    if items:
        sql.execute(
            UPSERT,
            {
                "thing": [item[0] for item in items],
                "kind": [item[1] for item in items],
                "at": [item[2].at for item in items],
                "value": [item[2].value for item in items],
                "dominant": [item[2].dominant for item in items],
                "parts": [json.dumps(item[2].parts) for item in items],
                "n": [item[3] for item in items],
            },
        )


@action("environment.calibrate")
def calibrate(
    viewer: Viewer,
    code: str,
    result: str,
    at: dt.datetime,
    by_name: str,
    datastream_id: int | None = None,
    drift: float | None = None,
    note: str = "",
    next_on: dt.date | None = None,
) -> int:
    """Record a calibration or check of a station's device; returns its id. Raises 404, 403 and 422 problems."""
    thing = sql.row("SELECT id, agency FROM streams_thing WHERE code = %(c)s", {"c": code})
    if thing is None:
        raise missing("no_station", f"Không có trạm “{code}”.", f"There is no station “{code}”.", code=code)
    viewer.require("environment.calibrate", thing["agency"])
    if result not in Calibration.Result.values:
        raise invalid(
            "wrong_result",
            "Kết quả phải là passed, adjusted hoặc failed.",
            "The result must be passed, adjusted or failed.",
            result=result,
        )
    if at > clock.now():
        raise invalid(
            "in_future", "Thời điểm hiệu chuẩn ở tương lai.", "The time of calibration is in the future.", at=str(at)
        )
    about("station", code, thing["agency"])
    made = Calibration.objects.create(
        thing_id=thing["id"], datastream_id=datastream_id, at=at, by_name=by_name, recorded_by=viewer.actor_id, result=result,
        drift=drift, note=note, next_on=next_on,
    )  # fmt: skip
    return int(made.pk)


class Unit(Spec):
    """A unit of measurement by name, symbol and UCUM code."""

    name: str
    symbol: str
    ucum: str


class Parameter(Spec):
    """A quantity that stations measure, with the band a working device stays in."""

    symbol: str
    name: Label
    unit: Unit
    low: float
    high: float
    max_step: float
    stuck_after: int = 0
    decimals: int = 1
    sum: bool = False


class Kind(Spec):
    """What a station of this kind measures, and how often."""

    name: Label
    every_s: int
    parameters: list[str]


class Parameters(Spec):
    """`parameters.yaml` of a city."""

    parameters: dict[str, Parameter]
    kinds: dict[str, Kind]


def parameters(folder: Path) -> Parameters:
    """The city's parameters and station kinds."""
    return load(folder / "parameters.yaml", Parameters)


@action("environment.load_stations")
def load_stations(viewer: Viewer, folder: Path) -> str:
    """Declare every station of `stations.csv` with its datastreams; idempotent, set-based."""
    known = parameters(folder)
    with (folder / "stations.csv").open(encoding="utf-8") as source:
        stations = list(csv.DictReader(line for line in source if not line.startswith("#")))
    points = [(float(item["lon"]), float(item["lat"])) for item in stations]
    units = places.units_at(points, clock.today())
    _properties(known)
    _things(stations, units, known)
    made = _datastreams(known)
    return f"{len(stations)} stations, {made} datastreams"


def _properties(known: Parameters) -> None:
    sql.execute(
        """INSERT INTO streams_observedproperty (code, name, definition, description, properties)
           SELECT code, name, 'urn:taydo:parameter:' || code, description, props::jsonb
           FROM unnest(%(code)s::text[], %(name)s::text[], %(en)s::text[], %(props)s::text[]) AS x(code, name, description, props)
           ON CONFLICT (code) DO UPDATE SET name = excluded.name, description = excluded.description, properties = excluded.properties""",
        {
            "code": list(known.parameters),
            "name": [item.name.vi for item in known.parameters.values()],
            "en": [item.name.en for item in known.parameters.values()],
            "props": [
                json.dumps({"name_en": item.name.en, "decimals": item.decimals, "sum": item.sum})
                for item in known.parameters.values()
            ],
        },
    )


def _things(stations: list[dict[str, str]], units: list[str | None], known: Parameters) -> None:
    sql.execute(
        """INSERT INTO streams_thing (code, kind, name, description, agency, lon, lat, unit_code, simulated, public, properties)
           SELECT code, kind, name, note, agency, lon, lat, coalesce(unit, ''), simulated, TRUE, props::jsonb
           FROM unnest(%(code)s::text[], %(kind)s::text[], %(name)s::text[], %(note)s::text[], %(agency)s::text[], %(lon)s::float8[], %(lat)s::float8[],
             %(unit)s::text[], %(simulated)s::bool[], %(props)s::text[]) AS x(code, kind, name, note, agency, lon, lat, unit, simulated, props)
           ON CONFLICT (code) DO UPDATE SET kind = excluded.kind, name = excluded.name, description = excluded.description,
             agency = excluded.agency, lon = excluded.lon, lat = excluded.lat, unit_code = excluded.unit_code,
             simulated = excluded.simulated, properties = streams_thing.properties || excluded.properties""",
        {
            "code": [item["code"] for item in stations],
            "kind": [item["kind"] for item in stations],
            "name": [item["name"] for item in stations],
            "note": [item["note"] for item in stations],
            "agency": [item["agency"] for item in stations],
            "lon": [float(item["lon"]) for item in stations],
            "lat": [float(item["lat"]) for item in stations],
            "unit": units,
            "simulated": [item["simulated"] == "yes" for item in stations],
            "props": [
                json.dumps({"name_en": item["name_en"], "water_class": item["water_class"], "gauge": item["gauge"]})
                for item in stations
            ],
        },
    )
    _locations()


def _locations() -> None:
    sql.execute(
        """WITH made AS (
             INSERT INTO streams_location (name, description, encoding_type, location, properties)
             SELECT t.code, t.name, 'application/geo+json', jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(t.lon, t.lat)), '{}'
             FROM streams_thing t WHERE t.lon IS NOT NULL AND NOT EXISTS (SELECT 1 FROM streams_thing_location x WHERE x.thing_id = t.id)
             RETURNING id, name)
           INSERT INTO streams_thing_location (thing_id, location_id) SELECT t.id, made.id FROM made JOIN streams_thing t ON t.code = made.name"""
    )


def _datastreams(known: Parameters) -> int:
    rows: list[dict[str, Any]] = [
        {"kind": kind, "every": item.every_s, "parameter": name, "spec": known.parameters[name]}
        for kind, item in known.kinds.items()
        for name in item.parameters
    ]
    sql.execute(
        "INSERT INTO streams_sensor (name, description, metadata) SELECT 'Thiết bị quan trắc tự động', 'Automatic station device', '\"\"'"
        " WHERE NOT EXISTS (SELECT 1 FROM streams_sensor WHERE name = 'Thiết bị quan trắc tự động')"
    )
    sql.execute(
        """INSERT INTO streams_datastream (thing_id, sensor_id, observedproperty_id, name, description, observation_type, unit_name, unit_symbol,
             unit_definition, symbol, low, high, max_step, expected_every_s, stuck_after)
           SELECT t.id, s.id, p.id, t.name || ' – ' || p.name, p.description, 'http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement',
             x.unit_name, x.unit_symbol, 'ucum:' || x.ucum, x.symbol, x.low, x.high, x.max_step, x.every, nullif(x.stuck, 0)
           FROM unnest(%(kind)s::text[], %(parameter)s::text[], %(unit_name)s::text[], %(unit_symbol)s::text[], %(ucum)s::text[], %(symbol)s::text[],
               %(low)s::float8[], %(high)s::float8[], %(max_step)s::float8[], %(every)s::int[], %(stuck)s::int[])
             AS x(kind, parameter, unit_name, unit_symbol, ucum, symbol, low, high, max_step, every, stuck)
           JOIN streams_thing t ON t.kind = x.kind JOIN streams_observedproperty p ON p.code = x.parameter
           JOIN streams_sensor s ON s.name = 'Thiết bị quan trắc tự động'
           WHERE NOT EXISTS (SELECT 1 FROM streams_datastream d WHERE d.thing_id = t.id AND d.observedproperty_id = p.id)
           ORDER BY t.code, x.parameter""",
        {
            "kind": [item["kind"] for item in rows],
            "parameter": [item["parameter"] for item in rows],
            "unit_name": [item["spec"].unit.name for item in rows],
            "unit_symbol": [item["spec"].unit.symbol for item in rows],
            "ucum": [item["spec"].unit.ucum for item in rows],
            "symbol": [item["spec"].symbol for item in rows],
            "low": [item["spec"].low for item in rows],
            "high": [item["spec"].high for item in rows],
            "max_step": [item["spec"].max_step for item in rows],
            "every": [item["every"] for item in rows],
            "stuck": [item["spec"].stuck_after for item in rows],
        },
    )
    return int(sql.value("SELECT count(*) FROM streams_datastream"))


@action("environment.connect")
def connect_station(
    viewer: Viewer,
    code: str,
    kind: str,
    name: str,
    agency: str,
    lon: float,
    lat: float,
    *,
    name_en: str = "",
    public: bool = True,
) -> dict[str, str]:
    """Register a station of a known kind with its datastreams, and give its device a user name and a password, shown once.

    422 names every field that is wrong; 409 when the code is taken.
    """
    viewer.require("environment.connect", agency)
    known = parameters(city())
    wrong = rules.station_faults(code, kind, name, lon, lat, tuple(known.kinds), t)
    if agency == "":
        wrong["agency"] = t("Chọn cơ quan quản lý.", "Choose the agency that runs it.")
    if wrong:
        raise invalid("station_wrong", "Thông tin trạm chưa đúng.", "The station's details are not right.", **wrong)
    if sql.value("SELECT 1 FROM streams_thing WHERE code = %(c)s", {"c": code}):
        raise conflict("station_exists", f"Mã trạm “{code}” đã có.", f"The station code “{code}” is taken.", code=code)
    here = places.unit_at(lon, lat, clock.today())
    streams.register_thing(
        Viewer.system("environment"), code, name, agency=agency, kind=kind, public=public, lon=lon, lat=lat,
        unit_code=here.code if here else "", properties={"name_en": name_en or name},
    )  # fmt: skip
    _datastreams(known)
    about("station", code, agency)
    return give_credential(viewer, code)


@action("environment.connect")
def give_credential(viewer: Viewer, code: str) -> dict[str, str]:
    """Make (or replace) the user name and password of a station's device; the old password stops working at once."""
    thing = sql.row("SELECT agency, name FROM streams_thing WHERE code = %(c)s AND retired_at IS NULL", {"c": code})
    if thing is None:
        raise missing("no_station", f"Không có trạm “{code}”.", f"There is no station “{code}”.", code=code)
    viewer.require("environment.connect", thing["agency"])
    password = secrets.token_urlsafe(18)
    username = f"device-{code}"
    device, _ = Actor.objects.update_or_create(
        username=username,
        defaults={"name": thing["name"], "kind": "device", "password": make_password(password), "is_active": True},
    )
    Grant.objects.get_or_create(actor=device, role="device", scope=f"thing:{code}")
    about("station", code, thing["agency"])
    return {"username": username, "password": password}


@action("environment.open_case")
def open_alert_case(viewer: Viewer, alert_id: int) -> int:
    """Open the case of an exceedance, once: agency and deadline as its limit says, place as its station. Returns the case's id."""
    alert = alerts.alert(viewer, alert_id)
    viewer.require("environment.open_case", alert["agency"])
    limit = limits.named(alert["limit_id"])
    if alert["case_id"] or limit is None:
        return int(alert["case_id"] or 0)
    known = ("tier", "value", "threshold", "limit_id", "thing", "title_en")
    opened = cases.open_case(
        viewer, limit.case_type, alert["title"], agency=alert["agency"], summary=f"{limit.name.vi}. {limit.source}",
        subject=("datastream", str(alert["datastream_id"])), unit_code=alert["unit_code"], lon=alert["lon"], lat=alert["lat"],
        deadline=Deadline(working_hours=limit.case_working_hours), data={"alert_id": alert_id, **{name: alert[name] for name in known}},
    )  # fmt: skip
    alert_actions.attach_case(viewer, alert_id, opened["id"])
    return int(opened["id"])
