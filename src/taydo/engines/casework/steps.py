"""Each step of a case as the slip that goes with it tells: where it was, from when to when, by when by plan, and how it went."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from taydo.engines.cases import casetype
from taydo.engines.cases.queries import timeline
from taydo.kernel import clock
from taydo.kernel.actors import Viewer

KINDS = ("opened", "moved", "handed_over")


@dataclass(frozen=True, slots=True)
class Step:
    """A stay of a case in a state at an agency. `who`: who ended it; `planned_at`: by the type's `within`, None where there is no plan;
    `went`: ontime or late where there is one, running while it lasts.
    """

    state: str
    word: str
    agency: str
    began_at: dt.datetime
    ended_at: dt.datetime | None
    planned_at: dt.datetime | None
    who: str
    note: str
    went: Literal["", "ontime", "late", "running"]


def steps(viewer: Viewer, case_id: int) -> list[Step]:
    """The steps of a case in order, under the version of its type it began with; 404 like `case`. Form 06 of TT 03/2025 is made of them."""
    lines = [line for line in timeline(viewer, case_id, newest_first=False) if line["kind"] in KINDS]
    spec = casetype.of_version(lines[0]["type_version"]) if lines else None
    made: list[Step] = []
    for number, line in enumerate(lines):
        after = lines[number + 1] if number + 1 < len(lines) else None
        state = spec.states.get(line["to_state"]) if spec else None
        if state is None or (state.phase == "done" and after is None):
            continue
        planned = state.within.due(line["at"]) if state.within else None
        ended = after["at"] if after else None
        late = planned is not None and (ended or clock.now()) > planned
        went = "late" if late else "" if planned is None else "ontime" if ended else "running"
        made.append(
            Step(line["to_state"], line["to_word"] or line["to_state"], line["agency"], line["at"], ended, planned,
                 after["who"] if after else "", after["text"] if after else "", went)  # type: ignore[arg-type]
        )  # fmt: skip
    return made
