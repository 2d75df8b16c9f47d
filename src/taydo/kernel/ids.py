"""Identifiers: time-ordered UUIDs for machines, short readable codes for people."""

from __future__ import annotations

import os
import secrets
import time
import uuid

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # without 0 O 1 I L: read over the phone without doubt


def uuid7() -> uuid.UUID:
    """A UUID version 7 (RFC 9562): sorts by the millisecond it was made in."""
    stamp = time.time_ns() // 1_000_000
    number = (stamp << 80) | int.from_bytes(os.urandom(10), "big")
    number = (number & ~(0xF << 76)) | (0x7 << 76)
    number = (number & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=number)


def code(prefix: str, length: int = 6) -> str:
    """A code that cannot be guessed from its neighbours, such as `CB-7KQ2MX`."""
    return f"{prefix}-" + "".join(secrets.choice(ALPHABET) for _ in range(length))
