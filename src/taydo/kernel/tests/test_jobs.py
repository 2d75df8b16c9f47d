"""Regular work is done by one worker at a time; queued jobs are part of the change that asks for them."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from taydo.kernel import ids, jobs, sql
from taydo.kernel.jobs import Regular, run_regular


@pytest.mark.django_db(transaction=True)
def test_regular_work_is_done_by_one_at_a_time() -> None:
    inside, leave = threading.Event(), threading.Event()

    def long() -> None:
        inside.set()
        leave.wait(10)

    def other_worker() -> None:
        run_regular(Regular("long", 1, long))
        connection.close()

    thread = threading.Thread(target=other_worker)
    thread.start()
    inside.wait(10)
    second = run_regular(Regular("long", 1, lambda: None))
    another = run_regular(Regular("other", 1, lambda: None))
    leave.set()
    thread.join()

    assert (second, another) == (False, True)
    assert run_regular(Regular("long", 1, lambda: None))


@pytest.mark.django_db(transaction=True)
def test_failing_work_frees_its_place() -> None:
    def fail() -> None:
        sql.execute("SELECT 1 / 0")

    with pytest.raises(Exception, match="division"):
        run_regular(Regular("failing", 1, fail))

    assert run_regular(Regular("failing", 1, lambda: None))


def waiting(name: str) -> int:
    return int(sql.value("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %(n)s", {"n": name}))


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_rolled_back_change_is_never_done() -> None:
    name = f"kernel.tests.{ids.uuid7()}"
    job = jobs.job(name)(lambda number: number + 1)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        job.later(number=1)
        raise ZeroDivisionError
    assert waiting(name) == 0

    job.later(number=2)
    job.later_many([{"number": 3}, {"number": 4}])

    assert job(1) == 2
    assert waiting(name) == 3
