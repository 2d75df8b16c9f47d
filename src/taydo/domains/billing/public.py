"""What billing offers to other domains."""

from __future__ import annotations

from taydo.domains.directory import public as directory
from taydo.engines.payments.rules import Waiver, after_waiver
from taydo.kernel import i18n, panels

from .queries import billers, waived

panels.place("pay", "/pay")
panels.place("my_bills", "/my/bills")


def agency_name(code: str) -> str:
    """Who takes the money, in the reader's language: an agency of the directory, or a biller outside it."""
    named = directory.name(code)
    if named == code:
        for one in billers().values():
            if one.agency == code:
                return one.title[i18n.language()]
    return named


__all__ = ["Waiver", "after_waiver", "agency_name", "waived"]
