"""Which provider takes money for which agency: `payments.yaml` of the city; keys come from the environment, never from the file.

`TAYDO_PAY_<ID>` names a provider's keys, `;` between them: `secret=…;api=https://…;page=https://…;access=…`. A gateway without keys is not
offered; VietQR needs none to be shown (its money is then found in the bank's statement), its `secret` lets the bank send notices.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field, model_validator

from taydo.kernel.specs import Label, Spec, city, load
from taydo.protocols import vietqr

VIETQR, VNPAY, MOMO, CASH = "vietqr", "vnpay", "momo", "cash"


class Account(Spec):
    """An agency's account with a provider; `*` for every agency without one of its own."""

    agency: str
    bin: str = ""
    number: str = ""
    name: str = ""
    terminal: str = ""
    partner: str = ""


class Declared(Spec):
    """A provider as the city declares it."""

    id: str = Field(pattern=r"^[a-z][a-z0-9]{1,20}$")
    speaks: Literal["vietqr", "vnpay", "momo"]
    title: Label
    accounts: list[Account]

    @model_validator(mode="after")
    def _complete(self) -> Declared:
        needed = {VIETQR: ("bin", "number"), VNPAY: ("terminal",), MOMO: ("partner",)}[self.speaks]
        for account in self.accounts:
            lacking = [name for name in needed if not getattr(account, name)]
            if lacking:
                raise ValueError(f"the account of {account.agency} lacks {', '.join(lacking)}")
            if self.speaks == VIETQR and account.bin not in vietqr.banks():
                raise ValueError(f"{account.bin} is no BIN of NAPAS")
        return self


class Payments(Spec):
    """`payments.yaml`. `treasury`: the agency that holds money nobody can place; an unpaid bill closes so many days after its due date."""

    treasury: str
    close_after_days: int = Field(default=90, ge=0)
    attempt_minutes: int = Field(default=15, ge=5, le=60)
    providers: list[Declared]


@dataclass(frozen=True)
class Provider:
    """A provider ready to be spoken with, for one account."""

    id: str
    speaks: str
    title: Label
    account: Account
    keys: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def open(self) -> bool:
        """Whether people can be sent there (VietQR: shown) to pay."""
        return self.speaks == VIETQR or bool(self.keys.get("secret") and self.keys.get("api"))


@functools.cache
def declared() -> Payments:
    """The city's declaration."""
    return load(city() / "payments.yaml", Payments)


def keys(provider_id: str) -> dict[str, str]:
    """The keys of a provider from the environment; empty when there are none."""
    said = os.environ.get(f"TAYDO_PAY_{provider_id.upper()}", "")
    return dict(part.strip().split("=", 1) for part in said.split(";") if "=" in part)


def provider(provider_id: str, agency: str = "") -> Provider | None:
    """A provider for an agency's money; None when the city has no such provider or the agency no account there."""
    for one in declared().providers:
        if one.id != provider_id:
            continue
        own = {account.agency: account for account in one.accounts}
        account = own.get(agency) or own.get("*") or (one.accounts[0] if not agency else None)
        if account is not None:
            return Provider(one.id, one.speaks, one.title, account, keys(one.id))
    return None


def offered(agency: str) -> list[Provider]:
    """The providers by which a bill of this agency can be paid, in the order declared."""
    found = [provider(one.id, agency) for one in declared().providers]
    return [one for one in found if one is not None and one.open]


def owner(provider_id: str, bin: str, number: str) -> str | None:
    """The agency whose account this is (`*` for the city's); None when it is none of ours."""
    for one in declared().providers:
        if one.id == provider_id:
            for account in one.accounts:
                if (account.bin, account.number) == (bin, number):
                    return account.agency
    return None
