"""The provider's addresses for machines (OpenID Connect Discovery 1.0, Core 1.0; RFC 6749, 7009)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from taydo.kernel import credentials
from taydo.kernel.actors import viewer_of
from taydo.kernel.errors import Problem

from . import claims, keys, store
from .rules import SCOPES
from .server import CLIENT_METHODS, issuer, server


def configuration(request: HttpRequest) -> HttpResponse:
    """What this provider is and where its addresses are."""
    at = issuer()
    body: dict[str, Any] = {
        "issuer": at,
        **{f"{name}_endpoint": f"{at}/oauth/{name}" for name in ("token", "userinfo", "end_session")},
        "authorization_endpoint": f"{at}/oauth/authorize",
        "revocation_endpoint": f"{at}/oauth/revoke",
        "jwks_uri": f"{at}/oauth/jwks",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": [keys.ALGORITHM],
        "token_endpoint_auth_methods_supported": CLIENT_METHODS,
        "revocation_endpoint_auth_methods_supported": CLIENT_METHODS,
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "name", "locale", "email", "email_verified",
            "phone_number", "phone_number_verified", "taydo_agency", "taydo_roles"],
        "ui_locales_supported": ["vi", "en"],
    }  # fmt: skip
    return _open(JsonResponse(body))


def _open(response: HttpResponse) -> HttpResponse:
    """What any page of any site may read."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=300"
    return response


def jwks(request: HttpRequest) -> HttpResponse:
    """The public keys."""
    return _open(JsonResponse(keys.published()))


def token(request: HttpRequest) -> HttpResponse:
    """Tokens: for a code or a refresh token of a registered system; or by client credentials for an account of the API."""
    if request.method != "POST":
        raise Problem("method_not_allowed", 405, "Hãy gửi bằng POST.", "Send this with POST.")
    if request.POST.get("grant_type") == "client_credentials":
        response = _client_credentials(request)
    else:
        response = server().create_token_response(request)
    response["Cache-Control"] = "no-store"
    return response


def _client_credentials(request: HttpRequest) -> HttpResponse:
    """OAuth 2 client credentials (RFC 6749 §4.4): an account's name and password for a bearer token of one hour."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    pair = credentials.basic_pair(header) if header[:6].lower() == "basic " else None
    name, secret = pair or (request.POST.get("client_id", ""), request.POST.get("client_secret", ""))
    actor = credentials.check(name, secret, request.META.get("REMOTE_ADDR", "")) if name else None
    who = viewer_of(actor) if actor is not None else None
    if actor is None or who is None or credentials.more_than_password(who):
        return JsonResponse({"error": "invalid_client"}, status=401)
    seconds = credentials.TOKEN_SECONDS
    return JsonResponse({"access_token": credentials.issue_token(actor), "token_type": "Bearer", "expires_in": seconds})


def userinfo(request: HttpRequest) -> HttpResponse:
    """The claims an access token opens."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    held = store.token(header[7:].strip()) if header[:7].lower() == "bearer " else None
    who = viewer_of(held.actor_id) if held and held.kind == "access" else None
    if held is None or who is None:
        return JsonResponse({"error": "invalid_token"}, status=401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})  # fmt: skip
    return JsonResponse(claims.about(held.client_code, who, held.scope), headers={"Cache-Control": "no-store"})


def revoke(request: HttpRequest) -> HttpResponse:
    """A system gives a token back."""
    if request.method != "POST":
        raise Problem("method_not_allowed", 405, "Hãy gửi bằng POST.", "Send this with POST.")
    response: HttpResponse = server().create_endpoint_response("revocation", request)
    return response


urls = [
    path(".well-known/openid-configuration", configuration),
    path("oauth/jwks", jwks),
    path("oauth/token", token),
    path("oauth/userinfo", userinfo),
    path("oauth/revoke", revoke),
]
