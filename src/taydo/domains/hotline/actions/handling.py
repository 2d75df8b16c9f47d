"""Writes of the hotline that officials and the house begin: classify, route, answer, merge, reveal, release; load and keep."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from taydo.domains.directory import public as directory
from taydo.engines.cases import actions as cases
from taydo.engines.places import queries as places
from taydo.kernel import i18n, specs, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid, missing

from .. import queries
from ..models import Answers, Categories

HOUSE = Viewer.system("hotline")


def acting(viewer: Viewer) -> Viewer:
    """The house acting for an official whose right was checked: the case's timeline and the audit bear their name."""
    return dataclasses.replace(viewer, all_powerful=True)


def _held_by(viewer: Viewer, code: str, permission: str) -> dict[str, Any]:
    """A report an official may see, with the permission where the case is or at the centre. 404, 403."""
    found = queries.report(viewer, code)
    if not found["official"]:
        raise missing("no_report", "Không có phản ánh này.", "There is no such report.")
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


@action("hotline.classify")
def classify(
    viewer: Viewer, code: str, category: str = "", *, urgent: bool | None = None, public: bool | None = None
) -> dict[str, Any]:
    """Say what a report is about, whether it is urgent, whether strangers may see it."""
    found = _held_by(viewer, code, "hotline.classify")
    if category and queries.category(category) is None:
        raise invalid("no_category", "Không có loại này.", "There is no such category.", field="category")
    sql.execute(
        """UPDATE hotline_report SET category = coalesce(nullif(%(c)s, ''), category), urgent = coalesce(%(u)s, urgent),
             public = coalesce(%(p)s, public), listed = CASE WHEN %(p)s IS NULL THEN listed ELSE %(p)s AND held = '' END WHERE id = %(id)s""",
        {"c": category, "u": urgent, "p": public, "id": found["id"]},
    )
    return {"code": found["code"], "agency": responsible(category or found["category"], found["unit_code"])}


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
    sql.execute("UPDATE hotline_report SET listed = public AND held = '' WHERE id = %(id)s", {"id": found["id"]})
    return {"code": found["code"], "agency": target}


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
    return {
        "categories": sql.execute(_CATEGORIES, {"given": json.dumps(rows)}),
        "answers": sql.execute(_ANSWERS, {"given": json.dumps(told)}),
    }


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
