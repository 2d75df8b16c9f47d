"""Service discovery: which endpoints a city has, in which formats, and whom to ask for a key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
FORMATS = ("text/xml", "application/json")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint; `changeset` sorts by time of the last change."""

    url: str
    changeset: str
    type: Literal["production", "test"] = "production"
    specification: str = SPECIFICATION
    formats: tuple[str, ...] = FORMATS


def document(changeset: str, contact: str, key_service: str, endpoints: list[Endpoint]) -> dict[str, Any]:
    """The discovery document; all fields are required."""
    return {
        "changeset": changeset, "contact": contact, "key_service": key_service,
        "endpoints": [
            {"specification": one.specification, "url": one.url, "changeset": one.changeset, "type": one.type, "formats": list(one.formats)}
            for one in endpoints
        ],
    }  # fmt: skip
