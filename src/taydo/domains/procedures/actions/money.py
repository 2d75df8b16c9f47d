"""Fees of a dossier: bills raised by what its procedure declares, asked for in between, paid, and cleaned up when it ends early."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from taydo.domains.billing import public as billing
from taydo.domains.catalogue import public as catalogue
from taydo.engines.payments import actions as payments
from taydo.engines.payments import queries as bills
from taydo.engines.payments.rules import Line
from taydo.kernel import clock
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid

from .. import queries, rules
from .writing import HOUSE, held, settle, step


def lines(spec: catalogue.Procedure, channel: str, when: str) -> list[Line]:
    """What the procedure asks at a moment (receipt, supplement, result) by this way of filing; fees whose amount is not declared are the official's."""
    way = spec.channel(channel) or (spec.channels[0] if spec.channels else None)
    return [Line(fee.id, fee.title, fee.amount_vnd) for fee in (way.fees if way else ()) if fee.when == when and fee.amount_vnd]  # fmt: skip


def bill(
    dossier_id: int, agency: str, title: str, owed: Sequence[Line], payer_id: int | None, payer: str, mark: str
) -> str:
    """Raise the dossier's bill; the same `mark` again is the same bill. Returns its code."""
    made = payments.raise_bill(
        HOUSE, purpose=("dossier", dossier_id), agency=agency, title=f"Phí, lệ phí: {title}"[:300], lines=list(owed), payer_id=payer_id,
        payer_name=payer, key=f"dossier:{dossier_id}:{mark}",
    )  # fmt: skip
    return made.code


@action("procedures.ask_payment")
def ask_payment(viewer: Viewer, code: str, owed: Sequence[Line] = (), note: str = "") -> dict[str, Any]:
    """Ask for money (state 6): the given lines, else what the procedure declares for the result. The clock stops where the work waits for it.

    422 when there is nothing to pay, 409 while an earlier bill is due.
    """
    found = held(viewer, code, "procedures.ask_payment")
    if found["money"] == "due":
        raise conflict("due_already", "Hồ sơ đang có khoản chưa nộp.", "A bill of this dossier is still due.")
    spec = catalogue.version(found["version_id"])
    asked = list(owed) or lines(spec, found["channel"], "supplement") + lines(spec, found["channel"], "result")
    if not asked:
        raise invalid("nothing_to_pay", "Không có khoản nào phải nộp.", "There is nothing to pay.", field="lines")
    name = queries.person(found["id"]).name
    mark = f"{found['case_version']}"
    made = bill(found["id"], found["agency_receives"], found["title"], asked, found["actor_id"], name, mark)
    columns = {"money": "due"}
    if found["state"] in rules.WORKED:
        done = step(viewer, found, "ask_payment", "payment_asked", note, columns=columns)
    else:
        done = settle(viewer, found, "payment_asked", found["national"], note, columns)
    return done | {"bill": made}


@action("procedures.settle")
def paid(viewer: Viewer, dossier_id: int, online: bool) -> bool:
    """A bill of the dossier was paid: the dossier says so when nothing more is due, and work that waited for it goes on."""
    found = queries.by_id(dossier_id)
    if found is None or any(one.state == "due" for one in bills.of(HOUSE, "dossier", dossier_id)):
        return False
    about("dossier", found["code"], found["agency"])
    columns = {"money": "paid", "online_paid": bool(found["online_paid"] or online)}
    if found["state"] == "waiting_payment":
        step(viewer, found, "paid", "paid", columns=columns)
    else:
        settle(viewer, found, "paid", found["national"], "", columns)
    return True


@action("procedures.settle")
def not_owed(viewer: Viewer, dossier_id: int, state: str) -> None:
    """Money of the dossier went back (`refunded`), or is not owed any more (`none`)."""
    found, states = queries.by_id(dossier_id), {one.state for one in bills.of(HOUSE, "dossier", dossier_id)}
    if found is None or "due" in states:
        return
    if state == "none" and "paid" in states:  # an earlier bill of it was paid
        state = "paid"
    about("dossier", found["code"], found["agency"])
    if state != "refunded" and found["state"] == "waiting_payment":
        step(viewer, found, "paid", "paid", columns={"money": state})
    else:
        settle(viewer, found, "refunded" if state == "refunded" else "paid", found["national"], "", {"money": state})


def clean_up(found: Mapping[str, Any], reason: str) -> None:
    """Nobody owes for a dossier that ended without a result: what is due is cancelled. What was paid is proposed to the cashier, who decides."""
    if found["money"] not in ("due", "paid"):
        return
    for one in bills.of(HOUSE, "dossier", found["id"]):
        if one.state == "due":
            payments.cancel(HOUSE, one.id, reason or f"Hồ sơ {found['code']} đã kết thúc {clock.today():%d/%m/%Y}")
        elif one.state == "paid":
            billing.propose_refund(HOUSE, one.id, f"{reason}: {found['code']}")
