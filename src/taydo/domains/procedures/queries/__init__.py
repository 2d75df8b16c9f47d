"""Every read of dossiers, through one predicate: who filed it, and the agencies its case is or was at."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from taydo.engines.cases import queries as cases
from taydo.engines.files import queries as files
from taydo.engines.payments import queries as bills
from taydo.kernel import specs, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, missing
from taydo.kernel.permissions import visible
from taydo.kernel.sealing import fingerprint, unseal
from taydo.kernel.sql import Sql

from ..models import Rules

PERSON = ("name", "phone", "email", "number", "address")
COLUMNS = """d.id, d.case_id, d.code, d.procedure, d.version_id, d.title, d.channel, d.agency_receives, d.agency_decides, d.unit_code, d.actor_id,
    d.person_kind, d.papers, d.national, d.money, d.online_paid, d.delivery, d.delivery_state, d.delivery_note, d.sync, d.source, d.source_code,
    d.parent_id, d.submitted_at, d.received_at, d.due_at, d.finished_at, d.returned_at, d.ended_at, d.asked_at, d.supplements, d.waited_s,
    d.apologies, d.result_file, d.result_number, d.result_code, d.rating, d.rating_text, d.form_version, d.digitised, d.reused"""
CASE = """c.state, c.phase, c.agency, c.owner_id, c.type, c.type_version, c.version AS case_version, c.tasks_open, c.paused_at, c.due_at AS case_due,
    c.title AS case_title, c.opened_at, c.due_clock, c.paused_left_s, c.parent_id AS case_parent, c.deadline_class, c.restricted, c.extended"""
LINKED: list[Callable[[int], str]] = []
"""Who knows the mark of the personal number linked to an account ("" when none is): `public.py` registers identity here."""
FROM = "procedures_dossier d LEFT JOIN cases_case c ON c.id = d.case_id"


@functools.cache
def rules_of_city() -> Rules:
    """The city's numbers of the one-stop rules (`dossiers.yaml`)."""
    return specs.load(specs.city() / "dossiers.yaml", Rules)


def mark(kind: str, number: str) -> str:
    """By what a person or organisation is found again without the number being stored clear; as identity marks its citizens."""
    return fingerprint(f"{'citizen' if kind == 'person' else 'tax'}:{number.strip()}")


def may_see(viewer: Viewer) -> Sql:
    """THE predicate of dossiers (aliases d and c): one's own, else what the case lets an official see.

    One that a ministry's system runs has no case here: its agency sees it.
    """
    clause = Sql("d.case_id IS NOT NULL") & cases.may_see(viewer)
    clause |= Sql("d.source <> ''") & visible(viewer, "cases.see", "d.agency_decides")
    mine = own_clause(viewer)
    return clause | mine if mine else clause


def own_clause(viewer: Viewer) -> Sql | None:
    """The viewer's own dossiers (alias d): by account, and by personal number once it is linked to the account."""
    if viewer.actor_id is None:
        return None
    clause = Sql("d.actor_id = %(filed_by_me)s::bigint", {"filed_by_me": viewer.actor_id})
    linked = "" if viewer.kind != "person" else next((found for one in LINKED if (found := one(viewer.actor_id))), "")
    return clause | Sql("d.number_mark = %(my_number)s::text", {"my_number": linked}) if linked else clause


def _files_seen(viewer: Viewer) -> Sql:
    """Who opens a file of a dossier (alias f): who sees the dossier, and of a joint one who works on a part."""
    clause = may_see(viewer)
    return Sql(
        f"""EXISTS (SELECT FROM procedures_dossier d LEFT JOIN cases_case c ON c.id = d.case_id
            WHERE (d.id = CASE WHEN f.object_id ~ '^[0-9]{{1,18}}$' THEN f.object_id::bigint END
                OR d.parent_id = CASE WHEN f.object_id ~ '^[0-9]{{1,18}}$' THEN f.object_id::bigint END) AND ({clause.text}))""",
        clause.params,
    )


def worked_on(viewer: Viewer) -> Sql:
    """Who opens papers of the vault used for a dossier (alias u): the agencies of its case, until the dossier has ended."""
    clause = cases.may_see(viewer)
    return Sql(
        f"""EXISTS (SELECT FROM procedures_dossier d JOIN cases_case c ON c.id = d.case_id
            WHERE d.id = CASE WHEN u.purpose_id ~ '^[0-9]{{1,18}}$' THEN u.purpose_id::bigint END
              AND d.national IN (1, 2, 4, 5, 6) AND ({clause.text}))""",
        clause.params,
    )


def _bills_seen(viewer: Viewer) -> Sql:
    """Who sees a bill of a dossier whole (alias b): who sees the dossier."""
    clause = may_see(viewer)
    return Sql(
        f"""EXISTS (SELECT FROM procedures_dossier d LEFT JOIN cases_case c ON c.id = d.case_id
            WHERE d.id = CASE WHEN b.purpose_id ~ '^[0-9]{{1,18}}$' THEN b.purpose_id::bigint END AND ({clause.text}))""",
        clause.params,
    )


