"""What Open311 shows: services and public requests, rendered from rows; a page of requests is one query whatever its size."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from taydo.engines.cases import casetype
from taydo.kernel import clock, i18n, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.i18n import t
from taydo.kernel.sql import Sql
from taydo.protocols.open311.documents import Attribute, Service, service_request
from taydo.protocols.open311.questions import Question

from .. import rules
from . import categories, report

PRIVATE = "PRIVATE"
YES, NO = "yes", "no"
PAGE = """
WITH page AS (
  SELECT r.id, r.case_id, r.code, r.category, r.public_text, r.address, r.lon, r.lat, r.asked_at, r.answer FROM hotline_report r
  WHERE r.listed AND {where} ORDER BY r.asked_at DESC, r.id DESC LIMIT %(limit)s OFFSET %(skip)s
)
SELECT r.*, c.phase, c.state, c.agency, c.due_at, c.type_version, k.title_vi, k.title_en, k.open311_code,
  coalesce(c.closed_at, (SELECT e.at FROM cases_event e WHERE e.case_id = c.id ORDER BY e.id DESC LIMIT 1), r.asked_at) AS updated_at,
  (SELECT f.id::text FROM files_file f WHERE f.object_kind = 'report' AND f.object_id = r.id::text ORDER BY f.id LIMIT 1) AS photo
FROM page r JOIN cases_case c ON c.id = r.case_id LEFT JOIN hotline_category k ON k.id = r.category ORDER BY r.asked_at DESC, r.id DESC
"""
METRES = "111320 * sqrt(power(r.lat - %(lat)s, 2) + power((r.lon - %(long)s) * cos(radians(%(lat)s)), 2)) <= %(radius)s"


def services() -> list[tuple[Service, dict[str, Any]]]:
    """What may be reported, in the order of the form, each with its category."""
    titles = casetype.current("report").titles
    language = i18n.language()
    return [
        (
            Service(
                record["open311_code"], record["title"], titles[record["deadline_class"]][language], True,
                keywords=tuple(record["keywords"]), group=record["group_title"],
            ),
            record,
        )
        for record in categories()
    ]  # fmt: skip


def service(code: str) -> tuple[Service, dict[str, Any]] | None:
    """One service and its category by the service's code, whatever its case."""
    return next((pair for pair in services() if pair[0].code.lower() == code.lower()), None)


def attributes(category: dict[str, Any]) -> list[Attribute]:
    """What a client may ask besides the standard's fields: whether all may read it, and whom to call first in danger."""
    asked = [
        Attribute(
            PRIVATE, t("Chỉ cơ quan xử lý được đọc?", "Only the agencies in charge may read it?"), "singlevaluelist",
            values=((NO, t("Không, mọi người đọc được", "No, everybody may")), (YES, t("Đúng", "Yes"))),
        )
    ]  # fmt: skip
    if number := category["call"]:
        words = t(f"Nếu nguy hiểm, hãy gọi {number} trước.", f"In danger, call {number} first.")
        asked.insert(0, Attribute("CALL", words, "string", variable=False))
    return asked


def page(
    question: Question, media: str
) -> tuple[list[dict[str, Any]], dt.datetime | None, tuple[dt.datetime, int] | None]:
    """One page of public requests as the standard has them, when the latest of them changed, and where the next page begins.

    `media`: the address of a photo with `{code}` and `{photo}`. `agency_responsible` holds the agency's code.
    """
    where = _where(question)
    skip = 0 if question.before else (question.page - 1) * question.page_size
    found = sql.rows(PAGE.format(where=where.text), {**where.params, "limit": question.page_size + 1, "skip": skip})
    shown = found[: question.page_size]
    last = shown[-1] if len(found) > question.page_size else None
    return (
        [_request(record, media) for record in shown],
        max((record["updated_at"] for record in shown), default=None),
        (last["asked_at"], last["id"]) if last else None,
    )


def _where(question: Question) -> Sql:
    clause = Sql("TRUE")
    if question.ids:
        return clause & Sql("r.code = ANY(%(ids)s::text[])", {"ids": [code.upper() for code in question.ids]})
    if question.since:
        clause &= Sql("r.asked_at >= %(since)s", {"since": question.since})
    if question.until:
        clause &= Sql("r.asked_at <= %(until)s", {"until": question.until})
    if question.codes:
        clause &= Sql("r.category = ANY(%(categories)s::text[])", {"categories": _categories(question.codes)})
    if len(set(question.statuses)) == 1:
        ended = "=" if question.statuses[0] == "closed" else "<>"
        clause &= Sql(f"EXISTS (SELECT FROM cases_case c WHERE c.id = r.case_id AND c.phase {ended} 'done')")
    if question.before:
        clause &= Sql("(r.asked_at, r.id) < (%(at)s, %(id)s)", dict(zip(("at", "id"), question.before, strict=True)))
    return clause & _placed(question)


def _categories(codes: Sequence[str]) -> list[str]:
    """The categories of these codes: looked up first, so that the plan of the page knows how many reports they have."""
    found = sql.rows("SELECT id FROM hotline_category WHERE open311_code = ANY(%(c)s::text[])", {"c": list(codes)})
    return [record["id"] for record in found]


def _placed(question: Question) -> Sql:
    clause = Sql("TRUE")
    if circle := question.circle:
        near = rules.box(circle.long, circle.lat, circle.radius_m)
        clause &= _within("near", near) & Sql(
            METRES, {"lat": circle.lat, "long": circle.long, "radius": circle.radius_m}
        )
    if box := question.box:
        clause &= _within("box", rules.Box(box.west, box.south, box.east, box.north))
    return clause


def _within(name: str, box: rules.Box) -> Sql:
    sides = {f"{name}_{side}": getattr(box, side) for side in ("west", "south", "east", "north")}
    text = f"r.lon BETWEEN %({name}_west)s AND %({name}_east)s AND r.lat BETWEEN %({name}_south)s AND %({name}_north)s"
    return Sql(text, sides)


def _request(record: dict[str, Any], media: str) -> dict[str, Any]:
    state = casetype.of_version(record["type_version"]).states[record["state"]].title
    return service_request(
        record["code"], "closed" if record["phase"] == "done" else "open",
        status_notes=rules.masked(record["answer"]) if record["answer"] else state[i18n.language()],
        service_name=t(record["title_vi"] or "Chưa phân loại", record["title_en"] or "Not classified yet"),
        service_code=record["open311_code"] or "", description=record["public_text"][:4000], agency=record["agency"],
        requested=record["asked_at"], updated=record["updated_at"], expected=record["due_at"], address=rules.masked(record["address"]),
        lat=record["lat"], long=record["lon"], media_url=media.format(**record) if record["photo"] else None, zone=clock.LOCAL,
    )  # fmt: skip


def number_of_token(token: str) -> tuple[str, bool] | None:
    """The code of the report a token was given for and whether it is public now; None for a token that was never given."""
    code, _, secret = token.rpartition("-")
    if not code or not secret:
        return None
    try:
        found = report(Viewer.anonymous(), code, secret)
    except Problem:
        return None
    return (found["code"], found["listed"]) if found["owner"] else None


def changed_at() -> dt.datetime:
    """When the services changed last."""
    found = sql.value(
        "SELECT greatest((SELECT max(edited_at) FROM hotline_category), (SELECT max(at) FROM kernel_loaded WHERE name = 'city'))"
    )
    return found or clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
