"""Every read of identity: what somebody must prove, their contacts, who holds which role, who looked at their data."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from pydantic import Field

from taydo.engines.notices import queries as notices
from taydo.engines.openid import store as openid
from taydo.engines.signin import passkeys, sessions, totp
from taydo.kernel import audit, clock, contacts, sealing, sql
from taydo.kernel.actors import EVERYWHERE, Viewer, roles
from taydo.kernel.errors import unknown_viewer
from taydo.kernel.specs import Spec, city, load

from . import rules


class SecondFactor(Spec):
    """Which roles must prove themselves twice."""

    roles: list[str] = Field(default_factory=list)


class Policy(Spec):
    """`identity.yaml` of a city."""

    second_factor: SecondFactor = Field(default_factory=SecondFactor)


@functools.cache
def policy() -> Policy:
    """What the city asks of those who sign in; nothing when it has no `identity.yaml`."""
    path = city() / "identity.yaml"
    return load(path, Policy) if path.exists() else Policy()


@dataclass(frozen=True)
class Standing:
    """What an account has to prove itself a second time, and whether it must."""

    app: bool
    passkeys: int
    must: bool

    @property
    def has(self) -> bool:
        """Whether there is any second factor."""
        return self.app or self.passkeys > 0


def standing(actor_id: int) -> Standing:
    """How an account stands with the second factor today; demonstration accounts of a demonstration need none."""
    found = sql.row(
        """SELECT a.kind, a.demo,
             EXISTS (SELECT 1 FROM signin_totp t WHERE t.actor_id = a.id AND t.confirmed_at IS NOT NULL) AS app,
             (SELECT count(*) FROM signin_passkey p WHERE p.actor_id = a.id) AS passkeys,
             ARRAY(SELECT g.role::text FROM kernel_grant g WHERE g.actor_id = a.id
               AND (g.valid_from IS NULL OR g.valid_from <= %(on)s) AND (g.valid_to IS NULL OR g.valid_to >= %(on)s)) AS roles
           FROM kernel_actor a WHERE a.id = %(id)s""",
        {"id": actor_id, "on": clock.today()},
    )
    if found is None:
        return Standing(False, 0, False)
    free = (found["demo"] and settings.TAYDO_DEMO) or found["kind"] not in ("official", "person")
    must = not free and rules.must_have_second(found["roles"], policy().second_factor.roles)
    return Standing(found["app"], found["passkeys"], must)


def more_than_password(viewer: Viewer) -> bool:
    """Whether a password alone opens nothing for this viewer."""
    if viewer.actor_id is None or viewer.kind not in ("official", "person"):
        return False
    held = standing(viewer.actor_id)
    return held.must or held.has


def own(viewer: Viewer) -> int:
    """The viewer's account; 401 when there is none."""
    if viewer.actor_id is None:
        raise unknown_viewer()
    return viewer.actor_id


def account_by(mark: str) -> int | None:
    """The open account that a proven contact belongs to, by the contact's fingerprint."""
    return sql.value(  # type: ignore[no-any-return]
        "SELECT c.actor_id FROM identity_contact c JOIN kernel_actor a ON a.id = c.actor_id AND a.is_active WHERE c.mark = %(m)s",
        {"m": mark},
    )


def citizen_mark(actor_id: int) -> str:
    """The fingerprint of the personal number linked to an account; "" when none is."""
    found = sql.prepared("SELECT mark FROM identity_citizen WHERE actor_id = %(a)s", {"a": actor_id})
    return str(found[0]["mark"]) if found else ""


def citizen_number(actor_id: int) -> str:
    """The personal number linked to an account, in clear, for its owner alone; "" when none is."""
    found = sql.value("SELECT number FROM identity_citizen WHERE actor_id = %(a)s", {"a": actor_id})
    return sealing.unseal(found) if found else ""


def account_of_citizen(mark: str) -> int | None:
    """The open account linked to a national identity, by the number's fingerprint."""
    return sql.value(  # type: ignore[no-any-return]
        "SELECT c.actor_id FROM identity_citizen c JOIN kernel_actor a ON a.id = c.actor_id AND a.is_active WHERE c.mark = %(m)s",
        {"m": mark},
    )


def contacts_of(actor_id: int) -> list[dict[str, Any]]:
    """An account's proven contacts: id, channel, address (clear), shown (masked), proven_at."""
    found = sql.rows(
        "SELECT id, channel, address, proven_at FROM identity_contact WHERE actor_id = %(a)s ORDER BY id",
        {"a": actor_id},
    )
    return [
        {**item, "address": clear, "shown": contacts.masked(clear)}
        for item in found
        for clear in (sealing.unseal(item["address"]),)
    ]


