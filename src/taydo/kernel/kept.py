"""Figures that are the same for everybody are counted once in a while where there is much to count, not once a reader."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from . import i18n, sql

Count = TypeVar("Count", bound=Callable[..., Any])
MANY, MOST = 20_000, 1000


def kept(seconds: float, table: str) -> Callable[[Count], Count]:
    """Keep an answer for so long in this process, by arguments and language, while `table` holds more than MANY rows.

    With fewer rows every answer is fresh. While one reader counts anew, the others get the answer before it.
    """

    def declare(count: Count) -> Count:
        answers: dict[Any, tuple[float, Any]] = {}
        lock = threading.Lock()

        @functools.wraps(count)
        def answer(*args: Any, **kwargs: Any) -> Any:
            key, now = (args, tuple(sorted(kwargs.items())), i18n.language()), time.monotonic()
            with lock:
                found = answers.get(key)
                if found and found[0] > now:
                    return found[1]
                if found:
                    answers[key] = (now + seconds, found[1])
            fresh = count(*args, **kwargs)
            rows = sql.value("SELECT reltuples FROM pg_class WHERE oid = %(t)s::regclass", {"t": table})
            with lock:
                if rows > MANY and len(answers) < MOST:
                    answers[key] = (time.monotonic() + seconds, fresh)
                else:
                    answers.pop(key, None)
            return fresh

        return cast(Count, answer)

    return declare
