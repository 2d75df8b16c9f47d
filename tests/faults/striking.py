"""Killing processes of a running city, and waiting until it works again; whoever calls says what must have survived."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import psycopg
from tests.running_city import RunningCity


def victims(city: RunningCity, name: str) -> list[psutil.Process]:
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


def strike(city: RunningCity, names: Sequence[str], seconds: float, again: int = 2, whole: bool = False) -> list[str]:
    """Kill every kind of process once, and `again` of them a second time, spread over the time given; say what was struck.

    `whole`: with every process below it, those that answer requests too.
    """
    dice, struck = random.Random(7), []
    order = (*names, *dice.sample(list(names), again))
    for name in order:
        time.sleep(seconds / (len(order) + 1))
        for victim in victims(city, name):
            with contextlib.suppress(psutil.Error):
                below = victim.children(recursive=True) if whole else []
                os.kill(victim.pid, signal.SIGKILL)
                struck.append(name)
                psutil.wait_procs([process for process in below if _killed(process)], 5)
    return struck


def _killed(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        process.kill()
        return True
    return False


def wait_answering(city: RunningCity, seconds: float = 90.0) -> None:
    """Wait until the city says that it is ready."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError, urllib.error.URLError, ValueError):
            if city.get("/readyz")["status"] == "ready":
                return
        time.sleep(0.5)
    raise AssertionError(f"the city did not come back: {city.log.read_text()[-2000:]}")


def patiently(city: RunningCity) -> psycopg.Connection[Any]:
    """A connection to the city's database, once it takes one."""
    for _ in range(60):
        with contextlib.suppress(psycopg.Error):
            return city.database()
        time.sleep(1)
    raise AssertionError("the database did not come back")


def settled(city: RunningCity, query: str, seconds: int = 60) -> None:
    """Wait until a count is zero: the worker came back and went on where it was killed."""
    with patiently(city) as link:
        for _ in range(seconds * 2):
            left = link.execute(query).fetchone()
            if left == (0,):
                return
            time.sleep(0.5)
    raise AssertionError(f"{left} left of: {query}")


def audit_settles(city: RunningCity) -> None:
    """Wait until every audit row is sealed."""
    rows = "SELECT count(*) FROM kernel_audit a LEFT JOIN kernel_auditleaf l ON l.row_id = a.id WHERE l.row_id IS NULL"
    settled(city, rows)


def audit_verdict(city: RunningCity) -> subprocess.CompletedProcess[str]:
    """What `taydo audit verify` says."""
    command = [sys.executable, "-m", "taydo.config.cli", "audit", "verify"]
    return subprocess.run(command, env=city.child_environment(), capture_output=True, text=True, check=False)
