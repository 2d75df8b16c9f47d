"""Every read of dossiers, through one predicate: who filed it, and the agencies its case is or was at."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any

from taydo.engines.cases import queries as cases
from taydo.kernel import specs, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, missing
from taydo.kernel.sealing import unseal
from taydo.kernel.sql import Sql

from .models import Rules

PERSON = ("name", "phone", "email", "number", "address")
COLUMNS = """d.id, d.case_id, d.code, d.procedure, d.version_id, d.title, d.channel, d.agency_receives, d.agency_decides, d.unit_code, d.actor_id,
    d.person_kind, d.papers, d.national, d.money, d.online_paid, d.delivery, d.delivery_state, d.delivery_note, d.sync, d.source, d.source_code,
    d.parent_id, d.submitted_at, d.received_at, d.due_at, d.finished_at, d.returned_at, d.ended_at, d.asked_at, d.supplements, d.waited_s,
    d.apologies, d.result_file, d.result_number, d.result_code, d.rating, d.rating_text, d.form_version"""
CASE = "c.state, c.phase, c.agency, c.owner_id, c.type, c.type_version, c.version AS case_version, c.tasks_open, c.paused_at, c.due_at AS case_due"
FROM = "procedures_dossier d LEFT JOIN cases_case c ON c.id = d.case_id"


@functools.cache
def rules_of_city() -> Rules:
    """The city's numbers of the one-stop rules (`dossiers.yaml`)."""
    return specs.load(specs.city() / "dossiers.yaml", Rules)


def may_see(viewer: Viewer) -> Sql:
    """THE predicate of dossiers (aliases d and c): one's own by account, else what the case lets an official see."""
    clause = Sql("d.case_id IS NOT NULL") & cases.may_see(viewer)
    if viewer.actor_id is not None:
        clause |= Sql("d.actor_id = %(filed_by_me)s", {"filed_by_me": viewer.actor_id})
    return clause


def dossier(viewer: Viewer, code: str) -> dict[str, Any]:
    """One dossier with where its case stands; the same 404 for one there is not and one the viewer may not see. No personal values."""
    clause = may_see(viewer)
    found = sql.prepared(
        f"SELECT {COLUMNS}, {CASE} FROM {FROM} WHERE d.code = %(code)s AND ({clause.text})",
        {"code": code.strip().upper(), **clause.params},
    )
    if not found:
        raise no_dossier()
    return found[0]


def of_case(viewer: Viewer, case_id: int) -> dict[str, Any] | None:
    """The dossier of a case, by the same predicate."""
    clause = may_see(viewer)
    return sql.row(
        f"SELECT {COLUMNS}, {CASE} FROM {FROM} WHERE d.case_id = %(id)s AND ({clause.text})",
        {"id": case_id, **clause.params},
    )


def mine(viewer: Viewer, before: int | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """The viewer's own dossiers, the newest first; `before`: the id of the last one seen."""
    if viewer.actor_id is None:
        return []
    return sql.rows(
        f"""SELECT {COLUMNS}, {CASE} FROM {FROM} WHERE d.actor_id = %(me)s AND (%(before)s::bigint IS NULL OR d.id < %(before)s)
            ORDER BY d.id DESC LIMIT %(limit)s""",
        {"me": viewer.actor_id, "before": before, "limit": max(1, min(limit, 200))},
    )


def progress(code: str) -> dict[str, Any] | None:
    """What anybody may know who has the code: the code and how far it is (TT 01/2018 Đ16.2d)."""
    return sql.row(
        "SELECT d.code, d.national, d.due_at FROM procedures_dossier d WHERE d.code = %(code)s",
        {"code": code.strip().upper()},
    )


@dataclass(frozen=True)
class Person:
    """Who filed, unsealed: to be shown only to themselves, or after a recorded look."""

    name: str
    phone: str
    email: str
    number: str
    address: str
    answers: dict[str, Any]


def person(dossier_id: int) -> Person:
    """The personal values of a dossier. The caller has reached it by `dossier` and recorded the look where one is due."""
    found = sql.row(
        f"SELECT {', '.join(PERSON)}, answers FROM procedures_dossier WHERE id = %(id)s", {"id": dossier_id}
    )
    assert found is not None
    clear = {part: unseal(found[part]) for part in PERSON}
    return Person(**clear, answers=json.loads(unseal(found["answers"]) or "{}"))


def forms(dossier_id: int) -> list[dict[str, Any]]:
    """Forms 01–06 the dossier's acts gave rise to, in order; `data` is for printing."""
    found = sql.rows(
        "SELECT id, form, number, data, made_at, made_by, file_id FROM procedures_form WHERE dossier_id = %(id)s ORDER BY id",
        {"id": dossier_id},
    )
    return [record | {"data": json.loads(unseal(record["data"]) or "{}")} for record in found]


def open_alike(number_mark: str, procedure: str) -> list[str]:
    """Codes of open dossiers of the same person under the same procedure: to be asked about before another one is received."""
    if not number_mark:
        return []
    found = sql.rows(
        """SELECT code FROM procedures_dossier WHERE number_mark = %(mark)s AND procedure = %(procedure)s AND national IN (1, 2, 4, 5, 6)
           ORDER BY id LIMIT 5""",
        {"mark": number_mark, "procedure": procedure},
    )
    return [record["code"] for record in found]


def parts(dossier_id: int) -> list[dict[str, Any]]:
    """The dossiers a joint one consists of."""
    return sql.rows(
        f"SELECT {COLUMNS} FROM procedures_dossier d WHERE d.parent_id = %(id)s ORDER BY d.id", {"id": dossier_id}
    )


def no_dossier() -> Problem:
    """The 404 of a dossier."""
    return missing("no_dossier", "Không có hồ sơ này.", "There is no such dossier.")
