"""Work on a dossier in its agency: check, any declared step, ask other agencies in parallel, approve, send back for rework."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from taydo.engines.cases import actions as cases
from taydo.engines.cases import casetype
from taydo.engines.cases.casetype import Deadline
from taydo.engines.casework import actions as casework
from taydo.kernel import audit
from taydo.kernel.actions import action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid

from .. import queries
from . import drafting
from .writing import acting, held, outside, settle, step


@action("procedures.check")
def check(viewer: Viewer, code: str, note: str = "", *, expected_version: int | None = None) -> dict[str, Any]:
    """Begin to check a received dossier (state 4)."""
    found = held(viewer, code, "procedures.check")
    return step(viewer, found, "check", "worked", note, expected_version=expected_version)


@action("procedures.check")
def take_step(
    viewer: Viewer, code: str, move: str, note: str = "", *, fields: dict[str, Any] | None = None, expected_version: int | None = None
) -> dict[str, Any]:  # fmt: skip
    """Take any step that the dossier's workflow declares for officials, also one refined on screen; its own permission is asked.

    422 an unknown step or a missing note; 409 not from here, or while agencies still owe an answer (silence is not consent).
    """
    found = held(viewer, code, "procedures.check")
    moved = cases.move(viewer, found["case_id"], move, note, fields=fields, expected_version=expected_version)
    national = outside(found["type_version"], moved["state"], found["national"])
    return settle(viewer, found, "worked", national, note) | {"state": moved["state"]}


@action("procedures.assign")
def assign(viewer: Viewer, code: str, owner_id: int, note: str = "", *, expected_version: int | None = None) -> dict[str, Any]:  # fmt: skip
    """Give the dossier to somebody of its agency; the timeline keeps who had it. 409 when it changed since `expected_version`."""
    found = held(viewer, code, "procedures.assign")
    return cases.assign(acting(viewer), found["case_id"], owner_id, note, expected_version=expected_version)


@action("procedures.consult", secret=("questions",))
def consult(
    viewer: Viewer, code: str, questions: Sequence[tuple[str, str]], *, working_days: int | None = None, key: str = ""
) -> dict[str, Any]:
    """Ask other agencies, several at once: (agency, question). Each question is a case in that agency's inbox with a deadline of its own.

    Work on the result waits for every answer: silence is not consent. 422 without questions, 409 once the dossier has ended.
    """
    if not questions or (working_days is not None and not 1 <= working_days <= 60):
        raise invalid("nothing_asked", "Hãy chọn cơ quan và ghi điều cần hỏi.", "Say whom you ask what.", field="questions")  # fmt: skip
    found = held(viewer, code, "procedures.consult")
    spec = casetype.of_version(found["type_version"])
    done: dict[str, Any] = {"code": found["code"], "national": found["national"]}
    if "consult" in spec.moves_from(found["state"]):
        done = step(viewer, found, "consult", "worked")
    deadline = Deadline(working_days=working_days) if working_days else None
    asked = [
        casework.ask_agency(acting(viewer), found["case_id"], agency, question, deadline=deadline, key=key and f"{key}:{at}")
        for at, (agency, question) in enumerate(questions)
    ]  # fmt: skip
    return done | {"asked": [{"agency": agency, "case": task["code"]} for (agency, _), task in zip(questions, asked, strict=True)]}  # fmt: skip


@action("procedures.approve")
def approve(viewer: Viewer, code: str, note: str = "", *, expected_version: int | None = None) -> dict[str, Any]:
    """Approve the result: its newest draft is frozen and goes to be signed. 409 while agencies owe an answer."""
    found = held(viewer, code, "procedures.approve")
    done = step(viewer, found, "approve", "approved", note, expected_version=expected_version)
    drafting.freeze(viewer, found["id"])
    return done


@action("procedures.approve")
def rework(viewer: Viewer, code: str, note: str) -> dict[str, Any]:
    """Send the result back with the reason; what comes next is a new version of it. 422 without a reason."""
    found = held(viewer, code, "procedures.approve")
    drafting.replaced(found["id"])
    return step(viewer, found, "rework", "worked", note)


@action("procedures.reveal")
def reveal(viewer: Viewer, code: str, purpose: str) -> queries.Person:
    """Who filed and what they answered. Recorded with the purpose; the person can read that later. 422 without a purpose."""
    found = held(viewer, code, "procedures.reveal", own_state=False)
    shown = queries.person(found["id"])
    persons = [audit.person_by(contact) for contact in (shown.phone, shown.email) if contact]
    if found["actor_id"]:
        persons.append(audit.person_of(found["actor_id"]))
    audit.look(viewer, "dossier", found["code"], purpose, found["agency"], persons)
    return shown
