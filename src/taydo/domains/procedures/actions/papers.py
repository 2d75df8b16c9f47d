"""Forms 01–07 of TT 03/2025/TT-VPCP as PDF: made from what was frozen at the act, when somebody first opens them, and kept then."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any

from taydo.domains.catalogue import public as catalogue
from taydo.domains.directory import public as directory
from taydo.engines.casework import steps as slips
from taydo.engines.files import actions as files
from taydo.engines.files import queries as kept
from taydo.engines.printing import paper
from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import missing

from .. import queries, rules
from ..queries import lists
from .issuing import letterhead, place
from .writing import HOUSE


@action("procedures.print", open_to_all=True)
def print_form(viewer: Viewer, code: str, form_id: int) -> tuple[str, bytes]:
    """A form of a dossier the viewer may see: file name and PDF. Made the first time, the same bytes afterwards. 404 also for drafts of officials."""
    found = queries.dossier(viewer, code)
    about("dossier", found["code"], found["agency"])
    one = next((form for form in queries.forms(found["id"]) if form["id"] == form_id), None)
    if one is None or (one["draft"] and not viewer.may("procedures.apologise", found["agency"])):
        raise missing("no_form", "Không có phiếu này.", "There is no such form.")
    name = f"{found['code']}-mau-{one['form']}.pdf"
    if one["file_id"] is not None:
        return name, kept.open_file(HOUSE, one["file_id"])[1]
    pdf = paper.render(f"procedures/{one['form']}", form_data(found, one), one["made_at"])
    if not one["draft"]:
        file = files.keep(
            HOUSE, io.BytesIO(pdf), name, object_kind="dossier", object_id=str(found["id"]), agency=found["agency_decides"],
        )  # fmt: skip
        sql.execute(
            "UPDATE procedures_form SET file_id = %(f)s WHERE id = %(id)s AND file_id IS NULL",
            {"f": file.id, "id": form_id},
        )
    return name, pdf


def form_data(found: Mapping[str, Any], form: Mapping[str, Any]) -> dict[str, Any]:
    """What a form prints: who, what was frozen at the act, and the head of the agency's papers."""
    frozen, who = form["data"], queries.person(found["id"])
    agency = frozen.get("agency_receives") or found["agency_receives"]
    on = form["made_at"].astimezone(clock.LOCAL).date()
    received, due = _instant(frozen.get("received_at")), _instant(frozen.get("due_at"))
    return {
        "agency": letterhead(agency), "place": place(agency), "day": paper.day(on), "number": f"{form['id']:07d}/{rules.FORM_SIGNS[form['form']]}",
        "code": found["code"], "title": found["title"], "name": who.name, "address": who.address, "phone": who.phone, "office": "Người lập",
        "signer": form["made_by"], "papers": [{"title": one["title"], "note": "bản điện tử" if one["files"] or one["vault"] else ""} for one in frozen.get("papers", ())],
        "received": received, "due": due, "anew": _instant(frozen.get("anew")), "lacks": frozen.get("lacks", []), "note": frozen.get("note", ""),
        "reason": frozen.get("reason", ""), "delivery": rules.DELIVERY_WORDS.get(frozen.get("delivery", ""), ""), "fees": _fees(found), "term": _term(found),
    }  # fmt: skip


def _instant(text: str | None) -> str:
    return f"{dt.datetime.fromisoformat(text).astimezone(clock.LOCAL):%H:%M %d/%m/%Y}" if text and text != "None" else ""  # fmt: skip


def _fees(found: Mapping[str, Any]) -> str:
    """What the procedure asks by this way of filing, in words."""
    way = catalogue.version(found["version_id"]).channel(found["channel"])
    owed = [
        f"{fee.title}: {fee.amount_vnd:,} đồng".replace(",", ".") for fee in (way.fees if way else ()) if fee.amount_vnd
    ]
    return "; ".join(owed) or "Không"


def _term(found: Mapping[str, Any]) -> str:
    """How long it takes by the procedure, in words; "" when none is declared."""
    way = catalogue.version(found["version_id"]).channel(found["channel"])
    limit = way.deadline if way else None
    if limit is None:
        return ""
    if limit.working_days is not None:
        return f"{limit.working_days} ngày làm việc" if limit.working_days else "Trong ngày làm việc"
    hours = limit.working_hours or limit.hours or (limit.minutes or 0) / 60
    return f"{hours:g} giờ" + (" làm việc" if limit.working_hours else "")


def control_slip(viewer: Viewer, code: str) -> tuple[str, bytes]:
    """The control slip (form 06) of a dossier for its officials: each step, who took it, from when until when."""
    found = queries.official(viewer, code)
    steps = [
        {
            "step": one.word, "who": f"{one.who} · {directory.name(one.agency)}".strip(" ·"), "since": _when(one.began_at), "until": _when(one.ended_at),
            "within": _when(one.planned_at), "word": rules.WENT[one.went],
        }
        for one in slips.steps(viewer, found["case_id"])
    ]  # fmt: skip
    due = f"{found['due_at'].astimezone(clock.LOCAL):%H:%M %d/%m/%Y}" if found["due_at"] else ""
    data = {
        "agency": letterhead(found["agency_receives"]), "place": place(found["agency_receives"]), "day": paper.day(clock.today()), "number": "",
        "code": found["code"], "title": found["title"], "due": due, "steps": steps,
    }  # fmt: skip
    return f"{found['code']}-mau-06.pdf", paper.render("procedures/06", data, clock.now())


def register_pdf(
    viewer: Viewer, agency: str, since: dt.date, until: dt.date, *, purpose: str = "", names: bool = False
) -> tuple[str, bytes]:
    """The register (form 07) of an agency between two days as PDF."""
    rows = lists.register(viewer, agency, since, until, purpose=purpose, names=names)
    data = {
        "agency": letterhead(agency), "place": place(agency), "day": paper.day(clock.today()), "number": "",
        "period": f"Từ {since:%d/%m/%Y} đến {until:%d/%m/%Y}", "rows": _register_rows(rows),
    }  # fmt: skip
    plain = "".join(
        one if one.isascii() and (one.isalnum() or one in ".-") else "-" for one in agency
    )  # it goes into a header
    return f"so-theo-doi-{plain}-{since}-{until}.pdf", paper.render("procedures/07", data, clock.now())


def _register_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [
        {
            "code": row["code"], "title": row["title"], "name": row["name"], "received": _day(row["received_at"]), "due": _day(row["due_at"]),
            "returned": _day(row["returned_at"]), "state": row["state_word"][0],
        }
        for row in rows
    ]  # fmt: skip


def _when(at: dt.datetime | None) -> str:
    return f"{at.astimezone(clock.LOCAL):%H:%M %d/%m/%Y}" if at else ""


def _day(at: dt.datetime | None) -> str:
    return f"{at.astimezone(clock.LOCAL):%d/%m/%Y}" if at else ""
