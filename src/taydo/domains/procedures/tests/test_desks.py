"""Fifty desks of one agency at once: every dossier has a code of its own and no number is left out."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from taydo.domains.procedures.actions import filing
from taydo.kernel import clock, sql
from taydo.kernel.errors import Problem
from taydo.kernel.jobs import LOADS
from taydo.kernel.specs import city

from .conftest import PERSON, WARD, official

DESKS, EACH = 50, 3


@pytest.mark.django_db(transaction=True)
def test_fifty_desks_at_once_leave_no_gap_and_share_no_code():
    for name in ("places", "directory", "catalogue"):
        LOADS[name].run(city())
    clerk, gate, failed, slots = official(), threading.Barrier(DESKS), [], threading.Semaphore(20)

    def desk(number: int) -> None:
        gate.wait()
        for at in range(EACH):
            with slots:
                try:
                    name = "" if (number + at) % 10 == 0 else PERSON.name  # one in ten is sent back for want of a name
                    filing.take_in(
                        clerk, "1.004873", filing.Applicant(name), unit_code=WARD, answers={}, key=f"{number}:{at}"
                    )
                except Problem as problem:
                    failed.append(problem.code)
                finally:
                    connection.close()

    threads = [threading.Thread(target=desk, args=(number,)) for number in range(DESKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    codes = sorted(item["code"] for item in sql.rows("SELECT code FROM procedures_dossier"))
    assert failed == ["dossier_incomplete"] * (DESKS * EACH - len(codes))
    assert 100 < len(codes) < DESKS * EACH
    assert codes == [f"H13.31135-{clock.today():%Y%m%d}-{at:07d}" for at in range(1, len(codes) + 1)]
