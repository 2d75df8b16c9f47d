"""Sending answers: claim the oldest of each conversation, post it, write down how it went. Several workers may do it at once."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import Any

from taydo.kernel import clock, sql
from taydo.kernel.jobs import job
from taydo.kernel.sealing import unseal
from taydo.protocols.chatproviders import Post, Provider

from .accounts import account
from .rules import STUCK_MINUTES, next_try

_CLAIM = """UPDATE chats_reply r SET state = 'sending', tries = r.tries + 1, at = %(now)s
  FROM (SELECT r.id FROM chats_reply r
        WHERE ((r.state = 'waiting' AND r.next_at <= %(now)s)
            OR (r.state = 'sending' AND r.at < %(now)s - make_interval(mins => %(stuck)s)))
          AND NOT EXISTS (SELECT FROM chats_reply e WHERE e.conversation_id = r.conversation_id AND e.id < r.id
                          AND e.state IN ('waiting', 'sending'))
        ORDER BY r.next_at LIMIT %(limit)s FOR UPDATE OF r SKIP LOCKED) due, chats_conversation c
  WHERE r.id = due.id AND c.id = r.conversation_id
  RETURNING r.id, r.key, r.tries, r.text, c.provider, c.sender"""


class Refused(Exception):
    """An answer was not taken; `lasting` when it never will be."""

    def __init__(self, reason: str, lasting: bool) -> None:
        super().__init__(reason)
        self.reason, self.lasting = reason[:300], lasting


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given: Any) -> None:
        return None


opener = urllib.request.build_opener(_NoRedirect)
"""Opens addresses without following where they point to."""


@job("chats.send", retry=3)
def send(reply_id: int) -> None:
    """Send what is due, this answer among it."""
    send_all()


def send_all() -> None:
    """Send what is due until nothing is, one by one within a conversation."""
    while send_due():
        continue


def send_due(limit: int = 50) -> int:
    """Send one batch of what is due; returns how many were tried."""
    due = sql.rows(_CLAIM, {"now": clock.now(), "stuck": STUCK_MINUTES, "limit": limit})
    for item in due:
        try:
            provider = account(item["provider"])
            if provider is None:
                raise Refused("the city has no account with this provider any more", True)
            _post(provider, provider.post(unseal(item["sender"]), unseal(item["text"]), item["key"]))
        except Refused as why:
            _failed(item, why)
        else:
            sql.execute("UPDATE chats_reply SET state = 'sent', at = %(now)s, reason = '' WHERE id = %(id)s", {"id": item["id"], "now": clock.now()})  # fmt: skip
    return len(due)


def _post(provider: Provider, post: Post) -> None:
    if not post.url:
        raise Refused("no address to send to", True)
    try:
        with opener.open(
            urllib.request.Request(post.url, post.body, post.headers, method="POST"), timeout=15
        ) as answer:
            refusal = provider.refusal(answer.read(65_536))
    except urllib.error.HTTPError as error:
        lasting = 400 <= error.code < 500 and error.code not in (401, 403, 408, 409, 425, 429)
        raise Refused(f"{provider.name} {error.code}: {error.reason}", lasting) from error
    except (OSError, ValueError) as error:
        raise Refused(f"{type(error).__name__}: {error}", False) from error
    if refusal:
        raise Refused(*refusal)


def _failed(item: dict[str, Any], why: Refused) -> None:
    again = next_try(item["tries"], why.lasting, clock.now())
    sql.execute(
        "UPDATE chats_reply SET state = %(s)s, next_at = coalesce(%(again)s, next_at), at = %(now)s, reason = %(r)s WHERE id = %(id)s",
        {"id": item["id"], "s": "waiting" if again else "failed", "again": again, "now": clock.now(), "r": why.reason},
    )
