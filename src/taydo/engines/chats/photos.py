"""Photos of messages: fetched from the provider's own hosts, then kept by the files engine. Until then the message waits."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.logs import log

from . import actions
from .accounts import account
from .outgoing import opener
from .rules import MOST_PHOTO, TRIES, may_fetch, next_try

SYSTEM = Viewer.system("chats")


def read_waiting() -> int:
    """Read messages whose photos were not fetched yet, oldest first; returns how many were told."""
    due = sql.rows(
        """SELECT id, provider, tries, photos::text AS photos FROM chats_message
           WHERE state = 'kept' AND next_at <= %(now)s ORDER BY id LIMIT 50""",
        {"now": clock.now()},
    )
    told = 0
    for item in due:
        _count_try(item["id"], item["tries"] + 1)
        last = item["tries"] + 1 >= TRIES
        try:
            fetched = {
                photo["url"]: _fetch(photo["url"], item["provider"], last) for photo in json.loads(item["photos"])
            }
            told += actions.read(SYSTEM, item["id"], fetched)
        except Exception as error:
            log.warning("a chat's photos could not be had; again later", message=item["id"], error=repr(error))
    return told


def _count_try(message_id: int, tries: int) -> None:
    sql.execute(
        "UPDATE chats_message SET tries = %(n)s, next_at = %(at)s WHERE id = %(id)s",
        {"id": message_id, "n": tries, "at": next_try(min(tries, TRIES), False, clock.now())},
    )


def _fetch(url: str, provider: str, last: bool) -> bytes | str:
    """The bytes, or why there are none; raises what may pass, unless it was the last try."""
    city = account(provider)
    if city is None or not may_fetch(url, provider, city.hosts):
        return "host_not_known"
    try:
        with opener.open(url, timeout=20) as answer:
            data: bytes = answer.read(MOST_PHOTO + 1)
    except urllib.error.HTTPError as error:
        if error.code < 500 or last:
            return f"http_{error.code}"
        raise
    except OSError:
        if last:
            return "not_reachable"
        raise
    return data if len(data) <= MOST_PHOTO else "file_too_large"
