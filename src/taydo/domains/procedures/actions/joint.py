"""Joint dossiers: one filing, a part in each procedure at its own agency; the whole ends when all of its parts have."""

from __future__ import annotations

import dataclasses
from typing import Any

from taydo.domains.catalogue import public as catalogue
from taydo.kernel import clock
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer

from .. import queries, rules
from . import opening
from .opening import Applicant, Filing
from .writing import HOUSE, step


def open_parts(viewer: Viewer, spec: catalogue.Procedure, applicant: Applicant, filing: Filing) -> list[str]:
    """A dossier of its own for each part, at the agency that receives it, with the same answers and papers; returns their codes.

    422 when a part is no procedure in force. Files stay the whole's: who works on a part sees the whole, and so its files.
    """
    own = dataclasses.replace(filing, uploads=())
    return [opening.open_dossier(viewer, opening.in_force(part), applicant, own)["code"] for part in spec.parts]


@action("procedures.gather")
def gather(viewer: Viewer, parent_id: int) -> dict[str, Any] | None:
    """A part ended: the whole is processed (state 9) once every part has ended, when at least one has a result; stopped when none has."""
    parts, whole = queries.parts(parent_id), queries.by_id(parent_id)
    if whole is None or whole["national"] in rules.ENDED or any(part["national"] not in rules.ENDED for part in parts):
        return None
    about("dossier", whole["code"], whole["agency"])
    words = "; ".join(f"{part['code']}: {rules.NATIONAL[part['national']][0]}" for part in parts)
    if whole["national"] == 1:  # nobody has received the whole yet; it follows its parts
        whole = _passed(whole, "receive", "received", {"received_at": clock.now()})
    if whole["state"] == "accepted":
        whole = _passed(whole, "gather", "worked", {})
    if any(part["national"] in (9, 10) for part in parts):
        columns = {"finished_at": clock.now(), "delivery_state": "ready"}
        return step(HOUSE, whole, "finish", "finished", words, columns=columns)
    return step(HOUSE, whole, "stop", "stopped", words, columns={"ended_at": clock.now()})


def _passed(whole: dict[str, Any], move: str, told: str, columns: dict[str, Any]) -> dict[str, Any]:
    step(HOUSE, whole, move, told, columns=columns)
    found = queries.by_id(whole["id"])
    assert found is not None
    return found
