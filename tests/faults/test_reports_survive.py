"""kill -9 of the web, the worker, the database and the broker while people report and officers move their reports.

What was answered is there once, no case is moved by half, every reporter is told each step once, the audit stays whole.
"""

from __future__ import annotations

import collections
import threading
import time
from typing import Any

import pytest
from tests.faults.people import Worker, ask, report_body, until_answered
from tests.faults.striking import audit_settles, audit_verdict, patiently, settled, strike, wait_answering
from tests.running_city import RunningCity

from taydo.engines.notices.tests.mailbox import mail_server

pytestmark = [pytest.mark.faults, pytest.mark.slow]
SECONDS, GRACE = 30.0, 60.0
KILLED = ("web", "worker", "postgres", "nats-server")
CHANGES = "('moved', 'taken', 'assigned', 'handed_over')"
MEANT = """SELECT count(*) FROM cases_event e JOIN cases_case c ON c.id = e.case_id AND c.type = 'report'
           WHERE e.kind = 'opened' OR (e.kind = 'moved' AND e.to_state = 'answered')"""
STEPS = {"received": "start", "in_progress": "answer"}


class Town:
    """What was sent and what was answered, as the people outside remember it."""

    def __init__(self, city: RunningCity, until: float) -> None:
        self.city, self.until = city, until
        self.sent: set[str] = set()
        self.reports: dict[str, dict[str, Any]] = {}
        self.moves: list[tuple[int, str, int]] = []
        self.waiting: collections.deque[dict[str, Any]] = collections.deque()

    def report(self, turn: int) -> None:
        """One report with an address to be told at, sent again under the same key until it is answered."""
        text = f"Đèn hỏng lần {threading.get_ident()}-{turn}"
        body = report_body(text, email=f"r{threading.get_ident()}.{turn}@example.org")
        self.sent.add(text)
        said = until_answered(lambda: ask(self.city, "POST", "/api/v1/hotline/reports", body), self.until + GRACE)
        if said is not None:
            assert said[0] == 200, said
            self.reports[text] = said[1]
            self.waiting.append(said[1] | {"version": 1, "state": "received"})

    def work(self, turn: int) -> None:
        """An officer of the centre takes the next step of a report, under a key, from the version they know."""
        try:
            case = self.waiting.popleft()
        except IndexError:
            time.sleep(0.1)
            return
        move = STEPS[case["state"]]
        key = f"{case['case_id']}-{move}-{turn}-{threading.get_ident()}"
        body = {"move": move, "note": "Đã thay bóng.", "expected_version": case["version"], "key": key}
        path = f"/api/v1/cases/{case['case_id']}/move"
        said = until_answered(lambda: ask(self.city, "POST", path, body, "agent"), self.until + GRACE)
        if said is not None:
            assert said[0] == 200, said
            self.moves.append((case["case_id"], move, said[1]["version"]))
            if said[1]["state"] in STEPS:
                self.waiting.append(case | said[1])


def test_reports_and_moves_are_there_once_and_everybody_is_told_once_whatever_is_killed() -> None:
    city = RunningCity()
    with mail_server(city.smtp_port) as box, city:
        town = Town(city, time.monotonic() + SECONDS)
        people = [Worker(town.until, work) for work in (town.report, town.report, town.report, town.work, town.work)]
        for one in people:
            one.start()
        struck = strike(city, KILLED, SECONDS)
        for one in people:
            one.join()
        wait_answering(city)
        _everything_is_told(city)
        audit_settles(city)

        _reports_are_there_once(city, town)
        _cases_are_whole(city, town)
        _everybody_was_told_once(city, box, struck.count("worker") + struck.count("postgres"))
        verdict = audit_verdict(city)

    assert not [error for one in people for error in one.failed]
    assert set(struck) == set(KILLED)
    assert len(town.reports) > 40 and len(town.moves) > 40
    assert verdict.returncode == 0 and "intact" in verdict.stdout, verdict.stdout


def _everything_is_told(city: RunningCity) -> None:
    """Until no event, job or delivery waits. A sender that was killed is taken up after ten minutes: here they have passed."""
    settled(city, "SELECT count(*) FROM kernel_outbox")
    settled(city, f"SELECT ({MEANT}) - (SELECT count(*) FROM notices_notice WHERE topic = 'hotline.own')", 120)
    with patiently(city) as link:
        link.execute("UPDATE notices_delivery SET at = at - interval '1 hour' WHERE state = 'sending'")
    settled(city, "SELECT count(*) FROM notices_delivery WHERE state IN ('waiting', 'sending')", 150)


def _reports_are_there_once(city: RunningCity, town: Town) -> None:
    with patiently(city) as link:
        stored = link.execute("SELECT text, code, case_id FROM hotline_report").fetchall()
        opened = link.execute("SELECT case_id, count(*) FROM cases_event WHERE kind = 'opened' GROUP BY 1").fetchall()
        loose = link.execute(
            "SELECT count(*) FROM cases_case c WHERE type = 'report' AND NOT EXISTS (SELECT FROM hotline_report r WHERE r.case_id = c.id)"
        ).fetchone()
    texts = [text for text, _, _ in stored]
    codes = {text: code for text, code, _ in stored}
    assert len(texts) == len(set(texts))
    assert set(texts) <= town.sent
    assert {text: answer["code"] for text, answer in town.reports.items()}.items() <= codes.items()
    assert loose == (0,)
    assert {number for case, number in opened if case in {case for _, _, case in stored}} == {1}


def _cases_are_whole(city: RunningCity, town: Town) -> None:
    """No half-moved case: its version counts the lines that changed it, its state is that of the last of them."""
    with patiently(city) as link:
        cases = link.execute("SELECT id, version, state FROM cases_case WHERE type = 'report'").fetchall()
        lines = link.execute(
            f"SELECT case_id, version, move, to_state FROM cases_event WHERE kind IN {CHANGES} ORDER BY case_id, id"
        ).fetchall()
    by_case: dict[int, list[tuple[int, str, str]]] = {}
    for case, version, move, state in lines:
        by_case.setdefault(case, []).append((version, move, state))
    for case, version, state in cases:
        found = by_case.get(case, [])
        assert [line[0] for line in found] == list(range(2, version + 1))
        assert state == (found[-1][2] if found else "received")
    kept = {(case, move, version) for case, version, move, _ in lines}
    assert len(town.moves) == len(set(town.moves))
    assert set(town.moves) <= kept


def _everybody_was_told_once(city: RunningCity, box: Any, kills: int) -> None:
    """One notice a step and report, sent; a letter on the line while the sender was killed may come twice, under one message id."""
    with patiently(city) as link:
        meant = link.execute(MEANT).fetchone()
        told = link.execute(
            "SELECT count(*), count(DISTINCT (href, title_vi)) FROM notices_notice WHERE topic = 'hotline.own'"
        ).fetchone()
        sent = link.execute("SELECT state, count(*) FROM notices_delivery GROUP BY 1").fetchall()
    letters = collections.Counter(letter["Message-ID"] for letter in box.letters)
    assert meant is not None and told == meant * 2
    assert sent == [("sent", *meant)]
    assert len(letters) == meant[0]
    # a letter whose sender, or the database that was to note it, is killed meanwhile goes out again under its own Message-ID
    assert sum(letters.values()) - len(letters) <= kills
