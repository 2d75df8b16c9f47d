"""What chats tell."""

from __future__ import annotations

from dataclasses import dataclass

from taydo.kernel.events import Event


@dataclass(frozen=True)
class ChatReceived(Event):
    """A person's message was read, its photos fetched; it waits for whoever answers (`queries.message`)."""

    message_id: int
    conversation_id: int
