"""kill -9 of whoever counts, again and again while readings come: in the end every change is there once."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import random
import subprocess
import sys
import time

import pytest
from django.db import connection

from taydo.engines.alerts import evaluate
from taydo.engines.alerts.limits import named
from taydo.engines.alerts.rules import Track, step
from taydo.engines.streams import ingest
from taydo.engines.streams.ingest import Batch, Reading
from taydo.kernel import clock, sql

from .conftest import station

ROUNDS, PARTS, STREAMS = 4, 9, 6


COUNTER = """
import django
django.setup()
from taydo.engines.alerts import evaluate
print("counting", flush=True)
while True:
    evaluate.instant()
"""


def counting() -> subprocess.Popen[str]:
    """A process that counts without end on the test's own database."""
    where = connection.settings_dict
    address = f"postgresql://{where['USER']}:{where['PASSWORD']}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
    environment = {**os.environ, "DATABASE_URL": address, "TAYDO_POOL": "0"}
    child = subprocess.Popen([sys.executable, "-c", COUNTER], env=environment, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline() == "counting\n"
    return child


def expected(values: list[tuple[dt.datetime, float]]) -> list[str]:
    """What the changes of one sensor must be: the tiers of a pure count, where they differ from the one before."""
    limit, track, tiers = named("dust.now"), Track(), [0]
    assert limit is not None
    for at, value in values:
        tiers.append(step(limit.band, track, at, value))
    kinds = []
    for before, after in itertools.pairwise(tiers):
        if before != after:
            kinds.append("cleared" if not after else "changed" if before else "raised" if not kinds else "returned")
    return kinds


def alone() -> None:
    """Wait until the server has done with the connections of those who were killed: one may still commit."""
    question = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
    for _ in range(200):
        if not sql.value(question):
            return
        time.sleep(0.05)
    raise AssertionError("a killed process's connection is still at work")


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_whoever_is_killed_every_change_is_told_once() -> None:
    chance = random.Random(7)
    streams = [station(f"KK{number}", "air", "pm25") for number in range(STREAMS)]
    sent: dict[int, list[tuple[dt.datetime, float]]] = {stream: [] for stream in streams}
    begun = clock.now() - dt.timedelta(minutes=10)
    for turn in range(ROUNDS):
        child = counting()
        for part in range(PARTS):
            at = begun + dt.timedelta(seconds=turn * PARTS + part)
            readings = [Reading(stream, at, chance.choice((20.0, 60.0, 90.0, 150.0))) for stream in streams]
            ingest.take(Batch.of(readings))
            for reading in readings:
                sent[reading.datastream_id].append((at, reading.result or 0.0))
            time.sleep(chance.random() * 0.03)
        child.kill()
        child.wait()
    alone()
    assert sql.value("SELECT count(*) FROM alerts_change") > 0, "nobody counted before being killed"
    evaluate.instant()

    for stream in streams:
        kinds = sql.rows(
            "SELECT c.kind FROM alerts_change c JOIN alerts_alert a ON a.id = c.alert_id WHERE a.datastream_id = %(s)s ORDER BY c.id",
            {"s": stream},
        )
        assert [row["kind"] for row in kinds] == expected(sent[stream])
    changes, events = sql.value("SELECT count(*) FROM alerts_change"), sql.value("SELECT count(*) FROM kernel_outbox")
    assert changes == events > STREAMS
    assert sql.value("SELECT count(*) FROM streams_watched") == 0
