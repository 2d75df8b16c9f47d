"""Passkeys (WebAuthn): registered to an account, used without a name — the key says whose it is."""

from __future__ import annotations

import json
import time
from typing import Any, cast

import webauthn
from django.http import HttpRequest
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from taydo.kernel import audit, clock, sealing, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, conflict, invalid, unknown_viewer

from . import sessions
from .rules import CHALLENGE_SECONDS

_KEPT = "passkey_challenge"
MOST = 10


def mine(actor_id: int) -> list[dict[str, Any]]:
    """The account's passkeys: id, name, created_at, used_at."""
    return sql.rows(
        "SELECT id, name, created_at, used_at FROM signin_passkey WHERE actor_id = %(a)s ORDER BY id", {"a": actor_id}
    )


def _handle(actor_id: int) -> bytes:
    """The user handle an authenticator keeps: says nothing about the account, and is the same each time."""
    return bytes.fromhex(sealing.fingerprint(f"passkey:{actor_id}"))


def _party(request: HttpRequest) -> tuple[str, str]:
    """The relying party's id (this host) and the origin pages are served from."""
    host = request.get_host()
    return host.rpartition(":")[0] if ":" in host else host, f"{request.scheme}://{host}"


def options_to_register(request: HttpRequest, viewer: Viewer) -> dict[str, Any]:
    """What `navigator.credentials.create` wants; the challenge waits in the session."""
    if viewer.actor_id is None:
        raise unknown_viewer()
    known = sql.rows("SELECT credential FROM signin_passkey WHERE actor_id = %(a)s", {"a": viewer.actor_id})
    made = webauthn.generate_registration_options(
        rp_id=_party(request)[0],
        rp_name="Tây Đô",
        user_name=viewer.username,
        user_id=_handle(viewer.actor_id),
        user_display_name=viewer.name or viewer.username,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=bytes(item["credential"])) for item in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return _kept(request, made.challenge, webauthn.options_to_json(made))


def options_to_sign_in(request: HttpRequest) -> dict[str, Any]:
    """What `navigator.credentials.get` wants of anybody; the challenge waits in the session."""
    made = webauthn.generate_authentication_options(
        rp_id=_party(request)[0], user_verification=UserVerificationRequirement.REQUIRED
    )
    return _kept(request, made.challenge, webauthn.options_to_json(made))


def _kept(request: HttpRequest, challenge: bytes, options: str) -> dict[str, Any]:
    request.session[_KEPT] = {"challenge": bytes_to_base64url(challenge), "at": time.time()}
    return cast(dict[str, Any], json.loads(options))


def _challenge(request: HttpRequest) -> bytes:
    kept = request.session.pop(_KEPT, None)
    if not kept or time.time() - kept["at"] > CHALLENGE_SECONDS:
        raise conflict("challenge_ended", "Đã quá thời gian; hãy thử lại.", "That took too long; try again.")
    return base64url_to_bytes(kept["challenge"])


def register(request: HttpRequest, viewer: Viewer, credential: dict[str, Any], name: str) -> int:
    """Keep the passkey a browser made for this account; returns its id."""
    challenge, (party, origin) = _challenge(request), _party(request)
    try:
        seen = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party,
            expected_origin=origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _wrong() from error
    return keep(viewer, seen.credential_id, seen.credential_public_key, seen.sign_count, name)


@action("signin.enrol", secret=("credential", "public_key"), open_to_all=True)
def keep(viewer: Viewer, credential: bytes, public_key: bytes, sign_count: int, name: str) -> int:
    """Write down a passkey that was verified."""
    if viewer.actor_id is None:
        raise unknown_viewer()
    if len(mine(viewer.actor_id)) >= MOST:
        raise conflict("too_many_passkeys", f"Mỗi tài khoản có nhiều nhất {MOST} khoá.", f"An account has {MOST} passkeys at most.")  # fmt: skip
    made = sql.value(
        """INSERT INTO signin_passkey (actor_id, credential, public_key, sign_count, name)
           VALUES (%(a)s, %(c)s, %(k)s, %(n)s, %(name)s) ON CONFLICT (credential) DO NOTHING RETURNING id""",
        {"a": viewer.actor_id, "c": credential, "k": public_key, "n": sign_count, "name": name.strip()[:60]},
    )
    if made is None:
        raise conflict("passkey_known", "Khoá này đã được thêm.", "This passkey is known already.")
    about("passkey", made)
    sessions.tell_changed(
        viewer.actor_id, f"signin.passkey.{made}", ("Một khoá truy cập vừa được thêm", "A passkey was added")
    )
    return int(made)


@action("signin.enrol", open_to_all=True)
def remove(viewer: Viewer, passkey_id: int) -> int:
    """Take one of the viewer's passkeys away; 0 when there is none such."""
    if viewer.actor_id is None:
        raise unknown_viewer()
    about("passkey", passkey_id)
    return sql.execute(
        "DELETE FROM signin_passkey WHERE id = %(id)s AND actor_id = %(a)s", {"id": passkey_id, "a": viewer.actor_id}
    )


def sign_in(request: HttpRequest, credential: dict[str, Any]) -> int:
    """The account whose passkey signed our challenge. A counter that does not grow is a copied key: refused."""
    challenge, (party, origin) = _challenge(request), _party(request)
    try:
        given = credential["response"].get("userHandle") or ""
        raw, handle = base64url_to_bytes(str(credential["id"])), base64url_to_bytes(str(given))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _wrong() from error
    held = sql.row(
        """SELECT p.id, p.actor_id, p.public_key, p.sign_count FROM signin_passkey p JOIN kernel_actor a ON a.id = p.actor_id
           WHERE p.credential = %(c)s AND a.is_active""",
        {"c": raw},
    )
    if held is None:
        raise _wrong()
    try:
        seen = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party,
            expected_origin=origin,
            credential_public_key=bytes(held["public_key"]),
            credential_current_sign_count=held["sign_count"],
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as error:
        audit.write(Viewer.anonymous(), "signin.passkey", "refused", "passkey", held["id"])
        raise _wrong() from error
    if handle and handle != _handle(held["actor_id"]):
        raise _wrong()
    moved = sql.execute(
        "UPDATE signin_passkey SET sign_count = %(n)s, used_at = %(now)s WHERE id = %(id)s AND sign_count = %(old)s",
        {"n": seen.new_sign_count, "now": clock.now(), "id": held["id"], "old": held["sign_count"]},
    )
    if not moved:
        raise _wrong()
    return int(held["actor_id"])


def _wrong() -> Problem:
    return invalid(
        "passkey_refused",
        "Khoá này không mở được tài khoản nào ở đây.",
        "This passkey opens no account here.",
    )
