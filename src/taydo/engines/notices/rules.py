"""What decides about notices: which topics match, when to try again, which addresses can be written to at all."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import urlsplit

CHANNELS = ("app", "mail", "push")
PAUSES = (60, 300, 1800, 7200, 21600)
"""Seconds between tries of a delivery that failed for now; after the last it is kept as failed."""
LASTING_TRIES = 2
"""Tries of a delivery that the other side refuses for good: once more, for servers that greylist clumsily."""
BAD_AFTER = 3
"""Failed notices in a row after which an address is no longer written to."""
CONFIRM_DAYS = 3
DIRECT_DAYS = 30
"""How long the address of somebody who never subscribed is kept after the last notice to it."""
DIRECT = ("sms", "mail")
"""Channels by which people are told who never subscribed, such as somebody who reported by phone."""
STUCK_MINUTES = 10
"""A sender that died in the middle: after this the delivery is taken up again under the same message id."""
PUSH_HOSTS = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "push.services.mozilla.com",
    "notify.windows.com",
    "push.apple.com",
)
_ADDRESS = re.compile(
    r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}$"
)

_PHONE = re.compile(r"^\+[1-9][0-9]{7,14}$")


def prefixes(topic: str) -> list[str]:
    """Topics whose subscribers hear of `topic`: itself and what it belongs to (`warnings.rain` → also `warnings`)."""
    parts = topic.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))]


def is_mail_address(text: str) -> bool:
    """Whether mail can be written to this address."""
    return len(text) <= 254 and ".." not in text and bool(_ADDRESS.match(text))


def is_phone(text: str) -> bool:
    """Whether this is a phone number with its country code (E.164), as gateways want it."""
    return bool(_PHONE.match(text))


def is_push_endpoint(url: str, hosts: tuple[str, ...] = PUSH_HOSTS) -> bool:
    """Whether a push address belongs to a known push service; anything else could point our server at a stranger."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return False
    if len(url) > 2000 or parts.username or parts.port not in (None, 443):
        return False
    return parts.scheme == "https" and any(host == known or host.endswith("." + known) for known in hosts)


def next_try(tries: int, lasting: bool, now: dt.datetime) -> dt.datetime | None:
    """When to try again after `tries` failures; None when it is given up."""
    if tries > len(PAUSES) or (lasting and tries >= LASTING_TRIES):
        return None
    return now + dt.timedelta(seconds=PAUSES[tries - 1])


def masked(address: str) -> str:
    """An address as shown to people: enough to know it again."""
    name, _, host = address.partition("@")
    if not host and is_phone(address):
        return f"…{address[-3:]}"
    return f"{name[:2]}…@{host}" if host else f"{address[:8]}…"
