"""Whose data is in reports: what they may have, and what is erased when they close their account."""

from __future__ import annotations

from typing import Any

from taydo.kernel import sealing, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer


def own(viewer: Viewer) -> list[dict[str, Any]]:
    """What the hotline keeps of the viewer's own reports, in the clear, for their owner alone."""
    if viewer.actor_id is None:
        return []
    found = sql.rows(
        """SELECT code, asked_at, channel, category, text, address, lon, lat, public, name, phone, email, answer, rating, rating_text
           FROM hotline_report WHERE actor_id = %(a)s ORDER BY id""",
        {"a": viewer.actor_id},
    )
    return [{**item, **{part: sealing.unseal(item[part]) for part in ("name", "phone", "email")}} for item in found]


@action("hotline.forget")
def forget_person(viewer: Viewer, actor_id: int) -> int:
    """Erase name, phone and e-mail from the reports of an account that closed; what was reported stays. Returns how many reports."""
    about("actor", actor_id)
    return sql.execute(
        """UPDATE hotline_report SET name = '', phone = '', email = '', phone_mark = '', email_mark = '', senders = '{}'
           WHERE actor_id = %(a)s""",
        {"a": actor_id},
    )
