"""The SANDBOX provider: CSC API v2 (info, oauth2/token, credentials/list|info|authorize, signatures/signHash|signPolling) and `POST /tsa` (RFC 3161).

PIN 123456, OTP 000000. A SAD is good for the hashes it was asked for, and once: the same request again under the same `clientData` gets the same
signatures, which `signatures/signPolling {"clientData"}` also tells (so do SmartCA and MySign by the caller's transaction id).

POST /trouble  {"status": 503, "times": 2, "seconds": 3, "lie": "hash"|"certificate"|"expired"|"empty", "deaf": true, "tsa": "down"|"nonce"|"imprint"|"untrusted"|"refuse"}
               from now on (`times`: that often); "deaf" signs, then does not answer. {} ends it.
GET /signed.json  how many signatures were made for each clientData
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from sandbox.csc.vault import ASKS, NAMES, Vault, stamped

PROOFS = {"PIN": "123456", "OTP": "000000"}
SHA256 = "2.16.840.1.101.3.4.2.1"
RSA_SHA256 = "1.2.840.113549.1.1.11"
METHODS = ["credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash", "signatures/signPolling"]  # fmt: skip
MOST = 2000


class Wrong(Exception):
    """An error of the standard: error, error_description."""


class Provider(ThreadingHTTPServer):
    """Serves on 127.0.0.1; port 0 takes a free one."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, home: Path, port: int = 0, secret: str = "sandbox") -> None:
        super().__init__(("127.0.0.1", port), Door)
        self.vault, self.secret = Vault(home), secret
        self.clockwork, self.false_clock = self.vault.clockwork(), self.vault.clockwork("officer")
        self.trouble: dict[str, Any] = {}
        self.tokens: dict[str, float] = {}
        self.sads: dict[str, dict[str, Any]] = {}
        self.done: dict[str, dict[str, Any]] = {}
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"

    def run(self) -> Provider:
        """Serve in a thread of this process."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        """A token for a known client."""
        if (form.get("grant_type"), form.get("client_secret")) != ("client_credentials", self.secret):
            raise Wrong("invalid_client", "unknown client")
        made = secrets.token_urlsafe(24)
        self.tokens[made] = time.time() + 600
        return {"access_token": made, "token_type": "Bearer", "expires_in": 600}

    def answer(self, method: str, given: dict[str, Any]) -> dict[str, Any]:
        """What a method of the standard says."""
        if method == "info":
            return {
                "specs": "2.0.0.2", "name": "SANDBOX CSC", "region": "VN", "lang": "vi-VN", "description": "SANDBOX remote signing",
                "authType": ["oauth2client"], "oauth2": self.url, "methods": METHODS,
            }  # fmt: skip
        if method == "credentials/list":
            return {"credentialIDs": list(ASKS)}
        if method == "signatures/signPolling":
            return self._poll(given)
        if given.get("credentialID") not in ASKS:
            raise Wrong("invalid_request", "Invalid parameter credentialID")
        work = {"credentials/info": self._info, "credentials/authorize": self._authorize, "signatures/signHash": self._sign}  # fmt: skip
        return work[method](given)

    def _info(self, given: dict[str, Any]) -> dict[str, Any]:
        name = given["credentialID"]
        shown = "citizen" if self.trouble.get("lie") == "certificate" and name != "citizen" else name
        found = self.vault.pairs[shown].certificate
        return {
            "description": NAMES[name], "SCAL": "2", "multisign": 1,
            "key": {"status": "enabled", "algo": [RSA_SHA256], "len": 2048},
            "cert": {
                "status": "valid", "certificates": self.vault.chain(shown), "subjectDN": found.subject.rfc4514_string(),
                "validFrom": f"{found.not_valid_before_utc:%Y%m%d%H%M%SZ}", "validTo": f"{found.not_valid_after_utc:%Y%m%d%H%M%SZ}",
            },
            "auth": {
                "mode": "explicit" if ASKS[name] else "implicit", "expression": " AND ".join(ASKS[name]),
                "objects": [{"type": "Password", "id": one, "format": "N", "label": one} for one in ASKS[name]],
            },
        }  # fmt: skip

    def _authorize(self, given: dict[str, Any]) -> dict[str, Any]:
        proofs = {one["id"]: one["value"] for one in given.get("authData", [])}
        for name in ASKS[given["credentialID"]]:
            if proofs.get(name) != PROOFS[name]:
                raise Wrong(f"invalid_{name.lower()}", f"The {name} is invalid")
        if not given.get("hashes") or given.get("numSignatures") != len(given["hashes"]):
            raise Wrong("invalid_request", "Missing or invalid hashes")
        made = secrets.token_urlsafe(24)
        self.sads[made] = {"credential": given["credentialID"], "hashes": given["hashes"], "until": time.time() + 300, "by": ""}  # fmt: skip
        return {"SAD": made, "expiresIn": 300}

    def _sign(self, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("signAlgo") != RSA_SHA256 or given.get("hashAlgorithmOID") != SHA256:
            raise Wrong("invalid_request", "Invalid parameter signAlgo")
        name, client = given["credentialID"], str(given.get("clientData", ""))
        with self.lock:
            known = self.sads.get(given.get("SAD", ""))
            if known is None or known["until"] < time.time():
                raise Wrong("invalid_request", "The SAD is invalid or expired")
            if known["credential"] != name or known["hashes"] != given.get("hashes"):
                raise Wrong("invalid_request", "Hash is not authorized by the SAD")
            if known["by"]:
                if known["by"] != client:
                    raise Wrong("invalid_request", "The SAD has been used")
                return {"signatures": self.done[client]["signatures"]}
            known["by"] = client or "·"
            made = [base64.b64encode(self._signature(name, base64.b64decode(one))).decode() for one in known["hashes"]]
            before = self.done.get(client, {}).get("times", 0)
            self.done[client] = {"signatures": made, "times": before + 1}
            while len(self.done) > MOST:
                self.done.pop(next(iter(self.done)))
        return {"signatures": made}

    def _signature(self, name: str, digest: bytes) -> bytes:
        lie = self.trouble.get("lie")
        if lie == "empty":
            return b""
        if lie == "certificate":
            name = "citizen" if name != "citizen" else "officer"
        return self.vault.pairs[name].sign(bytes(32) if lie == "hash" else digest)

    def _poll(self, given: dict[str, Any]) -> dict[str, Any]:
        found = self.done.get(str(given.get("clientData") or given.get("responseID") or "·"))
        if found is None:
            raise Wrong("invalid_request", "Unknown request")
        return {"signatures": found["signatures"]}

    def troubled(self) -> dict[str, Any]:
        """How it misbehaves this time."""
        if "times" not in self.trouble:
            return self.trouble
        self.trouble["times"] -= 1
        return self.trouble if self.trouble["times"] >= 0 else {}


class Door(BaseHTTPRequestHandler):
    """One request to the provider."""

    server: Provider

    def do_GET(self) -> None:
        """What it is, what it made, its root."""
        if self.path == "/signed.json":
            return self._json(200, {name: one["times"] for name, one in self.server.done.items()})
        if self.path == "/root.pem":
            return self._answer(200, (self.server.vault.home / "root.pem").read_bytes(), "application/x-pem-file")
        page = b'<!doctype html><meta charset="utf-8"><title>SANDBOX CSC</title><h1>SANDBOX CSC</h1><p>PIN 123456, OTP 000000</p>'
        return self._answer(200, page, "text/html; charset=utf-8")

    def do_POST(self) -> None:
        """A method, a time stamp, an order to misbehave."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/trouble":
            self.server.trouble = json.loads(body or b"{}")
            return self._json(200, {})
        trouble = self.server.troubled()
        if self.path == "/tsa":
            return self._stamp(body, str(trouble.get("tsa", "")))
        time.sleep(float(trouble.get("seconds", 0)))
        if trouble.get("status"):
            return self._json(int(trouble["status"]), {"error": "temporarily_unavailable"})
        try:
            said = self._said(body)
        except Wrong as error:
            status = 401 if error.args[0] in ("invalid_client", "invalid_token") else 400
            return self._json(status, {"error": error.args[0], "error_description": error.args[1]})
        if trouble.get("deaf") and self.path.endswith("signHash"):
            self.close_connection = True
            return None
        return self._json(200, said)

    def _said(self, body: bytes) -> dict[str, Any]:
        if self.path == "/oauth2/token":
            return self.server.token({name: texts[0] for name, texts in parse_qs(body.decode()).items()})
        method = self.path.removeprefix("/csc/v2/")
        if method == self.path or method not in ("info", *METHODS):
            raise Wrong("invalid_request", "Unknown method")
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if method != "info" and self.server.tokens.get(token, 0) < time.time():
            raise Wrong("invalid_token", "The token is unknown or has run out")
        try:
            given = json.loads(body or b"{}")
        except ValueError:
            raise Wrong("invalid_request", "not JSON") from None
        return self.server.answer(method, given)

    def _stamp(self, query: bytes, lie: str) -> None:
        seconds = float(self.server.trouble.get("tsa_seconds", 0))
        time.sleep(seconds)
        if lie == "down":
            return self._json(503, {})
        clock = self.server.false_clock if lie == "untrusted" else self.server.clockwork
        return self._answer(200, stamped(clock, query, lie), "application/timestamp-reply")

    def _json(self, status: int, body: Any) -> None:
        self._answer(status, json.dumps(body, ensure_ascii=False).encode(), "application/json")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):  # who asked had no more patience
            return

    def log_message(self, *said: Any) -> None:
        """Nothing."""
