"""What decides about chats: how often to try, how large, how long to keep, which addresses photos are fetched from."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

MOST_BODY = 262_144
MOST_PHOTO = 15 * 1024 * 1024
PAUSES = (5, 30, 120, 600, 1800, 7200)
"""Seconds between tries of an answer that failed for now; after the last it is kept as failed."""
STUCK_MINUTES = 5
TRIES = 6
RAW_DAYS = 30
HOSTS = {
    "zalo": ("zadn.vn", "zdn.vn", "zaloapp.com", "zalo.me", "zmdcdn.me"),
    "facebook": ("fbcdn.net", "fbsbx.com"),
}


def next_try(tries: int, lasting: bool, now: dt.datetime) -> dt.datetime | None:
    """When to try an answer again after `tries` failures; None when it is given up."""
    return None if lasting or tries > len(PAUSES) else now + dt.timedelta(seconds=PAUSES[tries - 1])


def may_fetch(url: str, provider: str, named: tuple[str, ...]) -> bool:
    """Whether a photo's address belongs to its provider: https at a known host, or a host that the city itself has named."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return False
    if parts.username or parts.password:
        return False
    if host in named:
        return parts.scheme in ("http", "https")
    known = any(host == name or host.endswith(f".{name}") for name in HOSTS.get(provider, ()))
    return parts.scheme == "https" and port in (None, 443) and known
