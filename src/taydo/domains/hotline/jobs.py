"""Regular work of the hotline, and its step of loading the city."""

from __future__ import annotations

from pathlib import Path

from taydo.kernel import metrics, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import every, loads

from .actions import keeping

HOUSE = Viewer.system("hotline")


@loads(order=60, name="hotline")
def load(folder: Path) -> str:
    """Categories and known answers."""
    counts = keeping.load(HOUSE, folder)
    return f"{counts['categories']} categories, {counts['answers']} known answers written"


@every(seconds=300, name="hotline.close")
def close() -> None:
    """Close what was answered and not reopened; nothing is written while there is none."""
    if sql.value("SELECT EXISTS (SELECT FROM cases_case WHERE type = 'report' AND state = 'answered')"):
        while keeping.close_answered(HOUSE) == 200:
            continue


@every(seconds=86400, name="hotline.forget")
def forget() -> None:
    """Marks of senders are kept for a month."""
    keeping.forget_senders(HOUSE)


@metrics.gauge("taydo_hotline_held", "Reports that wait for a person before anything else")
def _held() -> float:
    return float(sql.value("SELECT count(*) FROM hotline_report WHERE held <> ''"))
