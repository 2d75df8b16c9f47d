"""Speaking to the national portal over HTTP under the city's account; what its answers mean for the relay.

Address and account: `TAYDO_PORTAL_URL`, `TAYDO_PORTAL_USER`, `TAYDO_PORTAL_PASSWORD`, `TAYDO_PORTAL_UNIT`.
"""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from typing import Any

from taydo.engines.relay.messages import Message, Outcome
from taydo.protocols import dvcqg
from taydo.protocols.dvcqg import messages as wire

from . import portal

PATIENCE_S = 15.0
HAS_IT, SIGN_IN = ("02", "03"), ("01", "401", "503")


def _carry(path: str, body: dict[str, Any], headers: dict[str, str]) -> Any:
    """POST to the portal; its answer as JSON. Raises OSError when there is none."""
    sent = {**headers, "Content-Type": "application/json", "Accept": "application/json"}
    request = urllib.request.Request(f"{portal.address()}/{path}", json.dumps(body, ensure_ascii=False).encode(), sent)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return json.load(answer)
    except (urllib.error.HTTPError, http.client.HTTPException, ValueError) as error:
        raise OSError(f"{type(error).__name__}: {error}") from error


def spoken_to() -> dvcqg.Portal:
    """The portal under the city's account."""
    user, password, unit = (os.environ.get(f"TAYDO_PORTAL_{name}", "") for name in ("USER", "PASSWORD", "UNIT"))
    return dvcqg.Portal(_carry, user, password, unit, portal.ADAPTER)


_portal: list[dvcqg.Portal] = []


def kept() -> dvcqg.Portal:
    """The same in this process, with its session."""
    if not _portal:
        _portal.append(spoken_to())
    return _portal[0]


def send(messages: list[Message]) -> list[Outcome]:
    """Tell the portal, one message at a time; ends at the first that gets no answer."""
    outcomes: list[Outcome] = []
    for message in messages:
        outcomes.append(_sent(message))
        if outcomes[-1].kind == "silent":
            break
    return outcomes


def _sent(message: Message) -> Outcome:
    service = message.body["service"]
    try:
        item = dvcqg.read(
            wire.Dossier if service == dvcqg.SYNC else wire.Progress,
            message.body["item"],
            "data[0]",
            dvcqg.PARTIES[portal.ADAPTER],
        )
        kept().tell(service, [item], updating=message.body["updating"], key=message.key)
    except dvcqg.Refused as refusal:
        kind = "known" if refusal.code in HAS_IT else "silent" if refusal.code in SIGN_IN else "refused"
        return Outcome(kind, refusal.code, refusal.reason)  # type: ignore[arg-type]
    except dvcqg.WireError as error:
        return Outcome("refused", error.field, str(error))
    except OSError as error:
        return Outcome("silent", reason=str(error))
    return Outcome("sent")


def look_up(messages: list[Message]) -> list[Outcome]:
    """Whether the portal has messages that may have arrived: the same step, or the same whole, already there."""
    found = []
    for message in messages:
        there_is, item = kept().dossier(message.subject), message.body["item"]
        if there_is is None:
            there = False
        elif message.body["service"] == dvcqg.PROGRESS:
            there = item in there_is.get("TienDo", [])
        else:
            there = all(
                str(there_is.get(name, "")) == text
                for name, text in item.items()
                if isinstance(text, str) and name != "TrangThaiHoSo"
            )
        found.append(Outcome("known" if there else "absent"))
    return found
