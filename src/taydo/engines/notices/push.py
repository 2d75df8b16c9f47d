"""Notices to browsers by Web Push (RFC 8030, 8291) with VAPID keys (RFC 8292) kept under TAYDO_HOME."""

from __future__ import annotations

import base64
import functools
import json
import os
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from py_vapid import Vapid02

from .mail import Refused
from .rules import PUSH_HOSTS, is_push_endpoint

KEEP_SECONDS = 6 * 3600
"""How long a push service keeps a notice for a phone that is off; an old warning helps nobody."""


def _file() -> Path:
    return Path(settings.TAYDO_HOME) / "vapid.pem"


@functools.cache
def _keys() -> Vapid02:
    """The city's VAPID keys, made at first use; two processes that start together agree on one."""
    path = _file()
    if not path.exists():
        fresh = Vapid02()
        fresh.generate_keys()
        part = path.with_suffix(f".{os.getpid()}")
        part.touch(mode=0o600)
        part.write_bytes(fresh.private_pem())
        try:
            os.link(part, path)
        except FileExistsError:
            pass
        part.unlink()
    return Vapid02.from_file(str(path))


def public_key() -> str:
    """The application server key for `PushManager.subscribe`: an uncompressed P-256 point, base64url."""
    point = _keys().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def allowed(endpoint: str) -> bool:
    """Whether we may call this push address: a known service, or one named in TAYDO_PUSH_HOSTS (comma separated)."""
    return is_push_endpoint(endpoint, (*PUSH_HOSTS, *_more_hosts()))


def _more_hosts() -> tuple[str, ...]:
    return tuple(host.strip().lower() for host in os.environ.get("TAYDO_PUSH_HOSTS", "").split(",") if host.strip())


def post(endpoint: str, keys: dict[str, str], title: str, body: str, href: str) -> None:
    """Send one notice to one browser. Raises Refused; a browser that is gone (404, 410) is refused for good."""
    if not allowed(endpoint):
        raise Refused("the push address is not of a known service", True)
    from pywebpush import WebPushException, webpush  # half a second of imports that only senders need

    data = json.dumps({"title": title, "body": body[:1500], "href": href}, ensure_ascii=False)
    contact = {"sub": f"mailto:{settings.DEFAULT_FROM_EMAIL}"}
    try:
        webpush({"endpoint": endpoint, "keys": keys}, data, vapid_private_key=_keys(), vapid_claims=contact,
                ttl=KEEP_SECONDS, timeout=10)  # fmt: skip
    except WebPushException as error:
        status = error.response.status_code if error.response is not None else 0
        raise Refused(f"push {status}: {error.message}"[:300], 400 <= status < 500 and status != 429) from error
    except (OSError, ValueError) as error:
        raise Refused(f"{type(error).__name__}: {error}"[:300], isinstance(error, ValueError)) from error
