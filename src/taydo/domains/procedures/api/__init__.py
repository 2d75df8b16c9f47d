"""Dossiers over HTTP: file, follow, supplement, withdraw; the verbs of officials; forms and the register."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import File, Form, Router
from ninja.files import UploadedFile

from taydo.domains.directory import public as directory
from taydo.engines.cases import queries as cases
from taydo.engines.files import queries as files
from taydo.engines.payments import queries as bills
from taydo.engines.payments.rules import Line
from taydo.engines.sheets import answering
from taydo.engines.sheets.columns import Column
from taydo.kernel.errors import invalid
from taydo.kernel.http import viewer
from taydo.kernel.i18n import t

from .. import queries
from ..actions import drafting, filing, handling, issuing, money, papers, receiving, results, transfers, working
from ..actions.filing import Applicant, Given, Upload
from ..public import state_word
from ..queries import lists
from .asked import (
    DossierIn,
    DraftIn,
    Lacking,
    Later,
    Owed,
    Owner,
    Purpose,
    Questions,
    Rating,
    Reason,
    SignIn,
    Step,
    TakenIn,
    To,
    Words,
)

router = Router(tags=["dossiers"])
SHOWN = (
    "code", "procedure", "title", "channel", "unit_code", "agency_receives", "agency_decides", "national", "money", "delivery", "delivery_state",
    "submitted_at", "received_at", "due_at", "finished_at", "returned_at", "ended_at", "supplements", "apologies", "result_number", "result_code", "result_file",
    "rating", "source",
)  # fmt: skip


REGISTER = (
    Column("no", "STT", "No.", "whole", 6), Column("code", "Mã hồ sơ", "Code", width=30), Column("title", "Thủ tục", "Procedure", width=50),
    Column("name", "Người nộp", "Applicant", width=26), Column("address", "Địa chỉ", "Address", width=30), Column("phone", "Điện thoại", "Phone"),
    Column("agency_decides", "Cơ quan giải quyết", "Decided by", width=34), Column("received_at", "Nhận", "Received", "instant"),
    Column("due_at", "Hẹn trả", "Due", "instant"), Column("done_at", "Xong", "Done", "instant"), Column("returned_at", "Trả", "Returned", "instant"),
    Column("delivery_note", "Ký nhận", "Evidence", width=30), Column("state_word", "Tình trạng", "State", width=22),
)  # fmt: skip


def shown(found: dict[str, Any]) -> dict[str, Any]:
    """A dossier as it leaves the house: nothing personal, no official's name."""
    return {name: found[name] for name in SHOWN} | {"state_word": state_word(found["national"]), "agency_name": directory.name(found["agency_decides"])}  # fmt: skip


def _given(body: DossierIn) -> dict[str, Any]:
    return {
        "unit_code": body.unit_code, "answers": body.answers, "applies": body.applies, "key": body.key,
        "papers": [Given(paper.id, paper.title or paper.id, vault=paper.vault, digital=bool(paper.vault)) for paper in body.papers],
    }  # fmt: skip


@router.post("/dossiers")
def file_dossier(request: HttpRequest, body: DossierIn) -> dict[str, Any]:
    """File online for oneself; 422 names everything that is missing."""
    applicant = Applicant(**body.applicant.model_dump())
    return filing.submit(viewer(request), body.procedure, applicant, delivery=body.delivery, **_given(body))


@router.post("/dossiers/with-files")
def file_with_files(
    request: HttpRequest, body: Form[str], uploads: File[list[UploadedFile]], papers: Form[list[str]]
) -> dict[str, Any]:
    """The same with files: `body` is the dossier as JSON, and `papers` says for each of `uploads` which paper it is."""
    if len(papers) != len(uploads):
        raise invalid("papers_uploads", "Mỗi tệp cần một mã giấy tờ.", "Each file needs the id of its paper.", field="papers")  # fmt: skip
    try:
        given = DossierIn.model_validate_json(body)
    except ValueError as error:
        raise invalid("body_wrong", "Nội dung hồ sơ chưa đúng.", "The dossier cannot be read.", field="body") from error
    came = [Upload(paper, file, file.name or "tep") for paper, file in zip(papers, uploads, strict=True)]
    applicant = Applicant(**given.applicant.model_dump())
    return filing.submit(
        viewer(request), given.procedure, applicant, delivery=given.delivery, uploads=came, **_given(given)
    )


