"""Notices by e-mail (SMTP): plain text in the reader's language, with one-click unsubscribe (RFC 8058)."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass

from django.conf import settings
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from .tokens import absolute, confirm_token, stop_token


class Refused(Exception):
    """A delivery failed; `lasting` when the other side will not take it later either."""

    def __init__(self, reason: str, lasting: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lasting = lasting


@dataclass(frozen=True)
class Letter:
    """What goes to one address."""

    address: str
    language: str
    subject: str
    body: str
    href: str
    contact: int
    topic: str
    identifier: str


def ready() -> bool:
    """Whether this city has a mail server (`TAYDO_SMTP_HOST`)."""
    return bool(settings.EMAIL_HOST)


def connection() -> BaseEmailBackend:
    """One connection for a batch of letters; open it once and close it."""
    return mail.get_connection()


def post(letter: Letter, over: BaseEmailBackend) -> None:
    """Send one letter. Raises Refused with the server's reason."""
    vi = letter.language != "en"
    token = stop_token(letter.contact, letter.topic)
    page = absolute(f"/subscriptions/stop/{token}")
    parts = [letter.body]
    if letter.href:
        parts.append(absolute(letter.href) if letter.href.startswith("/") else letter.href)
    leave = "Thôi nhận những thư này" if vi else "Stop receiving these mails"
    parts.append(f"—\n{leave}: {page}")
    headers = {
        "Message-ID": f"<{letter.identifier}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2]}>",
        "List-Unsubscribe": f"<{absolute(f'/api/v1/notices/stop/{token}')}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    _post(letter.address, letter.subject, "\n\n".join(parts), headers, over)


def post_confirmation(address: str, language: str, subscription_id: int, words: str, over: BaseEmailBackend) -> None:
    """Ask the reader of an address to confirm what somebody, hopefully they, asked for."""
    link = absolute(f"/subscriptions/confirm/{confirm_token(subscription_id)}")
    if language == "en":
        subject = "Please confirm: notices of the city"
        body = f"Somebody asked us to send you: {words}.\n\nTo confirm, open:\n{link}\n\nIf it was not you, do nothing."
    else:
        subject = "Xin xác nhận: thông báo của thành phố"
        body = (
            f"Có người đăng ký cho địa chỉ này nhận: {words}.\n\nĐể xác nhận, bạn mở:\n{link}\n\n"
            "Nếu không phải bạn, không cần làm gì."
        )
    _post(address, subject, body, {"Auto-Submitted": "auto-generated"}, over)


def post_plain(address: str, subject: str, body: str, identifier: str, over: BaseEmailBackend) -> None:
    """A letter that only answers what its reader just asked for: nothing to stop, nothing to confirm."""
    headers = {
        "Message-ID": f"<{identifier}@{settings.DEFAULT_FROM_EMAIL.rpartition('@')[2]}>",
        "Auto-Submitted": "auto-generated",
    }
    _post(address, subject, body, headers, over)


def _post(address: str, subject: str, body: str, headers: dict[str, str], over: BaseEmailBackend) -> None:
    subject = " ".join(subject.split())
    if settings.TAYDO_MAIL_REPLY_TO:
        headers = {**headers, "Reply-To": settings.TAYDO_MAIL_REPLY_TO}
    message = mail.EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [address], headers=headers, connection=over)
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise Refused(f"{code} {_text(said)}", code >= 500) from error
    except smtplib.SMTPResponseException as error:
        raise Refused(f"{error.smtp_code} {_text(error.smtp_error)}", error.smtp_code >= 500) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Refused(f"{type(error).__name__}: {error}", False) from error


def _text(said: bytes | str) -> str:
    return (said.decode("utf-8", "replace") if isinstance(said, bytes) else said)[:300]
