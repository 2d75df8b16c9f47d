"""One-time codes: asked for by anybody, sent to the address, good once — and the same answer whether somebody is known there or not."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass

from django.utils.crypto import constant_time_compare

from taydo.kernel import audit, clock, ids, sealing, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, too_many

from .jobs import send_code
from .rules import (
    ASK_PAUSE_SECONDS,
    ASKS_FROM_ONE_PLACE,
    ASKS_OF_ADDRESS,
    ASKS_OF_ADDRESS_FROM_ONE_PLACE,
    CODE_SECONDS,
    CODE_TRIES,
    only_digits,
)


@dataclass(frozen=True)
class Proven:
    """Somebody reads this address: they typed the code that was sent there."""

    channel: str
    address: str


@action("signin.ask_code", secret=("address", "place"), open_to_all=True)
def ask(viewer: Viewer, channel: str, address: str, *, purpose: str, place: str) -> str:
    """Send a code to an address (`sms` +84…, or `mail`), asked for from `place` (an IP address); returns the id to prove it with."""
    mark, origin = sealing.fingerprint(address), sealing.fingerprint(f"place:{place}")
    sql.execute("SELECT pg_advisory_xact_lock(hashtext('signin.code'), hashtext(%(mark)s))", {"mark": mark})
    _hold_back(mark, origin)
    identifier, digits, now = ids.uuid7(), f"{secrets.randbelow(10**6):06d}", clock.now()
    about("code", identifier)
    sql.execute(
        """INSERT INTO signin_code (id, purpose, channel, mark, address, proof, clear, language, place, tries, created_at, expires_at)
           VALUES (%(id)s, %(purpose)s, %(channel)s, %(mark)s, %(address)s, %(proof)s, %(clear)s, %(language)s, %(place)s, 0, %(now)s, %(end)s)""",
        {
            "id": identifier, "purpose": purpose, "channel": channel, "mark": mark, "address": sealing.seal(address),
            "proof": _proof(identifier, digits), "clear": sealing.seal(digits), "language": viewer.language, "place": origin,
            "now": now, "end": now + dt.timedelta(seconds=CODE_SECONDS),
        },
    )  # fmt: skip
    send_code.later(code_id=str(identifier))
    return str(identifier)


def _proof(identifier: uuid.UUID, digits: str) -> str:
    return sealing.fingerprint(f"code:{identifier}:{digits}")


def _hold_back(mark: str, origin: str) -> None:
    now = clock.now()
    found = sql.row(
        """SELECT count(*) FILTER (WHERE mark = %(mark)s AND place = %(place)s AND created_at > %(pause)s) AS just,
             count(*) FILTER (WHERE mark = %(mark)s AND place = %(place)s) AS here,
             count(*) FILTER (WHERE mark = %(mark)s) AS address, count(*) FILTER (WHERE place = %(place)s) AS place
           FROM signin_code WHERE created_at > %(hour)s AND (mark = %(mark)s OR place = %(place)s)""",
        {
            "mark": mark, "place": origin, "pause": now - dt.timedelta(seconds=ASK_PAUSE_SECONDS),
            "hour": now - dt.timedelta(hours=1),
        },
    )  # fmt: skip
    assert found is not None
    if found["just"]:
        raise _wait(ASK_PAUSE_SECONDS)
    if (
        found["here"] >= ASKS_OF_ADDRESS_FROM_ONE_PLACE
        or found["address"] >= ASKS_OF_ADDRESS
        or found["place"] >= ASKS_FROM_ONE_PLACE
    ):
        raise _wait(900)


def _wait(seconds: int) -> Problem:
    words = (
        (f"{seconds} giây", f"{seconds} seconds")
        if seconds < 60
        else (f"{seconds // 60} phút", f"{seconds // 60} minutes")
    )
    return too_many(
        "code_asked_too_often",
        f"Mã vừa được gửi; hãy chờ {words[0]} rồi xin mã mới.",
        f"A code was sent already; wait {words[1]} before you ask for another.",
        retry_after=seconds,
    )


def prove(viewer: Viewer, identifier: str, digits: str, purpose: str) -> Proven | None:
    """The address a code was sent to when the digits are right, else None. Each call uses up a try, also when it is undone around it."""
    tried = sql.row(
        """UPDATE signin_code SET tries = tries + 1 WHERE id = %(id)s AND purpose = %(purpose)s AND used_at IS NULL
             AND tries < %(most)s AND expires_at > %(now)s RETURNING id, channel, address, proof""",
        {"id": _uuid(identifier), "purpose": purpose, "most": CODE_TRIES, "now": clock.now()},
    )
    right = tried is not None and constant_time_compare(tried["proof"], _proof(tried["id"], only_digits(digits)))
    if tried is None or not right or not _used(tried["id"]):
        audit.write(viewer, "signin.prove_code", "refused", "code", identifier)
        return None
    return Proven(tried["channel"], sealing.unseal(tried["address"]))


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _used(identifier: uuid.UUID) -> bool:
    return bool(
        sql.execute(
            "UPDATE signin_code SET used_at = %(now)s, clear = '', address = '' WHERE id = %(id)s AND used_at IS NULL",
            {"id": identifier, "now": clock.now()},
        )
    )


def left(identifier: str) -> int:
    """How many tries a code has left; 0 when it is used, worn out, expired or was never sent."""
    found = sql.value(
        "SELECT %(most)s - tries FROM signin_code WHERE id = %(id)s AND used_at IS NULL AND expires_at > %(now)s",
        {"id": _uuid(identifier), "most": CODE_TRIES, "now": clock.now()},
    )
    return max(0, int(found or 0))
