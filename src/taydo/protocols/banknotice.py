"""Notices of a bank about money that came to an account: the plain form this house understands, signed with HMAC-SHA256.

`POST` with headers `X-Timestamp` (ms since 1970) and `X-Signature` = hex HMAC-SHA256(secret, `{timestamp}.` + body). Body, JSON:
`{"id": "FT26329…", "bin": "970436", "account": "0011…", "amount": 45000, "content": "TD7KQ2MX4P nop le phi", "at": "2026-11-25T09:30:00+07:00"}`.
There is no public Vietnamese standard for it: what another bank sends is turned into this form in front of the house.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

WINDOW = dt.timedelta(minutes=10)
"""A notice signed longer ago is not taken: the bank signs anew when it sends again, and its list is asked for anyway."""


class Unsigned(ValueError):
    """The signature is missing, not right, or too old."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Money that came: `number` is the bank's own, unique for the account."""

    number: str
    bin: str
    account: str
    amount_vnd: int
    content: str
    at: dt.datetime


def sign(secret: str, body: bytes, now: dt.datetime) -> dict[str, str]:
    """The headers of a signed body."""
    stamp = str(int(now.timestamp() * 1000))
    return {"X-Timestamp": stamp, "X-Signature": _mac(secret, stamp, body)}


def _mac(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def check(secret: str, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> None:
    """Raise Unsigned unless the headers sign this body, lately."""
    stamp = headers.get("X-Timestamp", "")
    if not hmac.compare_digest(
        headers.get("X-Signature", "").lower().encode("utf-8", "replace"), _mac(secret, stamp, body).encode()
    ):
        raise Unsigned("the signature is not right")
    if not stamp.isdecimal() or abs(now.timestamp() - int(stamp[:16]) / 1000) > WINDOW.total_seconds():
        raise Unsigned("it was signed too long ago")


def read(body: bytes | Mapping[str, object]) -> Notice:
    """What a notice says. Raises ValueError when it is none."""
    said = json.loads(body) if isinstance(body, bytes) else body
    if not isinstance(said, Mapping):
        raise ValueError("not an object")
    amount, number = said.get("amount"), said.get("id")
    if isinstance(amount, bool) or not isinstance(amount, int) or not 0 < amount < 10**13:
        raise ValueError("no amount of whole đồng")
    if not isinstance(number, str) or not 1 <= len(number) <= 64:
        raise ValueError("no number of the bank")
    at = dt.datetime.fromisoformat(str(said.get("at", "")))
    if at.tzinfo is None:
        raise ValueError("its time has no zone")
    return Notice(
        number, str(said.get("bin", ""))[:6], str(said.get("account", ""))[:19], amount, str(said.get("content", ""))[:500], at
    )  # fmt: skip
