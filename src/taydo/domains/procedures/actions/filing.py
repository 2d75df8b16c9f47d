"""Filing a dossier: by its applicant online, or by a clerk for somebody at the desk; what applicants do with it later."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from taydo.domains.catalogue import public as catalogue
from taydo.domains.directory import public as directory
from taydo.engines.cases import actions as cases
from taydo.engines.prechecks import queries as prechecks
from taydo.engines.workflows import queries as workflows
from taydo.kernel import clock, contacts, numbering, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, conflict, invalid
from taydo.kernel.events import emit
from taydo.kernel.once import once
from taydo.kernel.sealing import fingerprint, seal

from .. import queries, rules
from ..events import DossierMoved, DossierRated
from . import receiving
from .writing import acting, deadline_of, step

_INSERT = """
INSERT INTO procedures_dossier (case_id, code, procedure, version_id, title, channel, agency_receives, agency_decides, unit_code, actor_id,
  person_kind, name, phone, email, number, address, number_mark, phone_mark, answers, form_version, papers, delivery, submitted_at, due_at,
  papers_n, digitised, reused, parent_id)
VALUES (%(case_id)s, %(code)s, %(procedure)s, %(version_id)s, %(title)s, %(channel)s, %(receives)s, %(decides)s, %(unit_code)s, %(actor_id)s,
  %(person_kind)s, %(name)s, %(phone)s, %(email)s, %(number)s, %(address)s, %(number_mark)s, %(phone_mark)s, %(answers)s, %(form_version)s,
  %(papers)s::jsonb, %(delivery)s, %(at)s, NULL, %(papers_n)s, %(digitised)s, %(reused)s, %(parent)s) RETURNING id
"""


@dataclass(frozen=True)
class Applicant:
    """Who files: personal values as typed; `number`: personal number (12 digits) or tax code."""

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


@action("procedures.submit", secret=("applicant", "answers", "papers"), open_to_all=True)
def submit(
    viewer: Viewer, procedure: str, applicant: Applicant, *, unit_code: str, answers: Mapping[str, Any], papers: Sequence[Given] = (),
    form_version: str = "", applies: Sequence[str] = (), delivery: str = "vault", key: str = "",
) -> dict[str, Any]:  # fmt: skip
    """File online for oneself; returns id, code, case_id, national (1). `applies`: the cases of papers that apply; `key`: once.

    403 for nobody signed in; 404 for a procedure that does not hold today; 422 names each missing paper and whatever stands against it by
    the checks before filing.
    """
    if viewer.actor_id is None and not viewer.all_powerful:
        raise viewer.refusal("procedures.submit")

    def work() -> dict[str, Any]:
        version = _in_force(procedure)
        _complete(version.spec, applicant, papers, frozenset(applies), answers)
        return _open(
            viewer, version, applicant, unit_code, answers, papers, form_version, delivery, "online", viewer.actor_id
        )

    return once(viewer, key, "procedures.submit", work)


@action("procedures.take_in", secret=("applicant", "answers", "papers"))
def take_in(
    viewer: Viewer, procedure: str, applicant: Applicant, *, unit_code: str, answers: Mapping[str, Any], papers: Sequence[Given] = (),
    form_version: str = "", applies: Sequence[str] = (), delivery: str = "desk", channel: str = "desk", again: bool = False, key: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Take a dossier at the desk (or by post) and receive it at once: code, appointment, form 01. As `submit`, and 409 when the same
    person has one open under this procedure, unless the clerk says `again`.
    """

    def work() -> dict[str, Any]:
        version = _in_force(procedure)
        receives = catalogue.receives(version.spec, unit_code)
        viewer.require("procedures.take_in", receives)
        _complete(version.spec, applicant, papers, frozenset(applies), answers)
        mark = fingerprint(applicant.number) if applicant.number else ""
        if not again and (alike := queries.open_alike(mark, procedure)):
            raise conflict(
                "filed_already", f"Người này đã có hồ sơ đang giải quyết: {', '.join(alike)}.",
                f"This person has an open dossier already: {', '.join(alike)}.", dossiers=alike,
            )  # fmt: skip
        filed = _open(viewer, version, applicant, unit_code, answers, papers, form_version, delivery, channel, None)
        return filed | receiving.receive_now(viewer, filed["code"])

    return once(viewer, key, "procedures.take_in", work)


