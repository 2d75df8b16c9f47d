"""Codes of bills that can be typed and not guessed; lines; fee waivers. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0 O 1 I L, as all codes of the house; 31 of them, a prime."""
LENGTH = 8
PREFIX = "TD"
"""Stands before a code in the words of a bank transfer, so that it is found whatever a bank puts around it."""
MOST_VND = 10**12
_FOUND = re.compile(f"{PREFIX}([{ALPHABET}]{{{LENGTH}}})")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to pay for; `amount_vnd` 0 for what is waived."""

    code: str
    title: str
    amount_vnd: int


def check_letter(seven: str) -> str:
    """The last letter of a code: it tells one wrong letter, and any two changed about (weights modulo the prime 31)."""
    return ALPHABET[sum((at + 2) * ALPHABET.index(letter) for at, letter in enumerate(seven)) % len(ALPHABET)]


def is_code(text: str) -> bool:
    """Whether this is a code with the right last letter."""
    return len(text) == LENGTH and all(letter in ALPHABET for letter in text) and check_letter(text[:-1]) == text[-1]


def typed(text: str) -> str:
    """A code as somebody typed it (small letters, blanks, dashes, TD before it), or "" when it is none."""
    plain = re.sub(r"[\s\-.]+", "", text).upper()
    for candidate in (plain, plain.removeprefix(PREFIX)):
        if is_code(candidate):
            return candidate
    return ""


def shown(code: str) -> str:
    """A code as people read it: 7KQ2-MX4P."""
    return f"{code[:4]}-{code[4:]}"


def reference(code: str) -> str:
    """A code as it stands in a transfer."""
    return PREFIX + code


def codes_in(words: str) -> list[str]:
    """Every code in the words of a transfer, once, in order; banks change case, add words, drop or add blanks."""
    plain = re.sub(r"[^0-9A-Z]+", "", words.upper())
    found: list[str] = []
    for at in range(len(plain)):
        hit = _FOUND.match(plain, at)
        if hit and is_code(hit[1]) and hit[1] not in found:
            found.append(hit[1])
    return found


def fault(lines: Sequence[Line]) -> str:
    """Why these lines make no bill: none, amount, too_much, nothing — or ""."""
    if not lines:
        return "none"
    if any(isinstance(line.amount_vnd, bool) or not isinstance(line.amount_vnd, int) or line.amount_vnd < 0 for line in lines):  # fmt: skip
        return "amount"
    total = sum(line.amount_vnd for line in lines)
    return "nothing" if total == 0 else "too_much" if total > MOST_VND else ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A rule of the city's table: who is entitled, for which procedures ("*" all), from when to when, what share is waived."""

    id: str
    entitlement: str
    procedures: tuple[str, ...]
    valid_from: dt.date
    valid_to: dt.date | None
    percent: int
    law: str
    vi: str
    en: str


def waived(table: Iterable[Waiver], code: str, entitlements: Iterable[str], day: dt.date) -> Waiver | None:
    """The rule that waives most for somebody with these entitlements on this day; None when none does."""
    held = set(entitlements)
    fitting = [
        rule
        for rule in table
        if rule.entitlement in held
        and (code in rule.procedures or "*" in rule.procedures)
        and rule.valid_from <= day
        and (rule.valid_to is None or day <= rule.valid_to)
    ]
    return max(fitting, key=lambda rule: (rule.percent, rule.id), default=None)


def after_waiver(amount_vnd: int, percent: int) -> int:
    """What is left to pay of an amount, rounded down to the đồng in the payer's favour."""
    return amount_vnd * (100 - percent) // 100
