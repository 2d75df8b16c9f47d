"""ISO 8601 instants, intervals and durations as whole microseconds since 1970-01-01 UTC (18-088, 8.1)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from .errors import StaError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)

INSTANT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?"
    r"(Z|z|[+\-]\d{2}(?::?\d{2})?| \d{2}:\d{2})?"
)
_DURATION = re.compile(r"(-)?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,6}))?S)?)?")


def parse_instant(text: str) -> int:
    """Microseconds since 1970 of an ISO 8601 instant; an instant without zone is UTC. Raises StaError."""
    match = INSTANT.fullmatch(text.strip())
    if match is None:
        raise StaError(
            f"Không phải thời điểm ISO 8601: {text[:40]!r}", f"Not an ISO 8601 instant: {text[:40]!r}", text=text
        )
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC)
        whole = (moment - EPOCH) // _TICK - _offset_us(zone)
        (EPOCH + timedelta(microseconds=whole))
    except (ValueError, OverflowError):
        raise StaError(
            f"Thời điểm không tồn tại: {text[:40]!r}", f"No such instant: {text[:40]!r}", text=text
        ) from None
    return whole + int((fraction or "0")[:6].ljust(6, "0"))


def _offset_us(zone: str | None) -> int:
    """Microseconds east of Greenwich of a zone suffix (a space stands for a plus sign that was lost in a URL)."""
    if not zone or zone in "Zz":
        return 0
    digits = zone[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if hours > 23 or minutes > 59:
        raise ValueError("zone")
    return (-1 if zone[0] == "-" else 1) * (hours * 3600 + minutes * 60) * 1_000_000


def parse_time(text: str) -> tuple[int, int | None]:
    """(start, end) of an instant (end None) or of an interval ``start/end``. Raises StaError if it ends first."""
    first, slash, second = text.partition("/")
    start = parse_instant(first)
    if not slash:
        return start, None
    end = parse_instant(second)
    if end < start:
        raise StaError(
            f"Khoảng thời gian kết thúc trước khi bắt đầu: {text[:80]!r}",
            f"The interval ends before it starts: {text[:80]!r}",
            text=text,
        )
    return start, end


def parse_instants(texts: list[str]) -> list[int]:
    """Microseconds of many instants; the usual forms go the fast way. Raises StaError at the first bad one."""
    parse, epoch, tick = datetime.fromisoformat, EPOCH, _TICK
    found = []
    for text in texts:
        try:
            moment = parse(text)
            if moment.tzinfo is None or len(text) < 20:
                raise ValueError
            found.append((moment - epoch) // tick)
        except (ValueError, TypeError, OverflowError):
            if not isinstance(text, str):
                raise StaError("Thời điểm phải là chuỗi", "A time must be a string") from None
            found.append(parse_time(text)[0])
    return found


def format_instant(microseconds: int) -> str:
    """``2026-01-31T01:02:03.004Z``: milliseconds, or microseconds when there are any."""
    moment = EPOCH + timedelta(microseconds=microseconds)
    stem = moment.strftime("%Y-%m-%dT%H:%M:%S") if moment.year >= 1000 else moment.replace(tzinfo=None).isoformat()[:19]
    part = microseconds % 1_000_000
    return f"{stem}.{part // 1000:03d}Z" if part % 1000 == 0 else f"{stem}.{part:06d}Z"


def format_time(start: int, end: int | None) -> str:
    """An instant, or ``start/end``."""
    return format_instant(start) if end is None else f"{format_instant(start)}/{format_instant(end)}"


def parse_duration(text: str) -> int:
    """Microseconds of an ISO 8601 duration in weeks, days, hours, minutes, seconds. Raises StaError."""
    match = _DURATION.fullmatch(text)
    if match is None or text.rstrip("-").endswith(("P", "T")) or len(text) > 60:
        raise StaError(
            f"Không phải khoảng thời gian ISO 8601: {text[:40]!r}",
            f"Not an ISO 8601 duration: {text[:40]!r}",
            text=text,
        )
    sign, weeks, days, hours, minutes, seconds, fraction = match.groups()
    total = ((int(weeks or 0) * 7 + int(days or 0)) * 24 + int(hours or 0)) * 60 + int(minutes or 0)
    whole = (total * 60 + int(seconds or 0)) * 1_000_000 + int((fraction or "0").ljust(6, "0"))
    if whole > 9_000 * 366 * 86_400 * 1_000_000:
        raise StaError("Khoảng thời gian quá dài", "The duration is too long", text=text)
    return -whole if sign else whole


def format_duration(microseconds: int) -> str:
    """ISO 8601 duration in seconds: ``PT3600S``, ``-PT0.5S``."""
    whole, part = divmod(abs(microseconds), 1_000_000)
    tail = f".{part:06d}".rstrip("0") if part else ""
    return f"{'-' if microseconds < 0 else ''}PT{whole}{tail}S"
