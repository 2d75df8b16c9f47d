"""The SANDBOX provider, in the three tongues the city understands: zalo, facebook, plain.

POST /say       {"provider", "sender", "text", "lon", "lat", "photos": ["name.jpg"], "id", "lie": bool, "late_s": 0, "times": 1, "kind": ""}
                → the city's answers [{"status", "body"}]; `lie` signs wrongly, `times` sends the same again, `late_s` makes it old
POST /zalo /facebook /messages    what the city answers, kept once for each Idempotency-Key where the tongue has one
PUT  /photos/name.jpg  and  GET /photos/name.jpg    photos of messages
GET  /answers.json     [{"provider", "to", "text", "at"}], newest first; ?to=… for one person
GET  /                 the same as a page with a form to say something
POST /trouble   {"status": 503, "seconds": 0.5, "error": -216} answers so from now on; {} ends it
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import html
import json
import secrets
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEPT = 1000
PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>SANDBOX chat</title>
<link rel="stylesheet" href="/style.css"><h1>SANDBOX chat</h1><p>Người và tin nhắn ở đây đều bịa ra. / Everybody here is made up.</p>
<form method="post" action="/say"><label>Ai / who <input name="sender" value="an"></label> <label>Nói gì / says <input name="text"></label>
<label>Kinh độ / lon <input name="lon"></label> <label>Vĩ độ / lat <input name="lat"></label> <button>Gửi / send</button></form><main>{rows}</main></html>"""
STYLE = """body{font:16px/1.5 sans-serif;max-width:44rem;margin:24px auto;padding:0 16px;background:#fff8e6;color:#17252a}
h1{border-bottom:4px solid #f2a33a}article{background:#fff;border:1px solid #ccc;border-radius:8px;padding:12px;margin:12px 0}
p{overflow-wrap:anywhere;margin:4px 0;white-space:pre-line}small{color:#55666c}label{display:block;margin:8px 0}input{font:inherit;width:100%}"""


def zalo(said: dict[str, Any], stamp: int, secret: str, app: str = "sandbox-app") -> tuple[bytes, dict[str, str]]:
    """A webhook as Zalo Official Account sends it, with its headers."""
    attached = [{"type": "image", "payload": {"url": url, "thumbnail": url}} for url in said["photos"]]
    event = "user_send_image" if attached else "user_send_text"
    if said["lon"] is not None:
        attached.append(
            {
                "type": "location",
                "payload": {"coordinates": {"latitude": str(said["lat"]), "longitude": str(said["lon"])}},
            }
        )
        event = "user_send_location"
    message = {"msg_id": said["id"], "text": said["text"], **({"attachments": attached} if attached else {})}
    body = json.dumps(
        {"app_id": app, "event_name": said["kind"] or event, "sender": {"id": said["sender"]}, "recipient": {"id": "oa-1022"},
         "message": message, "timestamp": str(stamp)}, ensure_ascii=False
    ).encode()  # fmt: skip
    mac = hashlib.sha256(app.encode() + body + str(stamp).encode() + secret.encode()).hexdigest()
    return body, {"X-ZEvent-Signature": f"mac={mac}"}


