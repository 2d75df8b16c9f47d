"""Who is asking: the viewer, with everything they may do and where."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from . import clock, sql
from .errors import Problem, refused, unknown_viewer
from .specs import Label, Spec, city, load

EVERYWHERE = "*"
_EMPTY: Mapping[str, frozenset[str]] = MappingProxyType({})


class Role(Spec):
    """A named bundle of permissions."""

    title: Label
    permissions: list[str]


class Roles(Spec):
    """`roles.yaml` of a city."""

    roles: dict[str, Role]


@functools.cache
def roles() -> dict[str, Role]:
    """The city's roles by id."""
    return load(city() / "roles.yaml", Roles).roles


@dataclass(frozen=True)
class Viewer:
    """An actor as seen by one request: grants map each permission to the scopes it is held in.

    A scope is an agency's code, `thing:<code>` for one device, or `*` for the whole city.
    """

    actor_id: int | None
    username: str
    name: str
    kind: str
    agency: str = ""
    language: str = "vi"
    grants: Mapping[str, frozenset[str]] = field(default_factory=lambda: _EMPTY)
    all_powerful: bool = False

    @property
    def signed_in(self) -> bool:
        """Whether somebody stands behind this viewer."""
        return self.actor_id is not None or self.all_powerful

    def agencies(self, permission: str) -> frozenset[str]:
        """Scopes in which the permission is held; `*` inside means everywhere."""
        if self.all_powerful:
            return frozenset((EVERYWHERE,))
        return self.grants.get(permission, frozenset())

    def may(self, permission: str, *scopes: str) -> bool:
        """Whether the permission is held in one of the scopes (or, with none given, anywhere at all)."""
        held = self.agencies(permission)
        return EVERYWHERE in held or (bool(held) if not scopes else not held.isdisjoint(scopes))

    def require(self, permission: str, *scopes: str) -> None:
        """Raise a 401 or 403 problem unless `may`."""
        if not self.may(permission, *scopes):
            raise self.refusal(permission)

    def refusal(self, permission: str) -> Problem:
        """The problem that tells this viewer they may not."""
        if not self.signed_in:
            return unknown_viewer()
        return refused(
            "not_allowed",
            f"Tài khoản của bạn không có quyền “{permission}” ở đây.",
            f"Your account does not hold the permission “{permission}” here.",
            permission=permission,
        )

    @staticmethod
    def anonymous(language: str = "vi") -> Viewer:
        """Nobody in particular."""
        return Viewer(None, "", "", "anonymous", language=language)

    @staticmethod
    def system(name: str) -> Viewer:
        """The house itself, acting by name: may everything, and stands in the audit under that name."""
        return Viewer(None, f"system:{name}", name, "system", all_powerful=True)


def viewer_of(actor_id: int) -> Viewer | None:
    """The viewer of an active actor with the grants valid today, or None."""
    found = sql.rows(
        """SELECT a.id, a.username, a.name, a.kind, a.agency, a.language, g.role, g.scope
           FROM kernel_actor a LEFT JOIN kernel_grant g ON g.actor_id = a.id
             AND (g.valid_from IS NULL OR g.valid_from <= %(on)s) AND (g.valid_to IS NULL OR g.valid_to >= %(on)s)
           WHERE a.id = %(id)s AND a.is_active""",
        {"id": actor_id, "on": clock.today()},
    )
    if not found:
        return None
    held: dict[str, set[str]] = {}
    for grant in found:
        role = roles().get(grant["role"]) if grant["role"] else None
        for permission in role.permissions if role else ():
            held.setdefault(permission, set()).add(grant["scope"])
    first = found[0]
    return Viewer(
        first["id"],
        first["username"],
        first["name"],
        first["kind"],
        first["agency"],
        first["language"],
        MappingProxyType({permission: frozenset(scopes) for permission, scopes in held.items()}),
    )
