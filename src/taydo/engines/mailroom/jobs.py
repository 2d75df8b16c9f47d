"""Regular work of the mailroom: fetch and read, and forget what need not be kept."""

from __future__ import annotations

from taydo.kernel import metrics, sql
from taydo.kernel.jobs import every

from . import intake, mailbox
from .rules import ASIDE_DAYS, RAW_DAYS


@every(seconds=20, name="mailroom.fetch")
def fetch() -> None:
    """Take in what is new in the mailbox and read what waits; a mailbox that fails does not keep letters from being read."""
    account = mailbox.account()
    try:
        if account is not None:
            intake.fetch(account)
    finally:
        intake.read_waiting()


@every(seconds=3600, name="mailroom.tidy")
def tidy() -> None:
    """Erase bytes of letters that were read long ago, and everything of those that nobody needed."""
    sql.execute(
        "UPDATE mailroom_letter SET raw = '' WHERE state = 'taken' AND raw <> '' AND came_at < now() - make_interval(days => %(d)s)",
        {"d": RAW_DAYS},
    )
    sql.execute(
        """UPDATE mailroom_letter SET raw = '', sender = '', sender_name = '', subject = '', text = ''
           WHERE state IN ('automatic', 'aside') AND (raw <> '' OR text <> '')
             AND came_at < now() - make_interval(days => CASE state WHEN 'aside' THEN %(a)s ELSE %(d)s END)""",
        {"d": RAW_DAYS, "a": ASIDE_DAYS},
    )


@metrics.gauge("taydo_mailroom_waiting", "Letters kept and not read yet")
def _waiting() -> float:
    return float(sql.value("SELECT count(*) FROM mailroom_letter WHERE state = 'kept'"))
