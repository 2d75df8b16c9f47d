"""Bills over HTTP: one by its code, one's own, cash, refunds; raise one for other systems."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from taydo.engines.payments import actions, queries, refunds
from taydo.engines.payments.rules import MOST_VND, Line
from taydo.kernel.actors import Viewer
from taydo.kernel.http import viewer

from .queries import looking_up

router = Router(tags=["billing"])


class LineIn(BaseModel):
    """One thing to pay for, in whole đồng."""

    code: str = Field(max_length=40)
    title: str = Field(min_length=1, max_length=300)
    amount_vnd: int = Field(ge=0, le=MOST_VND)


class BillIn(BaseModel):
    """A bill of another system. `purpose_id` is its own number there; the same `key` is the same bill. `title` names no person."""

    agency: str = Field(max_length=40)
    purpose_kind: str = Field(pattern=r"^[a-z_]{1,40}$")
    purpose_id: str = Field(min_length=1, max_length=120)
    title: str = Field(min_length=1, max_length=300)
    lines: list[LineIn] = Field(min_length=1, max_length=50)
    payer_name: str = Field(default="", max_length=200)
    due_on: dt.date | None = None
    key: str = Field(min_length=8, max_length=120)


class CashIn(BaseModel):
    """Cash was taken; the same `key` is the same taking."""

    key: str = Field(min_length=8, max_length=120)


class RefundIn(BaseModel):
    """How much goes back, and why."""

    amount_vnd: int = Field(ge=1, le=MOST_VND)
    reason: str = Field(min_length=1, max_length=300)
    key: str = Field(min_length=8, max_length=120)


def shown(bill: queries.Bill) -> dict[str, Any]:
    """A bill for programs: with its person only for whom may see it whole, with how to transfer while it is due."""
    transfer = queries.transfer(bill)
    said = dataclasses.asdict(bill) | {
        "transfer": dataclasses.asdict(transfer) if transfer else None,
        "href": f"/pay/{bill.code}",
    }
    return {name: said[name] for name in said if name not in ("payer_id", "id") or bill.whole}


@router.get("/bills/mine")
def my_bills(request: HttpRequest) -> list[dict[str, Any]]:
    """One's own bills, what is due first."""
    who = viewer(request)
    if who.actor_id is None:
        raise Viewer.anonymous().refusal("billing.mine")
    return [shown(one) for one in queries.mine(who)]


@router.get("/bills/{code}")
def one_bill(request: HttpRequest, code: str) -> dict[str, Any]:
    """A bill by its code. Anybody with the code sees agency, title, amount and state; its owner and agency all of it."""
    return shown(looking_up.by_code(viewer(request), code, request.META.get("REMOTE_ADDR", "")))


@router.post("/bills")
def raise_bill(request: HttpRequest, body: BillIn) -> dict[str, Any]:
    """Raise a bill in an agency one may raise bills for."""
    who = viewer(request)
    lines = [Line(one.code, one.title, one.amount_vnd) for one in body.lines]
    made = actions.raise_bill(
        who, purpose=(body.purpose_kind, body.purpose_id), agency=body.agency, title=body.title, lines=lines, payer_name=body.payer_name,
        due_on=body.due_on, key=f"{who.username}:{body.key}",
    )  # fmt: skip
    return shown(made)


@router.post("/bills/{code}/cash")
def cash(request: HttpRequest, code: str, body: CashIn) -> dict[str, Any]:
    """Take its amount in cash, at a desk of its agency."""
    who = viewer(request)
    who.require("payments.take_cash")
    return shown(actions.take_cash(who, queries.bill(who, code[:40]).id, key=body.key))


@router.post("/bills/{code}/refunds")
def refund(request: HttpRequest, code: str, body: RefundIn) -> dict[str, Any]:
    """Give some or all of it back the way it came."""
    who = viewer(request)
    who.require("payments.refund")
    made = refunds.refund(who, queries.bill(who, code[:40]).id, body.amount_vnd, body.reason, key=body.key)
    return {"refund": made}
