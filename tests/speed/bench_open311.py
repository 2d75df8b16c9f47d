"""Open311 over HTTP as the city runs it: every page of 10,000 real requests, in JSON and XML, by one client that follows the links.

Needs the recorded requests of `TAYDO_SHARED`; without them nothing is measured and nothing is claimed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django
import httpx
import psutil

FILE = "data/complaints/nyc311/junelus_nyc311_sample.csv"
OTHER = "data/complaints/baltimore311/311_sample.csv"
SPAN = "start_date=2026-06-01T00:00:00Z&end_date=2026-07-01T00:00:00Z"
ROUNDS = 3
Result = dict[str, Any]


def run() -> list[Result]:
    """Measures on a private database and web server; the figures hold for this machine and moment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taydo.config.settings")
    django.setup()
    from django.conf import settings

    from taydo.config.servers import Postgres, free_port
    from tests.clients.field_rig import Rig
    from tests.speed.bench_sensorthings import _web

    if not (settings.TAYDO_SHARED / FILE).exists():
        return [_nothing()]
    with tempfile.TemporaryDirectory(prefix="taydo-bench-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        server = Postgres(home)
        server.start()
        server.ensure_database("taydo")
        rig = Rig(home, server.url("taydo"))
        port, web = free_port(), None
        try:
            rig.manage("migrate")
            for name, file in (("nyc", FILE), ("baltimore", OTHER)):
                _bring(rig.environment, settings.TAYDO_SHARED / file, name)
            web = _web(rig, port)
            return [_walk(port, web.pid, form, size) for form in ("json", "xml") for size in (100, 1000)]
        finally:
            if web:
                web.terminate()
                web.wait(20)
            server.stop()


def _nothing() -> Result:
    return {
        "name": "Open311 list",
        "value": 0,
        "unit": "not measured",
        "target": "< 150 ms",
        "note": f"no {FILE} under TAYDO_SHARED",
    }


def _bring(environment: dict[str, str], file: Path, name: str) -> None:
    command = [sys.executable, "-m", "taydo.config.cli", "hotline", "import", str(file), "--mapping", name]
    subprocess.run(command, env=environment, check=True, capture_output=True)


def _cpu(process: psutil.Process) -> float:
    """Seconds of processor the web process and its workers have used."""
    return sum(sum(one.cpu_times()[:2]) for one in [process, *process.children(recursive=True)])


def _walk(port: int, pid: int, form: str, size: int) -> Result:
    """Follow the links from the first page to the last, several times over."""
    process, times, seen = psutil.Process(pid), [], 0
    with httpx.Client(timeout=60) as client:
        client.get(f"http://127.0.0.1:{port}/open311/v2/requests.{form}?{SPAN}&page_size=10").raise_for_status()
        before = _cpu(process)
        for _ in range(ROUNDS):
            address = f"http://127.0.0.1:{port}/open311/v2/requests.{form}?{SPAN}&page_size={size}"
            while address:
                begun = time.perf_counter()
                answer = client.get(address)
                times.append(1000 * (time.perf_counter() - begun))
                seen += answer.text.count("service_request_id") // (1 if form == "json" else 2)
                following = answer.links.get("next", {}).get("url", "")
                address = f"http://127.0.0.1:{port}/" + following.split("/", 3)[3] if following else ""
        spent = 1000 * (_cpu(process) - before) / len(times)
    assert seen == 10_000 * ROUNDS, f"{seen} requests were listed"
    times.sort()
    return {
        "name": f"Open311 list, {form}, {size} a page", "value": round(times[int(len(times) * 0.95)], 1), "unit": "ms p95 over HTTP",
        "target": "< 150 ms", "ratio": None, "peer": "",
        "note": f"p50 {times[len(times) // 2]:.1f} ms, {spent:.1f} CPU-ms a page; 10,000 real requests among 20,000, {len(times)} pages",
    }  # fmt: skip
