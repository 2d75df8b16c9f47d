"""Signing in through another provider (OpenID Connect Core 1.0, code flow with PKCE): ask, come back, believe only what is proven."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

import requests
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import KeySet

from taydo.kernel import clock
from taydo.kernel.errors import Problem
from taydo.kernel.logs import log

PATIENCE_SECONDS = 6
REMEMBER_SECONDS = 600
LEEWAY_SECONDS = 60
LASTS_SECONDS = 900
ALGORITHMS = ["RS256", "ES256", "PS256"]
_remembered: dict[str, tuple[float, dict[str, Any]]] = {}


@dataclass(frozen=True)
class Partner:
    """A provider we sign people in through, and our name and secret there."""

    issuer: str
    client: str
    secret: str
    scope: str


def begin(partner: Partner, back: str) -> tuple[str, dict[str, Any]]:
    """Where to send the browser, and what to keep in its session until it comes back to the address `back`."""
    kept = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    with _session(partner, back) as session:
        address, _ = session.create_authorization_url(
            _configuration(partner)["authorization_endpoint"],
            state=kept["state"],
            nonce=kept["nonce"],
            code_verifier=kept["verifier"],
        )
    return str(address), {**kept, "at": clock.now().timestamp()}


def finish(partner: Partner, kept: dict[str, Any] | None, given: dict[str, str], back: str) -> dict[str, Any]:
    """The claims the provider proves about whoever came back. Everything that does not fit raises a problem that says what."""
    if not kept or not secrets.compare_digest(str(kept["state"]), given.get("state", "")):
        raise _refused("state_wrong", "Lượt đăng nhập này không bắt đầu từ trình duyệt của bạn.", "This sign-in did not begin in your browser.")  # fmt: skip
    if clock.now().timestamp() - kept["at"] > LASTS_SECONDS:
        raise _refused("sign_in_too_slow", "Đã quá thời gian đăng nhập; hãy thử lại.", "Signing in took too long; try again.")  # fmt: skip
    if given.get("error") == "access_denied":
        raise _refused("partner_denied", "Bạn đã từ chối ở bên kia.", "You refused on the other side.")
    if given.get("error") or not given.get("code"):
        raise _refused("partner_error", "Bên kia trả về lỗi.", "The other side answered with an error.")
    token = _token(partner, kept, given["code"], back)
    return _believed(partner, token, str(kept["nonce"]))


def _session(partner: Partner, back: str) -> Any:
    return OAuth2Session(
        partner.client, partner.secret, scope=partner.scope, redirect_uri=back, code_challenge_method="S256"
    )


def _token(partner: Partner, kept: dict[str, Any], code: str, back: str) -> str:
    address = _configuration(partner)["token_endpoint"]
    try:
        with _session(partner, back) as session:
            answer = session.fetch_token(
                address,
                grant_type="authorization_code",
                code=code,
                code_verifier=kept["verifier"],
                timeout=PATIENCE_SECONDS,
            )
        return str(answer["id_token"])
    except (requests.ConnectionError, requests.Timeout) as error:
        raise _unreachable(error) from error
    except Exception as error:  # the library raises what the other side says, in many classes
        log.warning("openid.token_refused", error=type(error).__name__)
        raise _refused("partner_error", "Bên kia không cấp được mã định danh.", "The other side gave no identity token.") from error  # fmt: skip


def _believed(partner: Partner, token: str, nonce: str) -> dict[str, Any]:
    try:
        claims = _decoded(partner, token)
    except BadSignatureError as error:
        raise _refused("signature_wrong", "Chữ ký của mã định danh không đúng.", "The identity token's signature is wrong.") from error  # fmt: skip
    except (JoseError, ValueError, KeyError) as error:
        raise _refused("token_unreadable", "Mã định danh không đọc được hoặc không được ký.", "The identity token cannot be read or is not signed.") from error  # fmt: skip
    now = clock.now().timestamp()
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != partner.issuer:
        raise _refused("issuer_wrong", "Mã định danh do bên khác cấp.", "The identity token is of another issuer.")
    if partner.client not in audiences or (len(audiences) > 1 and claims.get("azp") != partner.client):
        raise _refused("audience_wrong", "Mã định danh không cấp cho thành phố.", "The identity token was not meant for this city.")  # fmt: skip
    if not isinstance(claims.get("exp"), int | float) or claims["exp"] < now - LEEWAY_SECONDS:
        raise _refused("token_expired", "Mã định danh đã hết hạn.", "The identity token has expired.")
    if not isinstance(claims.get("iat"), int | float) or claims["iat"] > now + LEEWAY_SECONDS:
        raise _refused("token_ahead", "Mã định danh đến từ tương lai.", "The identity token is of the future.")
    if not secrets.compare_digest(str(claims.get("nonce", "")), nonce):
        raise _refused("nonce_wrong", "Mã định danh của một lượt đăng nhập khác.", "The identity token is of another sign-in.")  # fmt: skip
    if not claims.get("sub"):
        raise _refused("token_unreadable", "Mã định danh không nói về ai.", "The identity token is about nobody.")
    return claims


def _decoded(partner: Partner, token: str) -> dict[str, Any]:
    address = _configuration(partner)["jwks_uri"]
    try:
        return dict(jwt.decode(token, KeySet.import_key_set(_fetched(address)), algorithms=ALGORITHMS).claims)
    except (BadSignatureError, ValueError):
        _remembered.pop(address, None)  # keys may have turned since we asked
        return dict(jwt.decode(token, KeySet.import_key_set(_fetched(address)), algorithms=ALGORITHMS).claims)


def _configuration(partner: Partner) -> dict[str, Any]:
    found: dict[str, Any] = _fetched(f"{partner.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != partner.issuer:
        raise _refused("issuer_wrong", "Bên kia tự xưng bằng tên khác.", "The other side calls itself by another name.")
    return found


def _fetched(address: str) -> Any:
    known = _remembered.get(address)
    if known and known[0] > time.monotonic():
        return known[1]
    try:
        answer = requests.get(address, timeout=PATIENCE_SECONDS)
        answer.raise_for_status()
        found = json.loads(answer.content)
    except (requests.RequestException, ValueError) as error:
        raise _unreachable(error) from error
    _remembered[address] = (time.monotonic() + REMEMBER_SECONDS, found)
    return found


def forget() -> None:
    """Forget what providers said about themselves."""
    _remembered.clear()


def _refused(code: str, vi: str, en: str) -> Problem:
    return Problem(code, 400, vi, en)


def _unreachable(error: Exception) -> Problem:
    log.warning("openid.partner_unreachable", error=type(error).__name__)
    return Problem(
        "partner_unreachable", 503, "Bên kia không trả lời kịp; hãy thử lại sau hoặc dùng cách đăng nhập khác.",
        "The other side does not answer in time; try again later or sign in another way.",
    )  # fmt: skip
