"""Case transitions through the action, beside the bare statement and SpiffWorkflow with PostgreSQL, in turn (A B … B A) in one run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction

from taydo.engines.cases import actions
from taydo.engines.cases.transition import CHANGE
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer

from .cost import Cost, Meter, median, ours, result
from .peer_spiff import Peer

AGENCY = "BENCH"
VERBS = ("see", "open", "move", "take", "assign", "comment")
OFFICER = Viewer(
    0, "bench", "Bench", "official", AGENCY, grants={f"cases.{verb}": frozenset((AGENCY,)) for verb in VERBS}
)
SHORT, LONG, ROUNDS = 6, 100, 5
CASES, LONG_CASES, PEERS, LONG_PEERS = 400, 24, 60, 2


def _cases(number: int) -> list[int]:
    return [int(actions.open_case(OFFICER, "sample", "Đo tốc độ", agency=AGENCY)["id"]) for _ in range(number)]


def _act(cases: list[int], steps: range) -> None:
    for case in cases:
        for step in steps:
            actions.move(OFFICER, case, "close" if step % 2 == 0 else "reopen")


def _bare(cases: list[int], steps: range) -> None:
    text = CHANGE.format(columns="state = %(new_state)s::text, phase = 'open'")
    for case in cases:
        for step in steps:
            params = {
                "id": case, "at": clock.now(), "kind": "moved", "actor": 0, "actor_name": "Bench", "note": "", "data": "{}",
                "public": False, "from_state": "new", "move": "start", "version": 1 + step,
                "new_state": "working" if step % 2 else "new",
            }  # fmt: skip
            with transaction.atomic():
                assert sql.prepared(text, params)


def _action_round(meter: Meter, work: Any) -> Cost:
    cases = _cases(CASES)
    return meter.of(lambda: work(cases, range(SHORT)), CASES * SHORT)


def _long_round(meter: Meter) -> list[Cost]:
    """Ten costs: of steps 1-10, 11-20, … of the same cases."""
    cases = _cases(LONG_CASES)
    return [
        meter.of(lambda: _act(cases, range(first, first + 10)), LONG_CASES * 10)  # noqa: B023 (called at once)
        for first in range(0, LONG, 10)
    ]


def _peer_round(peer: Peer, number: int) -> list[Cost]:
    """The costs of the first tenth of the tasks, …, of the last (one cost when there are few tasks)."""
    begun = [peer.begin() for _ in range(number)]
    step = 10 if peer.tasks >= 100 else peer.tasks
    meter = Meter(peer.backend)
    costs = [meter.of(lambda: peer.work(begun, step), number * step) for _ in range(0, peer.tasks, step)]
    assert all(json.loads(peer.saved(identifier))["completed"] for identifier, _ in begun)
    return costs


def _whole(parts: list[Cost]) -> Cost:
    return Cost(*(sum(getattr(part, name) for part in parts) / len(parts) for name in ("wall", "ours", "database")))


def _measure() -> dict[str, list[list[Cost]]]:
    """The costs of every round, by kind; each round goes the other way round than the one before."""
    meter, link = ours(), settings.DATABASE_DSN
    peers = {(kept, tasks): Peer(link, tasks, kept) for kept in (False, True) for tasks in (SHORT, LONG)}
    work: dict[str, Callable[[], list[Cost]]] = {
        "action": lambda: [_action_round(meter, _act)],
        "peer": lambda: _peer_round(peers[False, SHORT], PEERS),
        "peer kept": lambda: _peer_round(peers[True, SHORT], PEERS),
        "bare": lambda: [_action_round(meter, _bare)],
        "long": lambda: _long_round(meter),
        "long peer": lambda: _peer_round(peers[False, LONG], LONG_PEERS),
        "long peer kept": lambda: _peer_round(peers[True, LONG], LONG_PEERS),
    }
    _act(_cases(20), range(SHORT))
    taken: dict[str, list[list[Cost]]] = {name: [] for name in work}
    for turn in range(ROUNDS):
        for name in list(work) if turn % 2 == 0 else reversed(list(work)):
            taken[name].append(work[name]())
    for peer in peers.values():
        peer.link.close()
    return taken


def _words(peer: Cost, kept: Cost) -> str:
    return (
        f"SpiffWorkflow + PostgreSQL, read back each step: {peer.per_core:,.0f}/s per core ({1000 / peer.wall:,.0f}/s by the clock);"
        f" never read back: {kept.per_core:,.0f}/s"
    )


def rows() -> list[dict[str, Any]]:
    """Rows of the speed table about transitions."""
    taken = _measure()
    middle = {name: median([_whole(round) for round in rounds]) for name, rounds in taken.items()}
    ends = {
        name: [median([round[at] for round in taken[name]]).cpu for at in (0, -1)] for name in ("long", "long peer")
    }
    action, bare, long = (middle[name] for name in ("action", "bare", "long"))
    done = ROUNDS * CASES * SHORT
    note = (
        f"{done:,} transitions, 1 connection, {ROUNDS} rounds in turn; permission, deadline, audit, event, outbox, live notice;"
        " the peer has none of these but its event; commits wait for the disk in none"
    )
    apart = f"CPU-ms: {action.ours:.2f} our process + {action.database:.2f} PostgreSQL; {1000 / action.wall:,.0f}/s by the clock"
    return [
        result("case transitions through the action", action.per_core, "/s per core", f"{apart}; {note}", target="≥ 600",
               ratio=action.per_core / middle["peer"].per_core, peer=_words(middle["peer"], middle["peer kept"])),
        result("… beside the bare statement", action.per_core, "/s per core", "the UPDATE + timeline line alone, in a transaction",
               ratio=action.per_core / bare.per_core, peer=f"bare statement: {bare.per_core:,.0f}/s per core"),
        result("… of cases with 100 steps", long.per_core, "/s per core", f"{ROUNDS * LONG_CASES * LONG:,} transitions", target="≥ 600",
               ratio=long.per_core / middle["long peer"].per_core, peer=_words(middle["long peer"], middle["long peer kept"])),
        result("flat at 100 steps", ends["long"][1] / ends["long"][0], "×", "CPU of steps 91-100 to that of steps 1-10, same cases",
               target="≈ 1", peer=f"SpiffWorkflow: {ends['long peer'][1] / ends['long peer'][0]:.2f}×"),
    ]  # fmt: skip
