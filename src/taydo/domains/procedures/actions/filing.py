"""Filing a dossier: by its applicant online, or by a clerk for somebody at the desk; what applicants do with it later."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from taydo.domains.catalogue import public as catalogue
from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, conflict, invalid
from taydo.kernel.events import emit
from taydo.kernel.once import once

from .. import queries, rules
from ..events import DossierRated
from . import joint, money, opening, receiving, results, vaulted
from .opening import Applicant, Filing, Given, Upload
from .writing import deadline_of, step

__all__ = ["Applicant", "Filing", "Given", "Upload"]
_SECRET = ("applicant", "answers", "papers", "uploads")


@action("procedures.submit", secret=_SECRET, open_to_all=True)
def submit(
    viewer: Viewer, procedure: str, applicant: Applicant, *, unit_code: str, answers: Mapping[str, Any], papers: Sequence[Given] = (),
    uploads: Sequence[Upload] = (), form_version: str = "", applies: Sequence[str] = (), delivery: str = "vault", key: str = "",
) -> dict[str, Any]:  # fmt: skip
    """File online for oneself; returns id, code, case_id, national (1). `applies`: the cases of papers that apply; `key`: once.

    A joint procedure makes one dossier and a part in each of its procedures. 403 for nobody signed in; 422 for a procedure that does not
    hold today, and naming each missing paper and whatever stands against it by the checks before filing.
    """
    if viewer.actor_id is None and not viewer.all_powerful:
        raise viewer.refusal("procedures.submit")
    filing = Filing(
        unit_code, answers, papers, uploads, form_version, frozenset(applies), delivery, "online", viewer.actor_id
    )
    return once(viewer, key, "procedures.submit", lambda: _file(viewer, opening.in_force(procedure), applicant, filing))


@action("procedures.take_in", secret=_SECRET)
def take_in(
    viewer: Viewer, procedure: str, applicant: Applicant, *, unit_code: str, answers: Mapping[str, Any], papers: Sequence[Given] = (),
    uploads: Sequence[Upload] = (), form_version: str = "", applies: Sequence[str] = (), delivery: str = "desk", channel: str = "desk",
    again: bool = False, key: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Take a dossier at the desk (or by post) and receive it at once: code, appointment, form 01. As `submit`, and 409 when the same
    person has one open under this procedure, unless the clerk says `again`.
    """
    if channel not in ("desk", "post"):
        raise invalid("channel", "Kênh nộp là quầy hoặc bưu chính.", "A clerk takes it at the desk or by post.", field="channel")  # fmt: skip
    filing = Filing(unit_code, answers, papers, uploads, form_version, frozenset(applies), delivery, channel)
    return once(viewer, key, "procedures.take_in", lambda: _take_in(viewer, procedure, applicant, filing, again))


