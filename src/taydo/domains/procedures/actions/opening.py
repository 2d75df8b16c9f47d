"""Opening a dossier: what it must hold, its files, its case and its code; shared by every way of filing."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from taydo.domains.catalogue import public as catalogue
from taydo.domains.directory import public as directory
from taydo.engines.cases import actions as cases
from taydo.engines.files import actions as files
from taydo.engines.files.actions import Readable
from taydo.engines.forms import queries as forms
from taydo.engines.forms import rules as form_rules
from taydo.engines.prechecks import queries as prechecks
from taydo.engines.workflows import queries as workflows
from taydo.kernel import clock, contacts, numbering, sql
from taydo.kernel.actions import about
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, invalid
from taydo.kernel.events import emit
from taydo.kernel.sealing import fingerprint, seal

from .. import queries, rules
from ..events import DossierMoved
from . import money, vaulted
from .writing import HOUSE, acting

_INSERT = """
INSERT INTO procedures_dossier (id, case_id, code, procedure, version_id, title, channel, agency_receives, agency_decides, unit_code, actor_id,
  person_kind, name, phone, email, number, address, number_mark, phone_mark, answers, form_version, papers, delivery, submitted_at, due_at,
  papers_n, digitised, reused, parent_id, money)
VALUES (%(id)s, %(case_id)s, %(code)s, %(procedure)s, %(version_id)s, %(title)s, %(channel)s, %(receives)s, %(decides)s, %(unit_code)s, %(actor_id)s,
  %(person_kind)s, %(name)s, %(phone)s, %(email)s, %(number)s, %(address)s, %(number_mark)s, %(phone_mark)s, %(answers)s, %(form_version)s,
  %(papers)s::jsonb, %(delivery)s, %(at)s, NULL, %(papers_n)s, %(digitised)s, %(reused)s, %(parent)s, %(money)s)
"""


@dataclass(frozen=True)
class Applicant:
    """Who files: personal values as typed; `number`: personal number (9 or 12 digits) or tax code; `kind`: person, organisation, household."""

    name: str
    number: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""
    kind: str = "person"


@dataclass(frozen=True)
class Given:
    """A paper handed in. `id`: which paper of the procedure; `files`: file ids; `vault`: the paper of the vault it is; `digital`: it came or was
    made digital.
    """

    id: str
    title: str
    files: tuple[str, ...] = ()
    vault: str = ""
    digital: bool = False


@dataclass(frozen=True)
class Upload:
    """A file that comes with the request, for which paper."""

    paper: str
    stream: Readable
    name: str


@dataclass(frozen=True)
class Filing:
    """What is filed and how: `channel`: online, desk, post; `actor_id`: whose own it is; `applies`: which cases of papers apply."""

    unit_code: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    papers: Sequence[Given] = ()
    uploads: Sequence[Upload] = ()
    form_version: str = ""
    applies: frozenset[str] = frozenset()
    delivery: str = "vault"
    channel: str = "online"
    actor_id: int | None = None
    parent: int | None = None


def in_force(procedure: str) -> catalogue.Held:
    """The version of a procedure that holds today; 422 when none does."""
    version = catalogue.on(procedure, clock.today())
    if version is None:
        raise invalid(
            "no_procedure", "Không có thủ tục này đang hiệu lực.", "No such procedure is in force.", field="procedure"
        )
    return version


def check(spec: catalogue.Procedure, applicant: Applicant, filing: Filing) -> None:
    """Raise 422 naming everything that is missing or wrong, at once: applicant, papers, and what the checks before filing say."""
    wrong: dict[str, str] = {}
    if len(applicant.name.strip()) < 2:
        wrong["name"] = "Hãy ghi họ tên người nộp. · Give the applicant's name."
    if applicant.phone and not contacts.phone(applicant.phone):
        wrong["phone"] = "Số điện thoại chưa đúng. · This is no phone number."
    if applicant.email and not contacts.email(applicant.email):
        wrong["email"] = "Địa chỉ thư chưa đúng. · This is no e-mail address."
    if applicant.number and not rules.is_number(applicant.kind, applicant.number):
        wrong["number"] = "Số định danh hoặc mã số thuế chưa đúng. · This is no personal number or tax code."
    if filing.delivery not in rules.DELIVERIES:
        wrong["delivery"] = "Cách nhận kết quả chưa đúng. · No such way of delivery."
    wrong |= _faults(spec, filing)
    titles = {paper.id: paper.title for paper in spec.papers}
    on_paper = filing.channel != "online"
    given = {paper.id for paper in filing.papers if paper.files or paper.vault or not paper.digital or on_paper}
    given |= {upload.paper for upload in filing.uploads}
    given |= {paper.id for paper in spec.papers if paper.form_id and paper.form_id == spec.form_id}  # the form itself
    known = [(p.id, p.required, p.case) for p in spec.papers]
    for name in rules.missing_papers(known, frozenset(given), filing.applies):
        wrong[f"paper.{name}"] = f"Còn thiếu: {titles[name]} · Missing: {titles[name]}"
    for remark in prechecks.run(spec.code, filing.answers):
        if remark.severity != "note":
            wrong[remark.field] = f"{remark.vi} · {remark.en}"
    if wrong:
        raise invalid("dossier_incomplete", "Hồ sơ còn thiếu hoặc sai.", "The dossier lacks something.", **wrong)


def _faults(spec: catalogue.Procedure, filing: Filing) -> dict[str, str]:
    """What the form finds wrong with answers that did not come from a finished form; at the desk the form is on paper."""
    if filing.channel != "online" or filing.form_version:
        return {}
    try:
        form = forms.current(spec.form_id)
    except Problem:  # a procedure without a form of its own asks nothing more
        return {}
    return {one.path: f"{one.vi} · {one.en}" for one in form_rules.faults(form, filing.answers)}


def with_uploads(
    dossier_id: int, agency: str, papers: Sequence[Given], uploads: Sequence[Upload], titles: Mapping[str, str]
) -> list[Given]:
    """Keep the files as the dossier's own and put them to their papers; one not named among the papers is added."""
    found = {paper.id: paper for paper in papers}
    for upload in uploads[: rules.MOST_FILES]:
        kept = files.keep(
            HOUSE, upload.stream, upload.name, object_kind="dossier", object_id=str(dossier_id), agency=agency
        )
        before = found.get(upload.paper) or Given(upload.paper, titles.get(upload.paper, upload.name))
        found[upload.paper] = replace(before, files=(*before.files, str(kept.id)), digital=True)
    return list(found.values())


