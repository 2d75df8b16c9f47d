"""Cases of earlier systems come in by sets, once; figures over them are what plain counting gives."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from taydo.engines.cases import queries as cases_read
from taydo.engines.cases.queries import Filters
from taydo.engines.cases.tests.sample import official
from taydo.engines.cases.tests.test_verbs import problem
from taydo.engines.casework import actions, jobs, queries
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer

pytestmark = pytest.mark.django_db
SYSTEM = Viewer.system("test")
START = datetime(2026, 3, 1, tzinfo=UTC)


def made_up(number: int) -> list[dict[str, Any]]:
    """Rows of an earlier system: some done in time, some late, some open."""
    dice, rows = random.Random(3), []
    for n in range(number):
        opened = START + timedelta(minutes=dice.randrange(60 * 24 * 90))
        due = opened + timedelta(hours=48) if n % 7 else None
        closed = opened + timedelta(hours=dice.randrange(1, 96)) if n % 3 else None
        rows.append({
            "code": f"CU-{n}", "title": f"Phản ánh cũ {n}", "summary": "Đường ngập", "agency": f"A{n % 4}", "opened_at": opened,
            "due_at": due, "closed_at": closed, "state": "closed" if closed else "working", "lon": 105.7, "lat": 10.0,
            "unit_code": f"3111{n % 3}", "public": n % 2 == 0, "data": {"n": n}, "subject": ("old", str(n)),
        })  # fmt: skip
    return rows


def test_rows_come_in_once_in_the_order_given_and_nobody_is_told(db: None) -> None:
    rows = made_up(60)
    first = actions.bring_in(SYSTEM, "matter", rows)
    again = actions.bring_in(SYSTEM, "matter", list(reversed(rows)) + [rows[0]])

    assert again == [*reversed(first), first[0]] and len(set(first)) == 60
    assert sql.value("SELECT count(*) FROM cases_case") == 60
    shown = cases_read.case(SYSTEM, first[8])
    assert (shown["code"], shown["title"], shown["data"], shown["chain"]) == ("CU-8", "Phản ánh cũ 8", {"n": 8}, ["A0"])
    assert [line["kind"] for line in cases_read.timeline(SYSTEM, first[8], newest_first=False)] == [
        "opened",
        "brought_in",
    ]
    assert len(cases_read.inbox(SYSTEM, Filters(q="duong ngap", phase="all"), limit=200).cases) == 60
    jobs.tell_late()
    jobs.tell_levels()
    assert sql.value("SELECT count(*) FROM kernel_outbox") == 0


def test_five_hundred_rows_cost_the_statements_of_one(db: None) -> None:
    actions.bring_in(SYSTEM, "matter", made_up(1))

    def cost(rows: list[dict[str, Any]]) -> int:
        with CaptureQueriesContext(connection) as seen:
            actions.bring_in(SYSTEM, "matter", rows)
        return len(seen)

    assert cost(made_up(2)[1:]) == cost(made_up(502)[2:])


def test_a_row_that_is_wrong_is_named_and_nothing_comes_in(db: None) -> None:
    for change in ({"state": "lost"}, {"closed_at": START}, {"code": ""}, {"opened_at": None}):
        rows = made_up(3)
        rows[1] |= {"state": "working", "closed_at": None} | change
        with problem("row_wrong") as told:
            actions.bring_in(SYSTEM, "matter", rows)
        assert told[0].fields["row"] == 1
    local = official("Nạp", "A1", "see", "bring_in")
    with problem("not_allowed"):
        actions.bring_in(local, "matter", made_up(2))
    assert sql.value("SELECT count(*) FROM cases_case") == 0


def counted(rows: list[dict[str, Any]], key: str, now: datetime) -> dict[str, tuple[int, ...]]:
    """Plain counting: opened, done, open, late, on time."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        local = row["opened_at"].astimezone(clock.LOCAL)
        monday = (local - timedelta(days=local.weekday())).date().isoformat()
        names = {"agency": row["agency"], "month": f"{local:%Y-%m}", "week": monday, "unit": row["unit_code"]}
        groups.setdefault(names[key], []).append(row)
    found = {}
    for name, members in groups.items():
        done = [row for row in members if row["closed_at"]]
        late = [row for row in members if not row["closed_at"] and row["due_at"] and row["due_at"] < now]
        good = [row for row in done if row["due_at"] is None or row["closed_at"] <= row["due_at"]]
        found[name] = (len(members), len(done), len(members) - len(done), len(late), len(good))
    return found


@pytest.mark.parametrize("by", ["agency", "month", "week", "unit"])
def test_figures_are_what_plain_counting_gives_in_one_query(db: None, by: Any) -> None:
    rows = made_up(300)
    actions.bring_in(SYSTEM, "matter", rows)
    now = START + timedelta(days=80)
    with clock.at(now), CaptureQueriesContext(connection) as asked:
        figures = queries.figures(None, "matter", by, until=START + timedelta(days=400))
    plain = counted(rows, by, now)

    assert len(asked) == 1
    assert {f["by"]: (f["opened"], f["done"], f["open"], f["late"], f["on_time"]) for f in figures} == plain
    for figure in figures:
        assert figure["on_time_share"] == pytest.approx(figure["on_time"] / (figure["done"] + figure["late"]))


def test_a_viewer_counts_what_they_see_and_a_period_its_own(db: None) -> None:
    rows = made_up(100)
    actions.bring_in(SYSTEM, "matter", rows)
    local = official("Một", "A1", "see")
    assert [(f["by"], f["opened"]) for f in queries.figures(local)] == [("A1", 25)]
    assert queries.figures(Viewer.anonymous()) == []
    march = queries.figures(None, by="month", since=START, until=datetime(2026, 3, 31, 17, tzinfo=UTC))
    assert [f["by"] for f in march] == ["2026-03"]
    assert queries.figures(None, "sample") == []


def test_merged_cases_do_not_better_the_figures(db: None) -> None:
    ids = actions.bring_in(SYSTEM, "matter", [made_up(4)[0] | {"code": f"X{n}"} for n in range(3)])
    actions.merge(SYSTEM, ids[0], ids[1])
    assert [(f["opened"], f["merged"], f["done"], f["open"]) for f in queries.figures(None)] == [(3, 1, 0, 2)]
