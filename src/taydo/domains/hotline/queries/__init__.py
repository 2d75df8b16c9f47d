"""Reads of reports: the city's rules, who is responsible, what strangers see, what the reporter sees. For operators: `intake`."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from taydo.engines.cases import casetype
from taydo.engines.cases import queries as cases
from taydo.engines.cases import rules as case_rules
from taydo.engines.files import queries as files
from taydo.engines.places import queries as places
from taydo.kernel import clock, i18n, sealing, specs, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import missing
from taydo.kernel.sql import Sql

from .. import rules
from ..models import Desk

HOUSE = Viewer.system("hotline")
PUBLIC = "r.listed"
SHOWN = """r.id, r.case_id, r.code, r.channel, r.category, r.public_text, r.address, r.unit_code, r.lon, r.lat, r.urgent, r.asked_at,
    r.answered_at, r.answer, r.rating, r.reopened, r.public, r.listed, r.duplicate_of, c.state, c.phase, c.agency, c.due_at, c.soon_at,
    c.paused_at, c.closed_at, c.type_version, c.deadline_class, k.title_vi, k.title_en, k.group, k.open311_code"""
FROM = """hotline_report r JOIN cases_case c ON c.id = r.case_id LEFT JOIN hotline_category k ON k.id = r.category"""


@functools.cache
def desk() -> Desk:
    """What the city has decided about its hotline; a city without the file gets the defaults and its committee as centre."""
    path = specs.city() / "hotline" / "desk.yaml"
    return specs.load(path, Desk) if path.exists() else Desk(centre=city().level1)


class City(BaseModel):
    """What the hotline needs of `city.yaml`."""

    model_config = ConfigDict(extra="ignore")
    code: str
    level1: str


@functools.cache
def city() -> City:
    """The city itself."""
    return specs.load(specs.city() / "city.yaml", City)


def categories(active: bool = True) -> list[dict[str, Any]]:
    """Categories as they stand in the running city, in the order of the form, with `title` and `group_title`."""
    found = sql.rows("SELECT * FROM hotline_category WHERE active OR NOT %(a)s ORDER BY sort, id", {"a": active})
    return [
        record
        | {
            "title": i18n.t(record["title_vi"], record["title_en"]),
            "group_title": i18n.t(record["group_vi"], record["group_en"]),
        }
        for record in found
    ]


def category(identifier: str) -> dict[str, Any] | None:
    """One active category."""
    return sql.row("SELECT * FROM hotline_category WHERE id = %(id)s AND active", {"id": identifier})


def reads_like_denunciation(text: str) -> bool:
    """Whether words read like a complaint about officials: such a report is always private."""
    return rules.denounces(places.fold(text), [places.fold(word) for word in desk().denunciation])


def unit_of(lon: float | None, lat: float | None, unit_code: str) -> str:
    """The commune of a place today: by its point, else as chosen if there is such a commune; "" when unknown."""
    if lon is not None and lat is not None and (here := places.unit_at(lon, lat, clock.today())):
        return here.code
    chosen = places.unit(unit_code, clock.today()) if unit_code else None
    return chosen.code if chosen and chosen.level == "commune" else ""


@dataclass(frozen=True, slots=True)
class Filters:
    """What of the public reports to show; `state`: open, answered, late or ""; `q`: words, accents or not."""

    category: str = ""
    group: str = ""
    unit_code: str = ""
    state: str = ""
    q: str = ""


_STATES = {
    "open": "c.phase <> 'done'",
    "answered": "c.state IN ('answered', 'closed')",
    "late": "c.phase <> 'done' AND c.paused_at IS NULL AND c.due_at < now()",
}


def _filtered(filters: Filters) -> Sql:
    clause = Sql(PUBLIC)
    for column, wanted in (
        ("r.category", filters.category),
        ("k.group", filters.group),
        ("r.unit_code", filters.unit_code),
    ):
        if wanted:
            name = column.replace(".", "_")
            clause &= Sql(f"{column} = %({name})s", {name: wanted})
    if filters.state in _STATES:
        clause &= Sql(_STATES[filters.state])
    for at, word in enumerate(places.fold(filters.q).split()[:8]):
        clause &= Sql(f"r.words LIKE %(w{at})s", {f"w{at}": f"%{word}%"})
    return clause


def public_reports(
    viewer: Viewer, filters: Filters | None = None, cursor: str = "", limit: int = 20
) -> tuple[list[dict[str, Any]], str]:
    """Listed reports, the newest first, and the cursor of the next page ("" at the end). One query whatever their number."""
    clause = _filtered(filters or Filters())
    before = int(cursor) if cursor.isdecimal() and len(cursor) < 19 else None
    limit = max(1, min(limit, 200))
    found = sql.rows(
        f"""SELECT {SHOWN} FROM {FROM} WHERE {clause.text} AND (%(before)s::bigint IS NULL OR r.id < %(before)s)
            ORDER BY r.id DESC LIMIT %(limit)s""",
        {**clause.params, "before": before, "limit": limit + 1},
    )
    following = str(found[limit - 1]["id"]) if len(found) > limit else ""
    return [shown(record) for record in found[:limit]], following


def shown(record: dict[str, Any]) -> dict[str, Any]:
    """A row with its words in the reader's language; nothing in it is personal."""
    language = i18n.language()
    state = casetype.of_version(record["type_version"]).states[record["state"]].title[language]
    due_state = case_rules.due_state(
        record["phase"], record["due_at"], record["soon_at"], record["paused_at"], clock.now()
    )
    return {
        key: item for key, item in record.items() if key not in ("title_vi", "title_en", "soon_at", "type_version")
    } | {
        "category_title": i18n.t(record["title_vi"] or "Chưa phân loại", record["title_en"] or "Not classified yet"),
        "address": rules.masked(record["address"]),
        "answer": rules.masked(record["answer"]),
        "unit_name": unit_names().get(record["unit_code"], ("", ""))[i18n.t("0", "1") == "1"],
        "state_word": state,
        "channel_word": channels().get(record["channel"], record["channel"]),
        "due_state": due_state,
        "href": f"/report/{record['code']}",
    }


