"""Writes: requests to sign, documents taken back. Keys: `keeping`; the work itself: `work`."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from taydo.kernel import clock, ids, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid
from taydo.kernel.sealing import seal

from . import keeping, pades, queries
from .keeping import connect as connect
from .keeping import demonstration_key as demonstration_key
from .keeping import keep_key as keep_key
from .keeping import revoke_key as revoke_key
from .work import HOUSE as HOUSE
from .work import work as work


def reserve(viewer: Viewer | None = None) -> str:
    """A code of verification, twelve letters and digits that cannot be guessed, to print on a paper before it is signed."""
    return "".join(secrets.choice(ids.ALPHABET) for _ in range(queries.LENGTH))


@action("signing.sign", secret=("secret", "facts"))
def request(
    viewer: Viewer, file_id: uuid.UUID, key_ids: int | Sequence[int], *, purpose: tuple[str, object], title: str, agency: str,
    facts: Mapping[str, str] | None = None, places: Sequence[pades.Place] = (), code: str = "", secret: str = "", valid_to: dt.date | None = None,
    key: str = "", now: bool = False,
) -> int:  # fmt: skip
    """Ask that a PDF be signed by these keys in turn (officer, then seal); returns the request's id. The row is durable before any work.

    `facts` and `title` are shown to everybody with the code: no personal data that is not meant for them. `secret`: the PIN of a remote
    key (or `PIN=…;OTP=…`), kept sealed until done. `now` signs before it returns (the worker does it otherwise). The same `key`: the same request.
    403 without `signing.sign` in the key's agency (one's own key aside); 409 for a key that is revoked or has run out.
    """
    viewer.require("signing.sign", agency)
    key_ids = [key_ids] if isinstance(key_ids, int) else list(key_ids)
    if not key_ids:
        raise invalid("no_key", "Hãy chọn khoá ký.", "Choose a key.", field="keys")
    for key_id in key_ids:
        _usable(viewer, keeping.key(key_id))
    if key and (known := sql.value("SELECT id FROM signing_request WHERE key = %(k)s", {"k": key})):
        return int(known)
    seen = [{"page": place.page, "box": list(place.box)} for place in places]
    identifier = int(
        sql.value(
            """INSERT INTO signing_request (keys, file_id, purpose_kind, purpose_id, agency, title, facts, places, code, secret, correlation, asked_by, key)
               VALUES (%(keys)s, %(file)s, %(kind)s, %(id)s, %(agency)s, %(title)s, %(facts)s::jsonb, %(places)s::jsonb, %(code)s, %(secret)s,
                 %(correlation)s, %(by)s, %(key)s) RETURNING id""",
            {
                "keys": list(key_ids), "file": file_id, "kind": purpose[0], "id": str(purpose[1]), "agency": agency, "title": title,
                "facts": json.dumps({**(facts or {}), **({"valid_to": valid_to.isoformat()} if valid_to else {})}, ensure_ascii=False),
                "places": json.dumps(seen), "code": code or reserve(), "secret": seal(secret), "correlation": ids.uuid7(),
                "by": viewer.name or viewer.username, "key": key or None,
            },
        )
    )  # fmt: skip
    about("signing", identifier, agency)
    if now:
        work(HOUSE, identifier)
    return identifier


def _usable(viewer: Viewer, found: dict[str, Any]) -> None:
    own = found["actor_id"] is not None and found["actor_id"] == viewer.actor_id
    if not own:
        if found["actor_id"] is not None and not viewer.all_powerful:
            raise viewer.refusal("signing.sign")
        viewer.require("signing.sign", found["agency"])
    if found["revoked_at"] or not found["not_before"] <= clock.now() <= found["not_after"]:
        raise conflict("key_ended", "Khoá ký đã bị thu hồi hoặc hết hạn.", "The key was revoked or has run out.")


@action("signing.withdraw")
def withdraw(viewer: Viewer, code: str, reason: str, replaced_by: str = "") -> None:
    """Take a signed document back, or say which one replaces it: its page tells so from now on. 422 without a reason."""
    found = queries.document(code)
    viewer.require("signing.withdraw", found["agency"])
    if not reason.strip():
        raise invalid("reason_missing", "Hãy ghi lý do.", "Give the reason.", field="reason")
    about("document", found["code"], found["agency"])
    sql.execute(
        """UPDATE signing_document SET withdrawn_at = %(now)s, withdrawn_why = %(why)s, replaced_by = %(by)s
           WHERE code = %(code)s AND withdrawn_at IS NULL""",
        {"now": clock.now(), "why": reason.strip()[:500], "by": queries.plain_code(replaced_by), "code": found["code"]},
    )
