"""Passkeys made by a key in software: registered, used without a name, refused when anything does not fit; never a failure of ours."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from webauthn.helpers import bytes_to_base64url as text
from webauthn.helpers import encode_cbor

from taydo.domains.identity.tests.conftest import PASSWORD, account_of
from taydo.kernel import sql
from taydo.kernel.actors import Viewer

pytestmark = pytest.mark.django_db
Make = Callable[..., Viewer]
ORIGIN, PARTY = "http://testserver", "testserver"


class Key:
    """An authenticator in software (ES256), as a browser speaks with it."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(16)
        self.count = 0
        self.handle = ""

    def _data(self, party: str, attested: bytes = b"", verified: bool = True) -> bytes:
        flags = 0x01 | (0x04 if verified else 0) | (0x40 if attested else 0)
        return hashlib.sha256(party.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big") + attested

    def made(self, options: dict[str, Any]) -> dict[str, Any]:
        """The answer of `navigator.credentials.create`."""
        self.handle = options["user"]["id"]
        point = self.private.public_key().public_numbers()
        public = encode_cbor({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        client = json.dumps({"type": "webauthn.create", "challenge": options["challenge"], "origin": ORIGIN}).encode()
        thing = encode_cbor({"fmt": "none", "attStmt": {}, "authData": self._data(PARTY, attested)})
        return self._credential({"clientDataJSON": text(client), "attestationObject": text(thing)})

    def signed(self, options: dict[str, Any], origin: str = ORIGIN, party: str = PARTY, verified: bool = True) -> dict[str, Any]:  # fmt: skip
        """The answer of `navigator.credentials.get`."""
        self.count += 1
        data = self._data(party, verified=verified)
        client = json.dumps({"type": "webauthn.get", "challenge": options["challenge"], "origin": origin}).encode()
        signature = self.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._credential(
            {"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature), "userHandle": self.handle}
        )  # fmt: skip

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        return {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(path, json.dumps(body if body is not None else {}), content_type="application/json")


@pytest.fixture
def key(official: Make) -> Key:
    """A passkey of the official `an`."""
    official("an", "officer", "H13.06")
    client, made = Client(), Key()
    client.post("/signin", {"username": "an", "password": PASSWORD})
    options = post(client, "/account/factors/passkey/options").json()
    assert post(client, "/account/factors/passkey", {"name": "Của tôi", "credential": made.made(options)}).status_code == 200  # fmt: skip
    return made


def signed_in(client: Client, key: Key, **how: Any) -> Any:
    options = post(client, "/signin/passkey/options").json()
    return post(client, "/signin/passkey", {"credential": key.signed(options, **how)})


def test_a_passkey_opens_its_account_without_a_name_and_is_asked_for_beside_the_password(key: Key) -> None:
    client = Client()
    answer = signed_in(client, key)
    assert (answer.status_code, answer.json()) == (200, {"next": "/desk"})
    assert client.session["how"] == "passkey"
    assert account_of(client) == sql.value("SELECT id FROM kernel_actor WHERE username = 'an'")
    assert Client().post("/signin", {"username": "an", "password": PASSWORD})["Location"] == "/signin/second"


@pytest.mark.parametrize(
    "how", [{"origin": "https://evil.example"}, {"party": "evil.example"}, {"verified": False}], ids=str
)
def test_a_signature_for_somebody_else_or_without_its_owner_opens_nothing(key: Key, how: dict[str, Any]) -> None:
    client = Client()
    answer = signed_in(client, key, **how)
    assert (answer.status_code, answer.json()["code"]) == (422, "passkey_refused")
    assert "_auth_user_id" not in client.session


def test_a_counter_that_does_not_grow_is_a_copied_key(key: Key) -> None:
    assert signed_in(Client(), key).status_code == 200
    key.count = 0
    assert signed_in(Client(), key).status_code == 422


def test_a_challenge_is_good_once_and_only_where_it_was_given(key: Key) -> None:
    client, other = Client(), Client()
    options = post(client, "/signin/passkey/options").json()
    credential = {"credential": key.signed(options)}
    assert post(other, "/signin/passkey", credential).status_code == 409
    assert post(client, "/signin/passkey", credential).status_code == 200
    client.post("/signout")
    assert post(client, "/signin/passkey", credential).status_code == 409


def test_a_key_that_was_taken_away_opens_nothing(key: Key) -> None:
    sql.execute("DELETE FROM signin_passkey")
    assert signed_in(Client(), key).status_code == 422


def test_a_handle_of_another_account_is_refused(key: Key) -> None:
    key.handle = text(os.urandom(32))
    assert signed_in(Client(), key).status_code == 422


@pytest.mark.parametrize(
    "body",
    [[], "x", {}, {"credential": []}, {"credential": {"id": 5}}, {"credential": {"id": "é", "response": []}},
     {"credential": {"id": "AA", "rawId": "AA", "type": "x", "response": {"userHandle": "é"}}}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("path", ["/signin/passkey", "/account/factors/passkey"])
def test_nonsense_is_refused_and_never_a_failure(key: Key, path: str, body: Any) -> None:
    client = Client()
    signed_in(client, key)
    post(client, "/signin/passkey/options")
    assert post(client, path, body).status_code in (400, 409, 422)
