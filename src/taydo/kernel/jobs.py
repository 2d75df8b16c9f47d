"""Work outside requests: regular work that one worker does at a time, and queued jobs that are tried again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, ParamSpec

from django.db import connection
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

P = ParamSpec("P")
REGULAR: dict[str, Regular] = {}
LOADS: dict[str, Load] = {}


@dataclass(frozen=True)
class Regular:
    """A function run every so many seconds by whichever worker holds its lock."""

    name: str
    seconds: float
    run: Callable[[], Any]


def every(seconds: float, name: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Declare regular work. It must be safe to run again at any time."""

    def declare(run: Callable[[], Any]) -> Callable[[], Any]:
        REGULAR[name] = Regular(name, seconds, run)
        return run

    return declare


@dataclass(frozen=True)
class Load:
    """A step of loading the city's folder into the running house."""

    name: str
    order: int
    run: Callable[[Path], Any]


def loads(order: int, name: str) -> Callable[[Callable[[Path], Any]], Callable[[Path], Any]]:
    """Declare a step of `taydo load`, given the city's folder. It must be idempotent; what it returns is told to the operator.

    Orders: 10 places, 20 directory, 30 accounts, 40 streams, 50 limits, 60 case types, 90 what depends on all of these.
    """

    def declare(run: Callable[[Path], Any]) -> Callable[[Path], Any]:
        LOADS[name] = Load(name, order, run)
        return run

    return declare


def run_regular(work: Regular) -> bool:
    """Run one piece of regular work unless another worker is at it; return whether it ran."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('job'), hashtext(%s))", [work.name])
        if not cursor.fetchone()[0]:
            return False
        try:
            work.run()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('job'), hashtext(%s))", [work.name])
    return True


class Job(Generic[P]):
    """A queued function: call it to do the work now, `.later` to have a worker do it after commit."""

    def __init__(self, run: Callable[P, Any], task: Any) -> None:
        self.run = run
        self.task = task

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        return self.run(*args, **kwargs)

    def later(self, *, after_seconds: int = 0, **kwargs: Any) -> int:
        """Queue the work in the running transaction; arguments must be JSON-able. Returns the job's id."""
        task = self.task.configure(schedule_in={"seconds": after_seconds}) if after_seconds else self.task
        return int(task.defer(**kwargs))

    def later_many(self, arguments: list[dict[str, Any]]) -> None:
        """Queue many at once, in one statement."""
        if arguments:
            self.task.batch_defer(*arguments)


def job(name: str, *, retry: int = 5, queue: str = "default") -> Callable[[Callable[P, Any]], Job[P]]:
    """Declare a queued job; a failing one is tried again with growing pauses, then kept as failed."""

    def declare(run: Callable[P, Any]) -> Job[P]:
        strategy = RetryStrategy(max_attempts=retry, exponential_wait=4)
        task = app.task(name=name, queue=queue, retry=strategy, pass_context=False)(run)
        return Job(run, task)

    return declare