def persons(actor_id: int) -> list[str]:
    """The keys under which looks at this account's data are kept: the account, every contact it proved, the personal number."""
    marks = sql.rows(
        """SELECT 'contact:' || mark AS key FROM identity_contact WHERE actor_id = %(a)s
           UNION ALL SELECT 'citizen:' || mark FROM identity_citizen WHERE actor_id = %(a)s""",
        {"a": actor_id},
    )
    return [audit.person_of(actor_id), *(item["key"] for item in marks)]


def looks(viewer: Viewer, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Who looked at the viewer's data, newest first, with when, what and for which purpose."""
    return audit.looks(persons(own(viewer)), before, limit)


def citizen(actor_id: int) -> dict[str, Any] | None:
    """The national identity an account is linked to: number masked, level, issuer, linked_at."""
    found = sql.row(
        "SELECT number, level, issuer, linked_at FROM identity_citizen WHERE actor_id = %(a)s", {"a": actor_id}
    )
    return None if found is None else {**found, "number": rules.masked_number(sealing.unseal(found["number"]))}


def holders(viewer: Viewer, q: str = "", limit: int = 200) -> list[dict[str, Any]]:
    """Who holds which role in the scopes where the viewer may grant, with the days, by name; one query."""
    viewer.require("identity.grant")
    held = viewer.agencies("identity.grant")
    where = "TRUE" if EVERYWHERE in held else "g.scope = ANY(%(held)s)"
    found = sql.rows(
        f"""SELECT g.id, g.role, g.scope, g.valid_from, g.valid_to, a.username, a.name, a.kind, a.agency, a.is_active
            FROM kernel_grant g JOIN kernel_actor a ON a.id = g.actor_id
            WHERE {where} AND a.kind <> 'person' AND (%(q)s = '' OR a.username ILIKE %(like)s OR a.name ILIKE %(like)s
              OR g.role = %(q)s OR g.scope = %(q)s)
            ORDER BY a.name, a.username, g.scope, g.role LIMIT %(limit)s""",
        {"held": sorted(held), "q": q, "like": f"%{q.replace('%', '').replace('_', '')}%", "limit": limit},
    )
    today = clock.today()
    return [
        {
            **item,
            "title": roles()[item["role"]].title if item["role"] in roles() else None,
            "state": rules.state_of(item["valid_from"], item["valid_to"], today),
        }
        for item in found
    ]


def grantable(viewer: Viewer) -> list[str]:
    """Roles of which the viewer holds every permission somewhere: those they can give at all."""
    return [name for name, role in roles().items() if all(viewer.may(item) for item in role.permissions)]


def claims(viewer: Viewer, scopes: frozenset[str]) -> dict[str, Any]:
    """Claims about the viewer for another system, by scope: `email`, `phone`, `roles`."""
    actor, said = own(viewer), dict[str, Any]()
    held = contacts_of(actor) if scopes & {"email", "phone"} else []
    for scope, channel, name in (("email", "mail", "email"), ("phone", "sms", "phone_number")):
        first = next((item["address"] for item in held if item["channel"] == channel), "")
        if scope in scopes and first:
            said |= {name: first, f"{name}_verified": True}
    if "roles" in scopes:
        valid = sql.rows(
            """SELECT role, scope FROM kernel_grant WHERE actor_id = %(a)s AND (valid_from IS NULL OR valid_from <= %(on)s)
                 AND (valid_to IS NULL OR valid_to >= %(on)s) ORDER BY role, scope""",
            {"a": actor, "on": clock.today()},
        )
        said |= {"taydo_agency": viewer.agency, "taydo_roles": valid}
    return said


def everything(viewer: Viewer) -> dict[str, Any]:
    """All that this part of the house keeps about the viewer's account."""
    actor = own(viewer)
    account = sql.row(
        "SELECT username, name, kind, agency, language, created_at, last_login FROM kernel_actor WHERE id = %(a)s",
        {"a": actor},
    )
    return {
        "account": account,
        "contacts": [{key: item[key] for key in ("channel", "address", "proven_at")} for item in contacts_of(actor)],
        "national_identity": citizen(actor),
        "roles": sql.rows(
            "SELECT role, scope, valid_from, valid_to FROM kernel_grant WHERE actor_id = %(a)s ORDER BY id",
            {"a": actor},
        ),
        "second_factors": {"app": totp.has(actor), "passkeys": passkeys.mine(actor)},
        "sessions": sessions.mine(actor, None),
        "subscriptions": notices.subscriptions(viewer),
        "notices": notices.mine(viewer, limit=200),
        "systems": openid.consents(actor),
        "looks": audit.looks(persons(actor), None, 500),
        "actions": sql.rows(
            "SELECT at, action, object_kind, object_id, outcome FROM kernel_audit WHERE actor = %(a)s ORDER BY id DESC LIMIT 5000",
            {"a": actor},
        ),
    }