def _results_seen(viewer: Viewer) -> Sql:
    """Who opens a file of a result (alias f): its dossier's officials; whoever filed, once it is signed."""
    inside, mine = Sql("d.case_id IS NOT NULL") & cases.may_see(viewer), own_clause(viewer)
    clause = inside | (mine & Sql("r.state = 'signed' AND r.file_id = f.id")) if mine else inside
    return Sql(
        f"""EXISTS (SELECT FROM procedures_result r JOIN procedures_dossier d ON d.id = r.dossier_id LEFT JOIN cases_case c ON c.id = d.case_id
            WHERE r.id = CASE WHEN f.object_id ~ '^[0-9]{{1,18}}$' THEN f.object_id::bigint END AND ({clause.text}))""",
        clause.params,
    )


files.guard("dossier", _files_seen)
files.guard("dossier_result", _results_seen)
bills.guard("dossier", _bills_seen)


def dossier(viewer: Viewer, code: str) -> dict[str, Any]:
    """One dossier with where its case stands; the same 404 for one there is not and one the viewer may not see. No personal values."""
    clause = may_see(viewer)
    found = sql.prepared(
        f"SELECT {COLUMNS}, {CASE} FROM {FROM} WHERE d.code = %(code)s AND ({clause.text})",
        {"code": code.strip().upper(), **clause.params},
    )
    if not found:
        raise no_dossier()
    return shaped(found[0])


def official(viewer: Viewer, code: str) -> dict[str, Any]:
    """A dossier for an official who sees its case; the same 404 for everybody else, also for whoever filed."""
    clause = Sql("d.case_id IS NOT NULL") & cases.may_see(viewer)
    found = _one(Sql("d.code = %(code)s", {"code": code.strip().upper()}) & clause)
    if found is None:
        raise no_dossier()
    return found


def own(viewer: Viewer, code: str) -> dict[str, Any]:
    """A dossier of the viewer's own; the same 404 for everybody else, also for officials."""
    clause = own_clause(viewer)
    found = None if clause is None else _one(Sql("d.code = %(code)s", {"code": code.strip().upper()}) & clause)
    if found is None:
        raise no_dossier()
    return found


def _one(where: Sql) -> dict[str, Any] | None:
    found = sql.row(f"SELECT {COLUMNS}, {CASE} FROM {FROM} WHERE {where.text}", where.params)
    return found and shaped(found)


def shaped(found: dict[str, Any]) -> dict[str, Any]:
    """A row with its papers as a list, whichever way it was read."""
    if isinstance(found["papers"], str):
        found["papers"] = json.loads(found["papers"])
    return found


def by_id(dossier_id: int) -> dict[str, Any] | None:
    """A dossier for the house itself."""
    return _one(Sql("d.id = %(id)s", {"id": dossier_id}))


def by_code(code: str) -> dict[str, Any] | None:
    """A dossier by its code, for the house itself."""
    return _one(Sql("d.code = %(code)s", {"code": code}))


def numbered(after: int, limit: int = 500) -> list[dict[str, Any]]:
    """id and code of our own dossiers after an id, in order: to go through all of them."""
    return sql.rows(
        "SELECT id, code FROM procedures_dossier WHERE id > %(after)s AND source = '' ORDER BY id LIMIT %(limit)s",
        {"after": after, "limit": limit},
    )


def by_case(case_id: int) -> dict[str, Any] | None:
    """The dossier of a case, for the house itself."""
    return _one(Sql("d.case_id = %(id)s", {"id": case_id}))


def parent_of(dossier_id: int) -> int | None:
    """The joint dossier a dossier is a part of, by id."""
    found = sql.value("SELECT parent_id FROM procedures_dossier WHERE id = %(id)s", {"id": dossier_id})
    return None if found is None else int(found)


def of_case(viewer: Viewer, case_id: int) -> dict[str, Any] | None:
    """The dossier of a case, by the same predicate as everything."""
    return _one(may_see(viewer) & Sql("d.case_id = %(id)s", {"id": case_id}))


def mine(viewer: Viewer, before: int | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """The viewer's own dossiers without the parts of joint ones, the newest first; `before`: the id of the last one seen."""
    clause = own_clause(viewer)
    if clause is None:
        return []
    found = sql.rows(
        f"""SELECT {COLUMNS}, {CASE} FROM {FROM} WHERE ({clause.text}) AND d.parent_id IS NULL
            AND (%(before)s::bigint IS NULL OR d.id < %(before)s) ORDER BY d.id DESC LIMIT %(limit)s""",
        {**clause.params, "before": before, "limit": max(1, min(limit, 200))},
    )
    return [shaped(one) for one in found]


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
        "SELECT id, form, number, data, made_at, made_by, file_id, draft FROM procedures_form WHERE dossier_id = %(id)s ORDER BY id",
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
    """The dossiers a joint one consists of, each with where its case stands: a late one shows."""
    found = sql.rows(
        f"SELECT {COLUMNS}, {CASE} FROM {FROM} WHERE d.parent_id = %(id)s ORDER BY d.id", {"id": dossier_id}
    )
    return [shaped(one) for one in found]


def no_dossier() -> Problem:
    """The 404 of a dossier."""
    return missing("no_dossier", "Không có hồ sơ này.", "There is no such dossier.")
