"""The search over the 2,642 real procedures: over HTTP with several clients at once, beside PostgreSQL's plain full text; how fast it is filled.

Needs the procedures of `TAYDO_SHARED`; without them nothing is measured and nothing is claimed.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
import httpx
import psutil

CLIENTS = (1, 4, 8)
SHORT = 20_000
Result = dict[str, Any]


def run() -> list[Result]:
    """Measures on a private database and web server; the figures hold for this machine and moment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taydo.config.settings")
    django.setup()
    from django.core.management import call_command

    from taydo.engines.search.tests import measure
    from tests.speed.web import Web

    if not measure.SHARED.exists():
        note = "no data/procedures under TAYDO_SHARED"
        return [{"name": "search", "value": 0, "unit": "not measured", "target": "< 80 ms", "note": note}]
    call_command("migrate", verbosity=0)
    results = _filling(measure)
    measure.fill()
    asked = [question.text for question in measure.questions()]
    plain = _times(asked, measure.full_text)
    results.append(_row("plain PostgreSQL full text, in the process", plain, note=f"{len(asked)} everyday questions"))
    for name, way in (
        ("search by words", measure.by_words),
        ("search by words and meanings, new questions", measure.ours),
    ):
        results.append(_row(f"{name}, in the process", _times(asked, way), plain))
    with Web() as web:
        _spread(web.url, asked[:8], 1)
        for clients in CLIENTS:  # a question asked before has its vector kept: each round asks in words of its own
            new = [f"{text} {chr(96 + clients)}" for text in asked]
            results.append(_over_http(web, f"search over HTTP, {clients} at once, new questions", new, clients, plain))
        results.append(_over_http(web, "search over HTTP, 8 at once, asked before", asked * 2, 8, plain))
    return results


def _times(asked: list[str], way: Callable[[str], Any]) -> list[float]:
    spent = []
    for text in asked:
        begun = time.perf_counter()
        way(text)
        spent.append(1000 * (time.perf_counter() - begun))
    return sorted(spent)


def _row(name: str, times: list[float], plain: list[float] | None = None, note: str = "") -> Result:
    p50, p95 = times[len(times) // 2], times[int(len(times) * 0.95)]
    return {
        "name": name, "value": round(p95, 1), "unit": "ms p95", "target": "< 80 ms", "ratio": p95 / plain[int(len(plain) * 0.95)] if plain else None,
        "peer": "plain full text in the process" if plain else "", "note": f"p50 {p50:.1f} ms" + (f"; {note}" if note else ""),
    }  # fmt: skip


def _spread(url: str, asked: list[str], clients: int) -> list[float]:
    """Ask every question once, so many at a time; milliseconds of each, sorted."""

    def ask(part: list[str]) -> list[float]:
        spent = []
        with httpx.Client(timeout=60) as client:
            for text in part:
                begun = time.perf_counter()
                client.get(f"{url}/api/v1/search", params={"q": text}).raise_for_status()
                spent.append(1000 * (time.perf_counter() - begun))
        return spent

    with ThreadPoolExecutor(clients) as pool:
        return sorted(one for part in pool.map(ask, [asked[at::clients] for at in range(clients)]) for one in part)


def _over_http(web: Any, name: str, asked: list[str], clients: int, plain: list[float]) -> Result:
    process = psutil.Process(web.process.pid)
    everyone = [process, *process.children(recursive=True)]
    before, begun = sum(sum(one.cpu_times()[:2]) for one in everyone), time.perf_counter()
    times = _spread(web.url, asked, clients)
    spent = 1000 * (sum(sum(one.cpu_times()[:2]) for one in everyone) - before) / len(asked)
    held = sum(one.memory_info().rss for one in everyone) / 2**20
    rate = len(asked) / (time.perf_counter() - begun)
    return _row(
        name,
        times,
        plain,
        f"{rate:.0f} questions/s, {spent:.1f} CPU-ms each in the web process, which holds {held:.0f} MiB",
    )


def _filling(measure: Any) -> list[Result]:
    """Put everything anew while somebody searches: how many a second, and that the search is never empty meanwhile."""
    from taydo.engines.search import index, queries, refreshing

    real = list(measure.procedures())
    short = [
        index.Doc(f"R{at}", f"Đèn đường hỏng ở hẻm {at}", f"Đèn đường trước nhà số {at} không sáng đã {at % 9} ngày")
        for at in range(SHORT)
    ]
    index.put("procedure", real, replace=True)
    refreshing.count_terms()
    results, empty, done = [], [0, 0], threading.Event()

    def search() -> None:
        while not done.is_set():
            empty[0] += queries.find("dang ky khai sinh", by_meaning=False).nothing
            empty[1] += 1

    watching = threading.Thread(target=search)
    watching.start()
    for name, kind, docs in (("procedures with their papers", "procedure", real), ("short reports", "report", short)):
        changed = [index.Doc(doc.id, f"{doc.title} ", doc.text, doc.keywords, doc.href) for doc in docs]
        begun = time.perf_counter()
        index.put(kind, changed, replace=True)
        rate = len(docs) / (time.perf_counter() - begun)
        results.append(
            {
                "name": f"search filled anew, {name}",
                "value": rate,
                "unit": "/s",
                "target": "≥ 20,000 /s",
                "note": f"{len(docs):,} written",
            }
        )
    done.set()
    watching.join()
    results[-1]["note"] += f"; {empty[1]} searches meanwhile, {empty[0]} found nothing"
    index.put("report", [], replace=True)
    return results
