"""Signers for keys of every kind: sealed in our table, in a PKCS#11 token, with a remote provider (CSC API v2); and the time stamper."""

from __future__ import annotations

import base64
import datetime as dt
import functools
import os
from pathlib import Path
from typing import Any

import requests
from asn1crypto import keys as asn1_keys
from asn1crypto import pem, tsp, x509
from cryptography import x509 as cx509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign import pkcs11
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.timestamps import TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from taydo.kernel import clock

PATIENCE_S = 20


class NotNow(Exception):
    """A provider or the time-stamping authority does not answer: the request waits and is tried again."""


class Refused(Exception):
    """A provider answered with something that must not be used; saying why."""


class Stamper(TimeStamper):
    """RFC 3161 over HTTP."""

    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # pyHanko
        self.url = url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Ask the authority; NotNow when it is away."""
        headers = {"Content-Type": "application/timestamp-query"}
        try:
            answer = requests.post(self.url, req.dump(), headers=headers, timeout=PATIENCE_S)
            answer.raise_for_status()
        except requests.RequestException as error:
            raise NotNow(f"time stamp: {error}") from error
        return tsp.TimeStampResp.load(answer.content)


def stamper() -> TimeStamper:
    """The time stamper the city uses (`TAYDO_TSA_URL`); NotNow when none is named."""
    url = os.environ.get("TAYDO_TSA_URL", "")
    if not url:
        raise NotNow("TAYDO_TSA_URL names no time-stamping authority")
    return Stamper(url)


class Remote(Signer):
    """A key at a CSC API v2 provider: it gets the hash of what is signed, never the document."""

    def __init__(
        self, config: dict[str, Any], chain: list[x509.Certificate], token: str, secret: str, correlation: str
    ) -> None:
        super().__init__(signing_cert=chain[0], cert_registry=_store(chain[1:]))
        self.config, self.token, self.secret, self.correlation = config, token, secret, correlation

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The signature of `data`'s hash, checked against the certificate before it is used."""
        if dry_run:
            return bytes(512)
        digest = hashes.Hash(hashes.SHA256())
        digest.update(data)
        value = base64.b64encode(digest.finalize()).decode()
        asked = {
            "credentialID": self.config["credential"],
            "numSignatures": 1,
            "hashes": [value],
            "hashAlgorithmOID": "2.16.840.1.101.3.4.2.1",
        }
        sad = self._call("credentials/authorize", asked | {"PIN": self.secret, "clientData": self.correlation}).get(
            "SAD", ""
        )
        body = {
            "credentialID": self.config["credential"], "SAD": sad, "hashes": [value], "hashAlgorithmOID": "2.16.840.1.101.3.4.2.1",
            "signAlgo": "1.2.840.113549.1.1.11", "clientData": self.correlation,
        }  # fmt: skip
        signature = base64.b64decode((self._call("signatures/signHash", body).get("signatures") or [""])[0])
        assert self.signing_cert is not None
        _check(self.signing_cert, signature, data)
        return signature

    def _call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{self.config['url'].rstrip('/')}/csc/v2/{path}"
        try:
            answer = requests.post(
                url, json=body, headers={"Authorization": f"Bearer {self.token}"}, timeout=PATIENCE_S
            )
        except requests.RequestException as error:
            raise NotNow(f"{path}: {error}") from error
        if answer.status_code >= 500:
            raise NotNow(f"{path}: {answer.status_code}")
        if answer.status_code >= 400:
            raise Refused(f"{path}: {answer.text[:200]}")
        found: dict[str, Any] = answer.json()
        return found


def _check(certificate: x509.Certificate, signature: bytes, data: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding

    public = cx509.load_der_x509_certificate(certificate.dump()).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    try:
        public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise Refused("the provider's signature is not over what was asked, or by another key") from error


def signer_of(key: dict[str, Any], secret: str = "", correlation: str = "") -> Signer:
    """The signer of a key's row (secret unsealed). `secret`: the PIN a person gives for a remote key."""
    chain = certificates(key["certificate"])
    if key["provider"] == "local":
        _, _, der = pem.unarmor(key["secret"].encode())
        return SimpleSigner(chain[0], asn1_keys.PrivateKeyInfo.load(der), _store(chain[1:]))
    if key["provider"] == "pkcs11":
        config = key["config"]
        session = _session(config["library"], config["token"], key["secret"])
        return pkcs11.PKCS11Signer(session, signing_cert=chain[0], ca_chain=set(chain[1:]), key_label=config["label"])
    return Remote(key["config"], chain, key["secret"], secret, correlation)


@functools.cache
def _session(library: str, token: str, pin: str) -> Any:
    from pyhanko.config.pkcs11 import TokenCriteria

    return pkcs11.open_pkcs11_session(library, token_criteria=TokenCriteria(label=token), user_pin=pin)


def _store(chain: list[x509.Certificate]) -> SimpleCertificateStore:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko
    store.register_multiple(chain)
    return store


def certificates(text: str) -> list[x509.Certificate]:
    """The certificates of a PEM text, the signer's first."""
    return [x509.Certificate.load(der) for _, _, der in pem.unarmor(text.encode(), multiple=True)]


def anchors() -> list[x509.Certificate]:
    """What signatures are trusted by: PEM files named in `TAYDO_TRUST` (files or folders, separated by `:`)."""
    found: list[x509.Certificate] = []
    for name in filter(None, os.environ.get("TAYDO_TRUST", "").split(":")):
        path = Path(name)
        files = sorted(path.glob("*.pem")) if path.is_dir() else [path] if path.exists() else []
        for file in files:
            found += certificates(file.read_text())
    return found


def make_authority(name: str, years: int = 10) -> tuple[str, str]:
    """A root certificate and its key as PEM, for a demonstration or a city's internal trust."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = cx509.Name(
        [cx509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), cx509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
    built = _builder(subject, subject, key.public_key(), years).add_extension(cx509.BasicConstraints(True, None), True)
    usage = cx509.KeyUsage(False, False, False, False, False, True, True, False, False)
    return _pem(built.add_extension(usage, True).sign(key, hashes.SHA256())), _key_pem(key)


def make_key(name: str, authority: tuple[str, str], *, stamps: bool = False, years: int = 3) -> tuple[str, str]:
    """A certificate chain under an authority and its key, as PEM; `stamps`: for a time-stamping authority."""
    root = cx509.load_pem_x509_certificate(authority[0].encode())
    root_key = serialization.load_pem_private_key(authority[1].encode(), None)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = cx509.Name(
        [cx509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), cx509.NameAttribute(NameOID.COMMON_NAME, name[:64])]
    )
    built = _builder(subject, root.subject, key.public_key(), years).add_extension(
        cx509.BasicConstraints(False, None), True
    )
    usage = cx509.KeyUsage(True, not stamps, False, False, False, False, False, False, False)
    built = built.add_extension(usage, True)
    if stamps:
        built = built.add_extension(cx509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)
    assert isinstance(root_key, rsa.RSAPrivateKey)
    return _pem(built.sign(root_key, hashes.SHA256())) + authority[0], _key_pem(key)


def _builder(subject: cx509.Name, issuer: cx509.Name, public: rsa.RSAPublicKey, years: int) -> cx509.CertificateBuilder:
    now = clock.now().replace(microsecond=0)
    return (
        cx509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public).serial_number(cx509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=365 * years))
        .add_extension(cx509.SubjectKeyIdentifier.from_public_key(public), False)
    )  # fmt: skip


def _pem(certificate: cx509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
