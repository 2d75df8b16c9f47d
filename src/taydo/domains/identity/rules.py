"""What decides about accounts: which roles need a second factor, which passwords will do, how a grant's days read."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable

SHORTEST_PASSWORD = 10
LONGEST_NAME = 120
_KNOWN_BY_ALL = frozenset(("1234567890", "0123456789", "matkhau123", "password123", "qwertyuiop", "taydo-demo"))


def must_have_second(roles: Iterable[str], asked_of: Iterable[str]) -> bool:
    """Whether somebody with these roles must prove themselves twice."""
    return not set(roles).isdisjoint(asked_of)


def weak_password(password: str, username: str) -> str:
    """Why a password will not do: `short`, `known`, `name`, or "" when it will."""
    if len(password) < SHORTEST_PASSWORD:
        return "short"
    if password.lower() in _KNOWN_BY_ALL or len(set(password)) < 4:
        return "known"
    return "name" if username.lower() in password.lower() and len(username) > 3 else ""


def clean_name(text: str) -> str:
    """A person's name as it is kept: composed letters, single blanks, no control characters."""
    plain = "".join(letter for letter in unicodedata.normalize("NFC", text) if unicodedata.category(letter)[0] != "C")
    return " ".join(plain.split())[:LONGEST_NAME]


def state_of(valid_from: dt.date | None, valid_to: dt.date | None, on: dt.date) -> str:
    """Whether a grant holds on a day: `ahead`, `holds` or `ended`. Both days belong to it."""
    if valid_to is not None and valid_to < on:
        return "ended"
    return "ahead" if valid_from is not None and valid_from > on else "holds"


def masked_number(number: str) -> str:
    """A citizen number as it is shown: its last three digits."""
    return f"•••••••••{number[-3:]}" if len(number) > 3 else "•••"
