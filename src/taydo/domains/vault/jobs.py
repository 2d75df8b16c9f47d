"""Regular work of the vault."""

from __future__ import annotations

from taydo.kernel import clock, sql
from taydo.kernel.jobs import every

from .actions import keeping
from .queries import HOUSE


@every(seconds=3600, name="vault.care")
def care() -> None:
    """Warn before papers end; erase what retention has released; nothing is written while there is neither."""
    keeping.warn_ending(HOUSE)
    while sql.value(
        "SELECT EXISTS (SELECT FROM vault_paper WHERE state <> 'erased' AND NOT kept_for_ever AND keep_until < %(day)s)",
        {"day": clock.today()},
    ):
        keeping.erase_ended(HOUSE)
