"""Notices by text message: one JSON POST to the city's gateway (`TAYDO_SMS_URL`), which knows a message by its id."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

from django.conf import settings

from .mail import Refused
from .tokens import absolute

LONGEST = 480


def ready() -> bool:
    """Whether this city has a gateway for text messages."""
    return bool(settings.TAYDO_SMS_URL)


def words(title: str, body: str, href: str = "") -> str:
    """What stands in the message: title, body, then the address in full; never longer than a few parts."""
    link = (absolute(href) if href.startswith("/") else href) if href else ""
    room = LONGEST - len(link) - 1
    text = " ".join(f"{title}. {body}".split() if body else title.split())
    return f"{text if len(text) <= room else text[: room - 1] + '…'} {link}".strip()


def post(address: str, text: str, identifier: str) -> None:
    """Send one message. Raises Refused; the same `identifier` is the same message, however often it is posted."""
    if not ready():
        raise Refused("this city has no SMS gateway", True)
    body = json.dumps({"to": address, "text": text, "id": identifier}, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {settings.TAYDO_SMS_TOKEN}",
        "Idempotency-Key": identifier,
    }
    asked = urllib.request.Request(settings.TAYDO_SMS_URL, body, headers, method="POST")
    try:
        with urllib.request.urlopen(asked, timeout=10):
            return
    except urllib.error.HTTPError as error:
        lasting = 400 <= error.code < 500 and error.code not in (401, 403, 408, 409, 425, 429)
        raise Refused(f"sms {error.code}: {error.reason}"[:300], lasting) from error
    except (OSError, ValueError) as error:
        raise Refused(f"{type(error).__name__}: {error}"[:300], False) from error