@action("procedures.take_in", secret=(*_SECRET, "evidence"))
def immediate(
    viewer: Viewer, procedure: str, applicant: Applicant, *, unit_code: str, answers: Mapping[str, Any], papers: Sequence[Given] = (),
    uploads: Sequence[Upload] = (), applies: Sequence[str] = (), number: str = "", evidence: str = "", key: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Receive, decide and hand over at the desk in one go, for procedures whose result is given at once: no receipt is printed, the act is
    recorded (NĐ 61/2018 Đ17). `number`: of the result; `evidence`: who took it. 409 for a procedure that takes time.
    """
    filing = Filing(unit_code, answers, papers, uploads, "", frozenset(applies), "desk", "desk")

    def work() -> dict[str, Any]:
        if opening.in_force(procedure).spec.kind != "immediate":
            raise conflict("takes_time", "Thủ tục này không trả kết quả ngay.", "This procedure takes time.")
        taken = _take_in(viewer, procedure, applicant, filing, True, printed=False)
        results.finish(viewer, taken["code"], number=number)
        return taken | results.return_result(
            viewer, taken["code"], evidence or f"{applicant.name} ký nhận tại quầy", owed=True
        )

    return once(viewer, key, "procedures.immediate", work)


def _take_in(
    viewer: Viewer, procedure: str, applicant: Applicant, filing: Filing, again: bool, *, printed: bool = True
) -> dict[str, Any]:
    version = opening.in_force(procedure)
    viewer.require("procedures.take_in", catalogue.receives(version.spec, filing.unit_code))
    mark = queries.mark(applicant.kind, applicant.number) if applicant.number.strip() else ""
    if not again and (alike := queries.open_alike(mark, procedure)):
        raise conflict(
            "filed_already", f"Người này đã có hồ sơ đang giải quyết: {', '.join(alike)}.",
            f"This person has an open dossier already: {', '.join(alike)}.", dossiers=alike,
        )  # fmt: skip
    filed = _file(viewer, version, applicant, filing)
    return filed | receiving.receive_now(viewer, filed["code"], printed=printed)


def _file(viewer: Viewer, version: catalogue.Held, applicant: Applicant, filing: Filing) -> dict[str, Any]:
    opening.check(version.spec, applicant, filing)
    filed = opening.open_dossier(viewer, version, applicant, filing)
    if version.spec.parts:
        filed["parts"] = joint.open_parts(viewer, version.spec, applicant, dataclasses.replace(filing, parent=filed["id"]))  # fmt: skip
    return filed


def _own(viewer: Viewer, code: str) -> dict[str, Any]:
    """A dossier of the viewer's own, by account or linked number; the same 404 for everybody else."""
    found = queries.own(viewer, code)
    about("dossier", found["code"], found["agency"])
    return found


@action("procedures.give_supplement", secret=("papers", "uploads"), open_to_all=True)
def give_supplement(
    viewer: Viewer, code: str, papers: Sequence[Given] = (), note: str = "", *, uploads: Sequence[Upload] = ()
) -> dict[str, Any]:
    """The applicant hands in what was asked for. 422 without papers, 409 when nothing was asked."""
    return _supplement(viewer, _own(viewer, code), papers, uploads, note)


@action("procedures.take_supplement", secret=("papers", "uploads"))
def take_supplement(
    viewer: Viewer, code: str, papers: Sequence[Given] = (), note: str = "", *, uploads: Sequence[Upload] = ()
) -> dict[str, Any]:
    """A clerk takes what was asked for, at the desk."""
    found = queries.dossier(viewer, code)
    viewer.require("procedures.take_supplement", found["agency"], found["agency_receives"])
    return _supplement(viewer, found, papers, uploads, note)


def _supplement(
    viewer: Viewer, found: dict[str, Any], papers: Sequence[Given], uploads: Sequence[Upload], note: str
) -> dict[str, Any]:
    """Add the papers; the clock goes on, from zero when the city's rules say so (NĐ 61/2018 Đ19.4)."""
    if not papers and not uploads:
        raise invalid("nothing_given", "Hãy nộp giấy tờ được yêu cầu.", "Hand in what was asked for.", field="papers")
    move = {"asked_before": "given_before", "waiting_supplement": "give_supplement"}.get(found["state"])
    if move is None:
        raise not_asked()
    spec = catalogue.version(found["version_id"])
    titles = {paper.id: paper.title for paper in spec.papers}
    given = opening.with_uploads(found["id"], found["agency_decides"], papers, uploads, titles)
    words = f"{found['code']} – {found['title']}"
    vaulted.reuse(viewer, found["id"], words, [paper.vault for paper in given if paper.vault])
    waited = clock.calendar().working_time(found["asked_at"], clock.now()).total_seconds() if found["asked_at"] else 0.0
    deadline = None
    if move == "give_supplement" and queries.rules_of_city().restart_after_supplement:
        deadline = deadline_of(found)
    columns = {
        "papers": json.dumps([*found["papers"], *(asdict(paper) for paper in given)], ensure_ascii=False),
        "waited_s": found["waited_s"] + waited,
        "papers_n": len(found["papers"]) + len(given),
        "digitised": found["digitised"] + sum(1 for paper in given if paper.digital or paper.files or paper.vault),
        "reused": found["reused"] + sum(1 for paper in given if paper.vault),
    }
    return step(viewer, found, move, "supplement_given", note, deadline=deadline, columns=columns)


@action("procedures.withdraw", secret=("reason",), open_to_all=True)
def withdraw(viewer: Viewer, code: str, reason: str = "") -> dict[str, Any]:
    """The applicant takes the dossier back, with the parts of a joint one; nothing is owed for it any more. 409 when it has ended."""
    found = _own(viewer, code)
    if found["national"] in rules.ENDED:
        raise conflict("has_ended", "Hồ sơ đã kết thúc.", "The dossier has ended.")
    for part in queries.parts(found["id"]):
        if part["national"] not in rules.ENDED:
            step(viewer, part, "withdraw", "withdrawn", "Rút cùng hồ sơ liên thông", columns={"ended_at": clock.now()})
    money.clean_up(found, "Người nộp rút hồ sơ")
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
