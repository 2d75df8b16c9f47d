"""The provider on authlib: its grants and checks, on our store."""

from __future__ import annotations

import functools
import secrets
import uuid
from typing import Any, cast

from authlib.integrations.django_oauth2.requests import DjangoOAuth2Payload, DjangoOAuth2Request
from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Request, grants
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core.grants import OpenIDCode
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from taydo.kernel import audit, clock
from taydo.kernel.actors import Viewer, viewer_of

from . import claims, keys, store
from .rules import ACCESS_SECONDS, ID_SECONDS

CLIENT_METHODS = ["client_secret_basic", "client_secret_post", "none"]


def issuer() -> str:
    """The city's name as a provider: its address."""
    return settings.TAYDO_URL.rstrip("/")


class Request(DjangoOAuth2Request):  # type: ignore[misc]
    """A request of ours. That it came safely is the proxy's and the settings' care, as for every page."""

    def __init__(self, request: HttpRequest) -> None:
        OAuth2Request.__init__(self, request.method, f"https://taydo{request.get_full_path()}", headers=request.headers)
        self.payload = DjangoOAuth2Payload(request)
        self._request = request


class Server(AuthorizationServer):  # type: ignore[misc]
    """authlib's server, which asks us for systems and gives us tokens to keep."""

    def query_client(self, client_id: str) -> store.Client | None:
        """The registered system."""
        return store.client(client_id)

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        """Keep what is given; it belongs to the family of the code or refresh token it came of."""
        came_of = getattr(request, "authorization_code", None) or request.refresh_token
        family = cast(uuid.UUID, came_of.family)
        store.keep_tokens(token, request.client, request.user.actor_id, family, token.get("scope", ""))
        audit.write(request.user, "openid.token", "done", "client", request.client.code)

    def generate_token(self, grant_type: str, client: Any, user: Any = None, scope: str | None = None, expires_in: int | None = None, include_refresh_token: bool = True) -> dict[str, Any]:  # fmt: skip
        """A refresh token is given only to whoever may work while people are away."""
        away = include_refresh_token and "offline_access" in (scope or "").split()
        return cast(dict[str, Any], super().generate_token(grant_type, client, user, scope, expires_in, away))

    def create_oauth2_request(self, request: HttpRequest) -> Request:
        """Django's request in authlib's shape."""
        return Request(request)

    def handle_response(self, status: int, body: Any, headers: Any) -> HttpResponse:
        """authlib's answer in Django's shape."""
        response = JsonResponse(body, status=status) if isinstance(body, dict) else HttpResponse(body, status=status)
        for name, text in headers:
            response[name] = text
        return response

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens: what happens is written in the audit."""


class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    """Codes, kept as hashes, good once."""

    TOKEN_ENDPOINT_AUTH_METHODS = CLIENT_METHODS

    def save_authorization_code(self, code: str, request: Any) -> None:
        """Keep the code with everything it must be shown with again."""
        data = request.payload.data
        given = {"redirect": request.payload.redirect_uri, "scope": request.scope, "nonce": data.get("nonce", "")[:300], "challenge": data["code_challenge"]}  # fmt: skip
        session = request._request.session
        at = int(session.get("at") or clock.now().timestamp())
        store.keep_code(code, request.client, request.user.actor_id, given, str(session.get("how", "")), at)

    def query_authorization_code(self, code: str, client: store.Client) -> store.Code | None:
        """Take the code."""
        return store.take_code(code, client)

    def delete_authorization_code(self, authorization_code: store.Code) -> None:
        """It was taken already."""

    def authenticate_user(self, authorization_code: store.Code) -> Viewer | None:
        """Whose code it is, while the account is open."""
        return viewer_of(authorization_code.actor_id)


class RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc]
    """Refresh tokens that turn: each is good once."""

    TOKEN_ENDPOINT_AUTH_METHODS = CLIENT_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> store.Token | None:
        """Take the token."""
        return store.take_refresh(refresh_token)

    def authenticate_user(self, refresh_token: store.Token) -> Viewer | None:
        """Whose token it is, while the account is open."""
        return viewer_of(refresh_token.actor_id)

    def revoke_old_credential(self, refresh_token: store.Token) -> None:
        """It was taken already."""


class Challenge(CodeChallenge):  # type: ignore[misc]
    """PKCE with S256, for every system."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """No challenge, no code."""
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE with S256 is required")
        super().validate_code_challenge(grant, redirect_uri)


class Identity(OpenIDCode):  # type: ignore[misc]
    """Identity tokens, signed by the key that signs now."""

    _client = ""

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        """A nonce is the asker's to check; codes are good once anyway."""
        return False

    def resolve_client_private_key(self, client: store.Client) -> Any:
        """The key."""
        return keys.signing()

    def get_encode_header(self, client: store.Client) -> dict[str, Any]:
        """Which key signs."""
        return {"alg": keys.ALGORITHM, "kid": keys.signing().kid, "typ": "JWT"}

    def get_client_claims(self, client: store.Client) -> dict[str, Any]:
        """Who speaks, to whom, until when."""
        now = int(clock.now().timestamp())
        return {"iss": issuer(), "aud": client.code, "iat": now, "exp": now + ID_SECONDS}

    def generate_user_info(self, user: Viewer, scope: str) -> dict[str, Any]:
        """About whom, and what they agreed to tell."""
        return claims.about(self._client, user, scope)

    def encode_id_token(self, token: dict[str, Any], request: Any) -> Any:
        """Signed for one system: its subjects are its own."""
        own = Identity()  # one for each token: the grant's own is shared by all threads
        own._client = request.client.code
        return super(Identity, own).encode_id_token(token, request)


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """A system gives tokens back (RFC 7009): with a refresh token its whole family ends."""

    CLIENT_AUTH_METHODS = CLIENT_METHODS

    def query_token(self, token_string: str, token_type_hint: str | None) -> store.Token | None:
        """The token, if it holds."""
        return store.token(token_string)

    def revoke_token(self, token: store.Token, request: Any) -> None:
        """End it."""
        store.end_family(token.family)


def _fresh(*args: Any, **kwargs: Any) -> str:
    return secrets.token_urlsafe(32)


@functools.cache
def server() -> Server:
    """The provider."""
    made = Server()
    made.register_token_generator("default", BearerTokenGenerator(_fresh, _fresh, lambda *_: ACCESS_SECONDS))
    made.register_grant(CodeGrant, [Identity(), Challenge(required=True)])
    made.register_grant(RefreshGrant)
    made.register_endpoint(Revocation)
    return made
