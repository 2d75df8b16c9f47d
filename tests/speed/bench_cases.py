"""Case transitions through the action (permission, audit, event, outbox) against the bare statement, in turn in one run.

Leaves its cases behind: run it on a database made for benchmarks.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import transaction

from taydo.engines.cases import actions, casetype, queries
from taydo.engines.cases.tests.sample import SAMPLE
from taydo.engines.cases.transition import CHANGE
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer

CASES, STEPS, ROUNDS = 40, 6, 5
OFFICER = Viewer(
    0,
    "bench",
    "Bench",
    "official",
    "BENCH",
    grants={f"cases.{verb}": frozenset(("BENCH",)) for verb in ("see", "open", "move", "assign")},
)
FILL = """
WITH made AS (
  INSERT INTO cases_case (code, type, type_version, state, phase, title, agency, chain, opened_at, due_at, soon_at, due_clock)
  SELECT 'BEN-' || %(stamp)s || '-' || n, 'sample', %(version)s, 'new', 'open', 'Vụ việc đo tốc độ ' || n, agency, ARRAY[agency], now(),
         now() + n * interval '1 second', now(), 'clock'
  FROM (SELECT n, CASE WHEN n %% 50 = 0 THEN 'BENCH' ELSE 'OTHER' || n %% 120 END AS agency FROM generate_series(1, %(n)s) n) s
  RETURNING id, code, title)
INSERT INTO cases_words (case_id, words) SELECT id, cases_fold(code || ' ' || title) FROM made
"""


def _through_the_action(cases: list[int]) -> int:
    for case in cases:
        for step in range(STEPS):
            actions.move(OFFICER, case, "close" if step % 2 == 0 else "reopen")
    return len(cases) * STEPS


def _bare(cases: list[int]) -> int:
    text = CHANGE.format(columns="state = %(new_state)s, phase = 'open'")
    for case in cases:
        for step in range(STEPS):
            params = {
                "id": case,
                "at": clock.now(),
                "kind": "moved",
                "actor": 0,
                "actor_name": "Bench",
                "note": "",
                "data": "{}",
            }
            state = "working" if step % 2 else "new"
            params |= {"public": False, "from_state": "new", "move": "start", "new_state": state, "version": 1 + step}
            with transaction.atomic():
                assert sql.row(text, params) is not None
    return len(cases) * STEPS


def _rate(work: Callable[[list[int]], int]) -> tuple[float, float]:
    """Transitions a second, and CPU-ms of this process for one."""
    cases = [int(actions.open_case(OFFICER, "sample", "Đo tốc độ", agency="BENCH")["id"]) for _ in range(CASES)]
    start, cpu = time.perf_counter(), time.process_time()
    done = work(cases)
    return done / (time.perf_counter() - start), (time.process_time() - cpu) / done * 1000


def _percentile(work: Callable[[], Any], times: int = 60) -> float:
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.quantiles(taken, n=20)[18]


def _rates() -> tuple[float, float, float]:
    """Medians over the rounds: transitions a second through the action and bare, and CPU-ms of one through the action."""
    taken: dict[str, list[tuple[float, float]]] = {"action": [], "bare": []}
    for turn in range(ROUNDS):
        for name in ("action", "bare") if turn % 2 == 0 else ("bare", "action"):
            taken[name].append(_rate(_through_the_action if name == "action" else _bare))
    action, bare = (statistics.median(rate for rate, _ in taken[name]) for name in ("action", "bare"))
    return action, bare, statistics.median(cpu for _, cpu in taken["action"])


def run(base: int = 50_000) -> list[dict[str, Any]]:
    """Rows of the speed table: name, value, unit, note. `base`: cases that lie in the base besides (the issue asks at 1,000,000)."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    casetype.every()
    casetype.declare(SAMPLE)
    casetype.keep(SAMPLE)
    sql.execute(FILL, {"n": base, "version": SAMPLE.version, "stamp": int(time.time())})
    sql.execute("ANALYZE cases_case, cases_words")
    action, bare, cpu = _rates()
    total = sql.value("SELECT count(*) FROM cases_case")
    inbox = _percentile(lambda: queries.inbox(OFFICER, limit=20))
    found = _percentile(lambda: queries.inbox(OFFICER, queries.Filters(q="toc do 250"), limit=20), 20)
    note = f"1 connection, {CASES} cases x {STEPS} steps, {ROUNDS} rounds in turn"
    rows = [
        ("case transitions through the action", round(action), "/s", f"{note}; audit, event, outbox"),
        ("case transitions, bare statement", round(bare), "/s", note),
        ("action / bare statement", round(action / bare, 2), "", "same run"),
        ("CPU of our process for a transition", round(cpu, 2), "ms", "steady when the machine is not"),
        ("inbox of 20, p95", round(inbox, 1), "ms", f"{total} cases, one agency, in process"),
        ("search without accents, p95", round(found, 1), "ms", f"{total} cases"),
    ]
    return [dict(zip(("name", "value", "unit", "note"), row, strict=True)) for row in rows]
