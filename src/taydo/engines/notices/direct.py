"""Telling people at an address that never subscribed: somebody who reported by phone, and asked to hear how it went."""

from __future__ import annotations

from collections.abc import Sequence

from taydo.kernel import sealing, sql
from taydo.kernel.errors import invalid

from . import mail, sms
from .rules import DIRECT, is_mail_address, is_phone

Contact = tuple[str, str, str]
"""Channel (`sms` or `mail`), address, language."""
NOT_READY = "this city does not send by this channel yet"
_ADDRESS = """
WITH given AS (SELECT * FROM unnest(%(channels)s::text[], %(sealed)s::text[], %(marks)s::text[], %(languages)s::text[], %(ready)s::bool[])
    AS g(channel, address, mark, language, ready)
  WHERE NOT EXISTS (SELECT 1 FROM notices_contact c WHERE c.channel = g.channel AND c.fingerprint = 'stopped:' || g.mark)),
known AS (
  INSERT INTO notices_contact (channel, address, fingerprint, keys, language)
  SELECT channel, address, mark, '', language FROM given
  ON CONFLICT ON CONSTRAINT notices_contact_once DO UPDATE SET state = 'active' RETURNING id, channel, fingerprint)
INSERT INTO notices_delivery (notice_id, contact_id, state, reason)
SELECT %(notice)s, k.id, CASE WHEN g.ready THEN 'waiting' ELSE 'failed' END, CASE WHEN g.ready THEN '' ELSE %(why)s END
FROM known k JOIN given g ON g.channel = k.channel AND g.mark = k.fingerprint ON CONFLICT DO NOTHING
"""


def address(notice: int, contacts: Sequence[Contact]) -> None:
    """One delivery for each address, in one statement; one that is already told by its subscription is told once."""
    wanted = {(channel, cleaned(channel, text)): language for channel, text, language in contacts}
    if not wanted:
        return
    sql.execute(
        _ADDRESS,
        {
            "notice": notice,
            "channels": [channel for channel, _ in wanted],
            "sealed": [sealing.seal(text) for _, text in wanted],
            "marks": [sealing.fingerprint(text) for _, text in wanted],
            "languages": list(wanted.values()),
            "ready": [sms.ready() if channel == "sms" else mail.ready() for channel, _ in wanted],
            "why": NOT_READY,
        },
    )


def cleaned(channel: str, text: str) -> str:
    """The address in the one form in which it is kept; 422 when nothing can be sent there."""
    text = text.strip().lower()
    if channel not in DIRECT:
        raise invalid("no_channel", "Không có cách nhận này.", "There is no such channel.", channel=channel)
    if channel == "sms" and not is_phone(text):
        raise invalid("bad_phone", "Số điện thoại chưa đúng.", "The phone number is not right.", address="")
    if channel == "mail" and not is_mail_address(text):
        raise invalid("bad_address", "Địa chỉ thư điện tử chưa đúng.", "The e-mail address is not right.", address="")
    return text


def stop(contact: int) -> None:
    """Somebody who never subscribed wants to hear nothing more: the address is erased, its fingerprint remembers the wish."""
    sql.execute(
        """UPDATE notices_contact c SET state = 'ended', address = '', keys = '', fingerprint = 'stopped:' || c.fingerprint
           WHERE c.id = %(id)s AND c.channel IN ('sms', 'mail') AND c.state <> 'ended'
             AND NOT EXISTS (SELECT 1 FROM notices_subscription s WHERE s.contact_id = c.id)""",
        {"id": contact},
    )


def allow(channel: str, text: str) -> None:
    """The reader of an address wants to hear from us again."""
    sql.execute(
        "UPDATE notices_contact SET fingerprint = 'ended:' || id WHERE channel = %(c)s AND fingerprint = %(mark)s",
        {"c": channel, "mark": f"stopped:{sealing.fingerprint(text)}"},
    )


def tell_now(channel: str, text: str, language: str, title: str, body: str, identifier: str) -> None:
    """Send words at once and keep none of them: for what must not be read again, such as a one-time code. Raises mail.Refused."""
    if channel == "sms":
        sms.post(text, sms.words(title, body), identifier)
        return
    over = mail.connection()
    try:
        mail.post_plain(text, title, body, identifier, over)
    finally:
        over.close()
