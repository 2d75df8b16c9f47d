"""Every read of bills, through one predicate: the agency's, one's own, and what the owner of a purpose opens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from taydo.kernel import clock, sealing, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, missing
from taydo.kernel.permissions import visible
from taydo.kernel.sql import Sql
from taydo.protocols import vietqr

from . import providers
from .rules import Line, reference, shown, typed

BILL = """b.id, b.code, b.agency, b.title, b.amount_vnd, b.refunded_vnd, b.state, b.due_on, b.method, b.raised_at, b.paid_at, b.ended_at,
    b.purpose_kind, b.purpose_id, b.payer_id, b.payer_name, b.reason, b.receipt_year, b.receipt_number"""


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill. `whole`: with who pays, for what exactly, receipt; else only what anybody with the code may know. `state`: due, paid, cancelled,
    expired, refunded."""

    id: int
    code: str
    agency: str
    title: str
    amount_vnd: int
    refunded_vnd: int
    state: str
    due_on: dt.date | None
    method: str = ""
    raised_at: dt.datetime | None = None
    paid_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    purpose_kind: str = ""
    purpose_id: str = ""
    payer_id: int | None = None
    payer_name: str = ""
    reason: str = ""
    receipt: str = ""
    lines: tuple[Line, ...] = field(default=())
    whole: bool = False

    @property
    def shown(self) -> str:
        """Its code as people read it."""
        return shown(self.code)

    @property
    def late(self) -> bool:
        """Whether its day has passed unpaid."""
        return self.state == "due" and self.due_on is not None and self.due_on < clock.today()


_guards: dict[str, Callable[[Viewer], Sql]] = {}


def guard(kind: str, maker: Callable[[Viewer], Sql]) -> None:
    """Let the owner of a purpose decide who else sees its bills whole: `maker` gives a predicate over alias b."""
    assert kind.isidentifier()
    _guards[kind] = maker


def may_see(viewer: Viewer) -> Sql:
    """THE predicate of whole bills (alias b)."""
    clause = visible(viewer, "payments.see", "b.agency")
    if viewer.actor_id is not None:
        clause |= Sql("b.payer_id = %(payer_me)s", {"payer_me": viewer.actor_id})
    for kind in sorted(_guards):
        clause |= Sql(f"b.purpose_kind = '{kind}'") & _guards[kind](viewer)
    return clause


def no_bill() -> Problem:
    """404 for a code that is none."""
    return missing("no_bill", "Không có khoản thu nào mang mã này.", "No bill has this code.", field="code")


def bill(viewer: Viewer, code: str) -> Bill:
    """A bill by its code, however typed: whole for its owner and agency; anybody else sees agency, title, amount and state. 404 for none."""
    plain = typed(code)
    clause = may_see(viewer)
    found = (
        sql.row(
            f"SELECT {BILL}, ({clause.text}) AS whole FROM payments_bill b WHERE b.code = %(code)s",
            {"code": plain, **clause.params},
        )
        if plain
        else None
    )
    if found is None:
        raise no_bill()
    return _bills([found])[0]


def by_id(viewer: Viewer, bill_id: int) -> Bill:
    """A bill the viewer may see whole; 404 else."""
    found = listed(viewer, Sql("b.id = %(id)s", {"id": bill_id}))
    if not found:
        raise no_bill()
    return found[0]


def of(viewer: Viewer, kind: str, identifier: object) -> list[Bill]:
    """The bills for one purpose that the viewer may see, the oldest first."""
    where = Sql("b.purpose_kind = %(kind)s AND b.purpose_id = %(of)s", {"kind": kind, "of": str(identifier)})
    return sorted(listed(viewer, where), key=lambda one: one.id)


def mine(viewer: Viewer, limit: int = 100) -> list[Bill]:
    """The viewer's own bills: what is due first, then the newest."""
    if viewer.actor_id is None:
        return []
    found = listed(viewer, Sql("b.payer_id = %(me)s", {"me": viewer.actor_id}), limit)
    return sorted(found, key=lambda one: (one.state != "due", one.due_on or dt.date.max if one.state == "due" else dt.date.min, -one.id))  # fmt: skip


def listed(viewer: Viewer, where: Sql, limit: int = 100) -> list[Bill]:
    """Bills the viewer may see whole, the newest first."""
    clause = may_see(viewer) & where
    found = sql.rows(
        f"SELECT {BILL}, TRUE AS whole FROM payments_bill b WHERE {clause.text} ORDER BY b.id DESC LIMIT %(limit)s",
        {**clause.params, "limit": max(1, min(limit, 1000))},
    )
    return _bills(found)


def _bills(found: list[dict[str, Any]]) -> list[Bill]:
    lines: dict[int, list[Line]] = {}
    for line in sql.rows(
        "SELECT bill_id, code, title, amount_vnd FROM payments_line WHERE bill_id = ANY(%(ids)s) ORDER BY bill_id, position",
        {"ids": [item["id"] for item in found if item["whole"]]},
    ):
        lines.setdefault(line["bill_id"], []).append(Line(line["code"], line["title"], line["amount_vnd"]))
    return [_bill(item, tuple(lines.get(item["id"], ()))) for item in found]


def _bill(item: dict[str, Any], lines: tuple[Line, ...]) -> Bill:
    open_part = {
        name: item[name] for name in ("id", "code", "agency", "title", "amount_vnd", "refunded_vnd", "state", "due_on")
    }
    if not item["whole"]:
        return Bill(**open_part)
    more = {
        name: item[name]
        for name in ("method", "raised_at", "paid_at", "ended_at", "purpose_kind", "purpose_id", "payer_id", "reason")
    }
    return Bill(
        **open_part, **more, payer_name=sealing.unseal(item["payer_name"]), lines=lines, whole=True,
        receipt=f"{item['receipt_number']:07d}/{item['receipt_year']}" if item["receipt_number"] else "",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Transfer:
    """What to write into a bank app: the same as in the code `text`."""

    bank: str
    bin: str
    account: str
    name: str
    amount_vnd: int
    words: str
    text: str


def transfer(one: Bill) -> Transfer | None:
    """How to pay a due bill by a bank transfer (VietQR); None when it is not due or its agency has no account."""
    found = next((p for p in providers.offered(one.agency) if p.speaks == providers.VIETQR), None)
    if found is None or one.state != "due":
        return None
    to, words = found.account, reference(one.code)
    text = vietqr.build(vietqr.transfer(to.bin, to.number, one.amount_vnd, words, to.name))
    return Transfer(vietqr.banks()[to.bin], to.bin, to.number, to.name, one.amount_vnd, words, text)
