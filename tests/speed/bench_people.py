"""500 people at once on a running city: 380 browse, 80 report (two of five with a photo of 200 kB), 40 officers work at the desk.

The crowd is made by this process on the same machine, so it takes part of the same cores; it speaks to 127.0.0.1 only.
`TAYDO_BENCH_PEOPLE` (500) and `TAYDO_BENCH_SECONDS` (90) make it smaller.
"""

from __future__ import annotations

import asyncio
import io
import os
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import psutil
from PIL import Image

from tests.running_city import PASSWORD, RunningCity

from .cost import result
from .crowd import Person, Seen, browse, officer, reporter, sign_in

PEOPLE, SECONDS, RAMP = (
    int(os.environ.get("TAYDO_BENCH_PEOPLE", "500")),
    int(os.environ.get("TAYDO_BENCH_SECONDS", "90")),
    25.0,
)
BEFORE = 400
"""Reports that lie there before the crowd comes."""


def photos(number: int = 5) -> list[bytes]:
    """Different JPEGs of about 200 kB."""
    made = []
    for at in range(number):
        noise = Image.effect_noise((640, 480), 90 + at).convert("RGB").resize((1280, 960))
        out = io.BytesIO()
        noise.save(out, "JPEG", quality=72)
        made.append(out.getvalue())
    return made


def _cpu(city: RunningCity) -> dict[str, float]:
    """CPU seconds so far, by what works: web, PostgreSQL, the rest of the city, and the crowd itself."""
    assert city.process is not None
    spent = {"web": 0.0, "PostgreSQL": 0.0, "worker and others": 0.0, "crowd": sum(psutil.Process().cpu_times()[:2])}
    for process in psutil.Process(city.process.pid).children(recursive=True):
        try:
            line, cpu = process.cmdline(), sum(process.cpu_times()[:2])
        except psutil.Error:
            continue
        name = process.name()
        kind = (
            "PostgreSQL"
            if name == "postgres"
            else "web"
            if "web" in line or "multiprocessing" in " ".join(line)
            else "worker and others"
        )
        spent[kind] += cpu
    return spent


async def _one(who: Person, life: Callable[[Person], Awaitable[None]], late: float, until: float) -> None:
    await asyncio.sleep(late)
    while time.monotonic() < until:
        await life(who)
    who.hang_up()


async def _crowd(city: RunningCity, seen: Seen) -> dict[str, float]:
    officers, reporters = round(PEOPLE * 0.08), round(PEOPLE * 0.16)
    people = [Person(city.port, number, seen) for number in range(PEOPLE)]
    lives: list[Callable[[Person], Awaitable[None]]] = []
    taken = photos()
    for number, who in enumerate(people):
        if number < officers:
            await sign_in(who, "agent", PASSWORD)
        lives.append(
            officer(number, officers)
            if number < officers
            else reporter(taken)
            if number < officers + reporters
            else browse
        )
    assert not seen.wrong, seen.wrong[:3]
    begun = time.monotonic()
    seen.from_when = begun + RAMP
    dice = random.Random(1)
    walking = [
        asyncio.create_task(_one(who, life, dice.uniform(0, RAMP), begun + RAMP + SECONDS))
        for who, life in zip(people, lives, strict=True)
    ]
    await asyncio.sleep(RAMP)
    before = _cpu(city)
    await asyncio.sleep(SECONDS)
    after = _cpu(city)
    await asyncio.gather(*walking)
    return {name: (after[name] - before[name]) / SECONDS for name in after}


async def _reports_before(city: RunningCity) -> None:
    import json
    import secrets

    who = Person(city.port, 1999, Seen())
    words = ("Đèn đường hỏng", "Rác chưa thu gom", "Ngập nước", "Vỉa hè bị chiếm", "Nắp cống mất")
    for at in range(BEFORE):
        body = {"text": f"{words[at % 5]} gần số {at}", "category": "lamp_out", "lon": 105.75 + at % 60 / 1000, "lat": 10.0 + at % 50 / 1000,
                "key": secrets.token_hex(12)}  # fmt: skip
        who.address = f"127.0.9.{1 + at % 250}"
        if at % 10 == 0:
            who.hang_up()
        await who.ask(
            "before",
            "/api/v1/hotline/reports",
            json.dumps(body).encode(),
            "application/json",
            Accept="application/json",
        )
    who.hang_up()
    assert not who.seen.wrong, who.seen.wrong[:3]


def measure() -> tuple[Seen, dict[str, float]]:
    """What the crowd noticed, and which share of a core each part of the city took."""
    seen = Seen()
    with RunningCity(TAYDO_RATE="50") as city:
        asyncio.run(_reports_before(city))
        shares = asyncio.run(_crowd(city, seen))
    return seen, shares


def _marks(taken: list[float]) -> tuple[float, float, float]:
    cuts = statistics.quantiles(taken, n=100) if len(taken) > 1 else [float("nan")] * 99
    return cuts[49], cuts[94], cuts[98]


def run() -> list[dict[str, Any]]:
    """p50, p95 and p99 in seconds over every answer and by kind; errors."""
    seen, shares = measure()
    whole = [seconds for taken in seen.taken.values() for seconds in taken]
    p50, p95, p99 = _marks(whole)
    asked = f"{len(whole):,} answers in {SECONDS} s ({len(whole) / SECONDS:.0f}/s) after {RAMP:.0f} s of coming in"
    used = ", ".join(f"{name} {share:.2f}" for name, share in shares.items())
    rows = [
        result(f"{PEOPLE} people at once, p95", p95, "s", f"p50 {p50:.3f} s, p99 {p99:.3f} s; {asked}; cores used: {used}", target="< 1 s"),
        result(f"{PEOPLE} people at once, errors", len(seen.wrong), "", "; ".join(seen.wrong[:3]) or "no refused, broken or unexpected answer", target="0"),
    ]  # fmt: skip
    for kind, taken in sorted(seen.taken.items()):
        low, high, worst = _marks(taken)
        rows.append(result(f"… {kind}, p95", high, "s", f"p50 {low:.3f} s, p99 {worst:.3f} s; {len(taken):,} times"))
    return rows
