"""What happens to reports beyond the steps of their cases."""

from __future__ import annotations

from dataclasses import dataclass

from taydo.kernel.events import Event


@dataclass(frozen=True)
class ReportRated(Event):
    """The reporter said how content they are, 1 to 5."""

    report_id: int
    code: str
    agency: str
    rating: int
