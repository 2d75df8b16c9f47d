"""Demonstration devices: every simulated station publishes over MQTT as a real logger does, with QoS 1.

The stations say in their names that they are simulated; only things marked `simulated` are played. The values are those
of `simulation`, the same for the same seed and instant.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt
import numpy as np
from django.conf import settings

from taydo.engines.simulators import simulation
from taydo.kernel import sql
from taydo.kernel.logs import log

HISTORY_HOURS = 48
IN_ONE = 500
FLYING = 8


@dataclass(slots=True)
class Device:
    """One simulated station: datastream ids by parameter with the symbol that its logger writes."""

    code: str
    inland: float
    every_s: int
    streams: dict[str, tuple[int, str]]
    last_s: float = 0.0


@dataclass(frozen=True)
class Exceedance:
    """A value to be shown instead, until a time (s since 1970)."""

    station: str
    parameter: str
    value: float
    until: float


def devices() -> list[Device]:
    """The simulated stations that are declared now."""
    found = sql.rows(
        """SELECT t.code, t.lon, t.lat, coalesce(min(d.expected_every_s), 300) AS every_s,
                  jsonb_object_agg(p.code, jsonb_build_array(d.id, d.symbol)) AS streams, max(l.phenomenon_time) AS last
           FROM streams_thing t JOIN streams_datastream d ON d.thing_id = t.id
           JOIN streams_observedproperty p ON p.id = d.observedproperty_id
           LEFT JOIN streams_latest l ON l.datastream_id = d.id
           WHERE t.simulated AND t.retired_at IS NULL AND p.code IS NOT NULL AND d.symbol <> ''
           GROUP BY t.id ORDER BY t.code"""
    )
    made = []
    for row in found:
        streams = json.loads(row["streams"]) if isinstance(row["streams"], str) else row["streams"]
        last_s = row["last"].timestamp() if row["last"] else 0.0
        named = {parameter: (stream, symbol) for parameter, (stream, symbol) in streams.items()}
        made.append(Device(row["code"], simulation.inland_of(row["lon"], row["lat"]), row["every_s"], named, last_s))
    return made


def reading(device: Device, at_s: float, seed: int, played: list[Exceedance]) -> tuple[str, bytes]:
    """Topic and message of one station at one instant."""
    span = min(at_s - device.last_s, device.every_s) if device.last_s else device.every_s
    shown = {}
    for parameter, (_, symbol) in device.streams.items():
        value = simulation.values(
            parameter, device.code, np.array([at_s]), seed=seed, inland=device.inland, span_s=max(span, 0)
        )[0]
        for each in played:
            if each.station == device.code and each.parameter == parameter and at_s < each.until:
                value = each.value
        shown[symbol] = float(value)
    stamp = datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds")
    return f"stations/{device.code}/readings", json.dumps({"time": stamp, "values": shown, "status": "00"}).encode()


def history(device: Device, until_s: float, hours: float, seed: int) -> Iterator[tuple[str, bytes]]:
    """Topic and messages of what the station would have sent before `until_s`, after what is already there."""
    first = max(until_s - hours * 3600, device.last_s + device.every_s)
    times = np.arange(np.ceil(first / device.every_s) * device.every_s, until_s, device.every_s)
    for parameter, (stream, _) in device.streams.items():
        shown = simulation.values(
            parameter, device.code, times, seed=seed, inland=device.inland, span_s=float(device.every_s)
        )
        stamps = np.datetime_as_string(times.astype("datetime64[s]"), timezone="UTC")
        rows = [[str(stamp), float(value)] for stamp, value in zip(stamps, shown, strict=True)]
        for start in range(0, len(rows), IN_ONE):
            body = {"components": ["phenomenonTime", "result"], "dataArray": rows[start : start + IN_ONE]}
            yield f"v1.1/Datastreams({stream})/CreateObservations", json.dumps(body).encode()


def played_file() -> Path:
    """Where exceedances are left for the running devices."""
    return Path(settings.TAYDO_HOME) / "devices.json"


def play(station: str, parameter: str, value: float, minutes: float = 10.0) -> Exceedance:
    """Makes the running devices show `value` at a station for some minutes; 0 minutes ends it."""
    kept = [each for each in playing() if (each.station, each.parameter) != (station, parameter)]
    new = Exceedance(station, parameter, value, time.time() + minutes * 60)
    path = played_file()
    fresh = path.with_suffix(".tmp")
    fresh.write_text(json.dumps([each.__dict__ for each in [*kept, new]]), encoding="utf-8")
    os.replace(fresh, path)
    return new


def playing() -> list[Exceedance]:
    """The exceedances that are played now."""
    try:
        found = json.loads(played_file().read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return []
    return [each for each in (Exceedance(**row) for row in found) if each.until > time.time()]


class Fleet:
    """All devices on one connection. `rate`: readings per second of all together; 0: each at its own interval."""

    def __init__(self, rate: float, seed: int, user: str, password: str) -> None:
        self.rate, self.seed = rate, seed
        self.user, self.password = user, password
        self.fleet: list[Device] = []

    async def run(self) -> None:
        """Publishes until cancelled; connects again after every break."""
        while True:
            self.fleet = await asyncio.to_thread(devices)
            if not self.fleet:
                await asyncio.sleep(2)
                continue
            try:
                await self._publish()
            except (aiomqtt.MqttError, OSError) as error:
                log.warning("devices wait for the gateway", error=str(error))
                await asyncio.sleep(1)

    async def _publish(self) -> None:
        async with aiomqtt.Client(
            "127.0.0.1", settings.TAYDO_MQTT_PORT, username=self.user, password=self.password, timeout=30
        ) as client:
            await self._catch_up(client)
            log.info("devices publish", stations=len(self.fleet), rate=self.rate)
            count = sum(len(device.streams) for device in self.fleet)
            turn_s = count / self.rate if self.rate else float(min(device.every_s for device in self.fleet))
            begun = time.monotonic()
            for number in range(int(300 / turn_s) + 1):  # look again for new stations every five minutes
                played = playing()
                for place, device in enumerate(self.fleet):
                    due = begun + (number + place / len(self.fleet)) * turn_s
                    await asyncio.sleep(max(0.0, due - time.monotonic()))
                    now = time.time()
                    topic, body = reading(device, now, self.seed, played)
                    await client.publish(topic, body, qos=1)
                    device.last_s = now

    async def _catch_up(self, client: aiomqtt.Client) -> None:
        now = time.time()
        gate = asyncio.Semaphore(FLYING)

        async def send(topic: str, body: bytes) -> None:
            async with gate:
                await client.publish(topic, body, qos=1)

        for device in self.fleet:
            await asyncio.gather(*(send(*each) for each in history(device, now, HISTORY_HOURS, self.seed)))
            device.last_s = max(device.last_s, now - device.every_s)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `taydo devices`."""
    rate = float(os.environ.get("TAYDO_DEVICES_RATE", "20"))
    parser.add_argument(
        "--rate", type=float, default=rate, help="readings per second of all devices; 0: each at its own interval"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--user", default=os.environ.get("TAYDO_DEVICE_USER", "integrator"))
    parser.add_argument("--password", default=os.environ.get("TAYDO_DEVICE_PASSWORD", "taydo-demo"))
    parser.add_argument("--exceed", nargs=3, metavar=("STATION", "PARAMETER", "VALUE"), help="play this and end")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long to play it")


def main(args: argparse.Namespace) -> int:
    """Runs the devices, or tells running ones to play an exceedance."""
    if args.exceed:
        station, parameter, value = args.exceed
        play(station, parameter, float(value), args.minutes)
        return 0
    asyncio.run(Fleet(args.rate, args.seed, args.user, args.password).run())
    return 0
