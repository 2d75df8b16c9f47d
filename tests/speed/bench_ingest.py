"""How fast readings go from an acknowledged MQTT message to a committed row, beside bare COPY into the same table.

`TAYDO_BENCH_MESSAGES` (default 40,000 single, a quarter of that batched) and `TAYDO_BENCH_ROWS` (readings laid in for the
queries, default 1,000,000; the claim is for 10,000,000) set the size.
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
import numpy as np
import psycopg

STREAMS, PER_MESSAGE, CONNECTIONS = 2000, 20, 4
SINGLES = int(os.environ.get("TAYDO_BENCH_MESSAGES", "100000"))
ROWS = int(os.environ.get("TAYDO_BENCH_ROWS", "1000000"))
START = datetime(2026, 11, 1, tzinfo=UTC)
Result = dict[str, Any]


def run() -> list[Result]:
    """Measures on a private database server and gateway; the figures hold for this machine and moment."""
    if "DJANGO_SETTINGS_MODULE" not in os.environ:
        os.environ["DJANGO_SETTINGS_MODULE"] = "taydo.config.settings"
    django.setup()
    from taydo.config.servers import Postgres
    from tests.clients.field_rig import Rig, make_account, make_streams

    with tempfile.TemporaryDirectory(prefix="taydo-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        server = Postgres(home)
        server.start()
        server.ensure_database("taydo")
        rig = Rig(home, server.url("taydo"))
        try:
            rig.manage("migrate")
            with psycopg.connect(rig.dsn, autocommit=True) as link:
                streams = make_streams(link, "B1", STREAMS)
                make_account(link, "all", "all-password", "*")
            rig.start_nats()
            rig.start_ingest()
            rig.wait_until_it_reads()
            time.sleep(0.5)
            results = _through_the_gateway(rig, streams)
            rig.stop()
            return results + _queries(rig.dsn, streams)
        finally:
            rig.stop()
            server.stop()


def _through_the_gateway(rig: Any, streams: list[int]) -> list[Result]:
    results: list[Result] = []
    per_stream = max(SINGLES // STREAMS, 2)
    batched = max(SINGLES // 4 // STREAMS, 1)
    plan = [
        ("single", per_stream, 1, START, 40_000),
        ("batched (20 per message)", batched, PER_MESSAGE, START + timedelta(days=1), 80_000),
    ]
    for name, messages, readings, start, target in plan:
        for mode in ("stored", "live"):
            begin = start + (timedelta(hours=12) if mode == "live" else timedelta())
            rate, published = _ingest(
                rig, _lots(streams, messages, readings, begin), messages * readings, begin, streams, mode
            )
            bare = _bare(rig.dsn, streams, messages * readings, begin - timedelta(days=400))
            note = (
                "all messages acknowledged first, then read, checked, committed, latest updated"
                if mode == "stored"
                else "publisher, gateway, ingest and database at once on the same cores"
            )
            results.append(
                {
                    "name": f"ingest {name}, {mode}", "value": round(rate), "unit": "readings/s", "ratio": round(rate / bare, 2),
                    "peer": f"bare COPY … ON CONFLICT: {bare:,.0f} rows/s", "target": f"≥ {target:,} and ≥ 0.6", "note": f"{note}; "
                    f"gateway acknowledged {published:,.0f} messages/s",
                }
            )  # fmt: skip
    return results


def _lots(streams: list[int], messages: int, readings: int, start: datetime) -> list[list[bytes]]:
    from tests.speed.raw_mqtt import packet

    lots: list[list[bytes]] = [[] for _ in range(CONNECTIONS)]
    for turn in range(messages):
        times = [
            (start + timedelta(seconds=turn * readings + i)).strftime("%Y-%m-%dT%H:%M:%SZ") for i in range(readings)
        ]
        for place, stream in enumerate(streams):
            lot = lots[place % CONNECTIONS]
            if readings == 1:
                body = f'{{"phenomenonTime":"{times[0]}","result":{20 + turn % 7 + place / 1000}}}'
                topic = f"v1.1/Datastreams({stream})/Observations"
            else:
                rows = ",".join(f'["{at}",{20 + i % 7 + place / 1000}]' for i, at in enumerate(times))
                body = f'{{"components":["phenomenonTime","result"],"dataArray":[{rows}]}}'
                topic = f"v1.1/Datastreams({stream})/CreateObservations"
            lot.append(packet(topic, body.encode(), len(lot)))
    return lots


def _ingest(
    rig: Any, lots: list[list[bytes]], readings: int, start: datetime, streams: list[int], mode: str
) -> tuple[float, float]:
    """Readings/s from acknowledged to committed, and messages/s acknowledged."""
    from tests.speed.raw_mqtt import publish

    last = start + timedelta(seconds=readings - 1)
    total = readings * len(streams)
    begun = 0.0

    def before() -> None:
        nonlocal begun
        if mode == "stored":
            rig.ingest.send_signal(signal.SIGSTOP)
        begun = time.perf_counter()

    sent = asyncio.run(publish(rig.mqtt_port, "all", "all-password", lots, before))
    published = time.perf_counter() - begun
    if mode == "stored":
        rig.ingest.send_signal(signal.SIGCONT)
        begun = time.perf_counter()
    with psycopg.connect(rig.dsn, autocommit=True) as link:
        question = "SELECT count(*) FROM streams_latest WHERE phenomenon_time >= %s"
        while link.execute(question, [last]).fetchone()[0] < len(streams):  # type: ignore[index]
            time.sleep(0.02)
        seconds = time.perf_counter() - begun
        kept = link.execute(
            "SELECT count(*) FROM streams_observation WHERE phenomenon_time >= %s AND phenomenon_time <= %s",
            [start, last],
        ).fetchone()[0]  # type: ignore[index]
    if kept != total:
        raise AssertionError(f"{kept} of {total} readings are there")
    return total / seconds, sent / published


def _bare(dsn: str, streams: list[int], readings: int, start: datetime) -> float:
    """Rows/s of COPY into a temporary table and INSERT … ON CONFLICT DO NOTHING in lots of 10,000; nothing else."""
    from taydo.engines.streams import store

    us = int(start.timestamp()) * 1_000_000 - store.POSTGRES_EPOCH_US
    total = readings * len(streams)
    ids, turn = np.tile(np.array(streams, np.int32), readings), np.repeat(np.arange(readings), len(streams))
    with psycopg.connect(dsn) as link:
        link.execute("SELECT streams_make_partition(%s)", [start])
        link.execute("CREATE TEMP TABLE bare (d integer, t timestamptz, r float8, f int2) ON COMMIT DELETE ROWS")
        link.commit()
        begun = time.perf_counter()
        for at in range(0, total, 10_000):
            lot = slice(at, at + 10_000)
            size = len(ids[lot])
            columns: store.Columns = [
                (">i4", ids[lot]), (">i8", us + turn[lot] * 1_000_000), (">f8", np.full(size, 21.5)), (">i2", np.zeros(size)),
            ]  # fmt: skip
            with link.cursor() as cursor:
                with cursor.copy("COPY bare FROM STDIN BINARY") as copy:
                    copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8) + store.packed(columns) + b"\xff\xff")
                cursor.execute(
                    "INSERT INTO streams_observation (datastream_id, phenomenon_time, result, flags) "
                    "SELECT * FROM bare ON CONFLICT DO NOTHING"
                )
            link.commit()
        return total / (time.perf_counter() - begun)


def _queries(dsn: str, streams: list[int]) -> list[Result]:
    each = max(ROWS // len(streams), 1)
    fill = """
        INSERT INTO streams_observation (datastream_id, phenomenon_time, result)
        SELECT d, %(from)s::timestamptz + n * interval '9 minutes', 20 + sin(n / 50.0) FROM unnest(%(ids)s::int[]) d,
               generate_series(1, %(each)s) n ON CONFLICT DO NOTHING"""
    year = """
        INSERT INTO streams_daily SELECT d, '2025-01-01'::timestamptz + n * interval '1 day', 96, 20, 19, 21, 1920, 20
        FROM unnest(%(ids)s::int[]) d, generate_series(0, 364) n ON CONFLICT DO NOTHING"""
    with psycopg.connect(dsn, autocommit=True) as link:
        for month in range(1, 13):
            link.execute("SELECT streams_make_partition(make_timestamptz(2026, %s, 1, 0, 0, 0))", [month])
        link.execute(fill, {"from": START - timedelta(minutes=9 * each + 1440), "ids": streams, "each": each})
        link.execute(year, {"ids": streams[:50]})
        link.execute("VACUUM ANALYZE streams_observation")
        link.execute("VACUUM ANALYZE streams_latest")
        count = link.execute("SELECT count(*) FROM streams_observation").fetchone()[0]  # type: ignore[index]
        plan = [
            ("latest of all", "SELECT * FROM streams_latest", 10.0),
            ("last 100 of one", "SELECT phenomenon_time, result FROM streams_observation WHERE datastream_id = %(one)s "
             "ORDER BY phenomenon_time DESC LIMIT 100", 50.0),
            ("a year's daily means of one station (9 streams)", "SELECT datastream_id, at, mean FROM streams_daily "
             "WHERE datastream_id = ANY(%(nine)s) AND at >= '2025-01-01' AND at < '2026-01-01'", 200.0),
        ]  # fmt: skip
        params = {"one": streams[17], "nine": streams[:9]}
        return [
            {
                "name": f"{name}, {len(streams):,} streams", "value": round(_p95(link, statement, params), 2), "unit": "ms p95 in SQL",
                "ratio": None, "peer": "", "target": f"< {target:.0f}", "note": f"{count:,} observations",
            }
            for name, statement, target in plan
        ]  # fmt: skip


def _p95(link: psycopg.Connection[Any], statement: str, params: dict[str, Any]) -> float:
    """Milliseconds in the database itself, planning and execution; what the client makes of the rows is not in it."""
    times = []
    for _ in range(30):
        plan = link.execute("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + statement, params).fetchone()[0][0]  # type: ignore[index]
        times.append(plan["Planning Time"] + plan["Execution Time"])
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    for result in run():
        print(result)