def _in_force(procedure: str) -> catalogue.Held:
    version = catalogue.on(procedure, clock.today())
    if version is None:
        raise invalid(
            "no_procedure", "Không có thủ tục này đang hiệu lực.", "No such procedure is in force.", field="procedure"
        )
    return version


def _complete(
    spec: catalogue.Procedure,
    applicant: Applicant,
    papers: Sequence[Given],
    applies: frozenset[str],
    answers: Mapping[str, Any],
) -> None:
    wrong: dict[str, str] = {}
    if len(applicant.name.strip()) < 2:
        wrong["name"] = "Hãy ghi họ tên người nộp. · Give the applicant's name."
    if applicant.phone and not contacts.phone(applicant.phone):
        wrong["phone"] = "Số điện thoại chưa đúng. · This is no phone number."
    titles = {paper.id: paper.title for paper in spec.papers}
    given = frozenset(paper.id for paper in papers if paper.files or paper.vault or paper.digital is False)
    for name in rules.missing_papers([(p.id, p.required, p.case) for p in spec.papers], given, applies):
        wrong[f"paper.{name}"] = f"Còn thiếu: {titles[name]} · Missing: {titles[name]}"
    for remark in prechecks.run(spec.code, answers):
        if remark.severity != "note":
            wrong[remark.field] = f"{remark.vi} · {remark.en}"
    if wrong:
        raise invalid("dossier_incomplete", "Hồ sơ còn thiếu hoặc sai.", "The dossier lacks something.", **wrong)


