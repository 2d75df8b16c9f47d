"""What happens to cases. `case_type` is the type's id; `actor` the name of who did it."""

from __future__ import annotations

from dataclasses import dataclass

from taydo.kernel.events import Event


@dataclass(frozen=True)
class CaseOpened(Event):
    """A case began."""

    case_id: int
    code: str
    case_type: str
    state: str
    agency: str
    title: str
    subject_kind: str
    subject_id: str
    parent_id: int | None = None


@dataclass(frozen=True)
class CaseMoved(Event):
    """A case took a declared step."""

    case_id: int
    code: str
    case_type: str
    move: str
    from_state: str
    to_state: str
    phase: str
    agency: str
    actor: str
    note: str
    subject_kind: str
    subject_id: str


@dataclass(frozen=True)
class CaseClosed(Event):
    """A case came to an end."""

    case_id: int
    code: str
    case_type: str
    state: str
    agency: str
    late: bool
    subject_kind: str
    subject_id: str


@dataclass(frozen=True)
class CaseAssigned(Event):
    """A case has an owner now, or another one."""

    case_id: int
    code: str
    case_type: str
    title: str
    agency: str
    owner_id: int
    previous_id: int | None
    actor: str


@dataclass(frozen=True)
class CaseHandedOver(Event):
    """A case went to another agency."""

    case_id: int
    code: str
    case_type: str
    title: str
    from_agency: str
    to_agency: str
    note: str
    actor: str


@dataclass(frozen=True)
class CaseLate(Event):
    """A case passed its deadline; told once for each deadline."""

    case_id: int
    code: str
    case_type: str
    title: str
    agency: str
    owner_id: int | None
    due_at: str


@dataclass(frozen=True)
class CaseTaskDone(Event):
    """An agency that was asked has ended its task. `case_id`: the case it was asked for; `note`: what it answered."""

    case_id: int
    task_id: int
    task_code: str
    agency: str
    state: str
    note: str
    actor: str


@dataclass(frozen=True)
class CaseCommented(Event):
    """Somebody wrote on the timeline; `public`: for the person who asked, who may read its words."""

    case_id: int
    code: str
    case_type: str
    agency: str
    public: bool
    actor: str
