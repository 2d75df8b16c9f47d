"""What happens to warnings."""

from __future__ import annotations

from dataclasses import dataclass

from taydo.kernel.events import Event


@dataclass(frozen=True)
class WarningPublished(Event):
    """A warning, its update or its cancellation left the house; `message` is the CAP word Alert, Update or Cancel."""

    warning_id: int
    identifier: str
    message: str
    hazard: str
    severity: str
    units: list[str]


@dataclass(frozen=True)
class WarningExpired(Event):
    """A warning is over because its time has come."""

    warning_id: int
    identifier: str
    hazard: str
    units: list[str]