def channels() -> dict[str, str]:
    """What the channels are called."""
    return {
        "web": i18n.t("Trang web", "Web page"), "app": i18n.t("Ứng dụng", "App"), "phone": i18n.t("Điện thoại", "Phone"), "mail": i18n.t("Thư điện tử", "E-mail"),
        "open311": "Open311", "chat": i18n.t("Trò chuyện", "Chat"), "desk": i18n.t("Tại quầy", "At the desk"), "import": i18n.t("Nhập từ hệ thống khác", "Brought in"),
    }  # fmt: skip


def unit_names() -> dict[str, tuple[str, str]]:
    """Names of today's communes by code."""
    return _unit_names(places.version(), clock.today())


@functools.lru_cache(maxsize=4)
def _unit_names(version: str, on: dt.date) -> dict[str, tuple[str, str]]:
    return {unit.code: (unit.name, unit.name_en) for unit in places.units("commune", on)}


def token_of(code: str) -> str:
    """The secret that shows a report to whoever sent it without an account; made anew from the code, never stored."""
    return sealing.fingerprint(f"hotline report {code}")[:32]


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def report(viewer: Viewer, code: str, token: str = "") -> dict[str, Any]:
    """One report for whoever may see it: strangers a listed one, its reporter (account or token), officials of its case's chain.

    Everybody else gets the same 404, whether the code exists or not.
    """
    clause = cases.may_see(viewer)
    record = sql.row(
        f"""SELECT {SHOWN}, r.text, r.held, r.actor_id, r.rating_text, r.token_hash, r.language, r.extra, ({clause.text}) AS official
            FROM {FROM} WHERE r.code = %(code)s""",
        {"code": code.strip().upper(), **clause.params},
    )
    known = record["token_hash"] if record else token_hash("")
    by_token = hmac.compare_digest(token_hash(token), known) and bool(token) and record is not None
    mine = record is not None and viewer.actor_id is not None and record["actor_id"] == viewer.actor_id
    if record is None or not (record["listed"] or by_token or mine or record["official"]):
        raise missing("no_report", "Không có phản ánh này.", "There is no such report.")
    owner = by_token or mine
    answer = shown(record) | {"owner": owner, "official": bool(record["official"])}
    answer["text"] = record["text"] if owner or record["official"] else record["public_text"]
    for secret in (
        "token_hash",
        "actor_id",
        *(() if owner or record["official"] else ("held", "rating_text", "extra")),
    ):
        answer.pop(secret)
    return answer


