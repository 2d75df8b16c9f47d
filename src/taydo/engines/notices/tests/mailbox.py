"""A real mail server and a real push service in small, for tests: what we send goes over a socket and is read back."""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from aiosmtpd.controller import Controller
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class Mailbox:
    """Keeps every letter; refuses those to addresses in `refuse` with their answer."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refuse: dict[str, str] = {}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        letter = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        """Letters to one address."""
        return [letter for letter in self.letters if letter["To"] == address]


@contextmanager
def mail_server(port: int) -> Iterator[Mailbox]:
    """Run a mail server on a local port."""
    box = Mailbox()
    running = Controller(box, hostname="127.0.0.1", port=port)
    running.start()
    try:
        yield box
    finally:
        running.stop()


class Browser:
    """A browser's push subscription: its keys, and what its push service was given, decrypted."""

    def __init__(self, endpoint: str) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        self.endpoint = endpoint
        self.got: list[bytes] = []
        self.authorization: list[str] = []
        self.answer = 201

    @property
    def keys(self) -> dict[str, str]:
        """p256dh and auth as a browser gives them."""
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {
            name: base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
            for name, raw in (("p256dh", point), ("auth", self.auth))
        }

    def take(self, body: bytes) -> None:
        """Decrypt (RFC 8291) and keep."""
        self.got.append(http_ece.decrypt(body, private_key=self.private, auth_secret=self.auth, version="aes128gcm"))


@contextmanager
def push_service() -> Iterator[Browser]:
    """Run a push service with one browser."""
    browser = Browser("")

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if browser.answer < 300:
                browser.take(body)
                browser.authorization.append(self.headers["Authorization"])
            self.send_response(browser.answer)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *said: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    browser.endpoint = f"http://127.0.0.1:{server.server_port}/push/1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield browser
    finally:
        server.shutdown()
        server.server_close()
