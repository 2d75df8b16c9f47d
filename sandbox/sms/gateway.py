"""The SANDBOX gateway: takes messages as a real one does (JSON, bearer token, idempotency key), keeps them in memory, lists them.

POST /messages        {"to": "+84…", "text": "…", "id": "…"}   → 202; the same id again is the same message
GET  /messages.json   [{"to", "text", "id", "at"}], newest first; ?to=+84… for one phone
GET  /                the same as a page
POST /trouble         {"status": 503, "seconds": 0.5} answers so from now on; {} ends it
"""

from __future__ import annotations

import datetime as dt
import html
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEPT = 1000
PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>SANDBOX SMS</title><link rel="stylesheet" href="/style.css">
<h1>SANDBOX SMS</h1><p>Hộp tin nhắn thử nghiệm: không tin nào được gửi đi thật. / Test messages: none of them is really sent.</p>
<main>{rows}</main></html>"""
STYLE = """body{font:16px/1.5 sans-serif;max-width:44rem;margin:24px auto;padding:0 16px;background:#fff8e6;color:#17252a}
h1{border-bottom:4px solid #f2a33a}article{background:#fff;border:1px solid #ccc;border-radius:8px;padding:12px;margin:12px 0}
p{overflow-wrap:anywhere;margin:4px 0}small{color:#55666c}"""


class Gateway(ThreadingHTTPServer):
    """Serves on 127.0.0.1; port 0 takes a free one."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int = 0, token: str = "sandbox") -> None:
        super().__init__(("127.0.0.1", port), Door)
        self.token = token
        self.messages: dict[str, dict[str, Any]] = {}
        self.trouble: dict[str, Any] = {}
        self.posts = 0

    @property
    def url(self) -> str:
        """Where messages are posted to."""
        return f"http://127.0.0.1:{self.server_port}/messages"

    def run(self) -> Gateway:
        """Serve in a thread of this process."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def take(self, given: dict[str, Any], key: str) -> None:
        """Keep a message once under its key."""
        if key not in self.messages:
            at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            self.messages[key] = {"to": str(given["to"]), "text": str(given["text"]), "id": key, "at": at}
            while len(self.messages) > KEPT:
                self.messages.pop(next(iter(self.messages)))

    def to(self, phone: str = "") -> list[dict[str, Any]]:
        """Messages to one phone (or all), newest first."""
        return [item for item in reversed(list(self.messages.values())) if phone in ("", item["to"])]


class Door(BaseHTTPRequestHandler):
    """One request to the gateway."""

    server: Gateway

    def do_GET(self) -> None:
        """The list, as page or JSON."""
        asked = urlsplit(self.path)
        phone = parse_qs(asked.query.replace("+", "%2B")).get("to", [""])[0]
        if asked.path == "/messages.json":
            self._answer(200, json.dumps(self.server.to(phone), ensure_ascii=False), "application/json")
        elif asked.path == "/style.css":
            self._answer(200, STYLE, "text/css")
        elif asked.path == "/":
            rows = "".join(
                f"<article><small>{item['at']} · {html.escape(item['to'])}</small><p>{html.escape(item['text'])}</p></article>"
                for item in self.server.to(phone)
            )
            self._answer(200, PAGE.format(rows=rows or "<p>Chưa có tin nào. / No messages yet.</p>"), "text/html")
        else:
            self._answer(404, "{}", "application/json")

    def do_POST(self) -> None:
        """A message, or an order to misbehave."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            given = json.loads(body or b"{}")
        except ValueError:
            return self._answer(400, '{"error":"not JSON"}', "application/json")
        if self.path == "/trouble":
            self.server.trouble = given
            return self._answer(200, "{}", "application/json")
        self.server.posts += 1
        time.sleep(float(self.server.trouble.get("seconds", 0)))
        if self.headers.get("Authorization") != f"Bearer {self.server.token}":
            return self._answer(401, '{"error":"token"}', "application/json")
        if status := self.server.trouble.get("status"):
            return self._answer(int(status), '{"error":"told to fail"}', "application/json")
        if not isinstance(given, dict) or not given.get("to") or not given.get("text"):
            return self._answer(422, '{"error":"to and text are needed"}', "application/json")
        key = self.headers.get("Idempotency-Key") or str(given.get("id", ""))
        self.server.take(given, key)
        return self._answer(202, json.dumps({"id": key, "state": "accepted"}), "application/json")

    def _answer(self, status: int, text: str, kind: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: Any) -> None:
        """Nothing: messages are personal."""
