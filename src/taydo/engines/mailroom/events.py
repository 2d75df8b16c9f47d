"""What the mailroom tells."""

from __future__ import annotations

from dataclasses import dataclass

from taydo.kernel.events import Event


@dataclass(frozen=True)
class LetterReceived(Event):
    """A person's letter was read and waits for whoever answers it (`queries.letter`)."""

    letter_id: int
