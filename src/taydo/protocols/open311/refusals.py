"""What the standard says when something is wrong: one or several errors, each a code and words meant for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One error: `code` as sent (by default the HTTP status), `description` for people."""

    description: str
    code: str = ""


class Refusal(Exception):
    """An answer that is a refusal: 404 for what does not exist, 403 for a wrong or missing api_key, 400 for the rest."""

    def __init__(self, status: int, faults: Iterable[Fault]) -> None:
        self.status = status
        self.faults = tuple(faults)
        super().__init__("; ".join(fault.description for fault in self.faults))

    def document(self) -> list[dict[str, object]]:
        """The `errors` of the answer's body."""
        return [{"code": fault.code or self.status, "description": fault.description} for fault in self.faults]


def bad(*descriptions: str) -> Refusal:
    """A request that cannot be fulfilled as sent (400)."""
    return Refusal(400, (Fault(text) for text in descriptions))


def missing(description: str) -> Refusal:
    """Something that does not exist, or that nobody outside may know of (404)."""
    return Refusal(404, (Fault(description),))
