"""kill -9 of the web and the worker while people file dossiers online and clerks take them at the desk.

Every dossier that was acknowledged is there exactly once, also when it was sent again under its key; the codes of an agency's day have no gap
and no double; who was told to have been received has one receipt, and was told once.
"""

from __future__ import annotations

import collections
import itertools
import math
import threading
import time
import uuid
from typing import Any

import pytest
from tests.faults.people import Worker, ask, until_answered
from tests.faults.striking import patiently, settled, strike, wait_answering
from tests.running_city import RunningCity

pytestmark = [pytest.mark.faults, pytest.mark.slow]
SECONDS, GRACE, PATIENCE = 12.0, 60.0, 90.0
KILLED = ("web", "worker")
WARDS = ("31135", "31147")
PROCEDURE = "1.004873"

UNTOLD = """SELECT count(*) FROM procedures_dossier d WHERE d.source = '' AND d.actor_id IS NOT NULL
            AND (SELECT count(*) FROM notices_notice n WHERE n.href = '/dossiers/' || d.code) < CASE d.national WHEN 1 THEN 1 ELSE 2 END"""
"""Whoever filed online is told that it was sent, and that it was received."""


class Town:
    """What was sent and what was answered, as the people outside remember it."""

    def __init__(self, city: RunningCity) -> None:
        self.city, self.until = city, math.inf
        self.numbers = itertools.count(1)
        self.filed: dict[str, str] = {}
        self.taken: dict[str, str] = {}
        self.received: set[str] = set()
        self.waiting: collections.deque[str] = collections.deque()
        self.sent = 0
        self.lock = threading.Lock()

    def dossier(self, unit: str) -> dict[str, Any]:
        """A person never seen before asks for a certificate, under a key of their program."""
        with self.lock:
            number = f"092190{next(self.numbers):06d}"
            self.sent += 1
        person = {"name": "Nguyễn Thị Sông Hậu", "number": number, "phone": "0912345678", "address": "12 Hai Bà Trưng"}
        answers = {f"applicant_{name}": words for name, words in person.items()}
        answers |= {"commune": unit, "status": "single", "purpose": "house"}
        return {"procedure": PROCEDURE, "unit_code": unit, "applicant": person, "answers": answers, "key": uuid.uuid4().hex}  # fmt: skip

    def answered(self, more: int) -> None:
        """Wait until so many more dossiers are acknowledged, of each door, and received."""
        wanted = [len(kind) + more for kind in (self.filed, self.taken, self.received)]
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if all(len(kind) >= n for kind, n in zip((self.filed, self.taken, self.received), wanted, strict=True)):
                return
            time.sleep(0.1)
        raise AssertionError(f"{wanted} are not reached: {len(self.filed)}, {len(self.taken)}, {len(self.received)}")

    def said(self, path: str, body: dict[str, Any], user: str) -> dict[str, Any] | None:
        """The answer, asked for again until there is one; None when time is up."""
        found = until_answered(lambda: ask(self.city, "POST", path, body, user), self.until + GRACE)
        if found is None:
            return None
        assert found[0] == 200, found
        return dict(found[1])

    def file(self, turn: int) -> None:
        """Online, in two wards in turn; those of the first wait for its clerk."""
        body = self.dossier(WARDS[turn % 2])
        made = self.said("/api/v1/dossiers", body, "citizen")
        if made is not None:
            self.filed[body["applicant"]["number"]] = made["code"]
            if turn % 2 == 0:
                self.waiting.append(made["code"])

    def take(self, turn: int) -> None:
        """At the desk: filed and received in one."""
        body = self.dossier(WARDS[0])
        made = self.said("/api/v1/dossiers/take-in", body, "clerk")
        if made is not None:
            self.taken[body["applicant"]["number"]] = made["code"]

    def receive(self, turn: int) -> None:
        """The clerk receives what came online; 409 says that an answer that was lost had been one."""
        try:
            code = self.waiting.popleft()
        except IndexError:
            time.sleep(0.1)
            return
        path = f"/api/v1/dossiers/{code}/receive"
        said = until_answered(lambda: ask(self.city, "POST", path, {}, "clerk"), self.until + GRACE)
        if said is not None:
            assert said[0] in (200, 409), said
            self.received.add(code)


def test_dossiers_are_there_once_under_codes_without_gaps_whatever_is_killed() -> None:
    with RunningCity() as city:
        town = Town(city)
        people = [Worker(math.inf, work) for work in (town.file, town.file, town.take, town.receive)]
        for one in people:
            one.start()
        try:
            town.answered(3)
            struck = strike(city, KILLED, SECONDS, whole=True)
            wait_answering(city)
            town.answered(3)
        finally:
            town.until = time.monotonic()
            for one in people:
                one.until = 0
        for one in people:
            one.join()
        settled(city, UNTOLD)

        assert not [error for one in people for error in one.failed]
        assert set(struck) == set(KILLED)
        _there_once(city, town)
        _codes_without_gaps(city)
        _received_once(city, town)


def _there_once(city: RunningCity, town: Town) -> None:
    """One dossier a person; nothing acknowledged is missing, nothing is there that nobody sent, each has a case of its own."""
    with patiently(city) as link:
        stored = link.execute("SELECT number_mark, code, case_id FROM procedures_dossier WHERE source = ''").fetchall()
        cases = link.execute(
            "SELECT c.id, count(e.id) FROM cases_case c LEFT JOIN cases_event e ON e.case_id = c.id AND e.kind = 'opened' GROUP BY 1"
        ).fetchall()
    acknowledged = [*town.filed.values(), *town.taken.values()]
    assert len(set(acknowledged)) == len(acknowledged)
    assert len({mark for mark, _, _ in stored}) == len(stored) <= town.sent
    assert set(acknowledged) <= {code for _, code, _ in stored}
    assert sorted(cases) == sorted((case, 1) for _, _, case in stored)


def _codes_without_gaps(city: RunningCity) -> None:
    with patiently(city) as link:
        codes = [code for (code,) in link.execute("SELECT code FROM procedures_dossier WHERE source = ''").fetchall()]
    days = collections.defaultdict(list)
    for code in codes:
        series, _, number = code.rpartition("-")
        days[series].append(int(number))
    assert {series.split("-")[0] for series in days} == {f"H13.{ward}" for ward in WARDS}
    for series, numbers in days.items():
        assert sorted(numbers) == list(range(1, len(numbers) + 1)), series


def _received_once(city: RunningCity, town: Town) -> None:
    """Received is received once: one receipt, one notice of each step to whoever filed, a day on which it is due."""
    received = town.received | set(town.taken.values())
    with patiently(city) as link:
        stored = link.execute(
            """SELECT d.code, d.national, d.due_at IS NOT NULL, (SELECT count(*) FROM procedures_form f WHERE f.dossier_id = d.id AND f.form = '01')
               FROM procedures_dossier d WHERE d.source = ''"""
        ).fetchall()
        told = link.execute(
            "SELECT href, body_vi, count(*) FROM notices_notice WHERE topic = 'procedures.own' GROUP BY 1, 2"
        ).fetchall()
    assert {code for code, *_ in stored if code in received} == received
    for code, national, due, receipts in stored:
        assert (national, due, receipts) in ({(2, True, 1)} if code in received else {(1, False, 0), (2, True, 1)})
    assert {count for _, _, count in told} == {1}
    assert {f"/dossiers/{code}" for code in town.received} <= {href for href, *_ in told}
