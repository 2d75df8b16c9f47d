"""How long to wait for a partner that does not answer, and how its state is called."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

FIRST_S, MOST_S = 2.0, 300.0


def pause(fails: int, chance: Callable[[], float] = random.random) -> dt.timedelta:
    """The pause after so many failures in a row: doubling from FIRST_S to MOST_S, of which the last half is left to chance.

    Full jitter on the upper half keeps many senders from coming back in step; the lower half keeps it a pause.
    """
    whole = min(MOST_S, FIRST_S * 2 ** min(max(fails, 1) - 1, 30))
    return dt.timedelta(seconds=whole / 2 + whole / 2 * chance())


def standing(paused: bool, ready: bool, fails: int, refused: int) -> str:
    """The one word for a partner: paused, unset, silent, refusing or well."""
    if paused:
        return "paused"
    if not ready:
        return "unset"
    if fails:
        return "silent"
    return "refusing" if refused else "well"
