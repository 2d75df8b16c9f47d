"""A client of remote signing providers by CSC API v2 (Cloud Signature Consortium 2.0): they hold people's keys and get hashes, never documents.

`TAYDO_CSC_<NAME>` says where a provider is and who we are: `url=https://…;client=…;secret=…` (OAuth 2.0 client credentials), or `token=…` where it
gave a fixed one. Everything it answers is checked before it is used: a signature against the certificate that was registered, and the hash.
"""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from asn1crypto import x509
from cryptography import x509 as cx509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

PATIENCE_S = 20
SHA256 = "2.16.840.1.101.3.4.2.1"
ALGORITHMS = {"rsa": "1.2.840.113549.1.1.11", "ec": "1.2.840.10045.4.3.2"}
_tokens: dict[str, tuple[str, float]] = {}


class NotNow(Exception):
    """A provider or the time-stamping authority does not answer: the request waits and is tried again."""


class Refused(Exception):
    """A provider answered with something that must not be used; saying why."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A key at a provider: its certificates as DER, the signer's first; what a person must give (`PIN`, `OTP`); whether it may sign now."""

    id: str
    title: str
    chain: tuple[bytes, ...]
    asks: tuple[str, ...]
    enabled: bool


def provider(name: str) -> dict[str, str]:
    """A provider's settings; Refused when none is declared under this name."""
    said = os.environ.get(f"TAYDO_CSC_{name.upper()}", "")
    found = dict(part.split("=", 1) for part in said.split(";") if "=" in part)
    if "url" not in found:
        raise Refused(f"TAYDO_CSC_{name.upper()} names no provider")
    return found


def providers() -> list[str]:
    """Names of the providers that are declared."""
    return sorted(key.removeprefix("TAYDO_CSC_").lower() for key, text in os.environ.items() if key.startswith("TAYDO_CSC_") and text)  # fmt: skip


def credentials(name: str) -> list[str]:
    """Ids of the keys a provider holds for this client."""
    return [str(one) for one in call(name, "credentials/list", {}).get("credentialIDs", [])]


def credential(name: str, identifier: str) -> Credential:
    """A key of a provider with its certificates."""
    said = call(
        name, "credentials/info", {"credentialID": identifier, "certificates": "chain", "certInfo": True, "authInfo": True}
    )  # fmt: skip
    try:
        chain = tuple(base64.b64decode(one, validate=True) for one in said["cert"]["certificates"])
        asks = tuple(str(one["id"]) for one in said.get("auth", {}).get("objects", []))
        enabled = said["key"]["status"] == "enabled" and said["cert"].get("status", "valid") == "valid"
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(f"credentials/info: {type(error).__name__}") from error
    return Credential(identifier, str(said.get("description", "")), chain, asks, enabled)


def authorize(name: str, identifier: str, digest: bytes, secrets: Mapping[str, str], words: str, correlation: str) -> str:  # fmt: skip
    """The SAD that lets the provider sign this SHA-256 digest, once. Refused for a wrong PIN or code."""
    said = call(
        name,
        "credentials/authorize",
        {
            "credentialID": identifier, "numSignatures": 1, "hashes": [_text(digest)], "hashAlgorithmOID": SHA256, "description": words[:200],
            "authData": [{"id": key, "value": value} for key, value in secrets.items()], "clientData": correlation,
        },
    )  # fmt: skip
    return str(said.get("SAD", ""))


def sign_hash(name: str, identifier: str, sad: str, digest: bytes, algorithm: str, correlation: str) -> bytes:
    """The signature of a digest. It is not checked here: `check` does."""
    said = call(
        name,
        "signatures/signHash",
        {
            "credentialID": identifier, "SAD": sad, "hashes": [_text(digest)], "hashAlgorithmOID": SHA256, "signAlgo": ALGORITHMS[algorithm],
            "operationMode": "S", "clientData": correlation,
        },
    )  # fmt: skip
    return _signature(said)


def look_up(name: str, correlation: str) -> bytes | None:
    """The signature a provider made under our correlation id before, or None: asked before anything is sent again."""
    try:
        return _signature(call(name, "signatures/signPolling", {"clientData": correlation}))
    except Refused:
        return None


def check(certificate: x509.Certificate, signature: bytes, digest: bytes) -> None:
    """Raise Refused unless `signature` is this certificate's over the SHA-256 digest."""
    public = cx509.load_der_x509_certificate(certificate.dump()).public_key()
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, digest, ec.ECDSA(Prehashed(hashes.SHA256())))
        else:
            raise Refused("a key that is neither RSA nor EC")
    except InvalidSignature as error:
        raise Refused("the provider's signature is not over what was asked, or by another key") from error


def call(name: str, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """One method of a provider. NotNow when it is away or overloaded, Refused when it says no; a token that ran out is taken anew once."""
    for again in (False, True):
        answer = _post(name, f"csc/v2/{method}", json=dict(body), headers={"Authorization": f"Bearer {_token(name)}"})
        if answer.status_code == 401 and not again:
            _tokens.pop(name, None)
            continue
        break
    if answer.status_code >= 400:
        raise Refused(f"{method}: {answer.text[:200]}")
    try:
        found: dict[str, Any] = answer.json()
    except ValueError as error:
        raise Refused(f"{method}: no JSON") from error
    return found


def _token(name: str) -> str:
    settings = provider(name)
    if settings.get("token"):
        return settings["token"]
    known, until = _tokens.get(name, ("", 0.0))
    if time.monotonic() < until:
        return known
    form = {"grant_type": "client_credentials", "client_id": settings.get("client", ""), "client_secret": settings.get("secret", "")}  # fmt: skip
    answer = _post(name, "oauth2/token", data=form)
    if answer.status_code >= 400:
        raise Refused(f"oauth2/token: {answer.text[:200]}")
    said = answer.json()
    _tokens[name] = (str(said["access_token"]), time.monotonic() + float(said.get("expires_in", 60)) * 0.8)
    return _tokens[name][0]


def _post(name: str, path: str, **more: Any) -> requests.Response:
    try:
        answer = requests.post(f"{provider(name)['url'].rstrip('/')}/{path}", timeout=PATIENCE_S, allow_redirects=False, **more)  # fmt: skip
    except requests.RequestException as error:
        raise NotNow(f"{path}: {type(error).__name__}") from error
    if answer.status_code >= 500 or answer.status_code == 429:
        raise NotNow(f"{path}: {answer.status_code}")
    return answer


def _signature(said: Mapping[str, Any]) -> bytes:
    try:
        return base64.b64decode(said["signatures"][0], validate=True)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise Refused("no signature in the answer") from error


def _text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
