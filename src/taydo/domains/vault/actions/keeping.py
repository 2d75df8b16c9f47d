"""What the house does with vaults by itself: joins them to a number, warns before papers end, erases what law wants erased."""

from __future__ import annotations

import datetime as dt

from taydo.domains.identity import public as identity
from taydo.engines.notices import actions as notices
from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer

from .. import rules
from . import gone

TOPIC = "vault.own"


@action("vault.keep")
def join(viewer: Viewer, actor_id: int) -> int:
    """Papers known by account are the number's once the account is linked to it; returns how many."""
    about("actor", actor_id)
    mark = identity.citizen_mark(actor_id)
    if not mark:
        return 0
    return sql.execute(
        "UPDATE vault_paper SET owner_mark = %(m)s, actor_id = NULL WHERE actor_id = %(a)s",
        {"m": mark, "a": actor_id},
    )


@action("vault.keep", secret=("citizen_mark",))
def forget_person(viewer: Viewer, actor_id: int, citizen_mark: str) -> int:
    """An account closed: what its owner uploaded is erased, every consent of theirs ends; issued papers follow their retention."""
    about("actor", actor_id)
    owner = {"a": actor_id, "m": citizen_mark, "now": clock.now()}
    whose = "((p.actor_id = %(a)s) OR (%(m)s <> '' AND p.owner_kind = 'person' AND p.owner_mark = %(m)s))"
    sql.execute(
        f"""UPDATE vault_consent g SET revoked_at = %(now)s FROM vault_paper p
            WHERE p.id = g.paper_id AND g.revoked_at IS NULL AND {whose}""",
        owner,
    )
    sql.execute("UPDATE vault_representative SET state = 'ended' WHERE actor_id = %(a)s AND state <> 'ended'", owner)
    found = sql.rows(
        f"SELECT p.id FROM vault_paper p WHERE p.origin = 'uploaded' AND p.state <> 'erased' AND {whose}", owner
    )
    return gone([item["id"] for item in found])


@action("vault.keep")
def erase_ended(viewer: Viewer, most: int = 500) -> int:
    """Erase papers whose retention has ended; returns how many. Again is safe."""
    found = sql.rows(
        """SELECT id FROM vault_paper WHERE state <> 'erased' AND NOT kept_for_ever AND keep_until < %(day)s
           ORDER BY keep_until LIMIT %(most)s FOR UPDATE SKIP LOCKED""",
        {"day": clock.today(), "most": most},
    )
    return gone([item["id"] for item in found])


@action("vault.keep")
def warn_ending(viewer: Viewer) -> int:
    """Tell owners with an account of papers that end within 30 days, once a paper; returns how many were told."""
    today = clock.today()
    found = sql.rows(
        """SELECT p.id, p.title, p.owner_mark, p.actor_id, p.valid_to FROM vault_paper p
           WHERE p.state = 'held' AND p.owner_kind = 'person' AND p.valid_to BETWEEN %(day)s AND %(soon)s
             AND NOT EXISTS (SELECT FROM notices_notice n WHERE n.key = 'vault-ending-' || p.id || '-' || p.valid_to) LIMIT 1000""",
        {"day": today, "soon": today + dt.timedelta(days=rules.SOON_DAYS)},
    )
    told = 0
    for one in found:
        actor = one["actor_id"] or identity.account_of_citizen(one["owner_mark"])
        if actor is not None:
            day = one["valid_to"]
            notices.notify(
                viewer, TOPIC, f"vault-ending-{one['id']}-{day}", (f"Giấy tờ sắp hết hạn: {one['title']}", f"A paper ends soon: {one['title']}"),
                (f"Có giá trị đến {day:%d/%m/%Y}.", f"It is valid until {day:%d %B %Y}."), href=f"/my/papers/{one['id']}", actors=[actor],
            )  # fmt: skip
            told += 1
    return told
