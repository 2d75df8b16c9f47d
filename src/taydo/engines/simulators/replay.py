"""Plays recorded data through the same doors that devices use: MQTT messages or TT 10/2021 files, at any speed.

The recordings stay where they are (`TAYDO_SHARED`); their defects are known (see `Recording.note`) and are left in, because
the checks are meant to meet them.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import aiomqtt
from django.conf import settings

from taydo.engines.gateway import dropfolder
from taydo.engines.streams import actions
from taydo.kernel import clock
from taydo.kernel.actors import Viewer
from taydo.protocols import tt10

FLYING = 8


class Field(NamedTuple):
    """A column or parameter of a recording: what it is here, and the bounds it is checked by."""

    parameter: str
    symbol: str
    unit: str
    low: float | None = None
    high: float | None = None
    max_step: float | None = None
    stuck_after: int | None = None


class Point(NamedTuple):
    """All values of one station at one time, by symbol; `time` aware UTC."""

    station: str
    time: datetime
    values: dict[str, float]


@dataclass(frozen=True)
class Recording:
    """A recorded data set: where it is, how its fields are called here, what is known to be wrong with it."""

    name: str
    pattern: str
    fields: dict[str, Field]
    kind: str
    every_s: int
    note: str


AIR = Recording(
    "air",
    "environment/airquality/can_tho_aqiin_measurements.csv",
    {
        "pm25": Field("pm25", "PM2,5", "µg/m³", 0, 1000, 150, 12),
        "pm10": Field("pm10", "PM10", "µg/m³", 0, 1500, 250, 12),
        "o3": Field("o3", "O3", "µg/m³", 0, 1200, 150, 24),
        "no2": Field("no2", "NO2", "µg/m³", 0, 2000, 150, 24),
        "so2": Field("so2", "SO2", "µg/m³", 0, 3000, 200, 24),
        "co": Field("co", "CO", "µg/m³", 0, 60000, 8000, 24),
        "temp": Field("temperature", "Temp", "°C", 10, 45, 6, 48),
        "hum": Field("humidity", "RH", "%", 10, 100, 30, 48),
    },
    "air",
    900,
    "aqi.in; the unit of the gases is doubtful; two names share one coordinate",
)
WEATHER = Recording(
    "weather",
    "environment/weather/can_tho.csv",
    {
        "max": Field("temperature_max", "Tmax", "°C", 15, 45, 12),
        "min": Field("temperature_min", "Tmin", "°C", 8, 35, 12),
        "rain": Field("rain_day", "RainDay", "mm", 0, 500),
        "humidi": Field("humidity", "RH", "%", 10, 100),
        "pressure": Field("pressure", "P", "hPa", 970, 1040),
        "wind": Field("wind", "Wind", "km/h", 0, 150),
    },
    "weather",
    86_400,
    "World Weather Online: a model, not a gauge",
)
DISCHARGE = Recording(
    "discharge",
    "hydrology/mrc/Discharge_*.csv",
    {"Discharge": Field("discharge", "Q", "m³/s", 0, 90_000, 20_000)},
    "river",
    86_400,
    "MRC data portal, not reviewed; the Z of its times is false, they are local",
)
REJECTED = Recording(
    "rejected",
    "_rejected_synthetic/mekong_water_level_luxabu/*.csv",
    {"water_level": Field("water_level", "WL", "m", -1.5, 5.2, 0.35, 4)},
    "river",
    86_400,
    "synthetic, kept only to be caught by the checks: clipped maxima, injected bumps",
)
RECORDINGS = {each.name: each for each in (AIR, WEATHER, DISCHARGE, REJECTED)}


def points(recording: Recording, shared: Path, shift: timedelta = timedelta()) -> list[Point]:
    """Every point of a recording by time. Raises FileNotFoundError when the data is not there."""
    files = sorted(shared.glob(recording.pattern))
    if not files:
        raise FileNotFoundError(shared / recording.pattern)
    single: dict[tuple[str, datetime], dict[str, float]] = {}
    for path in files:
        with path.open(encoding="utf-8-sig", newline="") as text:
            for station, at, name, value in _cells(recording, path, csv.DictReader(text)):
                single.setdefault((station, at + shift), {}).setdefault(recording.fields[name].symbol, value)
    found = [Point(station, at, values) for (station, at), values in single.items()]
    return sorted(found, key=lambda point: (point.time, point.station))


def _cells(
    recording: Recording, path: Path, rows: Iterable[dict[str, str]]
) -> Iterator[tuple[str, datetime, str, float]]:
    stations: dict[str, str] = {}
    for row in rows:
        if recording is AIR:
            station = stations.setdefault(row["station_name"], f"PL-KK-{len(stations) + 1:02d}")
            at = datetime.fromisoformat(row["timestamp_utc"]).astimezone(UTC)
            cells = {row["parameter"]: row["value"]}
        elif recording is DISCHARGE:
            station, at = f"PL-{row['Station Code']}", _local(row["Timestamp (UTC+07:00)"][:10])
            cells = {row["Parameter"]: row["Value"]}
        else:
            station, at = f"PL-{path.stem.replace('_', '-').upper()}", _local(row["date"])
            cells = {name: row[name] for name in recording.fields}
        for name, text in cells.items():
            if name in recording.fields and text not in ("", "None", "nan"):
                yield station, at.replace(microsecond=0), name, float(text)


def _local(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=clock.LOCAL).astimezone(UTC)


def declare(recording: Recording, stations: Iterable[str], prefix: str = "") -> None:
    """Registers the stations of a recording; their names say that they are replayed."""
    house = Viewer.system("taydo replay")
    for station in sorted(set(stations)):
        code = prefix + station
        actions.register_thing(
            house, code, f"{station} (phát lại số liệu ghi sẵn) / (replayed recording)", kind=f"replay-{recording.kind}",
            description=recording.note, properties={"recording": recording.name}, simulated=False,
        )  # fmt: skip
        for field in recording.fields.values():
            actions.declare_datastream(
                house, code, field.parameter, f"{station} {field.symbol}", symbol=field.symbol, unit_symbol=field.unit,
                low=field.low, high=field.high, max_step=field.max_step, stuck_after=field.stuck_after,
                expected_every_s=recording.every_s,
            )  # fmt: skip


def message(point: Point, prefix: str = "") -> tuple[str, bytes]:
    """MQTT topic and payload of one point."""
    body = {"time": point.time.isoformat(), "values": point.values, "status": tt10.MEASURING}
    return f"stations/{prefix}{point.station}/readings", json.dumps(body).encode()


def write_files(found: list[Point], prefix: str = "", per_file_s: int = 3600) -> list[Path]:
    """Writes the points as TT 10/2021 files into the drop folder, one for each station and hour (`per_file_s`)."""
    written = []
    ordered = sorted(found, key=lambda point: (point.station, point.time))
    for (station, _), group in groupby(ordered, key=lambda p: (p.station, int(p.time.timestamp()) // per_file_s)):
        lot = list(group)
        lines = [
            tt10.Row(tt10.symbol_of(symbol), value, "-", point.time, tt10.MEASURING)
            for point in lot
            for symbol, value in point.values.items()
        ]
        folder = dropfolder.folder() / f"{prefix}{station}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / tt10.file_name(f"{prefix}{station}", lot[-1].time)
        fresh = path.with_suffix(".part")
        fresh.write_bytes(tt10.write(lines))
        os.replace(fresh, path)
        written.append(path)
    return written


async def publish(found: list[Point], speed: float, user: str, password: str, prefix: str = "") -> int:
    """Publishes the points over MQTT with QoS 1. `speed`: recorded seconds per second; 0 as fast as it goes."""
    begun, first = time.monotonic(), found[0].time if found else None
    gate = asyncio.Semaphore(FLYING)
    async with aiomqtt.Client(
        "127.0.0.1", settings.TAYDO_MQTT_PORT, username=user, password=password, timeout=60
    ) as client:

        async def send(point: Point) -> None:
            async with gate:
                topic, body = message(point, prefix)
                await client.publish(topic, body, qos=1)

        for start in range(0, len(found), 200):
            lot = found[start : start + 200]
            if speed and first is not None:
                due = begun + (lot[0].time - first).total_seconds() / speed
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            await asyncio.gather(*(send(point) for point in lot))
    return len(found)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `taydo replay`."""
    parser.add_argument("recording", choices=sorted(RECORDINGS))
    parser.add_argument("--via", choices=("mqtt", "tt10"), default="mqtt")
    parser.add_argument("--speed", type=float, default=0.0, help="recorded seconds per second; 0: as fast as it goes")
    parser.add_argument("--until-now", action="store_true", help="move the recording so that it ends now")
    parser.add_argument("--since", help="leave out what is older (ISO date)")
    parser.add_argument("--prefix", default="", help="put before station codes")
    parser.add_argument("--user", default=os.environ.get("TAYDO_DEVICE_USER", "integrator"))
    parser.add_argument("--password", default=os.environ.get("TAYDO_DEVICE_PASSWORD", "taydo-demo"))


def main(args: argparse.Namespace) -> int:
    """Plays one recording; exit 2 when its files are not there."""
    recording = RECORDINGS[args.recording]
    try:
        found = points(recording, Path(settings.TAYDO_SHARED) / "data")
    except FileNotFoundError as missing:
        print(f"Không có dữ liệu / no such data: {missing} (TAYDO_SHARED)")  # noqa: T201
        return 2
    if args.until_now and found:
        shift = clock.now().replace(microsecond=0) - found[-1].time
        found = [point._replace(time=point.time + shift) for point in found]
    if args.since:
        found = [point for point in found if point.time >= _local(args.since)]
    declare(recording, (point.station for point in found), args.prefix)
    if args.via == "tt10":
        sent = len(write_files(found, args.prefix))
    else:
        sent = asyncio.run(publish(found, args.speed, args.user, args.password, args.prefix))
    values = sum(len(point.values) for point in found)
    print(f"{recording.name}: {values} số liệu / readings, {sent} {args.via}")  # noqa: T201
    return 0
