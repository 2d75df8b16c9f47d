"""What follows when something happens to a case: its open questions end with it, and those who work on it are told."""

from __future__ import annotations

from taydo.engines.cases.events import CaseAssigned, CaseClosed, CaseLate, CaseTaskDone
from taydo.kernel import sql
from taydo.kernel.events import Meta, on

from . import consulting, telling
from .events import CaseEscalated, CaseExtended, CaseMoreTimeAsked, CaseMoreTimeRefused


@on(CaseClosed)
def take_back_open_questions(event: CaseClosed, meta: Meta) -> None:
    """Nobody answers for a case that is over."""
    consulting.withdraw_all(event.case_id)


@on(CaseAssigned)
def tell_owner(event: CaseAssigned, meta: Meta) -> None:
    """Who was given a case hears of it, and who stands in for them; who took it knows."""
    if telling.name_of(event.owner_id) != event.actor:
        people = telling.with_deputies(event.owner_id)
        telling.tell(f"case:{meta.id}", event.case_id, people, "Bạn được giao một việc", "A case was given to you")


@on(CaseLate)
def tell_lateness(event: CaseLate, meta: Meta) -> None:
    """The owner hears that their case is late."""
    people = telling.with_deputies(event.owner_id)
    telling.tell(f"case:{meta.id}", event.case_id, people, "Vụ việc của bạn đã trễ hạn", "Your case is late")


@on(CaseEscalated)
def tell_above(event: CaseEscalated, meta: Meta) -> None:
    """Who decides in the agency that shall know hears how far a late case has come, and its owner too."""
    people = [*telling.people("cases.extend", event.to_agency), *telling.with_deputies(event.owner_id)]
    vi, en = f"Trễ hạn, báo lên mức {event.level}", f"Late, escalated to level {event.level}"
    telling.tell(f"case:{meta.id}", event.case_id, people, vi, en)


@on(CaseMoreTimeAsked)
def tell_who_decides(event: CaseMoreTimeAsked, meta: Meta) -> None:
    """Who may decide on more time hears that it was asked, except who asked."""
    by = sql.value("SELECT asked_by FROM casework_extension WHERE id = %(id)s", {"id": event.extension_id})
    people = [person for person in telling.people("cases.extend", event.to_agency) if person != by]
    vi, en = f"{event.actor} xin gia hạn", f"{event.actor} asks for more time"
    telling.tell(f"case:{meta.id}", event.case_id, people, vi, en, event.reason)


@on(CaseExtended)
def tell_granted(event: CaseExtended, meta: Meta) -> None:
    """Who asked for more time hears that they have it."""
    telling.tell(f"case:{meta.id}", event.case_id, [event.asked_by], "Đã được gia hạn", "More time was granted")


@on(CaseMoreTimeRefused)
def tell_refused(event: CaseMoreTimeRefused, meta: Meta) -> None:
    """Who asked for more time hears why they do not have it."""
    vi, en = "Không được gia hạn", "More time was refused"
    telling.tell(f"case:{meta.id}", event.case_id, [event.asked_by], vi, en, event.note)


@on(CaseTaskDone)
def tell_answer(event: CaseTaskDone, meta: Meta) -> None:
    """The owner of a case hears that an agency has answered."""
    people = telling.with_deputies(telling.owner_of(event.case_id))
    vi, en = "Cơ quan được hỏi đã trả lời", "An agency that was asked has answered"
    telling.tell(f"case:{meta.id}", event.case_id, people, vi, en, event.note)
