"""What requests about dossiers carry."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Schema


class ApplicantIn(Schema):
    """Who files. `number`: personal number or tax code."""

    name: str
    number: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    kind: Literal["person", "organisation", "household"] = "person"


class PaperIn(Schema):
    """A paper: which of the procedure, or of the vault."""

    id: str
    title: str = ""
    vault: str = ""


class DossierIn(Schema):
    """A dossier. `applies`: cases of papers that apply; `key`: the client's own, the same again is the same dossier."""

    procedure: str
    unit_code: str
    applicant: ApplicantIn
    answers: dict[str, Any] = {}
    papers: list[PaperIn] = []
    applies: list[str] = []
    delivery: str = "vault"
    key: str = ""


class TakenIn(DossierIn):
    """A dossier at the desk; `again`: although the same person has one open; `number`, `evidence`: of a result given at once."""

    channel: Literal["desk", "post"] = "desk"
    delivery: str = "desk"
    again: bool = False
    immediate: bool = False
    number: str = ""
    evidence: str = ""


class Words(Schema):
    """Words of whoever acts."""

    note: str = ""


class Reason(Schema):
    """Why."""

    reason: str = ""


class Lacking(Schema):
    """Everything that is lacking, at once."""

    lacks: list[str]
    note: str = ""


class Later(Schema):
    """Why it takes longer, and how many working days more."""

    reason: str
    working_days: int


class Step(Schema):
    """A step the workflow declares."""

    move: str
    note: str = ""
    fields: dict[str, Any] = {}
    expected_version: int | None = None


class To(Schema):
    """To which agency, and why."""

    agency: str
    note: str


class Question(Schema):
    """What is asked of an agency."""

    agency: str
    question: str


class Questions(Schema):
    """Questions to several agencies at once."""

    questions: list[Question]
    working_days: int | None = None
    key: str = ""


class Owner(Schema):
    """Whose work it becomes."""

    owner_id: int
    note: str = ""
    expected_version: int | None = None


class Owed(Schema):
    """What is to be paid, in đồng; none: what the procedure declares."""

    lines: list[tuple[str, int]] = []
    note: str = ""


class DraftIn(Schema):
    """What a result says."""

    data: dict[str, Any]
    template: str = "result"
    title: str = ""
    number: str = ""


class SignIn(Schema):
    """Which keys sign, in turn; `secret`: the PIN of a remote one."""

    keys: list[int]
    secret: str = ""
    office: str = ""


class Rating(Schema):
    """1 (not content at all) to 5 (very content)."""

    rating: int
    text: str = ""


class Purpose(Schema):
    """Why somebody's data is looked at; the person can read it later."""

    purpose: str = ""
