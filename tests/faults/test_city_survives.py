"""kill -9 of any process of a whole city while people and devices work: what was answered is there once, the audit stays whole."""

from __future__ import annotations

import base64
import contextlib
import json
import threading
import time
import urllib.error
import urllib.request

import pytest
from tests.faults.striking import audit_settles, audit_verdict, patiently, strike, wait_answering
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


def test_readings_answered_over_http_are_there_once_and_the_audit_is_whole_whatever_is_killed() -> None:
    with RunningCity() as city:
        streams = [city.datastream("CT-KK-01", name) for name in ("pm25", "pm10", "o3")]
        senders = [Sender(city, stream, time.monotonic() + SECONDS) for stream in streams]
        for sender in senders:
            sender.start()
        struck = strike(city, KILLED, SECONDS)
        for sender in senders:
            sender.join()
        wait_answering(city)

        with patiently(city) as link:
            stored = {
                stream: [row[0] for row in link.execute(
                    "SELECT extract(epoch FROM phenomenon_time)::bigint FROM streams_observation"
                    " WHERE datastream_id = %s AND phenomenon_time < '2024-01-01' ORDER BY 1", [stream],
                )]
                for stream in streams
            }  # fmt: skip
        audit_settles(city)
        verdict = audit_verdict(city)

    assert set(struck) == set(KILLED)
    assert sum(len(sender.kept) for sender in senders) > 60
    for sender in senders:
        found = stored[sender.stream]
        assert len(found) == len(set(found))
        assert set(sender.kept) <= set(found)
    assert verdict.returncode == 0, verdict.stdout
    assert "intact" in verdict.stdout
