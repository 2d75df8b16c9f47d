"""What signing tells."""

from __future__ import annotations

from dataclasses import dataclass

from taydo.kernel.events import Event


@dataclass(frozen=True)
class DocumentSigned(Event):
    """A request is done: `file_id` bears every signature asked for; `code` opens its page of verification."""

    request_id: int
    purpose_kind: str
    purpose_id: str
    file_id: str
    code: str
    sha256: str


@dataclass(frozen=True)
class SigningFailed(Event):
    """A request cannot be done and is not tried again."""

    request_id: int
    purpose_kind: str
    purpose_id: str
    reason: str
