"""What payments tell."""

from __future__ import annotations

from dataclasses import dataclass

from taydo.kernel.events import Event


@dataclass(frozen=True)
class BillPaid(Event):
    """A bill was paid whole. `method`: cash or a provider's id; `online`: not at a desk."""

    bill_id: int
    code: str
    purpose_kind: str
    purpose_id: str
    amount_vnd: int
    method: str
    online: bool


@dataclass(frozen=True)
class BillRefunded(Event):
    """Money of a bill went back, `whole` when nothing of it is left."""

    bill_id: int
    code: str
    purpose_kind: str
    purpose_id: str
    amount_vnd: int
    whole: bool


@dataclass(frozen=True)
class BillCancelled(Event):
    """A bill need not be paid any more (by an official, or it was open too long)."""

    bill_id: int
    code: str
    purpose_kind: str
    purpose_id: str
    reason: str


@dataclass(frozen=True)
class MoneyHeld(Event):
    """Money came that settles nothing; it waits for somebody. `reason`: unknown, double, cancelled, expired, wrong_amount."""

    income_id: int
    agency: str
    amount_vnd: int
    reason: str
    provider: str


@dataclass(frozen=True)
class HeldMoneyDealtWith(Event):
    """Money that was held went to a bill or back."""

    income_id: int
    agency: str
    outcome: str
