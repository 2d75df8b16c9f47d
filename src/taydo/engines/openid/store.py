"""What the provider keeps, in the shape authlib asks for. Codes, tokens and secrets are stored only as keyed hashes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin
from django.utils.crypto import constant_time_compare

from taydo.kernel import clock, sealing, sql
from taydo.kernel.i18n import t

from .rules import ACCESS_SECONDS, CODE_SECONDS, METHODS, REFRESH_DAYS, SCOPES


@dataclass(frozen=True)
class Client(ClientMixin):  # type: ignore[misc]
    """A registered system."""

    id: int
    code: str
    name: str
    secret: str
    redirects: list[str]
    logouts: list[str]
    scopes: list[str]
    officials_only: bool

    def get_client_id(self) -> str:
        """Its public name."""
        return self.code

    def get_default_redirect_uri(self) -> str | None:
        """None: the address is always asked for."""
        return None

    def get_allowed_scope(self, scope: str) -> str:
        """What it may have of what it asks for."""
        return " ".join(name for name in (scope or "").split() if name in self.scopes)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether it is answered there: letter by letter."""
        return redirect_uri in self.redirects

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether this is its secret."""
        return bool(self.secret) and constant_time_compare(self.secret, proof(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """A system with a secret must show it; a public program has none."""
        return method in ("client_secret_basic", "client_secret_post") if self.secret else method == "none"

    def check_response_type(self, response_type: str) -> bool:
        """Only codes."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Codes, and refresh tokens where it may work while people are away."""
        return grant_type == "authorization_code" or (grant_type == "refresh_token" and "offline_access" in self.scopes)


@dataclass(frozen=True)
class Code(AuthorizationCodeMixin):  # type: ignore[misc]
    """An authorization code that was just taken."""

    family: uuid.UUID
    actor_id: int
    redirect: str
    scope: str
    nonce: str
    challenge: str
    how: str
    signed_in_at: int
    code_challenge_method = "S256"

    @property
    def code_challenge(self) -> str:
        """What the verifier must hash to."""
        return self.challenge

    def get_redirect_uri(self) -> str:
        """Where it was sent."""
        return self.redirect

    def get_scope(self) -> str:
        """What was agreed to."""
        return self.scope

    def get_nonce(self) -> str:
        """The asker's nonce."""
        return self.nonce

    def get_auth_time(self) -> int:
        """When somebody signed in."""
        return self.signed_in_at

    def get_acr(self) -> str:
        """How sure we are: `2` when they proved themselves twice."""
        return "2" if "mfa" in METHODS.get(self.how, ()) else "1"

    def get_amr(self) -> list[str]:
        """By which methods."""
        return METHODS.get(self.how, [])


@dataclass(frozen=True)
class Token(TokenMixin):  # type: ignore[misc]
    """A token that was found."""

    family: uuid.UUID
    kind: str
    client_id: int
    client_code: str
    actor_id: int
    scope: str

    def check_client(self, client: Client) -> bool:
        """Whether it was given to this system."""
        return self.client_id == client.id

    def get_scope(self) -> str:
        """What it opens."""
        return self.scope


def proof(secret: str) -> str:
    """The keyed hash under which a code, token or secret is kept."""
    return sealing.fingerprint(f"openid:{secret}")


_CLIENT = "SELECT id, code, name, secret, redirects, logouts, scopes, officials_only FROM openid_client"


def client(code: str) -> Client | None:
    """The registered system of this name."""
    found = sql.row(f"{_CLIENT} WHERE code = %(c)s AND active", {"c": (code or "")[:80].replace("\0", "")})
    return Client(**found) if found else None


def keep_code(code: str, owner: Client, actor_id: int, given: dict[str, Any], how: str, signed_in_at: int) -> None:
    """Write down a code that is being sent: redirect, scope, nonce and challenge stand in `given`."""
    sql.execute(
        """INSERT INTO openid_code (proof, family, client_id, actor_id, redirect, scope, nonce, challenge, how, signed_in_at, expires_at)
           VALUES (%(p)s, %(f)s, %(c)s, %(a)s, %(redirect)s, %(scope)s, %(nonce)s, %(challenge)s, %(how)s, %(at)s, %(end)s)""",
        {
            "p": proof(code), "f": uuid.uuid4(), "c": owner.id, "a": actor_id, "how": how, "at": signed_in_at, **given,
            "end": clock.now() + dt.timedelta(seconds=CODE_SECONDS),
        },
    )  # fmt: skip


