"""QĐ 766 over a million dossiers: from daily rows as the board asks, against a full recount of the same, and equal to it."""

from __future__ import annotations

import datetime as dt
import statistics
import time
from typing import Any

from django.core.management import call_command

from taydo.domains.procedures.actions import counting
from taydo.domains.procedures.queries import figures
from taydo.kernel import sql
from taydo.kernel.actors import Viewer

HOUSE = Viewer.system("bench")
MANY = 1_000_000
SINCE, UNTIL = dt.date(2025, 1, 1), dt.date(2026, 12, 31)
FILL = """
INSERT INTO procedures_dossier (code, procedure, version_id, title, channel, agency_receives, agency_decides, papers, national, money, online_paid, sync, submitted_at,
  received_at, due_at, finished_at, returned_at, ended_at, supplements, apologies, papers_n, digitised, reused, rating, result_file)
SELECT 'B-' || n, '1.0' || n %% 800, 1, 'x', (ARRAY['online', 'desk', 'post'])[1 + n %% 3], 'H13.' || n %% 120, 'H13.' || n %% 120, '[]'::jsonb, s,
  (ARRAY['none', 'due', 'paid'])[1 + n %% 3], n %% 3 = 2, 'sent', at, CASE WHEN s <> 3 THEN at + interval '2 hours' END, at + (3 + n %% 17) * interval '1 day',
  CASE WHEN s IN (9, 10) THEN at + (n %% 19) * interval '1 day' END, CASE WHEN s = 10 THEN at + (n %% 20) * interval '1 day' END,
  CASE WHEN s IN (3, 7, 8) THEN at + (n %% 5) * interval '1 day' END, n %% 29 / 28, n %% 50 / 49, n %% 4, n %% 4, n %% 2, CASE WHEN n %% 6 = 0 THEN 1 + n %% 5 END,
  CASE WHEN n %% 2 = 0 THEN '00000000-0000-7000-8000-000000000001'::uuid END
FROM (SELECT n, (ARRAY[10, 10, 10, 10, 10, 10, 9, 3, 8, 7])[1 + n %% 10] AS s, timestamptz '2025-01-01 01:00+00' + (n %% 700) * interval '1 day' AS at
      FROM generate_series(1, %(many)s) n) g
"""  # fmt: skip


def _board() -> list[dict[str, Any]]:
    return figures.totals(HOUSE, SINCE, UNTIL)


def run() -> list[dict[str, Any]]:
    """Seconds of the board's figures for two years, by agency, from a million dossiers; the recount beside it."""
    call_command("migrate", verbosity=0, interactive=False)
    sql.execute("DELETE FROM procedures_dossier WHERE code LIKE 'B-%%'", {})
    sql.execute(FILL, {"many": MANY})
    begun = time.perf_counter()
    rows = counting.count_all(HOUSE)
    counted = time.perf_counter() - begun
    sql.execute("ANALYZE procedures_daily")
    fast, slow = [], []
    for _ in range(5):
        begun = time.perf_counter()
        ours = _board()
        fast.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        theirs = figures.recounted(SINCE, UNTIL)
        slow.append(time.perf_counter() - begun)
    same = [(one["by"], one["filed"], one["on_time"]) for one in ours] == [
        (one["by"], one["filed"], one["on_time"]) for one in theirs
    ]
    sql.execute("DELETE FROM procedures_dossier WHERE code LIKE 'B-%%'", {})
    counting.count_all(HOUSE)
    quick, whole = statistics.median(fast), statistics.median(slow)
    return [
        {
            "name": "QĐ 766 figures of 1,000,000 dossiers by agency", "value": quick, "unit": "s", "target": "< 2 s", "ratio": quick / whole,
            "peer": f"a full recount, {whole:.2f} s", "note": f"from {rows:,} daily rows; {'equal to the recount' if same else 'NOT EQUAL'}",
        },
        {"name": "all daily rows counted anew", "value": counted, "unit": "s", "note": "one set, 1,000,000 dossiers"},
    ]  # fmt: skip