def official(viewer: Viewer, code: str) -> dict[str, Any]:
    """A report for officials who may see its case; the same 404 for everybody else."""
    found = report(viewer, code)
    if not found["official"]:
        raise missing("no_report", "Không có phản ánh này.", "There is no such report.")
    return found


def photos(viewer: Viewer, found: dict[str, Any]) -> list[files.File]:
    """Photos of a report, and the public files of its case: whoever may see the report may see them."""
    answers = [kept for kept in files.files_of(HOUSE, "case", str(found["case_id"])) if kept.public]
    return files.files_of(HOUSE, "report", str(found["id"])) + answers


def _seen_files(viewer: Viewer) -> Sql:
    """Who opens a photo of a report (alias f): everybody when it is listed, its reporter, officials of its case's chain."""
    clause = cases.may_see(viewer)
    return Sql(
        f"""EXISTS (SELECT FROM hotline_report r JOIN cases_case c ON c.id = r.case_id
            WHERE r.id = CASE WHEN f.object_id ~ '^[0-9]{{1,18}}$' THEN f.object_id::bigint END
            AND (r.listed OR r.actor_id = %(seen_reporter)s::bigint OR ({clause.text})))""",
        {**clause.params, "seen_reporter": viewer.actor_id},
    )


files.guard("report", _seen_files)


def may_do(found: dict[str, Any]) -> set[str]:
    """What its reporter may do with a report as it stands."""
    if not found["owner"]:
        return set()
    since = found["answered_at"] or found["closed_at"]
    may = {
        "add": found["phase"] != "done", "rate": rules.may_rate(found["state"]), "withdraw": rules.may_withdraw(found["state"]),
        "reopen": rules.may_reopen(found["state"], since, desk().reopen_days, clock.now()),
    }  # fmt: skip
    return {verb for verb, able in may.items() if able}


def inside(viewer: Viewer, report_id: int) -> dict[str, Any] | None:
    """A report for officials who may see its case: also its words and sealed contacts, and how many its phone sent before."""
    clause = cases.may_see(viewer)
    record = sql.row(
        f"""SELECT {SHOWN}, r.text, r.address AS raw_address, r.actor_id, r.name, r.phone, r.email, r.photo_hash, r.held,
              (SELECT count(*) FROM hotline_report e WHERE e.phone_mark = r.phone_mark AND e.id < r.id AND r.phone_mark <> '') AS earlier
            FROM {FROM} WHERE r.id = %(id)s AND ({clause.text})""",
        {"id": report_id, **clause.params},
    )
    return shown(record) if record else None


def lines(case_id: int) -> list[dict[str, Any]]:
    """What happened, as the reporter and strangers may read it, the oldest first: at, kind, verb, text, agency. No official's name."""
    found = []
    for line in cases.timeline(HOUSE, case_id, newest_first=False):
        told = line["kind"] in ("opened", "handed_over", "late") or (
            line["kind"] == "moved" and line["move"] != "route"
        )
        if told or line["public"]:
            own = line["who"] == rules.OWN
            found.append(
                {"at": line["at"], "kind": line["kind"], "verb": line["to_word"] if line["kind"] == "moved" and not own else line["verb"],
                 "to": line["to_state"], "own": own, "text": rules.masked(line["text"]) if line["public"] and line["kind"] != "opened" else "",
                 "agency": "" if own else line["agency"]}
            )  # fmt: skip
    return found


def mine(viewer: Viewer, cursor: str = "", limit: int = 20) -> tuple[list[dict[str, Any]], str]:
    """The viewer's own reports, the newest first."""
    if viewer.actor_id is None:
        return [], ""
    before = int(cursor) if cursor.isdecimal() and len(cursor) < 19 else None
    found = sql.rows(
        f"""SELECT {SHOWN} FROM {FROM} WHERE r.actor_id = %(me)s AND (%(before)s::bigint IS NULL OR r.id < %(before)s)
            ORDER BY r.id DESC LIMIT %(limit)s""",
        {"me": viewer.actor_id, "before": before, "limit": limit + 1},
    )
    return [shown(record) for record in found[:limit]], str(found[limit - 1]["id"]) if len(found) > limit else ""
