"""From the device to the browser: a reading published over MQTT until it stands on 200 open live pages, at 2,000 readings/s."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import statistics
import time
from typing import Any

import aiomqtt

from tests.running_city import PASSWORD, RunningCity

PAGES, RATE, SECONDS, PER_MESSAGE = 200, 2000, 20, 20


async def _page(port: int, delays: list[float], until: float) -> None:
    """One open page: reads the event stream and notes how old each reading is when it arrives."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /live?topics=readings HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
    while time.time() < until:
        try:
            line = await asyncio.wait_for(reader.readline(), max(0.1, until - time.time()))
        except TimeoutError:
            break
        if line.startswith(b'data: {"d"') or b'"d":' in line[:12]:
            now = time.time() * 1000
            delays += [now - reading[1] for reading in json.loads(line[5:])["d"]]
    writer.close()


async def _devices(port: int, streams: list[int], until: float) -> int:
    """Publishes batches at QoS 1, as an integrator's gateway does."""
    sent = 0
    async with aiomqtt.Client(
        "127.0.0.1", port, username="integrator", password=PASSWORD, identifier="bench-live"
    ) as client:
        begun = time.time()
        while time.time() < until:
            stamp = time.time()
            stream = streams[(sent // PER_MESSAGE) % len(streams)]
            rows = [
                [dt.datetime.fromtimestamp(stamp + n / 1e6, dt.UTC).isoformat(), 1 + n % 7 + stamp % 1]
                for n in range(PER_MESSAGE)
            ]
            payload = json.dumps({"components": ["phenomenonTime", "result"], "dataArray": rows})
            await client.publish(f"v1.1/Datastreams({stream})/CreateObservations", payload, qos=1)
            sent += PER_MESSAGE
            await asyncio.sleep(max(0.0, begun + sent / RATE - time.time()))
    return sent


async def _measure(city: RunningCity) -> tuple[list[float], int]:
    with city.database() as link:
        streams = [record[0] for record in link.execute("SELECT id FROM streams_datastream ORDER BY id LIMIT 100")]
    delays: list[list[float]] = [[] for _ in range(PAGES)]
    until = time.time() + SECONDS + 3
    pages = [asyncio.create_task(_page(city.port, delay, until)) for delay in delays]
    await asyncio.sleep(2)
    sent = await _devices(city.mqtt_port, streams, time.time() + SECONDS - 2)
    await asyncio.gather(*pages)
    return [delay for page in delays for delay in page], sent


def run() -> list[dict[str, Any]]:
    """p50 and p95 in milliseconds over every reading on every page."""
    with RunningCity() as city:
        delays, sent = asyncio.run(_measure(city))
    marks = statistics.quantiles(delays, n=100) if len(delays) > 100 else [float("nan")] * 99
    note = f"{sent:,} readings sent, {len(delays):,} arrivals on {PAGES} pages; the newest of each stream in 250 ms is shown"
    return [
        {"name": "device to browser, p50", "value": marks[49], "unit": "ms", "note": note},
        {
            "name": "device to browser, p95",
            "value": marks[94],
            "unit": "ms",
            "target": "< 1,000 ms",
            "note": f"{RATE:,} readings/s",
        },
    ]
