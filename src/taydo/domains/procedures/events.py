"""What happens to dossiers."""

from __future__ import annotations

from dataclasses import dataclass

from taydo.kernel.events import Event


@dataclass(frozen=True)
class DossierMoved(Event):
    """A dossier took a step. `step`: submitted, received, refused, supplement_asked, supplement_given, payment_asked, paid, worked, extended,
    approved, finished, returned, stopped, withdrawn; `national`: its state on the national portal, 1 to 10; `at`: ISO instant.
    """

    dossier_id: int
    case_id: int
    code: str
    procedure: str
    step: str
    national: int
    agency: str
    by_name: str
    note: str
    at: str


@dataclass(frozen=True)
class DossierRated(Event):
    """Whoever filed said how content they are, 1 to 5."""

    dossier_id: int
    code: str
    agency: str
    rating: int
