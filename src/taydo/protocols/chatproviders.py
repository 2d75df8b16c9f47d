"""What chat providers speak: signed webhooks in, JSON posts out. Each provider is one class; who is asked first is its signature.

Zalo Official Account (developers.zalo.me, webhook: `X-ZEvent-Signature: mac=sha256(appId + data + timestamp + OAsecretKey)`, answers by
`POST /v3.0/oa/message/cs`), Meta Messenger (developers.facebook.com, Graph API webhooks: `X-Hub-Signature-256`, HMAC-SHA256 of the body,
and the `hub.challenge` of the first call), and a plain form for any other: HMAC-SHA256 over `timestamp.body`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

MOST_TEXT, MOST_PHOTOS = 5000, 10


class Unsigned(Exception):
    """The request is not proven to come from the provider, or is too old to be."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a person. `kind`: message, or the provider's own word for what is not one (then nothing else is read)."""

    identifier: str
    sender: str
    at: dt.datetime | None
    kind: str
    text: str = ""
    lon: float | None = None
    lat: float | None = None
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Post:
    """What to send: an HTTP POST of JSON."""

    url: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Provider:
    """A provider with the city's keys to it: `secret` signs what comes, `token` lets us send, `send` is where to."""

    secret: str
    token: str = ""
    send: str = ""
    app: str = ""
    verify: str = ""
    hosts: tuple[str, ...] = field(default=())

    name: ClassVar[str] = ""
    window: ClassVar[dt.timedelta] = dt.timedelta(hours=36)

    def check(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> None:
        """Raises Unsigned unless the provider signed these bytes."""
        raise Unsigned(self.name)

    def challenge(self, query: Mapping[str, str]) -> str | None:
        """The answer to the provider's first call; None when it does not prove to be one."""
        return None

    def read(self, body: bytes) -> list[Said]:
        """What persons said in a webhook's body. Raises ValueError when it is not understood."""
        raise ValueError("no such provider")

    def post(self, to: str, text: str, key: str) -> Post:
        """An answer to a person; `key` is the same for the same answer, however often it is tried."""
        raise ValueError("no such provider")

    def refusal(self, body: bytes) -> tuple[str, bool] | None:
        """Why the provider did not take an answer although HTTP said 200, and whether it never will."""
        return None

    def _json(self, to: str, said: Mapping[str, Any], headers: Mapping[str, str]) -> Post:
        body = json.dumps(said, ensure_ascii=False).encode()
        return Post(to, {"Content-Type": "application/json", **headers}, body)


def same(one: str, other: str) -> bool:
    """Compare two signatures without telling by time how far they agree."""
    return hmac.compare_digest(one.strip().lower().encode(), other.strip().lower().encode())


def hmac_of(secret: str, body: bytes) -> str:
    """HMAC-SHA256, hex."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def moment(milliseconds: Any) -> dt.datetime | None:
    """An instant from milliseconds since 1970 (number or text); None when it is none."""
    try:
        return dt.datetime.fromtimestamp(int(milliseconds) / 1000, dt.UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def recent(at: dt.datetime | None, now: dt.datetime, window: dt.timedelta) -> None:
    """Raises Unsigned when `at` is missing or farther from now than the window."""
    if at is None or abs(now - at) > window:
        raise Unsigned("too old or without a time")


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (UnicodeDecodeError, RecursionError) as error:
        raise ValueError("not JSON") from error
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


def _part(record: Any, name: str) -> dict[str, Any]:
    found = record.get(name) if isinstance(record, dict) else None
    return found if isinstance(found, dict) else {}


def _text(value: Any, most: int = MOST_TEXT) -> str:
    return (
        value.replace("\0", "")[:most]
        if isinstance(value, str)
        else str(value)[:most]
        if isinstance(value, int)
        else ""
    )


def _place(record: Mapping[str, Any], lon: str, lat: str) -> dict[str, float]:
    try:
        found = {"lon": float(record[lon]), "lat": float(record[lat])}
    except (KeyError, TypeError, ValueError):
        return {}
    return found if abs(found["lon"]) <= 180 and abs(found["lat"]) <= 90 else {}


def _attached(message: Mapping[str, Any], lon: str, lat: str) -> dict[str, Any]:
    """Photos and place of a message's attachments, as Zalo and Messenger both shape them."""
    given = message.get("attachments")
    found: dict[str, Any] = {}
    photos = []
    for item in given[:MOST_PHOTOS] if isinstance(given, list) else ():
        payload = _part(item, "payload")
        if item.get("type") == "image" and isinstance(payload.get("url"), str):
            photos.append(payload["url"][:2000])
        if item.get("type") == "location":
            found |= _place(_part(payload, "coordinates"), lon, lat)
    return found | {"photos": tuple(photos)}


class Zalo(Provider):
    """Zalo Official Account."""

    name = "zalo"
    WORDS = ("user_send_text", "user_send_image", "user_send_location")
    LATER = (-216, -32, -210, -124)
    """Errors that pass: token expired, too many requests, busy."""

    def check(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> None:
        given = headers.get("X-ZEvent-Signature", "").removeprefix("mac=")
        try:
            stamp = str(_object(body).get("timestamp", ""))
        except ValueError as error:
            raise Unsigned("not JSON") from error
        signed = hashlib.sha256(self.app.encode() + body + stamp.encode() + self.secret.encode()).hexdigest()
        if not self.secret or not same(given, signed):
            raise Unsigned("wrong signature")
        recent(moment(stamp), now, self.window)

    def read(self, body: bytes) -> list[Said]:
        event = _object(body)
        message, sender = _part(event, "message"), _text(_part(event, "sender").get("id"), 200)
        kind = _text(event.get("event_name"), 80)
        identifier = _text(message.get("msg_id"), 200) or hashlib.sha256(body).hexdigest()
        said = {"identifier": identifier, "sender": sender, "at": moment(event.get("timestamp"))}
        if kind not in self.WORDS or not sender:
            return [Said(**said, kind=kind or "unknown")]
        return [
            Said(**said, kind="message", text=_text(message.get("text")), **_attached(message, "longitude", "latitude"))
        ]

    def post(self, to: str, text: str, key: str) -> Post:
        said = {"recipient": {"user_id": to}, "message": {"text": text[:2000]}}
        return self._json(self.send or "https://openapi.zalo.me/v3.0/oa/message/cs", said, {"access_token": self.token})

    def refusal(self, body: bytes) -> tuple[str, bool] | None:
        answer = _object(body)
        code = answer.get("error", 0)
        return (f"zalo {code}: {_text(answer.get('message'), 200)}", code not in self.LATER) if code else None


class Messenger(Provider):
    """Meta Messenger."""

    name = "facebook"

    def check(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> None:
        given = headers.get("X-Hub-Signature-256", "")
        if not self.secret or not given.startswith("sha256=") or not same(given[7:], hmac_of(self.secret, body)):
            raise Unsigned("wrong signature")
        try:
            times = [moment(entry.get("time")) for entry in _object(body).get("entry", [])]
        except (ValueError, AttributeError, TypeError):
            return  # signed, but of a form we do not know: it is kept and looked at
        for at in times:
            recent(at, now, self.window)

    def challenge(self, query: Mapping[str, str]) -> str | None:
        proven = (
            query.get("hub.mode") == "subscribe"
            and self.verify
            and same(query.get("hub.verify_token", ""), self.verify)
        )
        return query.get("hub.challenge", "")[:200] if proven else None

    def read(self, body: bytes) -> list[Said]:
        found = []
        entries = _object(body).get("entry")
        for entry in entries if isinstance(entries, list) else ():
            events = entry.get("messaging") if isinstance(entry, dict) else None
            for event in events if isinstance(events, list) else ():
                found.append(self._said(event if isinstance(event, dict) else {}))
        if not found:
            raise ValueError("no entries")
        return found

    def _said(self, event: dict[str, Any]) -> Said:
        message, sender = _part(event, "message"), _text(_part(event, "sender").get("id"), 200)
        mark = hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()
        said = {
            "identifier": _text(message.get("mid"), 200) or mark,
            "sender": sender,
            "at": moment(event.get("timestamp")),
        }
        if not message or message.get("is_echo") or not sender:
            return Said(
                **said,
                kind=next((name for name in event if name not in ("sender", "recipient", "timestamp")), "unknown")[:80],
            )
        return Said(**said, kind="message", text=_text(message.get("text")), **_attached(message, "long", "lat"))

    def post(self, to: str, text: str, key: str) -> Post:
        said = {"recipient": {"id": to}, "messaging_type": "RESPONSE", "message": {"text": text[:2000]}}
        return self._json(
            self.send or "https://graph.facebook.com/v21.0/me/messages", said, {"Authorization": f"Bearer {self.token}"}
        )


class Plain(Provider):
    """Any other provider: `{"id", "sender", "text", "lon", "lat", "photos": [address], "at": milliseconds}`."""

    name = "plain"
    window = dt.timedelta(minutes=5)

    def check(self, headers: Mapping[str, str], body: bytes, now: dt.datetime) -> None:
        stamp = headers.get("X-Timestamp", "")
        if not self.secret or not same(
            headers.get("X-Signature", ""), hmac_of(self.secret, stamp.encode() + b"." + body)
        ):
            raise Unsigned("wrong signature")
        recent(moment(stamp), now, self.window)

    def read(self, body: bytes) -> list[Said]:
        event = _object(body)
        said = {
            "identifier": _text(event.get("id"), 200),
            "sender": _text(event.get("sender"), 200),
            "at": moment(event.get("at")),
        }
        if not said["identifier"] or not said["sender"]:
            raise ValueError("id and sender are needed")
        kind = _text(event.get("kind"), 80) or "message"
        if kind != "message":
            return [Said(**said, kind=kind)]
        photos = event.get("photos")
        addresses = (
            tuple(item[:2000] for item in photos[:MOST_PHOTOS] if isinstance(item, str))
            if isinstance(photos, list)
            else ()
        )
        return [Said(**said, kind=kind, text=_text(event.get("text")), **_place(event, "lon", "lat"), photos=addresses)]

    def post(self, to: str, text: str, key: str) -> Post:
        return self._json(
            self.send,
            {"to": to, "text": text, "id": key},
            {"Authorization": f"Bearer {self.token}", "Idempotency-Key": key},
        )


PROVIDERS: dict[str, type[Provider]] = {kind.name: kind for kind in (Zalo, Messenger, Plain)}
