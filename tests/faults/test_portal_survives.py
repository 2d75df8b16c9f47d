"""kill -9 of the worker while dossiers change and the national portal is away, slow, or hangs up after taking a message.

Afterwards the portal's states are ours, every message is there once, and each dossier's messages came in order.
"""

from __future__ import annotations

import collections
import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from typing import Any

import pytest
from tests.faults.striking import patiently, settled, strike
from tests.running_city import RunningCity

pytestmark = [pytest.mark.faults, pytest.mark.slow]
DOSSIERS = 60
TROUBLES: tuple[dict[str, object], ...] = (
    {"down": True},
    {"deaf": True},
    {"seconds": 0.05},
    {"deaf": True},
    {"down": True},
    {},
)
STANDS = "SELECT subject, word FROM relay_mark WHERE subject <> '@central'"


def portal(city: RunningCity, path: str, body: object = None) -> Any:
    """The JSON of the sandbox portal at an address."""
    port = json.loads((city.home / "ports.json").read_text())["sandbox-portal"]
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", data, timeout=20) as answer:
        return json.load(answer)


def test_every_change_reaches_the_portal_once_and_in_order_whatever_is_killed_meanwhile() -> None:
    with RunningCity() as city:
        command = [sys.executable, "-m", "tests.faults.filing", str(DOSSIERS)]
        environment = {**city.child_environment(), "DJANGO_SETTINGS_MODULE": "taydo.config.settings"}
        with subprocess.Popen(command, env=environment) as people:
            struck: list[str] = []
            for (
                trouble
            ) in TROUBLES:  # who is struck again comes back more slowly each time: not every blow meets somebody
                portal(city, "/trouble", trouble)
                struck += strike(city, ["worker"], 6.0, again=0)
            assert len(struck) >= 3
            assert people.wait(120) == 0
        _hurry(city)
        settled(city, "SELECT count(*) FROM kernel_outbox", 120)
        settled(city, "SELECT count(*) FROM procedures_dossier d WHERE d.source = '' AND d.sync <> 'sent'", 180)

        with patiently(city) as link:
            ours = dict(link.execute(STANDS).fetchall())
            ids = link.execute("SELECT key FROM relay_message WHERE state = 'sent' ORDER BY id").fetchall()
            lines = link.execute(
                """SELECT count(*) FROM cases_event e JOIN procedures_dossier d ON d.case_id = e.case_id
                   JOIN relay_mark k ON k.subject = d.code WHERE e.id > k.position AND e.kind IN ('opened', 'moved')"""
            ).fetchone()
        assert lines == (0,) and len(ours) == DOSSIERS
        assert portal(city, "/states.json") == ours
        taken = portal(city, "/messages.json")
        assert sorted(row["key"] for row in taken) == sorted(key for (key,) in ids)
        of: dict[str, list[tuple[int, ...]]] = collections.defaultdict(list)
        for row in taken:
            of[row["code"]].append(tuple(map(int, row["key"].split("/")[1:])))
        assert all(keys == sorted(set(keys)) for keys in of.values())


def _hurry(city: RunningCity) -> None:
    """Let the pauses after failures be over."""
    for _ in range(20):
        with contextlib.suppress(Exception), patiently(city) as link:
            link.execute("UPDATE relay_partner SET next_at = NULL")
            return
        time.sleep(0.5)
