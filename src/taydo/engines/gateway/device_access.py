"""Who may connect over MQTT and what they may publish: answers nats-server's auth callout with a signed permission.

Devices and integrators sign in with their account of the city. A device gets the topics of its own things (grants of
`streams.write` in scope `thing:<code>` or an agency), an integrator (scope `*`) every reading topic. All may subscribe to
public streams. Nobody else gets in.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
import uuid
from typing import Any

import nkeys
from django.db import connection
from nats.aio.client import Client
from nats.aio.msg import Msg

from taydo.engines.gateway.server import Keys
from taydo.kernel import credentials, sql
from taydo.kernel.actors import EVERYWHERE, Viewer, viewer_of
from taydo.kernel.errors import Problem
from taydo.kernel.logs import log

SUBJECT = "$SYS.REQ.USER.AUTH"
KINDS = ("sta", "array")
# Beyond this many datastreams a list of topics gets too long for one permission; such an account gets all of its kind.
LISTED_MOST = 2000
# A connection ends after this time and signs in again: a closed account or a lost grant is felt by then.
VALID_SECONDS = 6 * 3600
READABLE = ["v1//1.*.Observations", "$MQTT.sub.>"]


def writable(viewer: Viewer) -> list[str]:
    """The mapped subjects on which this viewer may publish; none when it may not write at all."""
    scopes = viewer.agencies("streams.write")
    if EVERYWHERE in scopes:
        return ["ingest.sta.*", "ingest.array.*", "ingest.station.*"]
    if not scopes:
        return []
    own = sql.rows(
        """SELECT t.code, array_agg(d.id) FILTER (WHERE d.id IS NOT NULL) AS streams
           FROM streams_thing t LEFT JOIN streams_datastream d ON d.thing_id = t.id
           WHERE (t.agency = ANY(%(scopes)s) OR 'thing:' || t.code = ANY(%(scopes)s)) AND t.retired_at IS NULL
           GROUP BY t.code LIMIT %(most)s""",
        {"scopes": sorted(scopes), "most": LISTED_MOST},
    )
    streams = [stream for thing in own for stream in thing["streams"] or ()][:LISTED_MOST]
    allowed = [f"ingest.{kind}.Datastreams({stream})" for stream in streams for kind in KINDS]
    return allowed + [f"ingest.station.{thing['code'].replace('.', '//')}" for thing in own]


def permission(username: str, password: str, address: str) -> dict[str, Any] | None:
    """What the holder of this name and password may do, or None when they may not even connect."""
    try:
        actor = credentials.check(username, password, address) if username and password else None
    except Problem:
        return None
    viewer = viewer_of(actor) if actor is not None else None
    if viewer is None:
        return None
    allowed = writable(viewer)
    publish = {"allow": allowed} if allowed else {"deny": [">"]}
    return {"pub": publish, "sub": {"allow": READABLE}}


class Access:
    """Answers each request for access on the FIELD connection."""

    def __init__(self, keys: Keys) -> None:
        self.pair = nkeys.from_seed(keys.seed.encode())
        self.issuer = keys.issuer

    async def serve(self, client: Client) -> None:
        """Begin answering on this connection; several processes may, each request goes to one."""
        await client.subscribe(SUBJECT, "access", self._answer)

    async def _answer(self, message: Msg) -> None:
        request = _claims(message.data)["nats"]
        options = request.get("connect_opts", {})
        name, address = str(options.get("user", "")), request.get("client_info", {}).get("host", "")
        try:
            granted = await asyncio.to_thread(_in_thread, name, str(options.get("pass", "")), address)
        except Exception as error:
            log.warning("device access could not be judged", user=name, error=repr(error))
            granted = None
        await message.respond(self.answer(request, name, granted))

    def answer(self, request: dict[str, Any], name: str, granted: dict[str, Any] | None) -> bytes:
        """The signed response of NATS ADR-26: a user permission, or an error."""
        response: dict[str, Any] = {"type": "authorization_response", "version": 2}
        if granted is None:
            response["error"] = "wrong name or password"
        else:
            limits = {"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1}
            response["jwt"] = self._signed(
                {
                    "sub": request["user_nkey"],
                    "aud": "FIELD",
                    "name": name,
                    "nats": {**granted, **limits},
                    "exp": int(time.time()) + VALID_SECONDS,
                }
            )
        return self._signed({"sub": request["user_nkey"], "aud": request["server_id"]["id"], "nats": response}).encode()

    def _signed(self, claims: dict[str, Any]) -> str:
        body = {"jti": uuid.uuid4().hex, "iat": int(time.time()), "iss": self.issuer, **claims}
        text = b".".join((_packed({"typ": "JWT", "alg": "ed25519-nkey"}), _packed(body)))
        return (text + b"." + base64.urlsafe_b64encode(self.pair.sign(text)).rstrip(b"=")).decode()


def _in_thread(name: str, password: str, address: str) -> dict[str, Any] | None:
    try:
        return permission(name, password, address)
    finally:
        connection.close()


def _packed(part: dict[str, Any]) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")


def _claims(token: bytes) -> dict[str, Any]:
    body = token.split(b".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
    return claims