def _page(before: int | None, limit: int) -> tuple[int | None, int]:
    """From where on and how many, within what there can be."""
    return before if before is not None and 0 < before < 2**63 else None, max(1, min(limit, 200))


@router.get("/dossiers")
def list_mine(request: HttpRequest, before: int | None = None, limit: int = 20) -> dict[str, Any]:
    """One's own dossiers, the newest first; `next` continues."""
    before, limit = _page(before, limit)
    found = queries.mine(viewer(request), before, limit)
    return {"dossiers": [shown(one) for one in found], "next": found[-1]["id"] if len(found) == limit else None}


@router.get("/dossiers/follow/{code}")
def follow(request: HttpRequest, code: str) -> dict[str, Any]:
    """How far a dossier is, for anybody who has its code: the code and the state, nothing else (TT 01/2018 Đ16.2d)."""
    found = queries.progress(code)
    if found is None:
        raise queries.no_dossier()
    return {"code": found["code"], "national": found["national"], "state_word": state_word(found["national"])}


@router.get("/dossiers/waiting")
def list_offered(request: HttpRequest) -> list[dict[str, Any]]:
    """Dossiers other agencies offer to the viewer's."""
    who = viewer(request)
    who.require("procedures.accept")
    extra = ("from_agency", "to_agency", "transfer_note", "offered_at", "offered_by")
    return [shown(one) | {name: one[name] for name in extra} for one in lists.offered(who)]


@router.get("/dossiers/work")
def list_work(
    request: HttpRequest, state: int | None = None, procedure: str = "", late: bool = False, before: int | None = None, limit: int = 50
) -> dict[str, Any]:  # fmt: skip
    """Dossiers an official may see, the newest first."""
    who = viewer(request)
    who.require("cases.see")
    before, limit = _page(before, limit)
    found = lists.worklist(who, state=state, procedure=procedure, late=late, before=before, limit=limit)
    extra = ("state", "phase", "agency", "owner_id")
    rows = [shown(one) | {name: one[name] for name in extra} for one in found]
    return {"dossiers": rows, "next": found[-1]["id"] if len(found) == limit else None}


@router.get("/dossiers/register")
def see_register(
    request: HttpRequest, agency: str, since: dt.date, until: dt.date, purpose: str = "", names: bool = False
) -> list[dict[str, Any]]:
    """The register of an agency (form 07) between two days."""
    return lists.register(viewer(request), agency, since, until, purpose=purpose, names=names)


@router.get("/dossiers/register.pdf")
def print_register(
    request: HttpRequest, agency: str, since: dt.date, until: dt.date, purpose: str = "", names: bool = False
) -> HttpResponse:
    """The same as PDF."""
    return _pdf(papers.register_pdf(viewer(request), agency, since, until, purpose=purpose, names=names))


@router.get("/dossiers/register.xlsx")
def save_register(
    request: HttpRequest, agency: str, since: dt.date, until: dt.date, purpose: str = "", names: bool = False
) -> StreamingHttpResponse:
    """The same as a workbook."""
    rows = lists.register(viewer(request), agency, since, until, purpose=purpose, names=names)
    told = [row | {"state_word": state_word(row["national"]), "agency_decides": directory.name(row["agency_decides"])} for row in rows]  # fmt: skip
    return answering.as_xlsx(
        f"so-theo-doi-{agency}-{since}-{until}", REGISTER, told, title=t("Sổ theo dõi hồ sơ", "Register of dossiers")
    )


