"""Letting others see: the owner shares and takes back; an official looks for a purpose that the owner reads."""

from __future__ import annotations

import datetime as dt
from typing import Any

from taydo.domains.directory import public as directory
from taydo.kernel import audit, clock, limits, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import invalid, missing
from taydo.kernel.sql import Sql

from .. import queries, rules
from ..queries import Paper

LOOK_MINUTES = 60
CONSENT = """INSERT INTO vault_consent (paper_id, to_kind, to_id, to_name, purpose, given_at, given_by, expires_at, uses_most)
    VALUES (%(p)s, %(k)s, %(to)s, %(name)s, %(w)s, %(now)s, %(by)s, %(until)s, %(most)s) RETURNING id"""


@action("vault.share", secret=("to", "purpose", "name"), open_to_all=True)
def share(
    viewer: Viewer, paper_id: str, to_kind: str, to: str = "", *, purpose: str, days: int = 7, uses: int | None = None, name: str = ""
) -> dict[str, Any]:  # fmt: skip
    """Open one's paper to an `agency` (code), an `organisation` (tax code) or whoever holds a `link`, for a purpose, days and openings.

    Returns {"id", "token"}: the token of a link, else "". 422 without a purpose or beyond a year; 404 for a paper not one's own.
    """
    row = queries.own(viewer, paper_id)
    about("paper", row["id"])
    if not purpose.strip():
        raise invalid("purpose_missing", "Hãy ghi để làm gì.", "Say for what purpose.", field="purpose")
    if not 1 <= days <= rules.LONGEST_SHARE_DAYS or (uses is not None and not 1 <= uses <= 1000):
        raise invalid("bad_term", "Chia sẻ được từ 1 đến 365 ngày, 1 đến 1000 lần mở.", "Share for 1 to 365 days and 1 to 1,000 openings.", field="days")  # fmt: skip
    to, called = _recipient(to_kind, to, name)
    now = clock.now()
    made = int(
        sql.value(
            CONSENT,
            {"p": row["id"], "k": to_kind, "to": to, "name": called, "w": purpose.strip()[:500], "now": now, "by": viewer.username,
             "until": now + dt.timedelta(days=days), "most": uses},
        )
    )  # fmt: skip
    if to_kind != "link":
        return {"id": made, "token": ""}
    token = queries.token_of(made)
    sql.execute("UPDATE vault_consent SET to_id = %(t)s WHERE id = %(id)s", {"t": queries.hashed(token), "id": made})
    return {"id": made, "token": token}


def _recipient(to_kind: str, to: str, name: str) -> tuple[str, str]:
    if to_kind == "agency" and (found := directory.agency(to.strip())):
        return found.code, found.name
    plain = rules.plain_number("organisation", to) if to_kind == "organisation" else ""
    if plain:
        return queries.mark("organisation", plain), name.strip()[:200] or f"MST …{plain[-4:]}"
    if to_kind == "link":
        return "", name.strip()[:200]
    raise invalid("no_recipient", "Hãy chọn cơ quan, hoặc ghi đúng mã số thuế của tổ chức.", "Choose an agency, or give the organisation's tax code.", field="to")  # fmt: skip


@action("vault.share", open_to_all=True)
def revoke(viewer: Viewer, consent_id: int) -> None:
    """Take a consent back: whoever had it is shut out from this moment. 404 for one on a paper that is not one's own."""
    own = queries.own_clause(viewer)
    found = sql.value(
        f"""UPDATE vault_consent g SET revoked_at = coalesce(g.revoked_at, %(now)s) FROM vault_paper p
            WHERE g.id = %(id)s AND p.id = g.paper_id AND g.to_kind <> 'look' AND ({own.text}) RETURNING g.paper_id""",
        {"id": consent_id, "now": clock.now(), **own.params},
    )
    if found is None:
        raise missing("no_consent", "Không có lần chia sẻ này.", "There is no such consent.")
    about("paper", found)


@action("vault.look", secret=("owner", "purpose"))
def of_owner(viewer: Viewer, owner: tuple[str, str], purpose: str) -> list[Paper]:
    """An official looks at somebody's papers for a purpose, which the owner reads: those that authorities issued, for an hour.

    What a person uploaded is not shown unless they shared it. Each file opened is recorded again. 422 without a purpose or number.
    """
    kind, number = owner
    plain = rules.plain_number(kind, number) if kind in rules.OWNERS else ""
    if not plain:
        raise invalid("bad_owner_number", "Số định danh hoặc mã số thuế không đúng.", "The citizen number or tax code is not right.", field="number")  # fmt: skip
    limits.spend(f"vault.look|{viewer.actor_id}", 1, 60)
    mark = queries.mark(kind, plain)
    key = queries.person_key({"actor_id": None, "owner_kind": kind, "owner_mark": mark})
    audit.look(viewer, "papers", key[:20], purpose, persons=[key])
    about("person", key[:20], viewer.agency)
    theirs = Sql("p.owner_kind = %(kind)s AND p.owner_mark = %(mark)s", {"kind": kind, "mark": mark})
    found = queries.listed(theirs & Sql("p.origin <> 'uploaded'"))
    now = clock.now()
    for paper in found:
        sql.value(
            CONSENT,
            {"p": paper.id, "k": "look", "to": str(viewer.actor_id), "name": viewer.name, "w": purpose.strip()[:500], "now": now,
             "by": viewer.username, "until": now + dt.timedelta(minutes=LOOK_MINUTES), "most": None},
        )  # fmt: skip
    shared = queries.may_see(viewer)
    return found + queries.listed(theirs & Sql("p.origin = 'uploaded'") & shared)
