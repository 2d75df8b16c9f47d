"""The only door of the catalogue for other domains."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from taydo.domains.directory import public as directory
from taydo.kernel import panels
from taydo.kernel.errors import missing

from . import queries
from .models import Channel, Fee, Paper, Procedure, Result
from .queries import figures
from .queries.figures import Counts

panels.place("procedures", "/procedures")


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


def decides(procedure: Procedure, unit_code: str) -> str:
    """The code of the agency that decides for somebody in a commune; 404 when nobody stands there for it."""
    return _agency(procedure.decides, procedure, unit_code)


def receives(procedure: Procedure, unit_code: str) -> str:
    """The code of the agency whose one-stop desk takes the dossier: as declared, else the one that decides."""
    return _agency(procedure.receives or procedure.decides, procedure, unit_code)


def startable(day: dt.date | None = None) -> list[str]:
    """Codes of procedures a dossier can be begun for on a day (today): all in force; those of agencies outside are sent on."""
    return [one.code for one in queries.in_force(day=day)]


def titles(codes: Sequence[str]) -> dict[str, str]:
    """Titles by code as they hold today; unknown codes are left out."""
    return queries.entitled(codes)


def counts(day: dt.date | None = None) -> Counts:
    """Figures of the catalogue on a day (today) for the service index, groups 1, 3.1 and 3.5."""
    return figures.counts(day)


def _agency(rule: str, procedure: Procedure, unit_code: str) -> str:
    if rule == "unit":
        found = directory.committee(unit_code)
    elif rule.startswith("field:"):
        found = directory.agency_for(unit_code, rule[6:])
    else:
        found = directory.agency(rule)
    if found is None:
        raise missing(
            "no_agency_decides", f"Chưa rõ cơ quan giải quyết thủ tục {procedure.code}.",
            f"Nobody is known who decides procedure {procedure.code}.",
        )  # fmt: skip
    return found.code


__all__ = [
    "Channel",
    "Counts",
    "Fee",
    "Held",
    "Paper",
    "Procedure",
    "Result",
    "counts",
    "decides",
    "on",
    "receives",
    "startable",
    "titles",
    "version",
]
