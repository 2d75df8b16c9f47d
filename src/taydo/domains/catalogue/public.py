"""The only door of the catalogue for other domains."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from . import queries
from .models import Channel, Fee, Paper, Procedure, Result


@dataclass(frozen=True)
class Held:
    """A procedure as it holds under one version."""

    version_id: int
    spec: Procedure


def on(code: str, day: dt.date | None = None) -> Held | None:
    """The version of a procedure in force on a day (today), or None."""
    found = queries.on(code, day)
    return Held(*found) if found else None


def version(version_id: int) -> Procedure:
    """A version's declaration, in force or not; 404 when there is none."""
    return queries.version(version_id)


decides = queries.decides
receives = queries.receives

__all__ = ["Channel", "Fee", "Held", "Paper", "Procedure", "Result", "decides", "on", "receives", "version"]
