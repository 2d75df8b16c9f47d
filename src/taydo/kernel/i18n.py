"""Two languages side by side, and numbers, dates and durations the way each is read."""

from __future__ import annotations

import datetime as dt
import math
from contextvars import ContextVar

from . import clock

LANGUAGES = ("vi", "en")
_language: ContextVar[str] = ContextVar("language", default="vi")


def language() -> str:
    """The language of the page being made: `vi` or `en`."""
    return _language.get()


def use(code: str) -> None:
    """Make pages in this language from here on; unknown codes mean Vietnamese."""
    _language.set(code if code in LANGUAGES else "vi")


def t(vi: str, en: str) -> str:
    """The words in the reader's language."""
    return en if language() == "en" else vi


def number(value: float | None, digits: int | None = None) -> str:
    """A number as read: 1.234,5 in Vietnamese, 1,234.5 in English; an em dash for none. Digits default by size."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "—"
    if digits is None:
        digits = 0 if value == int(value) or abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:,.{digits}f}"
    return text if language() == "en" else text.translate(str.maketrans(",.", ".,"))


def when(instant: dt.datetime | None, seconds: bool = False) -> str:
    """An instant in Việt Nam: 22/11/2026 14:05, or 22 Nov 2026 14:05."""
    if instant is None:
        return "—"
    local = instant.astimezone(clock.LOCAL)
    pattern = ("%d %b %Y %H:%M" if language() == "en" else "%d/%m/%Y %H:%M") + (":%S" if seconds else "")
    return local.strftime(pattern)


def day(value: dt.date | None) -> str:
    """A date: 22/11/2026, or 22 Nov 2026."""
    return "—" if value is None else value.strftime("%d %b %Y" if language() == "en" else "%d/%m/%Y")


def ago(instant: dt.datetime | None) -> str:
    """How long ago, in words; show it beside the exact time."""
    if instant is None:
        return t("chưa có", "never")
    seconds = (clock.now() - instant).total_seconds()
    if seconds < 45:
        return t("vừa xong", "just now")
    for size, vi, en in ((86400, "ngày", "day"), (3600, "giờ", "hour"), (60, "phút", "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return t(f"{count} {vi} trước", f"{count} {en}{'s' if count > 1 else ''} ago")
    return t("1 phút trước", "1 minute ago")


def working_left(due: dt.datetime | None) -> str:
    """What is left until a deadline, or by how much it is missed, in words."""
    if due is None:
        return t("không có hạn", "no deadline")
    seconds = (due - clock.now()).total_seconds()
    late, seconds = seconds < 0, abs(seconds)
    size, vi, en = (
        (86400, "ngày", "day")
        if seconds >= 172800
        else (3600, "giờ", "hour")
        if seconds >= 3600
        else (60, "phút", "minute")
    )
    count = max(1, int(seconds // size))
    plural = "s" if count > 1 else ""
    if late:
        return t(f"trễ {count} {vi}", f"{count} {en}{plural} late")
    return t(f"còn {count} {vi}", f"{count} {en}{plural} left")
