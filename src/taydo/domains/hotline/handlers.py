"""What happens to the case of a report is kept and told to whoever reported it; letters and chats become reports. Once an event."""

from __future__ import annotations

from taydo.domains.identity.events import AccountClosed
from taydo.engines.cases.events import CaseHandedOver, CaseLate, CaseMoved, CaseOpened
from taydo.engines.casework.events import CaseExtended, CaseMerged
from taydo.engines.chats.events import ChatReceived
from taydo.engines.mailroom.events import LetterReceived
from taydo.kernel.actors import Viewer
from taydo.kernel.events import Meta, on

from . import queries, rules
from .actions import correspondence, keeping, personal

HOUSE = Viewer.system("hotline")


@on(CaseOpened)
def tell_received(event: CaseOpened, meta: Meta) -> None:
    """The report was received, and by when it will be answered."""
    if event.case_type == "report":
        keeping.follow(HOUSE, event.case_id, "received", str(meta.id))


@on(CaseHandedOver)
def tell_forwarded(event: CaseHandedOver, meta: Meta) -> None:
    """Another agency has it now; coming back to the centre is nobody's news."""
    if event.case_type == "report" and event.to_agency != queries.desk().centre:
        keeping.follow(HOUSE, event.case_id, "forwarded", str(meta.id))


@on(CaseMoved)
def tell_moved(event: CaseMoved, meta: Meta) -> None:
    """Answered, not accepted, reopened, or something is asked of the reporter."""
    if event.case_type == "report":
        step = "reopened" if event.move == "reopen" else rules.STEP_OF_STATE.get(event.to_state)
        if step:
            keeping.follow(HOUSE, event.case_id, step, str(meta.id), event.note)


@on(AccountClosed)
def forget_person(event: AccountClosed, meta: Meta) -> None:
    """Whoever closes their account is no longer named in their reports."""
    personal.forget_person(HOUSE, event.actor_id)


@on(CaseLate)
def apologise(event: CaseLate, meta: Meta) -> None:
    """The deadline has passed: the reporter hears it from us first, with an apology."""
    if event.case_type == "report":
        keeping.follow(HOUSE, event.case_id, "late", str(meta.id))


@on(CaseExtended)
def promise_anew(event: CaseExtended, meta: Meta) -> None:
    """More time was granted: the reporter hears the new date, with an apology."""
    if event.case_type == "report":
        keeping.follow(HOUSE, event.case_id, "extended", str(meta.id))


@on(CaseMerged)
def tell_merged(event: CaseMerged, meta: Meta) -> None:
    """The report is part of another one now, whose answer its reporter will hear."""
    if event.case_type == "report":
        keeping.follow(HOUSE, event.case_id, "merged", str(meta.id), event.note)


@on(LetterReceived)
def take_letter(event: LetterReceived, meta: Meta) -> None:
    """A letter is a report, or adds to one."""
    correspondence.take_letter(HOUSE, event.letter_id)


@on(ChatReceived)
def take_chat(event: ChatReceived, meta: Meta) -> None:
    """A message is part of a report, or asks about one."""
    correspondence.take_chat(HOUSE, event.message_id)