@router.post("/dossiers/take-in")
def take_in(request: HttpRequest, body: TakenIn) -> dict[str, Any]:
    """Take a dossier at the desk and receive it; `immediate`: decide and hand over in one go."""
    who, applicant = viewer(request), Applicant(**body.applicant.model_dump())
    if body.immediate:
        return filing.immediate(
            who, body.procedure, applicant, number=body.number, evidence=body.evidence, **_given(body)
        )
    return filing.take_in(
        who, body.procedure, applicant, channel=body.channel, delivery=body.delivery, again=body.again, **_given(body)
    )


@router.get("/dossiers/{code}")
def see_dossier(request: HttpRequest, code: str) -> dict[str, Any]:
    """One dossier with its public lines, papers, forms, bills, and the parts of a joint one; 404 for everybody who may not see it."""
    who = viewer(request)
    found = queries.dossier(who, code)
    return shown(found) | {
        "papers": found["papers"], "lines": cases.public_lines(found["case_id"]),
        "forms": [{name: form[name] for name in ("id", "form", "made_at")} for form in queries.forms(found["id"]) if not form["draft"]],
        "bills": [{"code": bill.code, "amount_vnd": bill.amount_vnd, "state": bill.state} for bill in bills.of(who, "dossier", found["id"])],
        "parts": [{"code": part["code"], "title": part["title"], "national": part["national"], "due_at": part["due_at"]} for part in queries.parts(found["id"])],
    }  # fmt: skip


@router.get("/dossiers/{code}/files")
def list_files(request: HttpRequest, code: str) -> list[dict[str, Any]]:
    """Its files, of what the viewer may see."""
    who = viewer(request)
    found = queries.dossier(who, code)
    return [{"id": str(kept.id), "name": kept.name, "size": kept.size, "address": kept.address} for kept in files.files_of(who, "dossier", str(found["id"]))]  # fmt: skip


@router.get("/dossiers/{code}/forms/{form_id}")
def open_form(request: HttpRequest, code: str, form_id: int) -> HttpResponse:
    """A form (01–05) as PDF."""
    return _pdf(papers.print_form(viewer(request), code, form_id))


@router.get("/dossiers/{code}/control-slip")
def open_slip(request: HttpRequest, code: str) -> HttpResponse:
    """The control slip (form 06) as PDF, for officials."""
    return _pdf(papers.control_slip(viewer(request), code))


