"""Instants as the standard writes them: the W3C note's subset of ISO 8601, always with a time zone."""

from __future__ import annotations

import datetime as dt
import re

_SHAPE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:T(?P<time>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(?P<zone>Z|[+-]\d{2}:?\d{2}))", re.IGNORECASE
)


def read(text: str) -> dt.datetime:
    """An aware instant. A blank before an offset is read as the `+` that a query string turns into one. Raises ValueError."""
    text = text.strip()
    if len(text) > 6 and text[-6] == " ":
        text = f"{text[:-6]}+{text[-5:]}"
    if not _SHAPE.fullmatch(text):
        raise ValueError(f"{text!r} is no W3C date-time with a time zone, such as 2010-01-01T00:00:00Z")
    return dt.datetime.fromisoformat(text.upper())


def stamp(instant: dt.datetime | None, zone: dt.tzinfo = dt.UTC) -> str | None:
    """An instant to the second, in the zone given; None stays None."""
    if instant is None:
        return None
    text = instant.astimezone(zone).isoformat(timespec="seconds")
    return text.replace("+00:00", "Z")