def open_dossier(viewer: Viewer, version: catalogue.Held, applicant: Applicant, filing: Filing) -> dict[str, Any]:
    """Write the dossier and open its case; returns id, code, case_id, national (1).

    Files and bills come first: the code is taken last, so that other desks of the agency wait for it no longer than they must.
    """
    spec = version.spec
    receives, decides = catalogue.receives(spec, filing.unit_code), catalogue.decides(spec, filing.unit_code)
    identifier = int(sql.prepared("SELECT nextval('procedures_dossier_id_seq') AS id")[0]["id"])
    titles = {paper.id: paper.title for paper in spec.papers}
    papers = with_uploads(identifier, decides, filing.papers, filing.uploads, titles)
    row = _row(version, applicant, filing, papers) | {"id": identifier, "receives": receives, "decides": decides}
    owed = money.lines(spec, filing.channel, "receipt")
    if owed and filing.parent is None:
        money.bill(identifier, receives, spec.title, owed, filing.actor_id, applicant.name, "receipt")
        row["money"] = "due"
    kind = workflows.type_for(spec.kind, spec.code)
    row["code"] = code = _code(receives)
    opened = cases.open_case(
        acting(viewer), kind, spec.title, agency=receives, chain=(decides,), subject=("dossier", code), unit_code=filing.unit_code,
        asker_id=filing.actor_id, code=code, by_name=viewer.name or viewer.username,
    )  # fmt: skip
    row["case_id"] = opened["id"]
    about("dossier", code, receives)
    sql.prepared(_INSERT, row)
    vaulted.reuse(viewer, identifier, f"{code} – {spec.title}", [paper.vault for paper in papers if paper.vault])
    name = viewer.name or viewer.username
    at = clock.now().isoformat()
    emit(DossierMoved(identifier, opened["id"], code, spec.code, "submitted", 1, receives, name, "", at), code)
    return {"id": identifier, "code": code, "case_id": opened["id"], "national": 1}


def _row(version: catalogue.Held, applicant: Applicant, filing: Filing, papers: Sequence[Given]) -> dict[str, Any]:
    phone = contacts.phone(applicant.phone) or ""
    number = applicant.number.strip()
    return {
        "procedure": version.spec.code, "version_id": version.version_id, "title": version.spec.title, "channel": filing.channel,
        "unit_code": filing.unit_code, "actor_id": filing.actor_id, "person_kind": applicant.kind, "name": seal(applicant.name.strip()),
        "phone": seal(phone), "email": seal(contacts.email(applicant.email) or ""), "number": seal(number), "address": seal(applicant.address.strip()),
        "number_mark": queries.mark(applicant.kind, number) if number else "", "phone_mark": fingerprint(phone) if phone else "",
        "answers": seal(json.dumps(dict(filing.answers), ensure_ascii=False, default=str)), "form_version": filing.form_version,
        "papers": json.dumps([asdict(paper) for paper in papers], ensure_ascii=False), "delivery": filing.delivery, "at": clock.now(),
        "papers_n": len(papers), "digitised": sum(1 for paper in papers if paper.digital or paper.files or paper.vault),
        "reused": sum(1 for paper in papers if paper.vault), "parent": filing.parent, "money": "none",
    }  # fmt: skip


def _code(agency: str) -> str:
    style, day = queries.rules_of_city().code_style, clock.today()
    known = directory.agency(agency) if style == "2018" else None
    return rules.code_of(style, agency, known.code_old if known else "", day, numbering.take(rules.series(agency, day)))


def file_ids(papers: Sequence[Given]) -> list[uuid.UUID]:
    """The files of papers."""
    return [uuid.UUID(one) for paper in papers for one in paper.files]