def _pdf(made: tuple[str, bytes]) -> HttpResponse:
    return HttpResponse(made[1], content_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{made[0]}"'})  # fmt: skip


@router.post("/dossiers/{code}/supplement")
def supplement(request: HttpRequest, code: str, uploads: File[list[UploadedFile]], papers: Form[list[str]], note: Form[str] = "") -> dict[str, Any]:  # fmt: skip
    """Hand in what was asked for: a file for each paper."""
    came = [Upload(paper, file, file.name or "tep") for paper, file in zip(papers, uploads, strict=False)]
    return filing.give_supplement(viewer(request), code, note=note, uploads=came)


@router.post("/dossiers/{code}/withdraw")
def withdraw(request: HttpRequest, code: str, body: Reason) -> dict[str, Any]:
    """Take one's own dossier back."""
    return filing.withdraw(viewer(request), code, body.reason)


@router.post("/dossiers/{code}/rate")
def rate(request: HttpRequest, code: str, body: Rating) -> dict[str, Any]:
    """Say how content one is."""
    return filing.rate(viewer(request), code, body.rating, body.text)


@router.post("/dossiers/{code}/read-result")
def read_result(request: HttpRequest, code: str) -> dict[str, Any]:
    """The owner has opened the result."""
    return results.read_result(viewer(request), code)


@router.post("/dossiers/{code}/receive")
def receive(request: HttpRequest, code: str, body: Words) -> dict[str, Any]:
    """Receive it: its clock begins."""
    return receiving.receive(viewer(request), code, body.note)


@router.post("/dossiers/{code}/refuse")
def refuse(request: HttpRequest, code: str, body: Reason) -> dict[str, Any]:
    """Refuse it, with the reason."""
    return receiving.refuse(viewer(request), code, body.reason)


@router.post("/dossiers/{code}/ask-supplement")
def ask_supplement(request: HttpRequest, code: str, body: Lacking) -> dict[str, Any]:
    """Ask for everything that is lacking."""
    return receiving.ask_supplement(viewer(request), code, body.lacks, body.note)


@router.post("/dossiers/{code}/ask-payment")
def ask_payment(request: HttpRequest, code: str, body: Owed) -> dict[str, Any]:
    """Ask for money."""
    lines = [Line(f"line{at}", title, amount) for at, (title, amount) in enumerate(body.lines)]
    return money.ask_payment(viewer(request), code, lines, body.note)


@router.post("/dossiers/{code}/step")
def take_step(request: HttpRequest, code: str, body: Step) -> dict[str, Any]:
    """Take a step of its workflow."""
    return working.take_step(
        viewer(request), code, body.move, body.note, fields=body.fields, expected_version=body.expected_version
    )


@router.post("/dossiers/{code}/assign")
def assign(request: HttpRequest, code: str, body: Owner) -> dict[str, Any]:
    """Give it to somebody."""
    return working.assign(viewer(request), code, body.owner_id, body.note, expected_version=body.expected_version)


@router.post("/dossiers/{code}/offer")
def offer(request: HttpRequest, code: str, body: To) -> dict[str, Any]:
    """Offer it to another agency."""
    return transfers.offer(viewer(request), code, body.agency, body.note)


@router.post("/dossiers/{code}/accept")
def accept(request: HttpRequest, code: str, body: Words) -> dict[str, Any]:
    """Take over what was offered."""
    return transfers.accept(viewer(request), code, body.note)


@router.post("/dossiers/{code}/decline")
def decline(request: HttpRequest, code: str, body: Reason) -> dict[str, Any]:
    """Send it back."""
    return transfers.decline(viewer(request), code, body.reason)


@router.post("/dossiers/{code}/consult")
def consult(request: HttpRequest, code: str, body: Questions) -> dict[str, Any]:
    """Ask other agencies, several at once."""
    asked = [(one.agency, one.question) for one in body.questions]
    return working.consult(viewer(request), code, asked, working_days=body.working_days, key=body.key)


@router.post("/dossiers/{code}/draft")
def draft(request: HttpRequest, code: str, body: DraftIn) -> dict[str, Any]:
    """Write what the result says: a new version."""
    return drafting.draft_result(
        viewer(request), code, body.data, template=body.template, title=body.title, number=body.number
    )


@router.post("/dossiers/{code}/approve")
def approve(request: HttpRequest, code: str, body: Words) -> dict[str, Any]:
    """Approve the result."""
    return working.approve(viewer(request), code, body.note)


@router.post("/dossiers/{code}/rework")
def rework(request: HttpRequest, code: str, body: Reason) -> dict[str, Any]:
    """Send the result back."""
    return working.rework(viewer(request), code, body.reason)


@router.post("/dossiers/{code}/sign")
def sign(request: HttpRequest, code: str, body: SignIn) -> dict[str, Any]:
    """Have the approved result signed."""
    return issuing.sign(viewer(request), code, body.keys, secret=body.secret, office=body.office)


@router.post("/dossiers/{code}/apologise")
def apologise(request: HttpRequest, code: str, body: Later) -> dict[str, Any]:
    """Say sorry and give a new day."""
    return handling.apologise(viewer(request), code, body.reason, body.working_days)


@router.post("/dossiers/{code}/stop")
def stop(request: HttpRequest, code: str, body: Reason) -> dict[str, Any]:
    """Stop it."""
    return handling.stop(viewer(request), code, body.reason)


@router.post("/dossiers/{code}/return")
def return_result(request: HttpRequest, code: str, body: Words) -> dict[str, Any]:
    """Hand the result over; `note` is the evidence."""
    return results.return_result(viewer(request), code, body.note)


@router.post("/dossiers/{code}/person")
def reveal(request: HttpRequest, code: str, body: Purpose) -> dict[str, Any]:
    """Who filed and what they answered, for a purpose."""
    return vars(working.reveal(viewer(request), code, body.purpose))
