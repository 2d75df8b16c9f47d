"""Signers for keys at hand (sealed in our table, in a PKCS#11 token), certificates and what they are trusted by, the time stamper."""

from __future__ import annotations

import datetime as dt
import functools
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests
from asn1crypto import cms, pem, tsp, x509
from cryptography import x509 as cx509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pkcs11.exceptions import PKCS11Error
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.sign import pkcs11
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from taydo.kernel import clock

from .csc import NotNow
from .pades import run

PATIENCE_S = 20


class Stamper(TimeStamper):
    """RFC 3161 over HTTP."""

    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # pyHanko
        self.url = url

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A token over this digest and no other; NotNow for every other answer."""
        try:
            token = await super().async_timestamp(message_digest, md_algorithm)
            said = token["content"]["encap_content_info"]["content"].parsed["message_imprint"]["hashed_message"].native
        except (
            TimestampRequestError,
            AttributeError,
            KeyError,
            TypeError,
            ValueError,
        ) as error:  # pyHanko stumbles over a wrong nonce
            raise NotNow(f"time stamp: {type(error).__name__}") from error
        if said != message_digest:
            raise NotNow("time stamp: over something else")
        return token

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
    return _stamper(url)


@functools.cache
def _stamper(url: str) -> Stamper:
    """One for each address: it remembers how long an answer is."""
    return Stamper(url)


class Local(Signer):
    """A key at hand, read once: reading it proves its primes anew, which costs more than signing."""

    def __init__(self, chain: list[x509.Certificate], key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
        super().__init__(signing_cert=chain[0], cert_registry=_store(chain[1:]))
        self.key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The signature of `data` (SHA-256)."""
        if digest_algorithm != "sha256":
            raise ValueError(digest_algorithm)
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


@functools.lru_cache(maxsize=64)
def _loaded(text: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(text.encode(), None)
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise ValueError("a key that is neither RSA nor EC")
    return key


def signer_of(key: dict[str, Any]) -> Signer:
    """The signer of a local or PKCS#11 key's row (secret unsealed). NotNow when its token is not there."""
    chain = certificates(key["certificate"])
    if key["provider"] == "local":
        return Local(chain, _loaded(key["secret"]))
    config = key["config"]
    try:
        session = _session(config["library"], config["token"], key["secret"])
    except (PKCS11Error, RuntimeError, OSError) as error:
        raise NotNow(f"PKCS#11 {config['token']}: {type(error).__name__}") from error
    return pkcs11.PKCS11Signer(session, signing_cert=chain[0], ca_chain=set(chain[1:]), key_label=config["label"])


@functools.cache
def _session(library: str, token: str, pin: str) -> Any:
    return pkcs11.open_pkcs11_session(library, token_criteria=TokenCriteria(label=token), user_pin=pin)


def forget_sessions() -> None:
    """Open tokens anew: after an error a session may be dead."""
    _session.cache_clear()


def trusted(chain: list[x509.Certificate], roots: list[x509.Certificate]) -> bool:
    """Whether a certificate's chain ends, today, at one of these anchors."""

    async def work() -> None:
        context = ValidationContext(trust_roots=roots, other_certs=chain[1:], allow_fetching=False)
        validator: Any = CertificateValidator(chain[0], validation_context=context)
        await validator.async_validate_usage(set())

    try:
        run(work())
    except (PathBuildingError, PathValidationError, ValueError):
        return False
    return True


def _store(chain: list[x509.Certificate]) -> SimpleCertificateStore:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko
    store.register_multiple(chain)
    return store


def private_key(text: str, certificate: x509.Certificate) -> str:
    """A private key (PEM, without a password) in the form it is kept in. ValueError when it is none, or not the certificate's."""
    key = serialization.load_pem_private_key(text.encode(), None)
    same = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    public = cx509.load_der_x509_certificate(certificate.dump()).public_key()
    if key.public_key().public_bytes(*same) != public.public_bytes(*same):
        raise ValueError("the key is not the certificate's")
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode()


def from_pkcs12(data: bytes, password: str) -> tuple[str, str]:
    """The certificate chain and the key, as PEM, of a PKCS#12 file. ValueError when it does not open."""
    key, certificate, more = pkcs12.load_key_and_certificates(data, password.encode())
    if key is None or certificate is None:
        raise ValueError("no key in the file")
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return "".join(_pem(one) for one in (certificate, *more)), key.private_bytes(*form).decode()


def to_pem(chain: Sequence[bytes]) -> str:
    """Certificates (DER) as PEM."""
    return "".join(pem.armor("CERTIFICATE", one).decode() for one in chain)


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
        [
            cx509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            cx509.NameAttribute(NameOID.COMMON_NAME, name.encode()[:64].decode(errors="ignore").strip()),
        ]
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
