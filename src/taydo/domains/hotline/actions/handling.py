"""Writes of the hotline that officials begin: classify, route, answer at once, reveal, release, block; calls, categories, answers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from taydo.domains.directory import public as directory
from taydo.engines.cases import actions as cases
from taydo.engines.casework import actions as casework
from taydo.engines.places import queries as places
from taydo.engines.suggestions import queries as labels
from taydo.kernel import audit, clock, contacts, i18n, sealing, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid, missing

from .. import queries, rules
from ..queries import learning
from . import keeping


def acting(viewer: Viewer) -> Viewer:
    """The house acting for an official whose right was checked: the case's timeline and the audit bear their name."""
    return dataclasses.replace(viewer, all_powerful=True)


def _held_by(viewer: Viewer, code: str, permission: str) -> dict[str, Any]:
    """A report an official may see, with the permission where the case is or at the centre. 404, 403."""
    found = queries.official(viewer, code)
    about("report", found["code"], found["agency"])
    viewer.require(permission, found["agency"], queries.desk().centre)
    return found


def responsible(category_id: str, unit_code: str) -> str:
    """The agency that answers for a category in a commune; the 1022 centre when nobody in particular does."""
    found = queries.category(category_id) if category_id else None
    rule = found["responsible"] if found else "centre"
    if rule == "local" and not unit_code:
        return queries.desk().centre
    if rule == "local" or rule.startswith("field:"):
        field = "local" if rule == "local" else rule.removeprefix("field:")
        agency = directory.agency_for(unit_code or queries.city().code, field)
        return agency.code if agency and field in agency.fields else queries.desk().centre
    return queries.desk().centre if rule == "centre" else str(rule)


def likely_agencies(text: str, unit_code: str = "", most: int = 3) -> list[dict[str, Any]]:
    """Agencies that answered reports with such words, each with how sure (0 to 1); none before enough reports were closed."""
    found = []
    for label, sure in labels.suggest(learning.AGENCY, text, most):
        local = label == learning.LOCAL and unit_code
        agency = directory.agency_for(unit_code, "local") if local else directory.agency(label)
        if agency is not None:
            found.append({"agency": agency.code, "name": agency.shown, "sure": round(sure, 2)})
    return found


@action("hotline.classify")
def classify(
    viewer: Viewer, code: str, category: str = "", *, urgent: bool | None = None, public: bool | None = None
) -> dict[str, Any]:
    """Say what a report is about, whether it is urgent, whether strangers may see it; its deadline is that of the new class.

    A category that is always private makes the report private; one that reads like a denunciation stays so.
    """
    found = _held_by(viewer, code, "hotline.classify")
    known = queries.category(category or found["category"])
    if category and known is None:
        raise invalid("no_category", "Không có loại này.", "There is no such category.", field="category")
    if (known or {}).get("private") or (public and queries.reads_like_denunciation(found["text"])):
        public = False
    sql.execute(
        """UPDATE hotline_report SET category = coalesce(nullif(%(c)s, ''), category), urgent = coalesce(%(u)s, urgent),
             public = coalesce(%(p)s, public), listed = CASE WHEN %(p)s IS NULL THEN listed ELSE %(p)s AND held = '' END WHERE id = %(id)s""",
        {"c": category, "u": urgent, "p": public, "id": found["id"]},
    )
    pressing = found["urgent"] if urgent is None else urgent
    wanted = "urgent" if pressing else (known or {}).get("deadline_class", "standard")
    if found["phase"] != "done" and wanted != found["deadline_class"]:
        cases.set_deadline_class(acting(viewer), found["case_id"], wanted)
    show(viewer, found["case_id"])
    return {"code": found["code"], "agency": responsible(category or found["category"], found["unit_code"])}


def show(viewer: Viewer, case_id: int) -> None:
    """Keep the case as open or closed as its report."""
    now = sql.row(
        """SELECT r.listed, r.public, c.public AS case_public, c.restricted FROM hotline_report r JOIN cases_case c ON c.id = r.case_id
           WHERE r.case_id = %(id)s""",
        {"id": case_id},
    )
    if now and (now["listed"], not now["public"]) != (now["case_public"], now["restricted"]):
        cases.set_visibility(acting(viewer), case_id, public=now["listed"], restricted=not now["public"])


