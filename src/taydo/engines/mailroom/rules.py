"""What decides about letters: how large, how often, how long they are kept, when to try again."""

from __future__ import annotations

import datetime as dt
import re

MOST_BYTES = 25 * 1024 * 1024
"""A larger letter is set aside with its headers only."""
FLOOD = 30
"""Letters of one sender in an hour beyond which they are set aside: a machine that does not say so."""
OLD_DAYS = 30
"""A letter written so long before it came in is set aside: a mailbox full of old ones must not become new work in one night."""
MOST_FILES = 20
DECORATION = 4096
"""Bytes below which a picture within the text is a logo and no photo."""
TRIES = 10
RAW_DAYS, ASIDE_DAYS = 30, 90
_NOTICE = re.compile(r"notice-(\d{1,18})-\d{1,18}@.+")


def next_try(tries: int, now: dt.datetime) -> dt.datetime:
    """When to read a letter again whose reading failed `tries` times: after 1, 2, 4 … minutes, an hour at most."""
    return now + dt.timedelta(minutes=min(2 ** max(tries - 1, 0), 60))


def notice_of(answers: list[str]) -> int | None:
    """The notice of this city that a letter answers, by the Message-IDs it names."""
    found = (_NOTICE.fullmatch(name) for name in answers)
    return next((int(match[1]) for match in found if match), None)
