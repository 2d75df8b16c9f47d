"""What happened to accounts."""

from __future__ import annotations

from dataclasses import dataclass

from taydo.kernel.events import Event


@dataclass(frozen=True)
class AccountOpened(Event):
    """Somebody signed in for the first time, or an official was given an account."""

    actor_id: int
    kind: str


@dataclass(frozen=True)
class AccountClosed(Event):
    """Somebody closed their account: whoever keeps personal data of theirs erases it, unless law says to keep it.

    `citizen_mark`: the fingerprint of the personal number that was linked to it, "" when none was.
    """

    actor_id: int
    citizen_mark: str = ""


@dataclass(frozen=True)
class IdentityLinked(Event):
    """An account was linked to a national identity: what was known of its owner by number only is found from it now."""

    actor_id: int


@dataclass(frozen=True)
class RoleGranted(Event):
    """A role was given within a scope, from a day to a day (empty: open)."""

    actor_id: int
    role: str
    scope: str
    valid_from: str
    valid_to: str


@dataclass(frozen=True)
class RoleWithdrawn(Event):
    """A role ends on a day."""

    actor_id: int
    role: str
    scope: str
    last_day: str
