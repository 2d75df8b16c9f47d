"""What happens to accounts happens to their papers, too. Once an event."""

from __future__ import annotations

from taydo.domains.identity.events import AccountClosed, IdentityLinked
from taydo.kernel.events import Meta, on

from .actions import keeping
from .queries import HOUSE


@on(IdentityLinked)
def join(event: IdentityLinked, meta: Meta) -> None:
    """Papers kept by account are the person's by number now."""
    keeping.join(HOUSE, event.actor_id)


@on(AccountClosed)
def forget(event: AccountClosed, meta: Meta) -> None:
    """What a person uploaded goes with their account."""
    keeping.forget_person(HOUSE, event.actor_id, event.citizen_mark)
