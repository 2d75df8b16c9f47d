"""Every write of the work on cases, in one place: each stands in the file named for what it is about."""

from __future__ import annotations

from .arranging import drop_filter, save_filter
from .consulting import ask_agency, withdraw
from .extending import ask_more_time, decide_more_time
from .history import bring_in
from .lateness import escalate, report_late
from .merging import merge, split

__all__ = [
    "ask_agency",
    "ask_more_time",
    "bring_in",
    "decide_more_time",
    "drop_filter",
    "escalate",
    "merge",
    "report_late",
    "save_filter",
    "split",
    "withdraw",
]
