"""Reads: keys one may sign with, requests, documents under their code."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, missing
from taydo.kernel.permissions import visible

from . import keys as signers
from .pades import Examination, examine

LENGTH = 12


@dataclass(frozen=True, slots=True)
class Key:
    """A key as a choice: never its secret."""

    id: int
    title: str
    role: str
    provider: str
    agency: str
    subject: str
    not_after: Any
    revoked_at: Any


def keys(viewer: Viewer, agency: str = "", role: str = "") -> list[Key]:
    """Keys that stand and that the viewer may sign with: their own, and those of agencies they hold `signing.sign` in."""
    return _keys(viewer, "signing.sign", "k.actor_id IS NULL", agency, role)


def kept(viewer: Viewer) -> list[Key]:
    """Keys of the agencies whose keys the viewer keeps, those of persons too."""
    return _keys(viewer, "signing.keep_key", "true", "", "")


def _keys(viewer: Viewer, permission: str, whose: str, agency: str, role: str) -> list[Key]:
    clause = visible(viewer, permission, "k.agency")
    found = sql.rows(
        f"""SELECT k.id, k.title, k.role, k.provider, k.agency, k.subject, k.not_after, k.revoked_at FROM signing_key k
            WHERE k.role <> 'authority' AND k.revoked_at IS NULL AND now() BETWEEN k.not_before AND k.not_after
              AND (({whose} AND ({clause.text})) OR k.actor_id = %(me)s)
              AND (%(agency)s = '' OR k.agency = %(agency)s) AND (%(role)s = '' OR k.role = %(role)s) ORDER BY k.role, k.id""",
        {"me": viewer.actor_id or 0, "agency": agency, "role": role, **clause.params},
    )
    return [Key(**one) for one in found]


def verify_url(code: str) -> str:
    """The address where anybody checks a paper."""
    return f"{settings.TAYDO_URL.rstrip('/')}/verify/{code}"


def plain_code(text: str) -> str:
    """A code as typed by people, without blanks and dashes, in capitals."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())[:40]


def document(code: str) -> dict[str, Any]:
    """A signed document under its code, with the word for its state today: valid, expired, withdrawn, replaced. 404 for no such code."""
    found = sql.row(
        """SELECT code, title, agency, facts, sha256, file_id, signers, issued_at, valid_to, withdrawn_at, withdrawn_why, replaced_by
           FROM signing_document WHERE code = %(code)s""",
        {"code": plain_code(code)},
    )
    if found is None:
        raise no_document()
    if found["withdrawn_at"]:
        state = "replaced" if found["replaced_by"] else "withdrawn"
    else:
        state = "expired" if found["valid_to"] and found["valid_to"] < clock.today() else "valid"
    return found | {"state": state} | {name: json.loads(found[name]) for name in ("facts", "signers")}


def compare(code: str, data: bytes) -> tuple[bool, Examination]:
    """Whether a file is, byte for byte, the one that was issued under a code, and what its signatures say."""
    found = document(code)
    return hashlib.sha256(data).hexdigest() == found["sha256"], examine(data, trust())


def trust() -> list[Any]:
    """Every trust anchor: those named in the settings, and the city's own authorities."""
    own = sql.rows("SELECT certificate FROM signing_key WHERE role = 'authority'")
    return signers.anchors() + [certificate for one in own for certificate in signers.certificates(one["certificate"])]


def request(request_id: int) -> dict[str, Any] | None:
    """A request with its state, for the part that asked."""
    return sql.row(
        "SELECT id, state, tries, error, code, purpose_kind, purpose_id, agency, asked_at, signed_at FROM signing_request WHERE id = %(id)s",
        {"id": request_id},
    )


def open_requests(viewer: Viewer, limit: int = 100) -> list[dict[str, Any]]:
    """Requests that are not done, of agencies the viewer keeps keys for, the oldest first."""
    clause = visible(viewer, "signing.keep_key", "r.agency")
    return sql.rows(
        f"""SELECT r.id, r.title, r.agency, r.state, r.tries, r.error, r.asked_at, r.next_at FROM signing_request r
            WHERE r.state <> 'signed' AND ({clause.text}) ORDER BY r.id LIMIT %(limit)s""",
        {"limit": limit, **clause.params},
    )


def file_of(code: str) -> uuid.UUID:
    """The file of a document."""
    found: uuid.UUID = document(code)["file_id"]
    return found


def no_document() -> Problem:
    """The 404 of a code."""
    return missing("no_document", "Không có giấy tờ nào mang mã này.", "No paper bears this code.")