def _open(
    viewer: Viewer, version: catalogue.Held, applicant: Applicant, unit_code: str, answers: Mapping[str, Any], papers: Sequence[Given],
    form_version: str, delivery: str, channel: str, actor_id: int | None, parent: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Open the case at the deciding agency and write the dossier beside it; the code is taken last, so that nobody waits long for it."""
    spec, now = version.spec, clock.now()
    receives, decides = catalogue.receives(spec, unit_code), catalogue.decides(spec, unit_code)
    if delivery not in rules.DELIVERIES:
        raise invalid("delivery", "Cách nhận kết quả chưa đúng.", "No such way of delivery.", field="delivery")
    row: dict[str, Any] = {
        "procedure": spec.code, "version_id": version.version_id, "title": spec.title, "channel": channel, "receives": receives, "decides": decides,
        "unit_code": unit_code, "actor_id": actor_id, "person_kind": applicant.kind, "name": seal(applicant.name.strip()),
        "phone": seal(contacts.phone(applicant.phone) or applicant.phone), "email": seal(applicant.email.strip()), "number": seal(applicant.number.strip()),
        "address": seal(applicant.address.strip()), "number_mark": fingerprint(applicant.number) if applicant.number else "",
        "phone_mark": fingerprint(contacts.phone(applicant.phone) or applicant.phone) if applicant.phone else "",
        "answers": seal(json.dumps(dict(answers), ensure_ascii=False, default=str)), "form_version": form_version,
        "papers": json.dumps([asdict(paper) for paper in papers], ensure_ascii=False), "delivery": delivery, "at": now, "papers_n": len(papers),
        "digitised": sum(1 for paper in papers if paper.digital or paper.files or paper.vault), "reused": sum(1 for paper in papers if paper.vault),
        "parent": parent,
    }  # fmt: skip
    kind = workflows.type_for(spec.kind, spec.code)
    row["code"] = _code(receives)
    opened = cases.open_case(
        acting(viewer), kind, spec.title, agency=receives, chain=(decides,), subject=("dossier", row["code"]), unit_code=unit_code,
        asker_id=actor_id, code=row["code"], by_name=viewer.name or viewer.username,
    )  # fmt: skip
    row["case_id"] = opened["id"]
    about("dossier", row["code"], receives)
    identifier = int(sql.prepared(_INSERT, row)[0]["id"])
    name = viewer.name or viewer.username
    emit(
        DossierMoved(
            identifier, opened["id"], row["code"], spec.code, "submitted", 1, receives, name, "", now.isoformat()
        ),
        row["code"],
    )
    return {"id": identifier, "code": row["code"], "case_id": opened["id"], "national": 1}


def _code(agency: str) -> str:
    style, day = queries.rules_of_city().code_style, clock.today()
    known = directory.agency(agency) if style == "2018" else None
    return rules.code_of(style, agency, known.code_old if known else "", day, numbering.take(rules.series(agency, day)))


def _own(viewer: Viewer, code: str) -> dict[str, Any]:
    """A dossier of the viewer's own; the same 404 for everybody else."""
    found = queries.dossier(viewer, code)
    if found["actor_id"] is None or found["actor_id"] != viewer.actor_id:
        raise queries.no_dossier()
    about("dossier", found["code"], found["agency"])
    return found


@action("procedures.give_supplement", secret=("papers",), open_to_all=True)
def give_supplement(viewer: Viewer, code: str, papers: Sequence[Given], note: str = "") -> dict[str, Any]:
    """The applicant hands in what was asked for. 422 without papers, 409 when nothing was asked."""
    return supplement(viewer, _own(viewer, code), papers, note)


@action("procedures.take_supplement", secret=("papers",))
def take_supplement(viewer: Viewer, code: str, papers: Sequence[Given], note: str = "") -> dict[str, Any]:
    """A clerk takes what was asked for, at the desk."""
    found = queries.dossier(viewer, code)
    viewer.require("procedures.take_supplement", found["agency"], found["agency_receives"])
    return supplement(viewer, found, papers, note)


def supplement(viewer: Viewer, found: dict[str, Any], papers: Sequence[Given], note: str) -> dict[str, Any]:
    """Add the papers; the clock goes on, from zero when the city's rules say so (NĐ 61/2018 Đ19.4)."""
    if not papers:
        raise invalid("nothing_given", "Hãy nộp giấy tờ được yêu cầu.", "Hand in what was asked for.", field="papers")
    move = {"asked_before": "given_before", "waiting_supplement": "give_supplement"}.get(found["state"])
    if move is None:
        raise not_asked()
    waited = clock.calendar().working_time(found["asked_at"], clock.now()).total_seconds() if found["asked_at"] else 0.0
    kept = json.dumps([asdict(paper) for paper in papers], ensure_ascii=False)
    deadline = None
    if move == "give_supplement" and queries.rules_of_city().restart_after_supplement:
        deadline = deadline_of(found)
    columns = {
        "papers": sql_json(found["papers"], kept), "waited_s": found["waited_s"] + waited, "papers_n": len(found["papers"]) + len(papers),
    }  # fmt: skip
    return step(viewer, found, move, "supplement_given", note, deadline=deadline, columns=columns)


def sql_json(before: list[Any], added: str) -> str:
    """The dossier's papers with more of them, as JSON text."""
    return json.dumps([*before, *json.loads(added)], ensure_ascii=False)


@action("procedures.withdraw", secret=("reason",), open_to_all=True)
def withdraw(viewer: Viewer, code: str, reason: str = "") -> dict[str, Any]:
    """The applicant takes the dossier back. 409 when it has ended."""
    found = _own(viewer, code)
    if found["national"] in rules.ENDED:
        raise conflict("has_ended", "Hồ sơ đã kết thúc.", "The dossier has ended.")
    return step(viewer, found, "withdraw", "withdrawn", reason.strip()[:1000], columns={"ended_at": clock.now()})


@action("procedures.rate", secret=("text",), open_to_all=True)
def rate(viewer: Viewer, code: str, rating: int, text: str = "") -> dict[str, Any]:
    """The applicant says how content they are, 1 to 5; again replaces it. 409 before there is a result."""
    found = _own(viewer, code)
    if not 1 <= rating <= 5:
        raise invalid("rating_range", "Chấm từ 1 đến 5.", "Rate from 1 to 5.", field="rating")
    if found["national"] not in (3, 8, 9, 10):
        raise conflict("no_result", "Hồ sơ chưa có kết quả để chấm.", "There is no result to rate yet.")
    sql.execute(
        "UPDATE procedures_dossier SET rating = %(r)s, rating_text = %(t)s, rated_at = %(now)s WHERE id = %(id)s",
        {"r": rating, "t": text.strip()[:1000], "now": clock.now(), "id": found["id"]},
    )
    emit(DossierRated(found["id"], found["code"], found["agency"], rating), found["code"])
    return {"code": found["code"], "rating": rating}


def not_asked() -> Problem:
    """The 409 when nothing was asked of the applicant."""
    return conflict("not_asked", "Hồ sơ không chờ bổ sung.", "Nothing was asked for.")
