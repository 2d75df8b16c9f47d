"""Dossiers: received, checked and approved through the action layer; taken at the desk; filed with five attachments over HTTP.

Leaves its dossiers behind: run it on a database made for benchmarks.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import statistics
import time
from typing import Any

import httpx
from django.db import connection

from taydo.config.city import load as load_city
from taydo.domains.catalogue import public as catalogue
from taydo.domains.procedures import queries
from taydo.domains.procedures.actions import filing, receiving, working
from taydo.domains.procedures.actions.filing import Applicant
from taydo.kernel import credentials, sql
from taydo.kernel.actors import Viewer

from .cost import Cost, median, ours, result
from .web import Web

WARD, AGENCY, PROCEDURE = "31135", "H13.31135", "1.004873"
VERBS = ("receive", "check", "approve", "take_in")
OFFICER = Viewer(
    0, "bench", "Bench", "official", AGENCY,
    grants={name: frozenset((AGENCY,)) for name in ("cases.see", "cases.move", *(f"procedures.{verb}" for verb in VERBS))},
)  # fmt: skip
APPLICANT = Applicant("Nguyễn Thị Sông Hậu", "092190000123", "0912345678", "", "12 Hai Bà Trưng")
ANSWERS = {
    "commune": WARD, "applicant_name": APPLICANT.name, "applicant_number": APPLICANT.number, "applicant_address": APPLICANT.address,
    "status": "single", "purpose": "house",
}  # fmt: skip
MANY, ROUNDS, SENT, DESKS = 300, 5, 120, 3
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def run() -> list[dict[str, Any]]:
    """Rows of the speed table."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    list(load_city())
    assert catalogue.on(PROCEDURE) is not None
    worked, taken = _worked(), _taken()
    apart = f"{worked.ours:.2f} our process + {worked.database:.2f} PostgreSQL; {1000 / worked.wall:,.0f}/s by the clock on one connection"
    return [
        result("dossiers received, checked, approved", worked.per_core, "/s per core",
               f"CPU-ms a dossier: {apart}; {MANY * ROUNDS:,} dossiers, 3 actions each with appointment, form 01, audit, events", target="≥ 100 (200/s on 2 cores)"),
        result("… by 3 desks at once, by the clock", _together(), "/s", f"{DESKS} processes and PostgreSQL on the same cores", target="≥ 200 on 2 cores"),
        result("dossiers taken at the desk", taken.per_core, "/s per core",
               f"filed and received in one action with its code; CPU-ms {taken.ours:.2f} ours + {taken.database:.2f} PostgreSQL"),
        *_sent(),
    ]  # fmt: skip


def _filed(number: int) -> list[str]:
    house = Viewer(1, "bench-citizen", "Bench", "person", "")
    return [filing.submit(house, PROCEDURE, APPLICANT, unit_code=WARD, answers=ANSWERS)["code"] for _ in range(number)]


def _work(codes: list[str]) -> None:
    for code in codes:
        receiving.receive(OFFICER, code)
        working.check(OFFICER, code)
        working.approve(OFFICER, code)


def _worked() -> Cost:
    meter, costs = ours(), []
    _work(_filed(30))
    for _ in range(ROUNDS):
        codes = _filed(MANY)
        costs.append(meter.of(lambda codes=codes: _work(codes), MANY))  # type: ignore[misc]
    assert queries.dossier(OFFICER, codes[-1])["state"] == "signing"
    return median(costs)


def _together() -> float:
    """Dossiers a second by the clock, when DESKS processes work at once; each has dossiers of its own."""
    shares = [_filed(MANY) for _ in range(DESKS)]
    connection.close()
    fork = multiprocessing.get_context("fork")
    gate = fork.Barrier(DESKS + 1)
    desks = [fork.Process(target=_desk, args=(codes, gate)) for codes in shares]
    for desk in desks:
        desk.start()
    gate.wait()
    begun = time.perf_counter()
    for desk in desks:
        desk.join()
    spent = time.perf_counter() - begun
    assert all(desk.exitcode == 0 for desk in desks)
    return DESKS * MANY / spent


def _desk(codes: list[str], gate: Any) -> None:
    queries.dossier(OFFICER, codes[0])
    gate.wait()
    _work(codes)


def _taken() -> Cost:
    meter, costs = ours(), []

    def work() -> None:
        for _ in range(MANY):
            filing.take_in(OFFICER, PROCEDURE, APPLICANT, unit_code=WARD, answers={}, again=True)

    work()
    for _ in range(ROUNDS):
        costs.append(meter.of(work, MANY))
    return median(costs)


def _sent() -> list[dict[str, Any]]:
    actor = sql.value(
        """INSERT INTO kernel_actor (username, name, kind, agency, password, email, phone, language, is_active, demo)
           VALUES ('bench-sender', 'Bench', 'person', '', '', '', '', 'vi', TRUE, FALSE)
           ON CONFLICT (username) DO UPDATE SET agency = '' RETURNING id"""
    )
    headers = {"Authorization": f"Bearer {credentials.issue_token(actor)}"}
    body = json.dumps({
        "procedure": PROCEDURE, "unit_code": WARD, "applicant": {"name": APPLICANT.name, "number": APPLICANT.number}, "answers": ANSWERS,
    })  # fmt: skip
    taken = []
    with Web() as web, httpx.Client(base_url=web.url, headers=headers, timeout=60) as client:
        for at in range(SENT + 10):
            files = [("uploads", (f"giay-to-{n}.pdf", io.BytesIO(PDF + f"{at} {n}".encode() * 20_000), "application/pdf")) for n in range(5)]  # fmt: skip
            begun = time.perf_counter()
            answer = client.post(
                "/api/v1/dossiers/with-files",
                data={"body": body, "papers": [f"paper{n}" for n in range(5)]},
                files=files,
            )
            if at >= 10:
                taken.append((time.perf_counter() - begun) * 1000)
            answer.raise_for_status()
    size = len(PDF) + 20_000 * 5
    cuts = statistics.quantiles(taken, n=20)
    return [
        result("a dossier with 5 attachments over HTTP, p95", cuts[18], "ms",
               f"{SENT} of them one after another, about {size // 1000} kB a file, scanned as the city is set; median {statistics.median(taken):.0f} ms", target="< 700"),
    ]  # fmt: skip
