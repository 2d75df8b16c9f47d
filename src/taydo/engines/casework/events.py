"""What happens when agencies work on cases together. `case_type` is the type's id; `actor` the name of who did it."""

from __future__ import annotations

from dataclasses import dataclass

from taydo.kernel.events import Event


@dataclass(frozen=True)
class CaseEscalated(Event):
    """A late case came to a further level; told once for each level of a deadline. `to_agency`: who shall hear of it."""

    case_id: int
    code: str
    case_type: str
    title: str
    agency: str
    to_agency: str
    owner_id: int | None
    level: int
    due_at: str


@dataclass(frozen=True)
class CaseMoreTimeAsked(Event):
    """Somebody asked for more time; `to_agency` decides."""

    extension_id: int
    case_id: int
    code: str
    case_type: str
    title: str
    agency: str
    to_agency: str
    until: str
    reason: str
    actor: str


@dataclass(frozen=True)
class CaseExtended(Event):
    """More time was granted: the case is due later. `asked_by`: the actor who had asked."""

    extension_id: int
    case_id: int
    code: str
    case_type: str
    title: str
    agency: str
    asked_by: int | None
    was_due_at: str
    due_at: str
    reason: str
    actor: str


@dataclass(frozen=True)
class CaseMoreTimeRefused(Event):
    """More time was refused, with the reason."""

    extension_id: int
    case_id: int
    code: str
    case_type: str
    title: str
    agency: str
    asked_by: int | None
    note: str
    actor: str


@dataclass(frozen=True)
class CaseMerged(Event):
    """A case ended because it is part of another one; who asked hears from then on what becomes of that one."""

    case_id: int
    code: str
    case_type: str
    agency: str
    into_id: int
    into_code: str
    note: str
    actor: str
    subject_kind: str
    subject_id: str


@dataclass(frozen=True)
class CaseSplit(Event):
    """New cases were made out of a part of one."""

    case_id: int
    code: str
    case_type: str
    agency: str
    new_ids: list[int]
    new_codes: list[str]
    note: str
    actor: str
