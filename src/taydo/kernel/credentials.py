"""How a request proves who sends it: session, HTTP Basic, or a bearer token from OAuth 2 client credentials (RFC 6749 §4.4)."""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.core import signing
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from . import sql
from .actors import Viewer, viewer_of
from .errors import Problem, too_many
from .models import Actor

TOKEN_SECONDS = 3600
SEEN: list[Callable[[str], None]] = []
"""Told the key of each session that proved who sends a request."""
ASKS_FOR_MORE: list[Callable[[Viewer], bool]] = []
"""Each says whether a password alone is not enough for this viewer: then it opens nothing but the sign-in page."""
_SALT = "taydo.token"
_checked: dict[bytes, tuple[float, int]] = {}
_failures: dict[str, list[float]] = {}
_CHECKED_SECONDS, _CHECKED_MOST = 60.0, 20_000
_FAILURES_MOST, _FAILURES_SECONDS, _FAILURES_OF_ADDRESS, _FAILURES_KEPT = 10, 300.0, 100, 50_000


def check(username: str, password: str, address: str = "") -> int | None:
    """The actor's id when name and password are right, else None. Ten failures in five minutes close the door for a while.

    A right answer is remembered for a minute under a hash, so that a device that signs in with every request stays cheap.
    """
    key = hashlib.blake2b(f"{username}\0{password}".encode(), digest_size=16).digest()
    known = _checked.get(key)
    if known and known[0] > time.monotonic():
        return known[1]
    names = {f"{username}|{address}": _FAILURES_MOST, f"|{address}": _FAILURES_OF_ADDRESS}
    for name, most in names.items():
        _throttle(name, most)
    record = sql.row("SELECT id, password FROM kernel_actor WHERE username = %(u)s AND is_active", {"u": username})
    if record is None:
        check_password(password, _nobody())  # the same time whether or not the name exists
    if record is None or not check_password(password, record["password"]):
        _failed(names)
        return None
    _failures.pop(f"{username}|{address}", None)
    if len(_checked) > _CHECKED_MOST:
        _checked.clear()
    _checked[key] = (time.monotonic() + _CHECKED_SECONDS, record["id"])
    return int(record["id"])


@functools.cache
def _nobody() -> str:
    return make_password("nobody")


def forget() -> None:
    """Forget every remembered check: after a password changed or an actor was closed."""
    _checked.clear()
    _failures.clear()


def _failed(names: Iterable[str]) -> None:
    if len(_failures) > _FAILURES_KEPT:  # invented names must not fill the memory
        _failures.clear()
    for name in names:
        _failures.setdefault(name, []).append(time.monotonic())


def _throttle(key: str, most: int) -> None:
    since = time.monotonic() - _FAILURES_SECONDS
    recent = [moment for moment in _failures.get(key, ()) if moment > since]
    if recent:
        _failures[key] = recent
    if len(recent) >= most:
        raise too_many(
            "too_many_failures",
            "Sai mật khẩu quá nhiều lần; hãy thử lại sau 5 phút.",
            "Too many wrong passwords; try again in 5 minutes.",
            retry_after=int(_FAILURES_SECONDS),
        )


def issue_token(actor_id: int) -> str:
    """A bearer token for this actor, valid for an hour or until the password changes."""
    return signing.dumps({"a": actor_id, "p": _password_mark(actor_id)}, salt=_SALT, compress=False)


def _password_mark(actor_id: int) -> str:
    password = sql.value("SELECT password FROM kernel_actor WHERE id = %(id)s", {"id": actor_id})
    return hashlib.blake2b(str(password).encode(), digest_size=12).hexdigest()


def bearer(token: str) -> int | None:
    """The actor of a valid bearer token, or None."""
    try:
        said = signing.loads(token, salt=_SALT, max_age=TOKEN_SECONDS)
        actor = int(said["a"])
        return actor if constant_time_compare(str(said["p"]), _password_mark(actor)) else None
    except (signing.BadSignature, KeyError, ValueError, TypeError):
        return None


def basic_pair(header: str) -> tuple[str, str] | None:
    """User name and password of an HTTP Basic header (RFC 7617), or None when it cannot be read."""
    try:
        name, colon, password = base64.b64decode(header[6:].strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return (name, password) if colon else None


def _wrong() -> Problem:
    return Problem(
        "wrong_credentials",
        401,
        "Tên hoặc mật khẩu không đúng, hoặc phiên đã hết hạn.",
        "Wrong name or password, or an expired token.",
    )


def viewer_of_request(request: HttpRequest, language: str) -> Viewer:
    """Who sends this request. A wrong or expired credential raises 401; none at all is an anonymous viewer."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    actor: int | None
    if header[:6].lower() == "basic ":
        pair = basic_pair(header)
        actor = check(*pair, request.META.get("REMOTE_ADDR", "")) if pair else None
    elif header[:7].lower() == "bearer ":
        actor = bearer(header[7:].strip())
    else:
        return _session_viewer(request) or Viewer.anonymous(language)
    viewer = viewer_of(actor) if actor is not None else None
    if viewer is None:
        raise _wrong()
    if header[:6].lower() == "basic " and more_than_password(viewer):
        raise Problem(
            "second_factor_needed",
            401,
            "Tài khoản này cần yếu tố xác thực thứ hai: hãy đăng nhập ở trang /signin.",
            "This account needs a second factor: sign in on the page /signin.",
        )
    return viewer


def more_than_password(viewer: Viewer) -> bool:
    """Whether this viewer must prove themselves by more than a password."""
    return any(asks(viewer) for asks in ASKS_FOR_MORE)


def _session_viewer(request: HttpRequest) -> Viewer | None:
    session = getattr(request, "session", None)
    if session is None or not request.COOKIES.get("taydo_session"):
        return None
    actor = actor_of_session(session)
    viewer = viewer_of(actor) if actor else None
    if viewer is not None:
        for told in SEEN:
            told(str(getattr(session, "session_key", "")))
    return viewer


def actor_of_session(session: Mapping[str, Any]) -> int | None:
    """The actor of a session that began with the password which still holds: changing it ends every older session."""
    identifier, proof = session.get("_auth_user_id"), session.get("_auth_user_hash")
    if not identifier or not proof:
        return None
    password = sql.value("SELECT password FROM kernel_actor WHERE id = %(id)s", {"id": int(identifier)})
    expected = Actor(password=password or "").get_session_auth_hash()
    return int(identifier) if password and constant_time_compare(proof, expected) else None


def uses_header(request: HttpRequest) -> bool:
    """Whether the request proves itself by header: then no browser can be tricked into sending it."""
    return str(request.META.get("HTTP_AUTHORIZATION", ""))[:7].lower().startswith(("basic ", "bearer "))
