"""The rights of whoever the data is about (Nghị định 13/2023/NĐ-CP, Luật 91/2025/QH15): download everything, erase what is personal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.hashers import make_password

from taydo.engines.notices import actions as notices
from taydo.engines.openid import actions as openid
from taydo.engines.signin import sessions
from taydo.kernel import clock, credentials, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import refused
from taydo.kernel.events import emit

from .. import queries
from ..events import AccountClosed

EXPORTS: dict[str, Callable[[Viewer], Any]] = {}
"""What other parts keep about a person, by the part's name: each gives it to its owner (`public.exports`)."""


@action("identity.export", open_to_all=True)
def export(viewer: Viewer) -> dict[str, Any]:
    """Everything the house keeps about the viewer, as JSON-able values."""
    about("actor", queries.own(viewer))
    given = {"at": clock.now(), **queries.everything(viewer)}
    return {**given, **{name: give(viewer) for name, give in EXPORTS.items()}}


@action("identity.close", open_to_all=True)
def close(viewer: Viewer) -> None:
    """Close the viewer's account: contacts, name, factors, sessions, subscriptions and links are erased; audit rows stay.

    Accounts of officials belong to their agency and are closed there.
    """
    actor = queries.own(viewer)
    about("actor", actor)
    if viewer.kind != "person":
        raise refused(
            "not_ones_own", "Tài khoản cán bộ do cơ quan đóng.", "Accounts of officials are closed by their agency."
        )
    sessions.end_others(viewer, None)
    number = queries.citizen_mark(actor)
    marks = [
        item["mark"] for item in sql.rows("SELECT mark FROM identity_contact WHERE actor_id = %(a)s", {"a": actor})
    ]
    for table in ("identity_contact", "identity_citizen", "signin_totp", "signin_recovery", "signin_passkey", "signin_session", "kernel_grant"):  # fmt: skip
        sql.execute(f"DELETE FROM {table} WHERE actor_id = %(a)s", {"a": actor})
    notices.forget_account(actor, marks)
    openid.forget_account(actor)
    sql.execute(
        """UPDATE kernel_actor SET is_active = false, name = '', email = '', phone = '', password = %(p)s, last_login = NULL
           WHERE id = %(a)s""",
        {"a": actor, "p": make_password(None)},
    )
    credentials.forget()
    emit(AccountClosed(actor, number), actor)
