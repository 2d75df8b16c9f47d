"""Writes of the hotline that the house does by itself: load the city's declarations, keep and tell what became of a report, close."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from taydo.domains.directory import public as directory
from taydo.engines.cases import actions as cases
from taydo.engines.chats import actions as chats
from taydo.engines.notices import actions as notices
from taydo.engines.notices.rules import is_mail_address, is_phone
from taydo.engines.notices.tokens import absolute
from taydo.engines.places import queries as places
from taydo.engines.search import index
from taydo.engines.search.index import Doc
from taydo.kernel import clock, sealing, specs, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer

from .. import queries, rules
from ..models import Answers, Categories


@action("hotline.load")
def load(viewer: Viewer, folder: Path) -> dict[str, int]:
    """Bring the city's categories and known answers into the tables; rows changed in the running city are left as they are."""
    about("city", folder.name)
    path = folder / "hotline" / "categories.yaml"
    if not path.exists():
        return {"categories": 0, "answers": 0}
    groups = specs.load(path, Categories).groups
    rows = [
        {"id": name, "group": key, "group_vi": group.title.vi, "group_en": group.title.en, "title_vi": item.vi, "title_en": item.en,
         "keywords": item.keywords, "deadline_class": item.deadline, "responsible": item.responsible, "open311_code": item.open311 or name.upper(),
         "call": item.call, "private": item.private}
        for key, group in groups.items() for name, item in group.categories.items()
    ]  # fmt: skip
    for at, item in enumerate(rows):
        item["sort"] = at
    answers = folder / "hotline" / "answers.yaml"
    known = specs.load(answers, Answers).answers if answers.exists() else {}
    told = [
        {"id": name, "question_vi": item.question.vi, "question_en": item.question.en, "answer_vi": item.answer.vi, "answer_en": item.answer.en,
         "category": item.category, "source": item.source, "verified": item.verified,
         "words": places.fold(f"{item.question.vi} {item.question.en} {item.answer.vi}")}
        for name, item in known.items()
    ]  # fmt: skip
    counts = {
        "categories": sql.execute(_CATEGORIES, {"given": json.dumps(rows)}),
        "answers": sql.execute(_ANSWERS, {"given": json.dumps(told)}),
    }
    show_answers()
    return counts


def show_answers() -> None:
    """Put every known answer in force into the city's search."""
    known = sql.rows("SELECT id, question_vi, question_en, answer_vi, answer_en FROM hotline_answer WHERE active")
    index.put(
        "answer",
        [
            Doc(row["id"], row["question_vi"], f"{row['answer_vi']}\n{row['answer_en']}", row["question_en"],
                f"/hotline/answers?q={quote(row['question_vi'])}")
            for row in known
        ],
        replace=True,
    )  # fmt: skip


_CATEGORIES = """
INSERT INTO hotline_category (id, "group", group_vi, group_en, title_vi, title_en, keywords, deadline_class, responsible, open311_code, call,
  private, active, sort)
SELECT id, "group", group_vi, group_en, title_vi, title_en, ARRAY(SELECT json_array_elements_text(keywords)), deadline_class, responsible,
  open311_code, call, private, TRUE, sort
FROM json_to_recordset(%(given)s::json) AS g(id text, "group" text, group_vi text, group_en text, title_vi text, title_en text, keywords json,
  deadline_class text, responsible text, open311_code text, call text, private boolean, sort int)
ON CONFLICT (id) DO UPDATE SET "group" = excluded."group", group_vi = excluded.group_vi, group_en = excluded.group_en,
  title_vi = excluded.title_vi, title_en = excluded.title_en, keywords = excluded.keywords, deadline_class = excluded.deadline_class,
  responsible = excluded.responsible, open311_code = excluded.open311_code, call = excluded.call, private = excluded.private,
  sort = excluded.sort
WHERE hotline_category.edited_at IS NULL
"""
_ANSWERS = """
INSERT INTO hotline_answer (id, question_vi, question_en, answer_vi, answer_en, category, words, source, verified, active, used)
SELECT id, question_vi, question_en, answer_vi, answer_en, category, words, source, verified, TRUE, 0
FROM json_to_recordset(%(given)s::json) AS g(id text, question_vi text, question_en text, answer_vi text, answer_en text, category text,
  words text, source text, verified boolean)
ON CONFLICT (id) DO UPDATE SET question_vi = excluded.question_vi, question_en = excluded.question_en, answer_vi = excluded.answer_vi,
  answer_en = excluded.answer_en, category = excluded.category, words = excluded.words, source = excluded.source, verified = excluded.verified
WHERE hotline_answer.edited_at IS NULL
"""