def facebook(said: dict[str, Any], stamp: int, secret: str) -> tuple[bytes, dict[str, str]]:
    """A webhook as Meta Messenger sends it, with its headers."""
    attached: list[dict[str, Any]] = [{"type": "image", "payload": {"url": url}} for url in said["photos"]]
    if said["lon"] is not None:
        attached.append({"type": "location", "payload": {"coordinates": {"lat": said["lat"], "long": said["lon"]}}})
    message = {"mid": said["id"], "text": said["text"], **({"attachments": attached} if attached else {})}
    event = {
        "sender": {"id": said["sender"]},
        "recipient": {"id": "page"},
        "timestamp": stamp,
        said["kind"] or "message": message,
    }
    body = json.dumps(
        {"object": "page", "entry": [{"id": "page", "time": stamp, "messaging": [event]}]}, ensure_ascii=False
    ).encode()
    return body, {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def plain(said: dict[str, Any], stamp: int, secret: str) -> tuple[bytes, dict[str, str]]:
    """A webhook of the plain form, with its headers."""
    body = json.dumps(
        {**{key: item for key, item in said.items() if item not in (None, "")}, "at": stamp}, ensure_ascii=False
    ).encode()
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {"X-Timestamp": str(stamp), "X-Signature": mac}


TONGUES = {"zalo": zalo, "facebook": facebook, "plain": plain}


class Provider(ThreadingHTTPServer):
    """Serves on 127.0.0.1; port 0 takes a free one."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int = 0, city: str = "", secret: str = "sandbox", token: str = "sandbox") -> None:
        super().__init__(("127.0.0.1", port), Door)
        self.city, self.secret, self.token = city, secret, token
        self.answers: dict[str, dict[str, Any]] = {}
        self.photos: dict[str, bytes] = {}
        self.trouble: dict[str, Any] = {}
        self.posts = 0

    @property
    def url(self) -> str:
        """Where this provider is."""
        return f"http://127.0.0.1:{self.server_port}"

    def run(self) -> Provider:
        """Serve in a thread of this process."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def settings(self, tongue: str) -> str:
        """What the city must be told to speak with this provider."""
        place = {"plain": "messages"}.get(tongue, tongue)
        return f"app=sandbox-app;secret={self.secret};verify={self.secret};token={self.token};send={self.url}/{place};hosts=127.0.0.1"

    def signed(self, given: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """The bytes and headers of a webhook that says what is given."""
        said = {
            "id": str(given.get("id") or secrets.token_hex(8)), "sender": str(given.get("sender") or "an"), "text": str(given.get("text") or ""),
            "lon": _number(given.get("lon")), "lat": _number(given.get("lat")), "kind": str(given.get("kind") or ""),
            "photos": [f"{self.url}/photos/{name}" for name in given.get("photos") or ()],
        }  # fmt: skip
        stamp = int((time.time() - float(given.get("late_s") or 0)) * 1000)
        secret = "a lie" if given.get("lie") else self.secret
        return TONGUES[given.get("provider") or "plain"](said, stamp, secret)

    def say(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        """Send a webhook to the city, as often as asked; returns the city's answers."""
        body, headers = self.signed(given)
        asked = urllib.request.Request(
            f"{self.city}/chats/{given.get('provider') or 'plain'}",
            body,
            {"Content-Type": "application/json", **headers},
            method="POST",
        )
        told = []
        for _ in range(int(given.get("times") or 1)):
            try:
                with urllib.request.urlopen(asked, timeout=20) as answer:
                    told.append({"status": answer.status, "body": answer.read().decode()})
            except urllib.error.HTTPError as error:
                told.append({"status": error.code, "body": error.read().decode()})
        return told

    def take(self, tongue: str, to: str, text: str, key: str) -> None:
        """Keep an answer of the city once under its key."""
        if key not in self.answers:
            at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
            self.answers[key] = {"provider": tongue, "to": to, "text": text, "at": at}
            while len(self.answers) > KEPT:
                self.answers.pop(next(iter(self.answers)))

    def to(self, person: str = "") -> list[dict[str, Any]]:
        """Answers to one person (or all), newest first."""
        return [item for item in reversed(list(self.answers.values())) if person in ("", item["to"])]


def _number(given: Any) -> float | None:
    return float(given) if given not in (None, "") else None


class Door(BaseHTTPRequestHandler):
    """One request to the provider."""

    server: Provider

    def do_GET(self) -> None:
        """Answers, as page or JSON; a photo."""
        asked = urlsplit(self.path)
        person = parse_qs(asked.query).get("to", [""])[0]
        name = asked.path.removeprefix("/photos/")
        if asked.path == "/answers.json":
            self._answer(
                200, json.dumps(self.server.to(person), ensure_ascii=False).encode(), "application/json; charset=utf-8"
            )
        elif asked.path == "/style.css":
            self._answer(200, STYLE.encode(), "text/css")
        elif asked.path.startswith("/photos/") and name in self.server.photos:
            self._answer(200, self.server.photos[name], "image/jpeg")
        elif asked.path == "/":
            rows = "".join(
                f"<article><small>{item['at']} · {html.escape(item['to'])}</small><p>{html.escape(item['text'])}</p></article>"
                for item in self.server.to(person)
            )
            self._answer(
                200,
                PAGE.format(rows=rows or "<p>Chưa có trả lời. / No answers yet.</p>").encode(),
                "text/html; charset=utf-8",
            )
        else:
            self._answer(404, b"{}", "application/json")

    def do_PUT(self) -> None:
        """A photo for messages to come."""
        self.server.photos[self.path.removeprefix("/photos/")] = self._body()
        self._answer(201, b"{}", "application/json")

    def do_POST(self) -> None:
        """Something to say, an answer of the city, or an order to misbehave."""
        given = self._given()
        if self.path == "/trouble":
            self.server.trouble = given
            return self._answer(200, b"{}", "application/json")
        if self.path == "/say":
            return self._answer(200, json.dumps(self.server.say(given)).encode(), "application/json")
        self.server.posts += 1
        time.sleep(float(self.server.trouble.get("seconds", 0)))
        if self.server.token not in (
            self.headers.get("access_token"),
            (self.headers.get("Authorization") or "").removeprefix("Bearer "),
        ):
            return self._answer(401, b'{"error":"token"}', "application/json")
        if status := self.server.trouble.get("status"):
            return self._answer(int(status), b'{"error":"told to fail"}', "application/json")
        if (error := self.server.trouble.get("error")) and self.path == "/zalo":
            return self._answer(
                200, json.dumps({"error": error, "message": "told to fail"}).encode(), "application/json"
            )
        return self._taken(given)

    def _taken(self, given: dict[str, Any]) -> None:
        if self.path == "/messages":
            self.server.take(
                "plain",
                str(given.get("to")),
                str(given.get("text")),
                self.headers.get("Idempotency-Key") or secrets.token_hex(8),
            )
        else:
            person = given.get("recipient", {})
            to = str(person.get("user_id") or person.get("id"))
            self.server.take(self.path[1:], to, str(given.get("message", {}).get("text")), secrets.token_hex(8))
        self._answer(200, b'{"error":0,"message":"Success"}', "application/json")

    def _given(self) -> dict[str, Any]:
        body = self._body()
        if (self.headers.get("Content-Type") or "").startswith("application/x-www-form-urlencoded"):
            return {key: values[0] for key, values in parse_qs(body.decode()).items()}
        try:
            found = json.loads(body or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: Any) -> None:
        """Nothing: messages are personal."""
