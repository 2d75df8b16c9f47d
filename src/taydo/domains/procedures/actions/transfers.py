"""Handing a dossier to another agency: it is offered, and whoever offered it answers for it until the other one accepts (TT 21/2023, CN06)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taydo.domains.directory import public as directory
from taydo.engines.cases import actions as cases
from taydo.engines.cases import transition
from taydo.engines.cases.transition import Line
from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid

from .. import queries, rules
from .writing import acting, held

_JOINED = "CASE WHEN %(to)s::text = ANY(chain) THEN chain ELSE chain || %(to)s::text END"


@action("procedures.transfer")
def offer(viewer: Viewer, code: str, agency: str, note: str) -> dict[str, Any]:
    """Offer a dossier to another agency, which sees it from now on. 422 without a reason or agency, 409 while an offer waits or it has ended."""
    found = held(viewer, code, "procedures.transfer")
    if not note.strip():
        raise invalid("note_missing", "Hãy ghi lý do chuyển.", "Say why you hand it over.", field="note")
    if agency == found["agency"] or directory.agency(agency) is None:
        raise invalid("same_agency", "Hãy chọn một cơ quan khác.", "Choose another agency.", field="agency")
    if found["national"] in rules.ENDED:
        raise conflict("has_ended", "Hồ sơ đã kết thúc.", "The dossier has ended.")
    return offered(viewer, found, agency, note.strip())


def offered(viewer: Viewer, found: Mapping[str, Any], agency: str, note: str) -> dict[str, Any]:
    """Write the offer down, for somebody whose right was checked."""
    made = sql.value(
        """INSERT INTO procedures_transfer (dossier_id, from_agency, to_agency, note, offered_at, offered_by)
           VALUES (%(id)s, %(from)s, %(to)s, %(note)s, %(now)s, %(by)s) ON CONFLICT DO NOTHING RETURNING id""",
        {
            "id": found["id"], "from": found["agency"], "to": agency, "note": note, "now": clock.now(), "by": viewer.name or viewer.username,
        },
    )  # fmt: skip
    if made is None:
        raise conflict("offered_already", "Hồ sơ đang chờ nơi khác nhận.", "It waits for another agency already.")
    before = transition.read(acting(viewer), found["case_id"], "cases.hand_over")
    line = Line("commented", f"{note} → {directory.name(agency)}", data={"to": agency})
    transition.answer(transition.change(viewer, before, {"chain": sql.Sql(_JOINED, {"to": agency})}, line))
    return {"code": found["code"], "to": agency, "transfer": int(made)}


@action("procedures.accept")
def accept(viewer: Viewer, code: str, note: str = "") -> dict[str, Any]:
    """Take over an offered dossier: from now on the viewer's agency answers for it. 409 when none is offered, 403 in another agency."""
    found, transfer = _waiting(viewer, code)
    _answer(viewer, transfer["id"], "accepted", note)
    words = note.strip() or transfer["note"] or "Nhận bàn giao"
    cases.hand_over(acting(viewer), found["case_id"], transfer["to_agency"], words)
    return {"code": found["code"], "agency": transfer["to_agency"]}


@action("procedures.accept")
def decline(viewer: Viewer, code: str, reason: str) -> dict[str, Any]:
    """Send an offered dossier back with the reason; the offering agency goes on answering for it."""
    if not reason.strip():
        raise invalid("reason_missing", "Hãy ghi lý do.", "Give the reason.", field="reason")
    found, transfer = _waiting(viewer, code)
    _answer(viewer, transfer["id"], "declined", reason)
    cases.comment(acting(viewer), found["case_id"], f"Không nhận bàn giao: {reason.strip()}")
    return {"code": found["code"], "agency": found["agency"]}


def _waiting(viewer: Viewer, code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    found = queries.dossier(viewer, code)
    transfer = sql.row(
        "SELECT id, to_agency, note FROM procedures_transfer WHERE dossier_id = %(id)s AND state = 'offered' FOR UPDATE",
        {"id": found["id"]},
    )
    about("dossier", found["code"], found["agency"])
    if transfer is None:
        raise conflict("not_offered", "Hồ sơ không chờ bàn giao.", "This dossier is not offered to anybody.")
    viewer.require("procedures.accept", transfer["to_agency"])
    return found, transfer


def _answer(viewer: Viewer, transfer_id: int, state: str, reason: str) -> None:
    sql.execute(
        """UPDATE procedures_transfer SET state = %(s)s, answered_at = %(now)s, answered_by = %(by)s, reason = %(r)s WHERE id = %(id)s""",
        {
            "s": state, "now": clock.now(), "by": viewer.name or viewer.username, "r": reason.strip()[:1000], "id": transfer_id,
        },
    )  # fmt: skip
