"""Links that need no account: signed, so that nothing has to be stored and nobody can make one up."""

from __future__ import annotations

from django.conf import settings
from django.core import signing

from taydo.kernel.errors import Problem, missing

from .rules import CONFIRM_DAYS

_CONFIRM, _STOP = "taydo.notices.confirm", "taydo.notices.stop"


def confirm_token(subscription_id: int) -> str:
    """A token that proves the reader of a mail has its address; valid for three days."""
    return signing.dumps(subscription_id, salt=_CONFIRM)


def read_confirm(token: str) -> int:
    """The subscription a confirm token is for; 404 for any other."""
    try:
        return int(signing.loads(token, salt=_CONFIRM, max_age=CONFIRM_DAYS * 86400))
    except (signing.BadSignature, ValueError, TypeError):
        raise _unknown() from None


def stop_token(contact_id: int, topic: str) -> str:
    """A token with which a contact stops a topic; it does not expire, for old mails must keep their promise."""
    return signing.dumps([contact_id, topic], salt=_STOP)


def read_stop(token: str) -> tuple[int, str]:
    """The contact and topic of a stop token; 404 for any other."""
    try:
        contact, topic = signing.loads(token, salt=_STOP)
        return int(contact), str(topic)
    except (signing.BadSignature, ValueError, TypeError):
        raise _unknown() from None


def absolute(path: str) -> str:
    """A path as a full address of this city."""
    return settings.TAYDO_URL.rstrip("/") + path


def _unknown() -> Problem:
    return missing(
        "link_not_valid",
        "Liên kết này không đúng hoặc đã hết hạn. Bạn có thể đăng ký lại.",
        "This link is wrong or has expired. You can subscribe again.",
    )
