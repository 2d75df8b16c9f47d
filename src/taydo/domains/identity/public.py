"""The only door of identity for other domains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from taydo.engines.openid import claims
from taydo.kernel import credentials
from taydo.kernel.actors import Viewer

from . import queries
from .actions import rights
from .queries import persons


@claims.tell
def _claims(viewer: Viewer, scopes: frozenset[str]) -> dict[str, Any]:
    """What another system learns of the viewer: contacts they proved, their agency and the roles that hold today."""
    return queries.claims(viewer, scopes)


credentials.ASKS_FOR_MORE.append(queries.more_than_password)


def contacts(actor_id: int) -> list[tuple[str, str]]:
    """An account's proven contacts, (`sms` or `mail`, address), oldest first."""
    return [(item["channel"], item["address"]) for item in queries.contacts_of(actor_id)]


def citizen_mark(actor_id: int) -> str:
    """The fingerprint of the personal number linked to an account (`citizen:<number>`); "" when none is."""
    return queries.citizen_mark(actor_id)


def account_of_citizen(mark: str) -> int | None:
    """The open account linked to a personal number, by the number's fingerprint."""
    return queries.account_of_citizen(mark)


def exports(name: str, give: Callable[[Viewer], Any]) -> None:
    """Say what a part keeps about a person: it stands under `name` in what they download."""
    rights.EXPORTS[name] = give


__all__ = ["account_of_citizen", "citizen_mark", "contacts", "exports", "persons"]
