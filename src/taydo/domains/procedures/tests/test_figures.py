from __future__ import annotations

import datetime as dt
import random

import pytest

from taydo.domains.procedures.actions import counting, filing, receiving, results
from taydo.domains.procedures.queries import figures
from taydo.domains.procedures.rules import Run, on_time
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer

from .conftest import MONDAY, PAPERS, PERSON, WARD, citizen, official

pytestmark = pytest.mark.django_db
HOUSE = Viewer.system("tests")
SINCE, UNTIL = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
MAKE = """
INSERT INTO procedures_dossier (code, procedure, version_id, title, channel, agency_receives, agency_decides, papers, national, money, online_paid, sync, submitted_at,
  received_at, due_at, finished_at, returned_at, ended_at, supplements, apologies, papers_n, digitised, reused, rating, result_file, number_mark)
SELECT 'T-' || n, '1.00' || n %% 7, 1, 'x', (ARRAY['online', 'desk', 'post'])[1 + n %% 3], 'H13.0' || n %% 4, 'H13.0' || n %% 5, '[]'::jsonb, s, (ARRAY['none', 'due', 'paid'])[1 + n %% 3],
  n %% 3 = 2, (ARRAY['sent', 'waiting'])[1 + n %% 2], at, CASE WHEN s NOT IN (1, 3) THEN at + interval '2 hours' END, at + (n %% 9) * interval '1 day',
  CASE WHEN s IN (9, 10) THEN at + (n %% 11) * interval '1 day' END, CASE WHEN s = 10 THEN at + (n %% 13) * interval '1 day' END,
  CASE WHEN s IN (3, 7, 8) THEN at + (n %% 5) * interval '1 day' END, n %% 3, n %% 2, n %% 4, n %% 4, n %% 2, CASE WHEN n %% 6 = 0 THEN 1 + n %% 5 END,
  CASE WHEN n %% 2 = 0 THEN gen_random_uuid() END, ''
FROM (SELECT n, 1 + (n * 7 + %(seed)s) %% 10 AS s, timestamptz '2026-01-05 01:00+00' + (n %% 300) * interval '1 day' + (n %% 24) * interval '1 hour' AS at
      FROM generate_series(1, %(many)s) n) g
"""  # fmt: skip


def made(many: int = 2000) -> None:
    sql.execute(MAKE, {"many": many, "seed": random.randrange(10)})


def plain(rows: list[dict]) -> list[dict]:
    return [
        {name: round(value, 3) if isinstance(value, float) else value for name, value in row.items()} for row in rows
    ]


def test_daily_rows_equal_a_full_recount_after_any_changes():
    made()
    counting.count_all(HOUSE)
    assert plain(figures.totals(HOUSE, SINCE, UNTIL)) == plain(figures.recounted(SINCE, UNTIL))

    changed = sql.rows(
        """UPDATE procedures_dossier SET national = 10, received_at = coalesce(received_at, submitted_at + interval '3 days'), returned_at = submitted_at,
             rating = 5 WHERE id % 17 = 3 RETURNING id"""
    )
    for one in changed:
        counting.mark(HOUSE, one["id"])
    while counting.count(HOUSE, most=50):
        continue
    assert figures.uncounted() == 0
    assert plain(figures.totals(HOUSE, SINCE, UNTIL)) == plain(figures.recounted(SINCE, UNTIL))


def test_on_time_in_the_database_is_on_time_by_the_rule():
    made(600)
    counting.count_all(HOUSE)
    rows = sql.rows(
        "SELECT received_at, submitted_at, due_at, finished_at, returned_at, ended_at, supplements, asked_at FROM procedures_dossier WHERE national IN (3, 8, 9, 10)"
    )

    by_rule = sum(
        on_time(Run(row["received_at"] or row["submitted_at"], row["due_at"], row["finished_at"], row["returned_at"], row["ended_at"], row["supplements"]), MONDAY) for row in rows
    )  # fmt: skip

    whole = figures.totals(HOUSE, SINCE, UNTIL, "all")[0]
    assert (whole["judged"], whole["on_time"]) == (len(rows), by_rule)


def test_a_dossier_counts_by_itself_and_only_for_who_sees_figures(town, at_monday):
    code = filing.submit(
        citizen(), "1.004873", PERSON, unit_code=WARD, answers={}, papers=PAPERS["1.004873"], form_version="none"
    )["code"]
    receiving.receive(official(), code)
    results.finish(Viewer.system("tests"), code, number="1")
    counting.mark(HOUSE, sql.value("SELECT id FROM procedures_dossier"))
    counting.count(HOUSE)

    head = official("head", f"H13.{WARD}", "procedures.see_figures", "cases.see")
    mine = figures.totals(head, clock.today(), clock.today())
    assert [(row["by"], row["filed"], row["on_time"], row["processed"]) for row in mine] == [(f"H13.{WARD}", 1, 1, 1)]
    assert figures.totals(official("other", "H13.31120", "procedures.see_figures"), clock.today(), clock.today()) == []
    assert figures.rates(mine[0] | {"online": 1})["filed_online"] == 1.0


def test_points_follow_the_declared_set():
    made(500)
    counting.count_all(HOUSE)
    whole = figures.totals(HOUSE, SINCE, UNTIL, "all")[0]

    points, total = figures.scored(figures.rates(whole | {"online": 200}, 0.4))

    by_name = {one.id: one for one in points}
    assert by_name["offered_online"].points == pytest.approx(3.5)
    assert by_name["on_time"].points == pytest.approx(20 * whole["on_time"] / whole["judged"])
    assert total is not None and 0 < total < 100
