"""Cases: transitions beside the bare statement and SpiffWorkflow, then lists, search, counts and new cases in a base of a million.

`TAYDO_BENCH_CASES` (1,000,000) sets the base. Leaves its cases behind: run it on a database made for benchmarks.
"""

from __future__ import annotations

import secrets
import statistics
from typing import Any

from taydo.config.city import load as load_city
from taydo.domains.hotline import actions as hotline
from taydo.engines.cases import actions, casetype, queries
from taydo.kernel import sql
from taydo.kernel.actors import Viewer

from . import case_base, case_steps
from .cost import Cost, Meter, ours, percentile95, result
from .web import Web, bearer, cost_over_http

LISTS, CREATED, ASKED = 200, 300, 300
SEARCHES = ("den duong hong", "rác chưa thu gom hoà bình", "nap cong mat so 250", "khong co tu nay")


def run() -> list[dict[str, Any]]:
    """Rows of the speed table."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    casetype.every()
    casetype.declare(case_base.SAMPLE)
    casetype.keep(case_base.SAMPLE)
    steps = case_steps.rows()
    there = case_base.fill()
    where = f"{there:,} cases, {case_base.AGENCIES} agencies, {case_base.TYPES} types"
    return [*steps, *_lists(where), *_answers(where), *_created(where)]


def _list_cost(meter: Meter, viewer: Any) -> Cost:
    def work() -> None:
        for _ in range(LISTS):
            assert len(queries.inbox(viewer, limit=20).cases) == 20

    work()
    return meter.of(work, LISTS)


def _lists(where: str) -> list[dict[str, Any]]:
    """The list of 20 in process and over HTTP, and how it stays when types and grants grow."""
    meter = ours()
    types = {}
    for at, number in enumerate(case_base.SPREAD):  # agencies A0, A1, A2 hold cases of 1, 10 and 170 types
        viewer = case_base.officer(1, at)
        kinds = sql.value("SELECT count(DISTINCT type) FROM cases_case WHERE agency = %(a)s", {"a": f"A{at}"})
        assert kinds >= number, f"{kinds} types where {number} were meant"
        types[number] = _list_cost(meter, viewer).cpu
    grants = {number: _list_cost(meter, case_base.officer(number)).cpu for number in case_base.SPREAD}
    plain = _list_cost(meter, case_base.officer(1))
    with Web() as web:
        path = "/api/v1/cases?limit=20"
        spent, taken, answer = cost_over_http(web, path, bearer("bench-officer", "officer", "A2"), ASKED)
    assert len(answer["cases"]) == 20 and {case["agency"] for case in answer["cases"]} == {"A2"}
    measured = "elsewhere measured: Open Zaak 96-109 CPU-ms at 4,000 cases, Signalen 338-404 at 2,000"
    return [
        result("list of 20, viewer of one agency", plain.cpu, "CPU-ms", f"in process: {plain.ours:.2f} ours + {plain.database:.2f} PostgreSQL; {where}",
               target="≤ 10", peer=measured),
        result("list of 20 over HTTP", spent, "CPU-ms", f"GET /api/v1/cases, bearer token, web and PostgreSQL; p95 {statistics.quantiles(taken, n=20)[18]:.1f} ms",
               target="≤ 10", peer=measured),
        result("list of 20, cases of 170 types", types[170], "CPU-ms", f"1 type {types[1]:.2f}, 10 types {types[10]:.2f}", target="as with 1 type",
               ratio=types[170] / types[1], peer="the same of cases of 1 type"),
        result("list of 20, grants in 170 agencies", grants[170], "CPU-ms", f"1 agency {grants[1]:.2f}, 10 agencies {grants[10]:.2f}; the whole city (*)"
               f" {_list_cost(meter, case_base.whole_city()).cpu:.2f}", target="≤ 10", ratio=grants[170] / grants[1], peer="the same with 1 agency"),
    ]  # fmt: skip


def _answers(where: str) -> list[dict[str, Any]]:
    """Wall time of the inbox, of searches, and of the counts on top of every page of the desk."""
    one, city = case_base.officer(1), case_base.whole_city()
    inbox = percentile95(lambda: queries.inbox(one, limit=20), 200)
    searches: dict[str, list[float]] = {}
    for name, viewer in (("one agency", one), ("whole city", city)):
        for phase in ("open", "all"):
            searches.setdefault(name, []).extend(
                percentile95(lambda: queries.inbox(viewer, queries.Filters(q=q, phase=phase), limit=20), 20)  # noqa: B023
                for q in SEARCHES
            )
    meter = ours()
    queries.counts(one)
    counted = meter.of(lambda: [queries.counts(one) for _ in range(50)], 50)
    first = meter.of(lambda: queries.counts(city))
    later = meter.of(lambda: [queries.counts(city) for _ in range(50)], 50)
    kept = f"kept for {queries.KEPT_SECONDS:.0f} s where more than {queries.MANY:,} are open: then {later.cpu:.2f}"
    return [
        result("inbox of 20, p95", inbox, "ms", f"one agency, in process; {where}", target="< 100"),
        result("search by words without accents, worst p95", max(searches["one agency"]), "ms", f"{len(SEARCHES)} searches, open and all, one agency",
               target="< 100"),
        result("the same in the whole city", max(searches["whole city"]), "ms", f"median of the searches {statistics.median(searches['whole city']):.1f} ms"),
        result("counts of the desk, one agency", counted.cpu, "CPU-ms", f"{queries.counts(one)['open']:,} open"),
        result("counts of the desk, whole city", first.cpu, "CPU-ms", f"{queries.counts(city)['open']:,} open; {kept}"),
    ]  # fmt: skip


def _created(where: str) -> list[dict[str, Any]]:
    """A new case with its words, line, event, audit and live notice."""
    officer, meter = case_base.officer(1), ours()

    def work() -> None:
        for at in range(CREATED):
            actions.open_case(officer, "sample", f"Đèn đường hỏng số {at}", agency="A2", summary="Đề nghị xử lý sớm.")

    def report() -> None:
        for at in range(CREATED):
            sent = [("address", f"10.{secrets.randbelow(250)}.{at % 250}.1"), ("device", secrets.token_hex(6))]
            hotline.report(Viewer.anonymous(), f"Đèn đường hỏng số {at}", category="lamp_out", lon=105.78, lat=10.03, phone=f"0901{secrets.randbelow(10**6):06}",
                           key=secrets.token_hex(12), senders=sent)  # fmt: skip

    list(load_city())
    costs = []
    for one in (work, report):
        one()
        costs.append(meter.of(one, CREATED))
    apart = [f"{made.ours:.2f} ours + {made.database:.2f} PostgreSQL; {where}" for made in costs]
    return [
        result("new case with audit", costs[0].cpu, "CPU-ms", apart[0], target="≤ 8"),
        result("new report to 1022 with audit", costs[1].cpu, "CPU-ms", f"by a stranger with a point, a phone and a client key; {apart[1]}", target="≤ 8"),
    ]  # fmt: skip
