"""What ends with a case: the questions that were asked for it."""

from __future__ import annotations

from taydo.engines.cases.events import CaseClosed
from taydo.kernel.events import Meta, on

from . import consulting


@on(CaseClosed)
def take_back_open_questions(event: CaseClosed, meta: Meta) -> None:
    """Nobody answers for a case that is over."""
    consulting.withdraw_all(event.case_id)
