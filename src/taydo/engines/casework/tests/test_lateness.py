"""Late cases are told once and escalated level by level, whatever is killed in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import connection

from taydo.engines.cases import actions as cases
from taydo.engines.cases import queries as cases_read
from taydo.engines.cases.queries import Filters
from taydo.engines.casework import jobs, lateness
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer

from .sample import MATTER, MONDAY, opened

pytestmark = pytest.mark.django_db
SYSTEM = Viewer.system("test")


def levels(case: int) -> list[tuple[int, str]]:
    """What was told of a case's escalation: level and agency."""
    found = sql.rows(
        """SELECT (data->>'level')::int AS level, data->>'to_agency' AS agency FROM kernel_outbox
           WHERE type = 'casework.case_escalated' AND (data->>'case_id')::bigint = %(id)s ORDER BY seq""",
        {"id": case},
    )
    return [(row["level"], row["agency"]) for row in found]


def test_lateness_is_told_once_for_each_deadline(an: Viewer) -> None:
    with clock.at(MONDAY):
        case = opened(an, deadline="clock")
    with clock.at(MONDAY + timedelta(days=2)):
        assert [lateness.report_late(SYSTEM), lateness.report_late(SYSTEM)] == [1, 0]
        cases.move(an, case, "drop")
        cases.move(an, case, "reopen")
    with clock.at(MONDAY + timedelta(days=4)):
        assert lateness.report_late(SYSTEM) == 1
    assert sql.value("SELECT count(*) FROM kernel_outbox WHERE type = 'cases.case_late'") == 2


def test_levels_are_counted_from_the_deadline_in_their_own_measure(an: Viewer) -> None:
    with clock.at(MONDAY):
        case = opened(an, deadline="urgent")  # due Tuesday 17:00
    seen = []
    # Wednesday 11:30 is four working hours after; one working day after is Wednesday 17:00.
    for hours in (33, 33.2, 51.3, 51.6, 56.9, 57.1):
        with clock.at(MONDAY + timedelta(hours=hours)):
            jobs.tell_late()
            jobs.tell_levels()
            shown = cases_read.case(an, case)
            seen.append((shown["late_at"] is not None, shown["escalated"], shown["priority"]))
    assert seen == [(False, 0, 0), (True, 0, 0), (True, 0, 0), (True, 1, 1), (True, 1, 1), (True, 2, 3)]
    assert levels(case) == [(1, "H.1.2"), (2, "H.1")]
    assert [line["kind"] for line in cases_read.timeline(an, case)][:3] == ["escalated", "escalated", "late"]


def test_levels_that_were_missed_are_all_told_once_in_order(an: Viewer) -> None:
    with clock.at(MONDAY):
        case = opened(an, deadline="urgent")
    with clock.at(MONDAY + timedelta(days=30)):
        for _ in range(3):
            jobs.tell_late()
            jobs.tell_levels()
    assert levels(case) == [(1, "H.1.2"), (2, "H.1")]


def test_the_agency_above_sees_what_was_escalated_to_it_unless_it_is_restricted(an: Viewer) -> None:
    above = Viewer(1, "tren", "Trên", "official", "H.1", grants={"cases.see": frozenset(("H.1",))})
    with clock.at(MONDAY):
        case, secret = opened(an), opened(an, restricted=True)
    with clock.at(MONDAY + timedelta(days=30)):
        jobs.tell_late()
        jobs.tell_levels()
    assert [item["id"] for item in cases_read.inbox(above, Filters(whose="seen")).cases] == [case]
    assert levels(secret) == [(1, "H.1.2"), (2, "H.1")]


def test_a_pause_an_end_or_a_new_deadline_stops_escalation(an: Viewer) -> None:
    with clock.at(MONDAY):
        paused, ended, classed = (opened(an, deadline="urgent") for _ in range(3))
        for case in (paused, classed):
            cases.move(an, case, "start")
    with clock.at(MONDAY + timedelta(hours=34)):
        jobs.tell_late()
        cases.move(an, paused, "wait")
        cases.move(an, ended, "drop")
        cases.set_deadline_class(an, classed, "plain")
    with clock.at(MONDAY + timedelta(days=5)):
        jobs.tell_late()
        jobs.tell_levels()
    assert levels(paused) == levels(ended) == levels(classed) == []
    with clock.at(MONDAY + timedelta(days=5)):
        cases.move(Viewer.system("x"), paused, "back")
        jobs.tell_levels()
        assert len(levels(paused)) == 2


KILLED = """
import django, os
os.environ["DJANGO_SETTINGS_MODULE"] = "taydo.config.settings"
django.setup()
from taydo.engines.casework import lateness
from taydo.kernel.actors import Viewer
print("ready", flush=True)
while True:
    lateness.report_late(Viewer.system("killed"), 1)
    lateness.escalate(Viewer.system("killed"), 1)
"""


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_tells_every_level_exactly_once() -> None:
    from taydo.engines.cases import casetype

    casetype.keep(MATTER)
    sql.execute(
        """INSERT INTO cases_case (code, type, type_version, state, phase, title, agency, chain, opened_at, due_at, due_clock)
           SELECT 'PH-' || n, 'matter', %(v)s, 'new', 'open', 'Trễ', 'H.1.2', '{H.1.2}', now() - interval '90 days',
                  now() - interval '60 days', 'working' FROM generate_series(1, 150) n""",
        {"v": MATTER.version},
    )
    told = "SELECT count(*) FROM kernel_outbox WHERE type = %(type)s"
    database = connection.settings_dict
    host = f"{database['HOST']}:{database['PORT']}" if database["PORT"] else database["HOST"]
    address = f"postgres://{database['USER']}:{database['PASSWORD']}@{host}/{database['NAME']}"
    kills = 0
    while sql.value(told, {"type": "casework.case_escalated"}) < 300 and kills < 60:
        worker = subprocess.Popen(
            [sys.executable, "-c", KILLED], env={**os.environ, "DATABASE_URL": address}, stdout=subprocess.PIPE
        )
        assert worker.stdout is not None and worker.stdout.readline() == b"ready\n"
        time.sleep(0.4 + 0.17 * (kills % 5))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        kills += 1

    assert kills > 1
    for kind, lines, number in (("cases.case_late", "late", 150), ("casework.case_escalated", "escalated", 300)):
        assert sql.value(told, {"type": kind}) == number
        assert sql.value("SELECT count(*) FROM cases_event WHERE kind = %(k)s", {"k": lines}) == number
    assert (
        sql.value("SELECT count(*) FROM cases_case WHERE escalated = 2 AND escalate_at IS NULL AND priority = 3") == 150
    )
