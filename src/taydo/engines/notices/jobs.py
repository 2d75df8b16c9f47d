"""Work outside requests: sending right after a notice, trying again later, asking to confirm, forgetting what never was."""

from __future__ import annotations

from taydo.kernel import sealing, sql
from taydo.kernel.jobs import every, job

from . import delivery, mail, topics
from .queries import subscription_of
from .rules import CONFIRM_DAYS, DIRECT_DAYS

BATCH = 100


@job("notices.send", retry=3)
def send(notice_id: int) -> None:
    """Send what is due, this notice's deliveries among it."""
    while delivery.send_due(BATCH) == BATCH:
        continue


@every(seconds=30, name="notices.again")
def again() -> None:
    """Try again what failed for now, and what a worker that died had begun."""
    while delivery.send_due(BATCH) == BATCH:
        continue


@job("notices.ask_to_confirm", retry=5)
def ask_to_confirm(subscription_id: int) -> None:
    """Send the mail that asks the reader of an address to confirm."""
    found = subscription_of(subscription_id)
    if found is None or found["state"] != "waiting":
        return
    topic = topics.topic(found["topic"])
    words = topic.title[found["language"]] if topic else found["topic"]
    over = mail.connection()
    try:
        mail.post_confirmation(sealing.unseal(found["address"]), found["language"], subscription_id, words, over)
    except mail.Refused as refusal:
        if not refusal.lasting:
            raise
    finally:
        over.close()


@every(seconds=3600, name="notices.tidy")
def tidy() -> None:
    """Forget what nobody confirmed, and addresses that wait for nothing."""
    sql.execute(
        """WITH gone AS (DELETE FROM notices_subscription WHERE state = 'waiting'
             AND created_at < now() - make_interval(days => %(days)s) RETURNING id, contact_id)
           UPDATE notices_contact c SET state = 'ended', address = '', keys = '', fingerprint = 'ended:' || c.id
           FROM gone WHERE c.id = gone.contact_id AND NOT EXISTS (
             SELECT 1 FROM notices_subscription s WHERE s.contact_id = c.id AND s.id NOT IN (SELECT id FROM gone))""",
        {"days": CONFIRM_DAYS},
    )
    sql.execute(
        """UPDATE notices_contact c SET state = 'ended', address = '', keys = '', fingerprint = 'ended:' || c.id
           WHERE c.channel IN ('sms', 'mail') AND c.state <> 'ended' AND c.created_at < now() - make_interval(days => %(days)s)
             AND NOT EXISTS (SELECT 1 FROM notices_subscription s WHERE s.contact_id = c.id)
             AND NOT EXISTS (SELECT 1 FROM notices_delivery d WHERE d.contact_id = c.id
               AND (d.state IN ('waiting', 'sending') OR d.at > now() - make_interval(days => %(days)s)))""",
        {"days": DIRECT_DAYS},
    )
