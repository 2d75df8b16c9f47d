"""Who works on a case hears what happens to it, in their own account: the owner, who stands in, who decides, who asked."""

from __future__ import annotations

from collections.abc import Iterable

from taydo.engines.notices import actions as notices
from taydo.kernel import clock, panels, sql
from taydo.kernel.actors import Viewer, roles

HOUSE = Viewer.system("casework")
TOPIC = "casework.own"
"""Nobody subscribes to it: these notices are for those whom they concern."""


def tell(key: str, case_id: int, people: Iterable[int | None], vi: str, en: str, note: str = "") -> None:
    """Tell people, once a key, something about a case; its title is left out when it is restricted."""
    actors = sorted({person for person in people if person is not None})
    case = sql.row("SELECT code, title, restricted FROM cases_case WHERE id = %(id)s", {"id": case_id})
    if not actors or case is None:
        return
    words = (
        case["code"] if case["restricted"] else " · ".join(part for part in (case["code"], case["title"], note) if part)
    )
    page = next(iter(panels.PLACES.get("case", ())), "")
    notices.notify(HOUSE, TOPIC, key, (vi, en), (words, words), href=f"{page}{case_id}" if page else "", actors=actors)


def with_deputies(owner_id: int | None) -> list[int]:
    """An owner and everybody who stands in for them today."""
    if owner_id is None:
        return []
    found = sql.rows(
        "SELECT deputy_id FROM cases_absence WHERE actor_id = %(owner)s AND %(on)s BETWEEN since AND until",
        {"owner": owner_id, "on": clock.today()},
    )
    return [owner_id, *(row["deputy_id"] for row in found)]


def people(permission: str, agency: str) -> list[int]:
    """Who holds a permission in exactly this agency today; who holds it everywhere is not meant."""
    giving = [name for name, role in roles().items() if permission in role.permissions]
    found = sql.rows(
        """SELECT DISTINCT a.id FROM kernel_grant g JOIN kernel_actor a ON a.id = g.actor_id AND a.is_active
           WHERE g.role = ANY(%(roles)s) AND g.scope = %(agency)s AND (g.valid_from IS NULL OR g.valid_from <= %(on)s)
             AND (g.valid_to IS NULL OR g.valid_to >= %(on)s) ORDER BY a.id""",
        {"roles": giving, "agency": agency, "on": clock.today()},
    )
    return [row["id"] for row in found]


def name_of(actor_id: int) -> str:
    """The name of an account."""
    return str(
        sql.value("SELECT coalesce(nullif(name, ''), username) FROM kernel_actor WHERE id = %(id)s", {"id": actor_id})
    )


def owner_of(case_id: int) -> int | None:
    """Who owns a case now."""
    found = sql.value("SELECT owner_id FROM cases_case WHERE id = %(id)s", {"id": case_id})
    return None if found is None else int(found)