def take_code(code: str, owner: Client) -> Code | None:
    """The code, once. Shown a second time, every token that came of it ends (RFC 6749 §4.1.2)."""
    found = sql.row(
        """UPDATE openid_code SET used_at = %(now)s WHERE proof = %(p)s AND client_id = %(c)s AND used_at IS NULL AND expires_at > %(now)s
           RETURNING family, actor_id, redirect, scope, nonce, challenge, how, signed_in_at""",
        {"p": proof(code), "c": owner.id, "now": clock.now()},
    )
    if found:
        return Code(**found)
    end_family(
        sql.value("SELECT family FROM openid_code WHERE proof = %(p)s AND used_at IS NOT NULL", {"p": proof(code)})
    )
    return None


def keep_tokens(given: dict[str, Any], owner: Client, actor_id: int, family: uuid.UUID, scope: str) -> None:
    """Write down the tokens that are being given."""
    now = clock.now()
    ends = {"access": now + dt.timedelta(seconds=ACCESS_SECONDS), "refresh": now + dt.timedelta(days=REFRESH_DAYS)}
    made = [(kind, given.get(f"{kind}_token")) for kind in ends]
    for kind, text in made:
        if text:
            sql.execute(
                """INSERT INTO openid_token (proof, family, kind, client_id, actor_id, scope, expires_at)
                   VALUES (%(p)s, %(f)s, %(k)s, %(c)s, %(a)s, %(s)s, %(end)s)""",
                {"p": proof(text), "f": family, "k": kind, "c": owner.id, "a": actor_id, "s": scope, "end": ends[kind]},
            )


_TOKEN = """SELECT t.family, t.kind, t.client_id, c.code AS client_code, t.actor_id, t.scope FROM openid_token t
  JOIN openid_client c ON c.id = t.client_id AND c.active
  WHERE t.proof = %(p)s AND t.revoked_at IS NULL AND t.used_at IS NULL AND t.expires_at > %(now)s"""


def token(text: str) -> Token | None:
    """A token that holds."""
    found = sql.row(_TOKEN, {"p": proof(text), "now": clock.now()})
    return Token(**found) if found else None


def take_refresh(text: str) -> Token | None:
    """A refresh token, once. Shown a second time, somebody has copied it: its whole family ends."""
    held = token(text)
    taken = held is not None and held.kind == "refresh" and sql.execute(
        "UPDATE openid_token SET used_at = %(now)s WHERE proof = %(p)s AND used_at IS NULL AND revoked_at IS NULL",
        {"p": proof(text), "now": clock.now()},
    )  # fmt: skip
    if taken:
        return held
    end_family(
        sql.value("SELECT family FROM openid_token WHERE proof = %(p)s AND used_at IS NOT NULL", {"p": proof(text)})
    )
    return None


def end_family(family: uuid.UUID | None) -> None:
    """End every token that came of one sign-in."""
    if family is not None:
        sql.execute(
            "UPDATE openid_token SET revoked_at = %(now)s WHERE family = %(f)s AND revoked_at IS NULL",
            {"f": family, "now": clock.now()},
        )


def agreed(owner: Client, actor_id: int) -> set[str]:
    """The scopes somebody agreed to for a system."""
    found = sql.value(
        "SELECT scopes FROM openid_consent WHERE client_id = %(c)s AND actor_id = %(a)s", {"c": owner.id, "a": actor_id}
    )
    return set(found or ())


def consents(actor_id: int) -> list[dict[str, Any]]:
    """The systems somebody signed in to through us: id, name, scopes, at."""
    return sql.rows(
        """SELECT c.id, c.name, o.scopes, o.at FROM openid_consent o JOIN openid_client c ON c.id = o.client_id
           WHERE o.actor_id = %(a)s ORDER BY o.at DESC""",
        {"a": actor_id},
    )


def learned(scopes: Iterable[str]) -> list[str]:
    """What scopes let a system know, in the reader's words."""
    return [t(vi, en) for vi, en in (SCOPES[name] for name in scopes if name in SCOPES)]


def clients() -> list[dict[str, Any]]:
    """Every registered system for administrators: code, name, redirects, scopes, officials_only, active, public, created_at."""
    return sql.rows(
        """SELECT code, name, redirects, logouts, scopes, officials_only, active, secret = '' AS public, created_at FROM openid_client
           ORDER BY active DESC, name"""
    )
