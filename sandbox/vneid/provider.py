"""The SANDBOX provider: authorization code with PKCE, RS256 identity tokens, published keys; and orders to misbehave.

POST /trouble   {"lie": "nonce", "seconds": 2.5}   from now on; {} ends it (people may also choose a lie on its page)
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from sandbox.vneid.people import LIES, PAGE, PEOPLE, STYLE

KEPT = 500


class Provider(ThreadingHTTPServer):
    """Serves on 127.0.0.1; port 0 takes a free one."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int = 0, client: str = "taydo", secret: str = "sandbox") -> None:
        super().__init__(("127.0.0.1", port), Door)
        self.client, self.secret = client, secret
        self.key = RSAKey.generate_key(2048, {"kid": "sandbox-1", "use": "sig", "alg": "RS256"})
        self.false_key = RSAKey.generate_key(2048, {"kid": "sandbox-1", "use": "sig", "alg": "RS256"})
        self.trouble: dict[str, Any] = {}
        self.asked: dict[str, dict[str, str]] = {}
        self.codes: dict[str, dict[str, Any]] = {}

    @property
    def issuer(self) -> str:
        """The provider's name."""
        return f"http://127.0.0.1:{self.server_port}"

    def run(self) -> Provider:
        """Serve in a thread of this process."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def configuration(self) -> dict[str, Any]:
        """OpenID Connect Discovery."""
        at = self.issuer
        return {
            "issuer": at, "authorization_endpoint": f"{at}/authorize", "token_endpoint": f"{at}/token", "jwks_uri": f"{at}/jwks",
            "userinfo_endpoint": f"{at}/userinfo", "response_types_supported": ["code"], "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"], "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "profile", "identity"],
        }  # fmt: skip

    def remember(self, asked: dict[str, str]) -> str:
        """Keep an authorization request until somebody has chosen; returns its name."""
        name = secrets.token_urlsafe(16)
        self.asked[name] = asked
        while len(self.asked) > KEPT:
            self.asked.pop(next(iter(self.asked)))
        return name

    def choose(self, name: str, person: str, lie: str) -> str:
        """Where the browser goes once somebody has chosen who they are."""
        asked = self.asked.pop(name)
        back = {"state": asked.get("state", "")}
        if lie == "denied":
            return f"{asked['redirect_uri']}?{urlencode({**back, 'error': 'access_denied'})}"
        code = secrets.token_urlsafe(24)
        who = next(item for item in PEOPLE if item["sub"] == person)
        self.codes[code] = {**asked, "who": who, "lie": lie, "at": time.time()}
        return f"{asked['redirect_uri']}?{urlencode({**back, 'code': code})}"

    def exchange(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Tokens for a code that was given to this client, with its verifier, once."""
        if (form.get("client_id"), form.get("client_secret")) != (self.client, self.secret):
            return 401, {"error": "invalid_client"}
        kept = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(
            b"="
        )
        if kept is None or kept["redirect_uri"] != form.get("redirect_uri") or kept.get("code_challenge") != challenge.decode():  # fmt: skip
            return 400, {"error": "invalid_grant"}
        lie = self.trouble.get("lie") or kept["lie"]
        if lie == "fail":
            return 500, {"error": "server_error"}
        return 200, {"access_token": secrets.token_urlsafe(24), "token_type": "Bearer", "expires_in": 300, "id_token": self.signed(kept, lie)}  # fmt: skip

    def signed(self, kept: dict[str, Any], lie: str) -> str:
        """The identity token, true but for the lie."""
        now = int(time.time())
        claims = {
            **kept["who"],
            "iss": "http://127.0.0.1:9/another" if lie == "issuer" else self.issuer,
            "aud": "somebody-else" if lie == "audience" else self.client,
            "nonce": "another" if lie == "nonce" else kept.get("nonce", ""),
            "iat": now - (7200 if lie == "expired" else 0),
            "exp": now + (-3600 if lie == "expired" else 300),
            "auth_time": now,
        }
        if lie == "unsigned":
            parts = ({"alg": "none", "typ": "JWT"}, claims)
            return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."  # fmt: skip
        key = self.false_key if lie == "signature" else self.key
        return jwt.encode({"alg": "RS256", "kid": "sandbox-1"}, claims, key)


class Door(BaseHTTPRequestHandler):
    """One request to the provider."""

    server: Provider

    def do_GET(self) -> None:
        """Discovery, keys, the page on which somebody chooses who they are."""
        asked = urlsplit(self.path)
        given = {name: texts[0] for name, texts in parse_qs(asked.query).items()}
        self._slow()
        if asked.path == "/.well-known/openid-configuration":
            self._json(200, self.server.configuration())
        elif asked.path == "/jwks":
            self._json(200, {"keys": [self.server.key.as_dict(private=False)]})
        elif asked.path == "/authorize":
            self._authorize(given)
        elif asked.path == "/choose" and given.get("request") in self.server.asked:
            self._away(
                self.server.choose(given["request"], given.get("person", PEOPLE[0]["sub"]), given.get("lie", ""))
            )  # type: ignore[arg-type]
        elif asked.path == "/style.css":
            self._answer(200, STYLE, "text/css")
        elif asked.path == "/":
            self._answer(200, "<!doctype html><title>VNeID SANDBOX</title><h1>VNeID SANDBOX</h1>", "text/html")
        else:
            self._json(404, {"error": "not_found"})

    def _authorize(self, given: dict[str, str]) -> None:
        known = given.get("client_id") == self.server.client and given.get("response_type") == "code"
        if not known or given.get("code_challenge_method") != "S256" or not given.get("redirect_uri"):
            return self._json(400, {"error": "invalid_request"})
        people = "".join(
            f'<label><input type="radio" name="person" value="{who["sub"]}"{" checked" if who is PEOPLE[0] else ""}>'
            f" {html.escape(str(who['name']))} · {who['citizen_number']} · mức/level {who['identity_level']}</label>"
            for who in PEOPLE
        )
        lies = "".join(
            f'<label><input type="radio" name="lie" value="{name}"{"" if name else " checked"}> {words}</label>'
            for name, words in LIES.items()
        )
        self._answer(200, PAGE.format(request=self.server.remember(given), people=people, lies=lies), "text/html")

    def do_POST(self) -> None:
        """Tokens, and orders to misbehave."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path == "/trouble":
            self.server.trouble = json.loads(body or "{}")
            return self._json(200, {})
        self._slow()
        form = {name: texts[0] for name, texts in parse_qs(body).items()}
        header = self.headers.get("Authorization", "")
        if header.startswith("Basic "):
            name, _, secret = base64.b64decode(header[6:]).decode().partition(":")
            form |= {"client_id": name, "client_secret": secret}
        self._json(*self.server.exchange(form))

    def _slow(self) -> None:
        time.sleep(float(self.server.trouble.get("seconds", 0)))

    def _json(self, status: int, body: Any) -> None:
        self._answer(status, json.dumps(body, ensure_ascii=False), "application/json")

    def _away(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, status: int, text: str, kind: str) -> None:
        body = text.encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):  # who asked had no more patience
            return

    def log_message(self, *said: Any) -> None:
        """Nothing."""
