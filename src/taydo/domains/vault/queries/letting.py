"""Reads about who was let in: consents, reuses, looks, and who acts for which organisation."""

from __future__ import annotations

from typing import Any

from taydo.kernel import audit, clock, sealing, sql
from taydo.kernel.actors import Viewer

from . import (
    COLUMNS,
    COUNTS,
    Paper,
    acts_for,
    hashed,
    linked_mark,
    may_see,
    no_paper,
    own,
    person_key,
    shaped,
    token_of,
)


def consents(viewer: Viewer, paper_id: str) -> list[dict[str, Any]]:
    """Whom the owner let in: id, to_kind, to_name, purpose, given_at, expires_at, uses, uses_most, revoked_at, alive, and the link's token."""
    row = own(viewer, paper_id)
    found = sql.rows(
        """SELECT id, to_kind, to_id, to_name, purpose, given_at, expires_at, uses, uses_most, revoked_at FROM vault_consent
           WHERE paper_id = %(id)s AND to_kind <> 'look' ORDER BY id DESC LIMIT 100""",
        {"id": row["id"]},
    )
    now = clock.now()
    for one in found:
        spent = one["uses_most"] is not None and one["uses"] >= one["uses_most"]
        one["alive"] = one["revoked_at"] is None and one["expires_at"] > now and not spent
        one["token"] = token_of(one["id"]) if one["to_kind"] == "link" and one["alive"] else ""
    return found


def uses(viewer: Viewer, paper_id: str) -> list[dict[str, Any]]:
    """For what an own paper was reused, the newest first: purpose_kind, purpose_id, words, used_at."""
    row = own(viewer, paper_id)
    return sql.rows(
        "SELECT purpose_kind, purpose_id, words, used_at FROM vault_use WHERE paper_id = %(id)s ORDER BY id DESC LIMIT 100",
        {"id": row["id"]},
    )


def looks(viewer: Viewer, paper_id: str) -> list[dict[str, Any]]:
    """Who looked at an own paper: at, who, agency, purpose."""
    row = own(viewer, paper_id)
    return audit.looks([person_key(row)], about=("paper", str(row["id"])))


def by_link(viewer: Viewer, token: str) -> tuple[dict[str, Any], Paper]:
    """What a link opens: its consent (purpose, expires_at, uses, uses_most, to_name) and the paper; the same 404 for every dead link."""
    clause = may_see(viewer, token)
    consent = sql.row(
        """SELECT id, paper_id, purpose, expires_at, uses, uses_most, to_name FROM vault_consent
           WHERE to_kind = 'link' AND to_id = %(t)s AND revoked_at IS NULL AND expires_at > %(now)s
             AND (uses_most IS NULL OR uses < uses_most)""",
        {"t": hashed(token), "now": clock.now()},
    )
    found = consent and sql.row(
        f"SELECT {COLUMNS}, {COUNTS} FROM vault_paper p WHERE p.id = %(id)s AND ({clause.text})",
        {"id": consent["paper_id"], **clause.params},
    )
    if not consent or not found:
        raise no_paper()
    return consent, shaped(found)


def organisations(viewer: Viewer) -> list[dict[str, Any]]:
    """Organisations the viewer acts for or asked to: id, organisation, name, number, state, asked_at."""
    found = sql.rows(
        """SELECT id, organisation, name, number, state, basis, asked_at FROM vault_representative
           WHERE state <> 'ended' AND (actor_id = %(me)s OR (person_mark <> '' AND person_mark = %(mark)s)) ORDER BY id""",
        {"me": viewer.actor_id, "mark": linked_mark(viewer)},
    )
    return [one | {"number": sealing.unseal(one["number"])} for one in found]


def acts(viewer: Viewer, organisation: str) -> bool:
    """Whether the viewer is confirmed to represent the organisation of this mark today."""
    clause = acts_for(viewer)
    return bool(sql.value(f"SELECT %(org)s IN ({clause.text})", {"org": organisation, **clause.params}))


def asked(viewer: Viewer) -> list[dict[str, Any]]:
    """People who ask to represent an organisation and wait for an official: id, name, number, basis, asked_at, person."""
    viewer.require("vault.confirm")
    found = sql.rows(
        """SELECT r.id, r.name, r.number, r.basis, r.asked_at, a.name AS person FROM vault_representative r
           LEFT JOIN kernel_actor a ON a.id = r.actor_id WHERE r.state = 'asked' ORDER BY r.id LIMIT 100"""
    )
    return [one | {"number": sealing.unseal(one["number"])} for one in found]
