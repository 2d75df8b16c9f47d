"""kill -9 of any process of a whole city while people and devices work: what was answered is there once, the audit stays whole."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import psycopg
import pytest
from tests.running_city import PASSWORD, RunningCity

pytestmark = [pytest.mark.faults, pytest.mark.slow]
START_S = 1_700_000_000
SECONDS = 40.0
KILLED = ("web", "worker", "ingest", "postgres", "nats-server")


def _send(city: RunningCity, method: str, path: str, body: object, user: str = "integrator") -> int:
    token = base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
    request = urllib.request.Request(
        city.url + path, json.dumps(body).encode(), method=method,
        headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=20) as answer:
        return int(answer.status)


class Sender(threading.Thread):
    """Posts readings, each with its own second, and remembers those answered 201; a doubtful one is sent again, as devices do."""

    def __init__(self, city: RunningCity, stream: int, until: float) -> None:
        super().__init__()
        self.city, self.stream, self.until = city, stream, until
        self.kept: list[int] = []

    def run(self) -> None:
        """Work until the end of time given."""
        number = 0
        while time.monotonic() < self.until:
            number += 1
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(START_S + number))
            for _ in range(3):
                with contextlib.suppress(OSError, urllib.error.URLError, TimeoutError):
                    path = f"/sta/v1.1/Datastreams({self.stream})/Observations"
                    if _send(self.city, "POST", path, {"phenomenonTime": at, "result": number % 40}) == 201:
                        self.kept.append(START_S + number)
                        break
                time.sleep(0.2)


def _victims(city: RunningCity, name: str) -> list[psutil.Process]:
    """Processes of this city by what they are: words of the taydo command, the database's postmaster, the broker."""
    assert city.process is not None
    below = psutil.Process(city.process.pid).children(recursive=True)
    found = []
    for process in below:
        with contextlib.suppress(psutil.Error):
            line = process.cmdline()
            plain = Path(line[0]).name if line else ""
            if name in ("postgres", "nats-server") and plain == name and "-c" in line:
                found.append(process)
            if "taydo.config.cli" in line and line[-1] == name:
                found.append(process)
    return found


def _wait_answering(city: RunningCity, seconds: float = 90.0) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError, urllib.error.URLError, ValueError):
            if city.get("/readyz")["status"] == "ready":
                return
        time.sleep(0.5)
    raise AssertionError(f"the city did not come back: {city.log.read_text()[-2000:]}")


def test_readings_answered_over_http_are_there_once_and_the_audit_is_whole_whatever_is_killed() -> None:
    with RunningCity() as city:
        streams = [city.datastream("CT-KK-01", name) for name in ("pm25", "pm10", "o3")]
        senders = [Sender(city, stream, time.monotonic() + SECONDS) for stream in streams]
        for sender in senders:
            sender.start()
        struck = _strike(city)
        for sender in senders:
            sender.join()
        _wait_answering(city)

        with _patiently(city) as link:
            stored = {
                stream: [row[0] for row in link.execute(
                    "SELECT extract(epoch FROM phenomenon_time)::bigint FROM streams_observation"
                    " WHERE datastream_id = %s AND phenomenon_time < '2024-01-01' ORDER BY 1", [stream],
                )]
                for stream in streams
            }  # fmt: skip
        _audit_settles(city)
        verdict = subprocess.run(
            [sys.executable, "-m", "taydo.config.cli", "audit", "verify"],
            env=city.child_environment(),
            capture_output=True,
            text=True,
        )

    assert set(struck) == set(KILLED)
    assert sum(len(sender.kept) for sender in senders) > 60
    for sender in senders:
        found = stored[sender.stream]
        assert len(found) == len(set(found))
        assert set(sender.kept) <= set(found)
    assert verdict.returncode == 0, verdict.stdout
    assert "intact" in verdict.stdout


def _strike(city: RunningCity) -> list[str]:
    """Kill every kind of process once, and two of them again; say what was struck."""
    dice, struck = random.Random(7), []
    for name in (*KILLED, *dice.sample(KILLED, 2)):
        time.sleep(SECONDS / 8)
        for victim in _victims(city, name):
            with contextlib.suppress(psutil.Error):
                os.kill(victim.pid, signal.SIGKILL)
                struck.append(name)
    return struck


def _audit_settles(city: RunningCity) -> None:
    """Wait until every audit row is sealed: the worker came back and went on where it was killed."""
    with _patiently(city) as link:
        for _ in range(60):
            waiting = link.execute(
                "SELECT count(*) FROM kernel_audit a LEFT JOIN kernel_auditleaf l ON l.row_id = a.id WHERE l.row_id IS NULL"
            )
            if waiting.fetchone() == (0,):
                return
            time.sleep(1)
    raise AssertionError("audit rows stay unsealed")


def _patiently(city: RunningCity) -> psycopg.Connection:
    for _ in range(60):
        with contextlib.suppress(psycopg.Error):
            return city.database()
        time.sleep(1)
    raise AssertionError("the database did not come back")