_KEEP = {
    "answered": "answer = %(note)s, answered_at = %(now)s",
    "rejected": "answer = %(note)s, listed = FALSE",
    "reopened": "reopened = reopened + 1, answered_at = NULL",
    "merged": "duplicate_of = (SELECT o.id FROM cases_case m JOIN hotline_report o ON o.case_id = m.merged_into WHERE m.id = %(case)s)",
    "forwarded": "listed = public AND held = ''",
}


@action("hotline.keep", secret=("note",))
def follow(viewer: Viewer, case_id: int, step: str, key: str, note: str = "") -> int:
    """Keep what a step means for the report of a case and tell who reported it, once a key; returns how many people were told."""
    found = sql.row(
        "SELECT r.id, r.code, c.agency, c.state FROM hotline_report r JOIN cases_case c ON c.id = r.case_id WHERE r.case_id = %(case)s",
        {"case": case_id},
    )
    if found is None:
        return 0
    about("report", found["code"], found["agency"])
    if step == "forwarded" and found["state"] == "received":
        cases.move(viewer, case_id, "route")
    if step in _KEEP:
        sql.execute(
            f"UPDATE hotline_report SET {_KEEP[step]} WHERE case_id = %(case)s",
            {"case": case_id, "note": note, "now": clock.now()},
        )
    told = sql.rows(
        """SELECT r.id, r.code, r.actor_id, r.phone, r.email, r.language, c.due_at, c.agency, r.case_id <> %(case)s AS duplicate,
             (r.extra->>'conversation')::bigint AS conversation, r.extra->>'language' AS chat_language
           FROM hotline_report r JOIN cases_case c ON c.id = %(case)s
           WHERE (r.case_id = %(case)s OR (%(shared)s AND r.duplicate_of = %(id)s)) AND r.channel <> 'import'""",
        {"case": case_id, "id": found["id"], "shared": step in ("answered", "reopened", "late", "extended")},
    )
    for one in told:
        _tell(viewer, one, step, f"report:{one['id']}:{key}", note)
    return len(told)


def _tell(viewer: Viewer, one: dict[str, Any], step: str, key: str, note: str) -> None:
    """The step in words to the account, the phone or address, or the chat of whoever reported."""
    agency = directory.agency(one["agency"])
    due = f"{one['due_at'].astimezone(clock.LOCAL):%H:%M %d/%m/%Y}" if one["due_at"] else "—"
    said = []
    for language in ("vi", "en"):
        name = (agency.name_en if language == "en" else agency.name) if agency else one["agency"]
        said.append(rules.told(step, language, {"code": one["code"], "due": due, "agency": name, "note": note[:400]}))
    title, body = (said[0][0], said[1][0]), (said[0][1], said[1][1])
    href = f"/report/{one['code']}"
    if one["actor_id"]:
        notices.notify(viewer, "hotline.own", key, title, body, href=href, actors=[one["actor_id"]])
    phone, email = sealing.unseal(one["phone"]), sealing.unseal(one["email"])
    contacts = [("sms", phone, one["language"])] if is_phone(phone) else []
    contacts += [("mail", email, one["language"])] if is_mail_address(email) else []
    link = f"{href}?t={queries.token_of(one['code'])}"
    if contacts:
        notices.notify(viewer, "hotline.own", f"{key}:contacts", title, body, href=link, contacts=contacts)
    if one["conversation"] and step != "received":  # the code was said at once
        at = one["chat_language"] == "en"
        chats.reply(viewer, one["conversation"], f"{title[at]}. {body[at]} {absolute(link)}", f"{key}:chat")


@action("hotline.close")
def close_answered(viewer: Viewer, most: int = 200) -> int:
    """Close reports that were answered long enough ago and not reopened; returns how many."""
    waiting = sql.rows(
        """SELECT c.id FROM cases_case c JOIN hotline_report r ON r.case_id = c.id
           WHERE c.type = 'report' AND c.state = 'answered' AND c.closed_at < %(before)s ORDER BY c.id LIMIT %(most)s
           FOR UPDATE OF c SKIP LOCKED""",
        {"before": clock.now() - dt.timedelta(days=queries.desk().close_days), "most": most},
    )
    for case in waiting:
        cases.move(viewer, case["id"], "close")
    return len(waiting)


@action("hotline.forget")
def forget_senders(viewer: Viewer, days: int = 30) -> int:
    """Forget by which address and device reports were sent, once it no longer helps against bursts."""
    return sql.execute(
        "UPDATE hotline_report SET senders = '{}' WHERE senders <> '{}' AND asked_at < %(before)s",
        {"before": clock.now() - dt.timedelta(days=days)},
    )
