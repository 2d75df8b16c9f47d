"""Personal data at rest: sealed with a key that is not in the database, found again by a keyed fingerprint."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import models


def _key(purpose: str) -> bytes:
    return hashlib.blake2b(settings.SECRET_KEY.encode(), person=purpose.encode()[:16], digest_size=32).digest()


@functools.cache
def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key("seal")))


def seal(text: str) -> str:
    """Encrypt a personal value (AES-128-CBC with HMAC, Fernet). Empty stays empty."""
    return _fernet().encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """The clear value; empty when empty. Raises ValueError when the key is another one."""
    if not sealed:
        return ""
    try:
        return _fernet().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise ValueError("sealed with another key: TAYDO_SECRET changed?") from error


def fingerprint(text: str) -> str:
    """A keyed hash to look a personal value up without storing it (HMAC-SHA256, hex); case and blanks do not matter."""
    return hmac.new(_key("fingerprint"), text.strip().lower().encode(), hashlib.sha256).hexdigest()


class SealedField(models.TextField):  # type: ignore[type-arg]  # not subscriptable when it runs
    """A text column that is encrypted in the database and clear in Python."""

    def get_prep_value(self, value: Any) -> Any:
        return seal(value) if value else value

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return unseal(value) if value else value
