"""Roles by agency with their days: granted and withdrawn within what the granter holds themselves."""

from __future__ import annotations

import datetime as dt

from taydo.engines.signin import sessions, totp
from taydo.kernel import clock, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import EVERYWHERE, Viewer, roles, viewer_of
from taydo.kernel.errors import conflict, invalid, missing, refused
from taydo.kernel.events import emit

from .. import queries
from ..events import RoleGranted, RoleWithdrawn


@action("identity.grant")
def grant(
    viewer: Viewer, username: str, role: str, scope: str, since: dt.date | None = None, until: dt.date | None = None
) -> int:
    """Give somebody a role within a scope (an agency, a thing, or `*`) from a day to a day, both included; returns the grant's id.

    The granter holds `identity.grant` and every permission of the role in that scope, and is somebody else. The same role in the same
    scope again changes its days.
    """
    scope = scope.strip()
    about("actor", username, "" if scope == EVERYWHERE else scope)
    viewer.require("identity.grant", scope)
    if role not in roles():
        raise invalid("no_role", "Không có vai trò này.", "There is no such role.", role="")
    if not scope or len(scope) > 80:
        raise invalid("no_scope", "Hãy ghi phạm vi.", "Say where the role holds.", scope="")
    for permission in roles()[role].permissions:
        viewer.require(permission, scope)
    since = since or clock.today()
    if until is not None and until < since:
        raise invalid("ends_before", "Ngày cuối phải sau ngày đầu.", "The last day must follow the first.", until="")
    actor = _actor(username)
    if actor == viewer.actor_id:
        raise refused("not_to_oneself", "Không ai tự trao quyền cho mình.", "Nobody grants to themselves.")
    made = sql.value(
        """INSERT INTO kernel_grant (actor_id, role, scope, valid_from, valid_to) VALUES (%(a)s, %(r)s, %(s)s, %(f)s, %(t)s)
           ON CONFLICT (actor_id, role, scope) DO UPDATE SET valid_from = excluded.valid_from, valid_to = excluded.valid_to RETURNING id""",
        {"a": actor, "r": role, "s": scope, "f": since, "t": until},
    )
    held = queries.standing(actor)
    if held.must and not held.has:
        sessions.end_all(actor)  # what is open was opened by a password alone
    emit(RoleGranted(actor, role, scope, since.isoformat(), until.isoformat() if until else ""), actor)
    return int(made)


def _actor(username: str) -> int:
    found = sql.value(
        "SELECT id FROM kernel_actor WHERE username = %(u)s AND is_active AND kind <> 'person'",
        {"u": username.strip()[:120]},
    )
    if found is None:
        raise invalid("no_account", "Không có tài khoản cán bộ này.", "No official has this account.", username="")
    return int(found)


@action("identity.grant")
def withdraw(viewer: Viewer, grant_id: int, until: dt.date | None = None) -> None:
    """End a grant on a day (none named: at once)."""
    held = sql.row("SELECT actor_id, role, scope, valid_to FROM kernel_grant WHERE id = %(id)s", {"id": grant_id})
    if held is None:
        raise missing("no_grant", "Không có lần trao quyền này.", "There is no such grant.")
    about("actor", held["actor_id"], "" if held["scope"] == EVERYWHERE else held["scope"])
    viewer.require("identity.grant", held["scope"])
    today = clock.today()
    last = until or today - dt.timedelta(days=1)
    if until is not None and until < today:
        raise invalid("day_past", "Ngày cuối không thể đã qua.", "The last day cannot be past.", until="")
    if held["valid_to"] is not None and held["valid_to"] < today:
        raise conflict("grant_ended", "Quyền này đã hết.", "This grant has ended already.")
    sql.execute("UPDATE kernel_grant SET valid_to = %(d)s WHERE id = %(id)s", {"d": last, "id": grant_id})
    emit(RoleWithdrawn(held["actor_id"], held["role"], held["scope"], last.isoformat()), held["actor_id"])


@action("identity.reset_factors")
def reset_factors(viewer: Viewer, username: str) -> None:
    """Take away the second factors an official of the granter's scope has lost; they enrol anew at the next sign-in."""
    actor = _actor(username)
    agency = str(sql.value("SELECT agency FROM kernel_actor WHERE id = %(a)s", {"a": actor}))
    about("actor", actor, agency)
    viewer.require("identity.reset_factors", agency)
    who = viewer_of(actor)
    if who is not None:
        totp.remove(who)
    sql.execute("DELETE FROM signin_passkey WHERE actor_id = %(a)s", {"a": actor})
