"""What decides about papers: how one stands on a day, how long it is kept, which numbers can be an owner's."""

from __future__ import annotations

import datetime as dt
import re

OWNERS = ("person", "organisation")
ORIGINS = ("issued", "uploaded", "digitised", "imported")
STATES = ("held", "revoked", "replaced", "erased")
SOON_DAYS = 30
LONGEST_SHARE_DAYS = 365


def standing(state: str, valid_to: dt.date | None, on: dt.date) -> str:
    """How a paper stands on a day: valid, expiring (30 days or fewer left), expired, or revoked, replaced, erased. Its last day belongs to it."""
    if state != "held":
        return state
    if valid_to is None:
        return "valid"
    left = (valid_to - on).days
    return "expired" if left < 0 else "expiring" if left <= SOON_DAYS else "valid"


def kept_until(origin: str, keep_years: int | None, issued_on: dt.date) -> tuple[dt.date | None, bool]:
    """The last day of retention and whether it is for ever; what a person uploaded is theirs to erase: (None, False)."""
    if origin == "uploaded":
        return None, False
    if keep_years is None:
        return None, True
    year = issued_on.year + keep_years
    try:
        return issued_on.replace(year=year), False
    except ValueError:  # 29 February
        return dt.date(year, 3, 1), False


def plain_number(owner_kind: str, number: str) -> str:
    """A citizen number (9 or 12 digits) or a tax code (10, or 13 with a branch, or a citizen number) without blanks and dashes; "" when it is none."""
    plain = re.sub(r"[\s.\-]", "", number)
    lengths = (9, 12) if owner_kind == "person" else (10, 12, 13)
    return plain if plain.isascii() and plain.isdigit() and len(plain) in lengths else ""
