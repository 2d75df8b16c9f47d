"""Keys of the SANDBOX: a root, people and a seal whose keys never leave, a key that stamps time; made once and kept in the sandbox's folder."""

from __future__ import annotations

import base64
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import keys as asn1_keys
from asn1crypto import tsp, x509
from cryptography import x509 as cx509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

NAMES = {
    "root": "SANDBOX Gốc chứng thực ký từ xa",
    "tsa": "SANDBOX Dấu thời gian",
    "officer": "Lê Văn Ký Từ Xa (SANDBOX)",
    "seal": "Cơ quan Ký Từ Xa (SANDBOX)",
    "citizen": "Nguyễn Thị Sông Hậu (SANDBOX)",
    "expired": "Người Đã Hết Hạn (SANDBOX)",
}
ASKS = {"officer": ("PIN",), "seal": (), "citizen": ("PIN", "OTP"), "expired": ("PIN",)}
"""What a person must prove before the key signs."""


@dataclass
class Pair:
    """A key and its certificate."""

    key: rsa.RSAPrivateKey
    certificate: cx509.Certificate

    @property
    def der(self) -> bytes:
        """The certificate as it travels."""
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def sign(self, digest: bytes) -> bytes:
        """PKCS#1 v1.5 over a SHA-256 digest."""
        return self.key.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))


class Vault:
    """Every pair by name."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o700)
        self.home = home
        self.pairs: dict[str, Pair] = {}
        for name in NAMES:
            self.pairs[name] = self._read(name) if (home / f"{name}.key").exists() else self._make(name)

    def _read(self, name: str) -> Pair:
        key = serialization.load_pem_private_key((self.home / f"{name}.key").read_bytes(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return Pair(key, cx509.load_pem_x509_certificate((self.home / f"{name}.pem").read_bytes()))

    def _make(self, name: str) -> Pair:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pair = Pair(key, certify(name, key, self.pairs.get("root")))
        words = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (self.home / f"{name}.pem").write_bytes(pair.certificate.public_bytes(serialization.Encoding.PEM))
        (self.home / f"{name}.key").write_bytes(key.private_bytes(*words))
        (self.home / f"{name}.key").chmod(0o600)
        return pair

    def chain(self, name: str) -> list[str]:
        """A credential's certificates, base64 of DER, its own first."""
        return [base64.b64encode(self.pairs[one].der).decode() for one in (name, "root")]

    def clockwork(self, name: str = "tsa") -> DummyTimeStamper:
        """What answers RFC 3161 requests with a pair's key."""
        pair = self.pairs[name]
        store = SimpleCertificateStore()
        store.register(x509.Certificate.load(self.pairs["root"].der))
        der = pair.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return DummyTimeStamper(x509.Certificate.load(pair.der), asn1_keys.PrivateKeyInfo.load(der), store)


def certify(name: str, key: rsa.RSAPrivateKey, root: Pair | None) -> cx509.Certificate:
    """A certificate for a key, by the root or (none) by itself."""
    subject = cx509.Name(
        [cx509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), cx509.NameAttribute(NameOID.COMMON_NAME, NAMES[name])]
    )
    now, days = dt.datetime.now(dt.UTC).replace(microsecond=0), 365 * (10 if root is None else 3)
    until = now - dt.timedelta(days=1) if name == "expired" else now + dt.timedelta(days=days)
    stamps, is_root = name == "tsa", root is None
    usage = cx509.KeyUsage(not is_root, not stamps and not is_root, False, False, False, is_root, is_root, False, False)
    built = (
        cx509.CertificateBuilder().subject_name(subject).issuer_name(root.certificate.subject if root else subject).public_key(key.public_key())
        .serial_number(cx509.random_serial_number()).not_valid_before(now - dt.timedelta(days=2)).not_valid_after(until)
        .add_extension(cx509.BasicConstraints(is_root, None), True).add_extension(usage, True)
        .add_extension(cx509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )  # fmt: skip
    if stamps:
        built = built.add_extension(cx509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)
    return built.sign(root.key if root else key, hashes.SHA256())


def stamped(clockwork: DummyTimeStamper, query: bytes, lie: str) -> bytes:
    """The answer to a time-stamp query: true, or a lie (`nonce`, `imprint`, `refuse`)."""
    asked = tsp.TimeStampReq.load(query)
    if lie == "refuse":
        return tsp.TimeStampResp({"status": {"status": "rejection"}}).dump()
    if lie == "nonce":
        asked["nonce"] = 1
    if lie == "imprint":
        asked["message_imprint"]["hashed_message"] = bytes(32)
    return clockwork.request_tsa_response(asked).dump()