@action("hotline.route")
def route(viewer: Viewer, code: str, agency: str = "", note: str = "") -> dict[str, Any]:
    """Hand a report to an agency: the given one, else the one responsible for its category and place."""
    found = _held_by(viewer, code, "hotline.route")
    target = agency or responsible(found["category"], found["unit_code"])
    if directory.agency(target) is None:
        raise invalid("no_agency", "Không có cơ quan này.", "There is no such agency.", field="agency")
    words = note.strip() or i18n.t("Chuyển xử lý theo thẩm quyền.", "Forwarded to the responsible agency.")
    if found["state"] == "received":
        cases.move(acting(viewer), found["case_id"], "route", "")
    if target != found["agency"]:
        cases.hand_over(acting(viewer), found["case_id"], target, words)
    sql.execute("UPDATE hotline_report SET held = '', listed = public WHERE id = %(id)s", {"id": found["id"]})
    show(viewer, found["case_id"])
    return {"code": found["code"], "agency": target}


@action("hotline.answer_at_once", secret=("text",))
def answer_at_once(viewer: Viewer, code: str, text: str = "", *, answer_id: str = "") -> dict[str, Any]:
    """Answer a report the centre has, with a known answer or own words; counts the known answer as used."""
    found = _held_by(viewer, code, "hotline.answer_at_once")
    known = (
        sql.row("SELECT * FROM hotline_answer WHERE id = %(id)s AND active", {"id": answer_id}) if answer_id else None
    )
    words = text.strip() or (known[f"answer_{'en' if found['language'] == 'en' else 'vi'}"] if known else "")
    if not words:
        raise invalid("answer_missing", "Hãy viết câu trả lời.", "Write the answer.", field="text")
    moved = cases.move(acting(viewer), found["case_id"], "answer", words)
    if known:
        sql.execute("UPDATE hotline_answer SET used = used + 1 WHERE id = %(id)s", {"id": answer_id})
    return {"code": found["code"], "state": moved["state"]}


@action("hotline.merge")
def merge(viewer: Viewer, code: str, into: str, note: str = "") -> dict[str, Any]:
    """End a report as a duplicate of another; who reported it hears what becomes of that one."""
    found, other = _held_by(viewer, code, "hotline.merge"), queries.official(viewer, into)
    words = note.strip() or i18n.t(f"Trùng với {other['code']}.", f"The same as {other['code']}.")
    casework.merge(acting(viewer), found["case_id"], other["case_id"], words)
    sql.execute(
        "UPDATE hotline_report SET duplicate_of = %(into)s WHERE id = %(id)s OR duplicate_of = %(id)s",
        {"into": other["id"], "id": found["id"]},
    )
    return {"code": found["code"], "into": other["code"]}


@action("hotline.reveal")
def reveal(viewer: Viewer, code: str, purpose: str) -> dict[str, str]:
    """Who reported: name, phone, e-mail. Recorded with the purpose; the person can read that later. 422 without a purpose."""
    found = _held_by(viewer, code, "hotline.reveal")
    kept = sql.row("SELECT actor_id, name, phone, email FROM hotline_report WHERE id = %(id)s", {"id": found["id"]})
    assert kept is not None
    shown = {part: sealing.unseal(kept[part]) for part in ("name", "phone", "email")}
    persons = [audit.person_by(shown[part]) for part in ("phone", "email") if shown[part]]
    if kept["actor_id"]:
        persons.append(audit.person_of(kept["actor_id"]))
        account = sql.row("SELECT name FROM kernel_actor WHERE id = %(id)s", {"id": kept["actor_id"]})
        shown["name"] = shown["name"] or (account["name"] if account else "")
    audit.look(viewer, "report", found["code"], purpose, found["agency"], persons)
    return shown


@action("hotline.release")
def release(viewer: Viewer, codes: Sequence[str], *, accept: bool, note: str = "") -> int:
    """Let held reports go their way, or end them with a reason; returns how many. Nothing is deleted."""
    viewer.require("hotline.release", queries.desk().centre)
    if not accept and not note.strip():
        raise invalid("note_missing", "Hãy ghi lý do.", "Say why.", field="note")
    freed = sql.rows(
        """UPDATE hotline_report SET held = '', listed = %(accept)s AND public AND %(at_once)s
           WHERE code = ANY(%(codes)s) AND held <> '' RETURNING case_id""",
        {"codes": list(codes), "accept": accept, "at_once": queries.desk().moderation == "immediately"},
    )
    for report in freed:
        if not accept:
            cases.move(acting(viewer), report["case_id"], "reject", note.strip())
        show(viewer, report["case_id"])
    return len(freed)


