"""Lists of dossiers: what waits to be taken over, what will be late, results and hand-overs of one, the register (form 07)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from taydo.kernel import audit, clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.permissions import visible
from taydo.kernel.sealing import unseal
from taydo.kernel.sql import Sql

from .. import rules
from . import COLUMNS, FROM, may_see, shaped

MOST = 5_000


def offered(viewer: Viewer, limit: int = 100) -> list[dict[str, Any]]:
    """Dossiers offered to the viewer's agencies and not answered yet, the longest waiting first."""
    clause = visible(viewer, "procedures.accept", "t.to_agency")
    found = sql.rows(
        f"""SELECT {COLUMNS}, t.id AS transfer_id, t.from_agency, t.to_agency, t.note AS transfer_note, t.offered_at, t.offered_by
            FROM procedures_transfer t JOIN procedures_dossier d ON d.id = t.dossier_id
            WHERE t.state = 'offered' AND ({clause.text}) ORDER BY t.id LIMIT %(limit)s""",
        {**clause.params, "limit": max(1, min(limit, 500))},
    )
    return [shaped(one) for one in found]


def transfers(dossier_id: int) -> list[dict[str, Any]]:
    """Every hand-over of a dossier, in order; the caller has reached the dossier."""
    return sql.rows(
        """SELECT id, from_agency, to_agency, note, state, offered_at, offered_by, answered_at, answered_by, reason
           FROM procedures_transfer WHERE dossier_id = %(id)s ORDER BY id""",
        {"id": dossier_id},
    )


def results(dossier_id: int) -> list[dict[str, Any]]:
    """Every version of a dossier's result, the newest first, without what it says; the caller is an official of the dossier."""
    return sql.rows(
        """SELECT id, version, result, title, template, number, code, state, file_id, reason, made_at, made_by, approved_at, approved_by, signed_at
           FROM procedures_result WHERE dossier_id = %(id)s ORDER BY version DESC""",
        {"id": dossier_id},
    )


def instructions(code: str) -> list[dict[str, Any]]:
    """What heads instructed about a dossier, in order: code, words, by when, when it was reported on and what; the caller is an official of the dossier."""
    return sql.rows(
        """SELECT c.id, c.code, c.summary AS words, c.phase, c.opened_at, c.due_at, c.closed_at, a.name AS by_name,
             (SELECT e.note FROM cases_event e WHERE e.case_id = c.id AND e.kind = 'moved' AND c.phase = 'done' ORDER BY e.id DESC LIMIT 1) AS answer
           FROM cases_case c LEFT JOIN kernel_actor a ON a.id = c.asker_id
           WHERE c.subject_kind = 'dossier_instruction' AND c.subject_id = %(code)s ORDER BY c.id""",
        {"code": code},
    )


def soon_late(now: dt.datetime, edge: dt.datetime, apologies_most: int, limit: int) -> list[dict[str, Any]]:
    """Dossiers at work that are due before `edge`, could still be put off, and have no draft of an apology."""
    return sql.rows(
        """SELECT d.id, d.code, d.title, d.due_at, c.owner_id, c.agency FROM procedures_dossier d JOIN cases_case c ON c.id = d.case_id
           WHERE c.phase = 'open' AND c.paused_at IS NULL AND c.due_at > %(now)s AND c.due_at < %(edge)s AND d.national IN (2, 4) AND d.source = ''
             AND c.due_at - c.opened_at > interval '1 day' AND d.apologies < %(most)s
             AND NOT EXISTS (SELECT FROM procedures_form f WHERE f.dossier_id = d.id AND f.form = '04') ORDER BY c.due_at LIMIT %(limit)s""",
        {"now": now, "edge": edge, "most": apologies_most, "limit": limit},
    )


def worklist(
    viewer: Viewer,
    *,
    state: int | None = None,
    procedure: str = "",
    late: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Dossiers an official may see, the newest first; by national state, procedure, late ones only. One query."""
    clause = may_see(viewer)
    if state is not None:
        clause &= Sql("d.national = %(national)s", {"national": state})
    if procedure:
        clause &= Sql("d.procedure = %(procedure)s", {"procedure": procedure})
    if late:
        clause &= Sql("c.phase <> 'done' AND c.paused_at IS NULL AND c.due_at < %(now)s", {"now": clock.now()})
    found = sql.rows(
        f"""SELECT {COLUMNS}, c.state, c.phase, c.agency, c.owner_id, c.soon_at, c.paused_at FROM {FROM}
            WHERE ({clause.text}) AND (%(before)s::bigint IS NULL OR d.id < %(before)s) ORDER BY d.id DESC LIMIT %(limit)s""",
        {**clause.params, "before": before, "limit": max(1, min(limit, 200))},
    )
    return [shaped(one) for one in found]


def due_soon(viewer: Viewer, limit: int = 50) -> list[dict[str, Any]]:
    """Dossiers at work that are due within the last quarter of their time and not late yet, the most urgent first."""
    clause = may_see(viewer)
    found = sql.rows(
        f"""SELECT {COLUMNS}, c.state, c.phase, c.agency, c.owner_id, c.soon_at, c.paused_at FROM {FROM}
            WHERE ({clause.text}) AND d.source = '' AND c.phase <> 'done' AND c.paused_at IS NULL AND d.received_at IS NOT NULL AND c.due_at >= %(now)s AND c.soon_at <= %(now)s
            ORDER BY c.due_at LIMIT %(limit)s""",
        {**clause.params, "now": clock.now(), "limit": limit},
    )
    return [shaped(one) for one in found]


def register(
    viewer: Viewer, agency: str, since: dt.date, until: dt.date, *, purpose: str = "", names: bool = False
) -> list[dict[str, Any]]:
    """The register of dossiers received by an agency between two days, both included (form 07), in the order of their codes.

    `names`: with who filed, which is a look at personal data and needs a purpose. 403 without the permission in the agency.
    """
    viewer.require("procedures.see_register", agency)
    if names:
        audit.look(viewer, "dossier_register", f"{agency} {since} {until}", purpose, agency)
    clause = may_see(viewer)
    midnight = dt.time(tzinfo=clock.LOCAL)
    found = sql.rows(
        f"""SELECT d.code, d.title, d.procedure, d.channel, d.received_at, d.due_at, d.finished_at, d.returned_at, d.ended_at, d.national, d.delivery,
              d.delivery_note, d.supplements, d.apologies, d.agency_decides, c.agency, d.name, d.address, d.phone FROM {FROM}
            WHERE d.agency_receives = %(agency)s AND d.received_at >= %(since)s AND d.received_at < %(until)s AND ({clause.text})
            ORDER BY d.code LIMIT %(most)s""",
        {
            **clause.params, "agency": agency, "since": dt.datetime.combine(since, midnight),
            "until": dt.datetime.combine(until + dt.timedelta(days=1), midnight), "most": MOST,
        },
    )  # fmt: skip
    for at, row in enumerate(found, 1):
        for part in ("name", "address", "phone"):
            row[part] = unseal(row[part]) if names else ""
        row |= {
            "no": at,
            "state_word": rules.NATIONAL[row["national"]],
            "done_at": row["finished_at"] or row["ended_at"],
        }
    return found
