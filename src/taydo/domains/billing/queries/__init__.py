"""What the city declares about fees, and about those who send bills."""

from __future__ import annotations

import datetime as dt
import functools

from pydantic import Field

from taydo.engines.payments import rules
from taydo.engines.payments.rules import Waiver
from taydo.kernel.specs import Label, Spec, city, load


class Biller(Spec):
    """Somebody whose bills the city collects: a company or an office; `agency` owns the money."""

    title: Label
    agency: str
    kind: str
    customer: Label


class Billers(Spec):
    """`billers.yaml`."""

    billers: dict[str, Biller]


class WaiverRule(Spec):
    """A rule of `fees.yaml`."""

    id: str
    entitlement: str
    procedures: list[str]
    valid_from: dt.date
    valid_to: dt.date | None = None
    percent: int = Field(ge=1, le=100)
    law: str
    title: Label


class Fees(Spec):
    """`fees.yaml`: what entitlements there are, and whose fees they waive from when to when."""

    entitlements: dict[str, Label]
    waivers: list[WaiverRule]


@functools.cache
def billers() -> dict[str, Biller]:
    """The city's billers by id."""
    path = city() / "billers.yaml"
    return load(path, Billers).billers if path.exists() else {}


@functools.cache
def waivers() -> tuple[Waiver, ...]:
    """The city's rules of waivers."""
    path = city() / "fees.yaml"
    given = load(path, Fees).waivers if path.exists() else []
    return tuple(
        Waiver(
            one.id,
            one.entitlement,
            tuple(one.procedures),
            one.valid_from,
            one.valid_to,
            one.percent,
            one.law,
            one.title.vi,
            one.title.en,
        )
        for one in given
    )


def waived(code: str, entitlements: list[str] | tuple[str, ...], day: dt.date) -> Waiver | None:
    """The rule that waives most of a procedure's fees for somebody with these entitlements on this day; None when none does."""
    return rules.waived(waivers(), code, entitlements, day)
