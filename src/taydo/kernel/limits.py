"""Rate limits: a bucket of tokens for each sender, per process; a full bucket allows a burst."""

from __future__ import annotations

import threading
import time

from .errors import too_many

_buckets: dict[str, tuple[float, float]] = {}
_lock = threading.Lock()
_MOST = 50_000


def spend(key: str, per_second: float, burst: float) -> None:
    """Take one token of `key`'s bucket or raise 429 with the seconds to wait."""
    now = time.monotonic()
    with _lock:
        if len(_buckets) > _MOST:
            _buckets.clear()
        level, then = _buckets.get(key, (burst, now))
        level = min(burst, level + (now - then) * per_second)
        if level < 1:
            _buckets[key] = (level, now)
            wait = max(1, round((1 - level) / per_second))
            raise too_many(
                "too_many_requests",
                f"Bạn gửi quá nhanh; hãy thử lại sau {wait} giây.",
                f"You are sending too fast; try again in {wait} s.",
                retry_after=wait,
            )
        _buckets[key] = (level - 1, now)
