"""The work of sending: claim what is due, send it, write down how it went. Several workers may do it at once.

A delivery is claimed (`sending`) and committed before anything leaves, so no two workers send it. If a worker dies in
the middle, the delivery is taken up again after a while under the same Message-ID, by which mail servers know it again.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from taydo.kernel import clock, sealing, sql

from . import mail, push, sms
from .rules import BAD_AFTER, STUCK_MINUTES, next_try

_CLAIM = """UPDATE notices_delivery d SET state = 'sending', tries = d.tries + 1, at = %(now)s
  FROM (SELECT notice_id, contact_id FROM notices_delivery
        WHERE (state = 'waiting' AND next_at <= %(now)s)
           OR (state = 'sending' AND at < %(now)s - make_interval(mins => %(stuck)s))
        ORDER BY next_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) due,
    notices_notice n, notices_contact c
  WHERE d.notice_id = due.notice_id AND d.contact_id = due.contact_id AND n.id = d.notice_id AND c.id = d.contact_id
  RETURNING d.notice_id, d.contact_id, d.tries, n.topic, n.title_vi, n.title_en, n.body_vi, n.body_en, n.href,
    c.channel, c.address, c.keys, c.language, c.state AS contact_state"""


def send_due(limit: int = 100) -> int:
    """Send one batch of what is due; returns how many deliveries were tried."""
    due = sql.rows(_CLAIM, {"now": clock.now(), "stuck": STUCK_MINUTES, "limit": limit})
    letters = [item for item in due if item["channel"] == "mail"]
    with contextlib.ExitStack() as stack:
        over = mail.connection() if letters else None
        if over is not None:
            stack.callback(over.close)
        for item in due:
            try:
                _send(item, over)
            except mail.Refused as refusal:
                _failed(item, refusal)
            else:
                _sent(item)
    return len(due)


def _send(item: dict[str, Any], over: Any) -> None:
    if item["contact_state"] != "active":
        raise mail.Refused("the address is no longer in use", True)
    english = item["language"] == "en"
    title = item["title_en"] if english else item["title_vi"]
    body = item["body_en"] if english else item["body_vi"]
    address = sealing.unseal(item["address"])
    if item["channel"] == "push":
        push.post(address, json.loads(sealing.unseal(item["keys"])), title, body, item["href"])
        return
    identifier = f"notice-{item['notice_id']}-{item['contact_id']}"
    if item["channel"] == "sms":
        sms.post(address, sms.words(title, body, item["href"]), identifier)
        return
    mail.post(
        mail.Letter(
            address, item["language"], title, body, item["href"], item["contact_id"], item["topic"], identifier
        ),
        over,
    )


def _sent(item: dict[str, Any]) -> None:
    sql.execute(
        """WITH done AS (UPDATE notices_delivery SET state = 'sent', at = %(now)s, reason = ''
             WHERE notice_id = %(notice_id)s AND contact_id = %(contact_id)s RETURNING contact_id)
           UPDATE notices_contact c SET failures = 0, reason = '' FROM done
           WHERE c.id = done.contact_id AND c.failures > 0""",
        {**_key(item), "now": clock.now()},
    )


def _failed(item: dict[str, Any], refusal: mail.Refused) -> None:
    again = next_try(item["tries"], refusal.lasting, clock.now())
    sql.execute(
        """UPDATE notices_delivery SET state = %(state)s, next_at = coalesce(%(again)s, next_at), at = %(now)s,
             reason = %(reason)s WHERE notice_id = %(notice_id)s AND contact_id = %(contact_id)s""",
        {
            **_key(item),
            "state": "waiting" if again else "failed",
            "again": again,
            "now": clock.now(),
            "reason": refusal.reason[:500],
        },
    )
    if again is None:
        sql.execute(
            """UPDATE notices_contact SET failures = failures + 1, reason = %(reason)s,
                 state = CASE WHEN failures + 1 >= %(most)s AND state = 'active' THEN 'bad' ELSE state END
               WHERE id = %(contact_id)s""",
            {"contact_id": item["contact_id"], "reason": refusal.reason[:500], "most": BAD_AFTER},
        )


def _key(item: dict[str, Any]) -> dict[str, int]:
    return {"notice_id": item["notice_id"], "contact_id": item["contact_id"]}
