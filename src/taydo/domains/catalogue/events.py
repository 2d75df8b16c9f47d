"""What happens to the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from taydo.kernel.events import Event


@dataclass(frozen=True)
class ProcedureChanged(Event):
    """A version of a procedure was published, changed its end, or was closed."""

    code: str
    version_id: int
    valid_from: str
