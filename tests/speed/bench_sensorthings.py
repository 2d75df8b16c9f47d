"""SensorThings over HTTP as the city runs it: `CreateObservations`, and the last 100 observations of one datastream.

`TAYDO_BENCH_ROWS` (default 1,000,000; the claim is for 10,000,000) sets how many observations lie there when reads are timed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
import httpx
import msgspec
import psycopg

STREAMS, READS = 2000, 400
ROWS = int(os.environ.get("TAYDO_BENCH_ROWS", "1000000"))
PER_STREAM, REQUESTS = 25, 8
START = datetime(2026, 11, 1, tzinfo=UTC)
PASSWORD = "all-password"
Result = dict[str, Any]


def run() -> list[Result]:
    """Measures on a private database and web server; the figures hold for this machine and moment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taydo.config.settings")
    django.setup()
    from taydo.config.servers import Postgres, free_port
    from tests.clients.field_rig import Rig, make_account, make_streams

    with tempfile.TemporaryDirectory(prefix="taydo-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        server = Postgres(home)
        server.start()
        server.ensure_database("taydo")
        rig = Rig(home, server.url("taydo"))
        port = free_port()
        web = None
        try:
            rig.manage("migrate")
            with psycopg.connect(rig.dsn, autocommit=True) as link:
                streams = make_streams(link, "B1", STREAMS)
                make_account(link, "all", PASSWORD, "*")
            web = _web(rig, port)
            return [_create(rig.dsn, port, streams), _read(rig.dsn, port, streams)]
        finally:
            if web:
                web.terminate()
                web.wait(20)
            server.stop()


def _web(rig: Any, port: int) -> subprocess.Popen[bytes]:
    """The web process, one worker for each core."""
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--workers", "2", "--port", str(port)]
    with (rig.home / "web.log").open("ab") as log:
        environment = {**rig.environment, "TAYDO_RATE": "0"}
        web = subprocess.Popen([*command, "taydo.config.asgi:application"], env=environment, stdout=log, stderr=log)
    for _ in range(300):
        try:
            httpx.get(f"http://127.0.0.1:{port}/sta/v1.1", timeout=10).raise_for_status()
            return web
        except httpx.TransportError:
            time.sleep(0.2)
    raise RuntimeError("the web process did not come up: " + (rig.home / "web.log").read_text("utf-8")[-2000:])


def _body(streams: list[int], turn: int) -> bytes:
    times = [
        (START + timedelta(minutes=turn * PER_STREAM + i)).strftime("%Y-%m-%dT%H:%M:%SZ") for i in range(PER_STREAM)
    ]
    names = ["phenomenonTime", "result"]
    rows = [[at, 20 + i % 7 + turn / 8] for i, at in enumerate(times)]
    return msgspec.json.encode(
        [{"Datastream": {"@iot.id": one}, "components": names, "dataArray": rows} for one in streams]
    )


def _create(dsn: str, port: int, streams: list[int]) -> Result:
    """Two clients at once, each sending half of the bodies; a body has 25 observations for each of 2,000 datastreams."""
    from tests.speed.bench_ingest import _bare

    address = f"http://127.0.0.1:{port}/sta/v1.1/CreateObservations"
    bodies = [_body(streams, turn) for turn in range(REQUESTS + 2)]
    refused: list[int] = []

    def send(part: list[bytes]) -> None:
        with httpx.Client(auth=("all", PASSWORD), timeout=120) as client:
            for body in part:
                answer = client.post(address, content=body, headers={"Content-Type": "application/json"})
                answer.raise_for_status()
                refused.append(msgspec.json.decode(answer.content).count("error"))

    send(bodies[:2])
    clients = [threading.Thread(target=send, args=(bodies[2 + half :: 2],)) for half in (0, 1)]
    begun = time.perf_counter()
    for one in clients:
        one.start()
    for one in clients:
        one.join()
    rate = REQUESTS * PER_STREAM * len(streams) / (time.perf_counter() - begun)
    bare = _bare(dsn, streams, REQUESTS * PER_STREAM, START - timedelta(days=400))
    assert len(refused) == REQUESTS + 2 and not any(refused)
    return {
        "name": "SensorThings CreateObservations", "value": round(rate), "unit": "observations/s", "target": "50,000",
        "ratio": round(rate / bare, 2), "peer": f"bare COPY … ON CONFLICT: {bare:,.0f} rows/s",
        "note": "over HTTP by 2 clients: permission, checks, commit, latest, a link for each",
    }  # fmt: skip


def _read(dsn: str, port: int, streams: list[int]) -> Result:
    each = max(ROWS // len(streams), 100)
    with psycopg.connect(dsn, autocommit=True) as link:
        for month in range(1, 11):
            link.execute("SELECT streams_make_partition(make_timestamptz(2026, %s, 1, 0, 0, 0))", [month])
        link.execute(
            """INSERT INTO streams_observation (datastream_id, phenomenon_time, result)
               SELECT d, %(from)s::timestamptz - n * interval '80 minutes', 20 + sin(n / 50.0)
               FROM generate_series(1, %(each)s) n, unnest(%(ids)s::int[]) d ON CONFLICT DO NOTHING""",
            {"from": START, "ids": streams, "each": each},
        )
        link.execute("ANALYZE streams_observation")
        count = link.execute("SELECT count(*) FROM streams_observation").fetchone()
    times = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/sta/v1.1/", timeout=60) as client:
        for turn in range(READS):
            stream = streams[turn * 37 % len(streams)]
            begun = time.perf_counter()
            answer = client.get(f"Datastreams({stream})/Observations?$orderby=phenomenonTime desc&$top=100")
            times.append(1000 * (time.perf_counter() - begun))
            assert len(msgspec.json.decode(answer.content)["value"]) == 100
    times.sort()
    return {
        "name": "SensorThings last 100 of one", "value": round(times[int(READS * 0.95)], 1), "unit": "ms p95 over HTTP",
        "target": "< 50 ms", "ratio": None, "peer": "",
        "note": f"p50 {times[READS // 2]:.1f} ms; {count[0] if count else 0:,} observations in {len(streams):,} datastreams",
    }  # fmt: skip
