"""What follows when something happens to a dossier, its case or its bills. Once an event."""

from __future__ import annotations

import uuid

from taydo.engines.cases.events import CaseAssigned, CaseHandedOver, CaseMoved
from taydo.engines.casework.events import CaseExtended
from taydo.engines.payments.events import BillCancelled, BillPaid, BillRefunded
from taydo.engines.signing.events import DocumentSigned, SigningFailed
from taydo.kernel.actors import Viewer
from taydo.kernel.events import Meta, on

from . import queries, rules
from .actions import counting, instructing, issuing, joint, keeping, money, portal, taken, vaulted
from .events import DossierMoved, DossierRated

HOUSE = Viewer.system("procedures")


@on(CaseMoved)
def follow_case(event: CaseMoved, meta: Meta) -> None:
    """A step taken on the desk moves the dossier too."""
    if event.subject_kind == "dossier":
        keeping.follow(HOUSE, event.case_id, "worked", event.note)


@on(CaseMoved)
def report_instruction(event: CaseMoved, meta: Meta) -> None:
    """An instruction was reported on: the dossier's timeline says so, and whoever gave it hears."""
    if event.subject_kind == instructing.SUBJECT and event.phase == "done":
        instructing.reported(HOUSE, event.case_id, event.subject_id, event.note, event.actor, str(meta.id))


@on(CaseExtended)
def follow_time(event: CaseExtended, meta: Meta) -> None:
    """More time was granted on the desk: the appointment is another one."""
    if event.case_type.startswith("dossier_"):
        keeping.follow(HOUSE, event.case_id, "extended", event.reason)


@on(DossierMoved)
def tell_applicant(event: DossierMoved, meta: Meta) -> None:
    """Whoever filed hears of it."""
    if event.step in rules.TOLD:
        keeping.tell(HOUSE, event.dossier_id, event.step, f"dossier:{meta.id}")


@on(DossierMoved)
def gather_parts(event: DossierMoved, meta: Meta) -> None:
    """The last part of a joint dossier has ended, and so has the whole."""
    if event.national in rules.ENDED and (whole := queries.parent_of(event.dossier_id)):
        joint.gather(HOUSE, whole)


@on(DossierMoved)
def put_result(event: DossierMoved, meta: Meta) -> None:
    """An issued result lies in its owner's vault."""
    if event.step == "finished":
        vaulted.put_result(HOUSE, event.dossier_id)


@on(DossierMoved)
def take_name(event: DossierMoved, meta: Meta) -> None:
    """A registration that was issued takes its name."""
    if event.step == "finished":
        taken.keep(HOUSE, event.dossier_id)


@on(BillPaid)
def bill_paid(event: BillPaid, meta: Meta) -> None:
    """A fee came in."""
    if event.purpose_kind == "dossier":
        money.paid(HOUSE, int(event.purpose_id), event.online)


@on(BillRefunded)
def bill_refunded(event: BillRefunded, meta: Meta) -> None:
    """A fee went back."""
    if event.purpose_kind == "dossier" and event.whole:
        money.not_owed(HOUSE, int(event.purpose_id), "refunded")


@on(BillCancelled)
def bill_cancelled(event: BillCancelled, meta: Meta) -> None:
    """A fee is not owed any more."""
    if event.purpose_kind == "dossier":
        money.not_owed(HOUSE, int(event.purpose_id), "none")


@on(DossierMoved)
def tell_portal(event: DossierMoved, meta: Meta) -> None:
    """The national portal is told every step."""
    portal.push(event.code)


@on(CaseAssigned)
def tell_portal_who(event: CaseAssigned, meta: Meta) -> None:
    """It is told who handles a dossier now."""
    if found := queries.by_case(event.case_id):
        portal.push(found["code"])


@on(CaseHandedOver)
def tell_portal_where(event: CaseHandedOver, meta: Meta) -> None:
    """It is told which agency has a dossier now."""
    if found := queries.by_case(event.case_id):
        portal.push(found["code"])


@on(DocumentSigned)
def result_signed(event: DocumentSigned, meta: Meta) -> None:
    """A result bears its signatures."""
    if event.purpose_kind == "dossier_result":
        issuing.signed(HOUSE, int(event.purpose_id), uuid.UUID(event.file_id), event.code)


@on(SigningFailed)
def result_not_signed(event: SigningFailed, meta: Meta) -> None:
    """A result could not be signed."""
    if event.purpose_kind == "dossier_result":
        issuing.not_signed(HOUSE, int(event.purpose_id), event.reason)


@on(DossierMoved)
def count_anew(event: DossierMoved, meta: Meta) -> None:
    """Its agency's day is counted anew."""
    counting.mark(HOUSE, event.dossier_id)


@on(DossierRated)
def count_rating(event: DossierRated, meta: Meta) -> None:
    """A rating counts, too."""
    counting.mark(HOUSE, event.dossier_id)