@action("hotline.block", secret=("contact",))
def block(viewer: Viewer, contact: str, reason: str, *, days: int | None = 30) -> dict[str, str]:
    """Have reports of a phone number or e-mail address wait for a person from now on; 0 days ends it."""
    viewer.require("hotline.block", queries.desk().centre)
    number, address = contacts.phone(contact), contacts.email(contact)
    if not (number or address) or not reason.strip():
        raise invalid(
            "block_incomplete",
            "Cần số điện thoại hoặc thư, và lý do.",
            "A phone number or e-mail address, and a reason, are needed.",
        )
    mark = f"phone:{sealing.fingerprint(number)[:32]}" if number else f"email:{sealing.fingerprint(address or '')[:32]}"
    until = None if days is None else clock.now() + dt.timedelta(days=days)
    about("contact", mark[:20])
    sql.execute(
        """INSERT INTO hotline_block (mark, reason, by_name, until) VALUES (%(m)s, %(r)s, %(by)s, %(u)s)
           ON CONFLICT (mark) DO UPDATE SET reason = excluded.reason, by_name = excluded.by_name, until = excluded.until, at = now()""",
        {"m": mark, "r": reason.strip()[:300], "by": viewer.name, "u": until},
    )
    return {"contact": contacts.masked(number or address or "")}


@action("hotline.save_answer")
def save_answer(viewer: Viewer, answer_id: str, question: tuple[str, str], answer: tuple[str, str], *, category: str = "", source: str = "",
                verified: bool = False, active: bool = True) -> dict[str, Any]:  # fmt: skip
    """Write a known answer, (Vietnamese, English) each; the city's file no longer changes it."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,60}", answer_id) or not all(part.strip() for part in (*question, *answer)):
        raise invalid(
            "answer_incomplete",
            "Cần mã, câu hỏi và câu trả lời ở cả hai ngôn ngữ.",
            "An id, question and answer in both languages are needed.",
        )
    about("answer", answer_id)
    sql.execute(
        """INSERT INTO hotline_answer (id, question_vi, question_en, answer_vi, answer_en, category, words, source, verified, active, used, edited_at)
           VALUES (%(id)s, %(qv)s, %(qe)s, %(av)s, %(ae)s, %(c)s, %(w)s, %(s)s, %(v)s, %(on)s, 0, %(now)s)
           ON CONFLICT (id) DO UPDATE SET question_vi = excluded.question_vi, question_en = excluded.question_en, answer_vi = excluded.answer_vi,
             answer_en = excluded.answer_en, category = excluded.category, words = excluded.words, source = excluded.source,
             verified = excluded.verified, active = excluded.active, edited_at = excluded.edited_at""",
        {"id": answer_id, "qv": question[0], "qe": question[1], "av": answer[0], "ae": answer[1], "c": category, "s": source, "v": verified,
         "on": active, "w": places.fold(f"{question[0]} {question[1]} {answer[0]}"), "now": clock.now()},
    )  # fmt: skip
    keeping.show_answers()
    return {"id": answer_id}


@action("hotline.edit_categories")
def edit_category(viewer: Viewer, category_id: str, **changes: Any) -> dict[str, Any]:
    """Change a category in the running city: title_vi, title_en, deadline_class, responsible, keywords, call, private, active."""
    allowed = {"title_vi", "title_en", "deadline_class", "responsible", "keywords", "call", "private", "active"}
    wrong = {name: "unknown" for name in changes if name not in allowed}
    if changes.get("deadline_class", "quick") not in ("urgent", "quick", "standard"):
        wrong["deadline_class"] = "urgent | quick | standard"
    rule = changes.get("responsible", "local")
    if not rules.is_responsible(rule) or (rule[:1].isupper() and directory.agency(rule) is None):
        wrong["responsible"] = "local | centre | field:… | code"
    if wrong or not changes:
        raise invalid("category_wrong", "Thay đổi chưa đúng.", "The change is not right.", **wrong)
    about("category", category_id)
    columns = ", ".join(f"{name} = %({name})s" for name in changes)
    if not sql.execute(
        f"UPDATE hotline_category SET {columns}, edited_at = now() WHERE id = %(id)s", {**changes, "id": category_id}
    ):
        raise missing("no_category", "Không có loại này.", "There is no such category.")
    return {"id": category_id}
