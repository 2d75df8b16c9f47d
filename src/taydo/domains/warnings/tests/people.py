"""Officers and citizens for tests, with roles of their own."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import Any

from taydo.domains.warnings.rules import Draft
from taydo.kernel.actors import Viewer
from taydo.kernel.models import Actor

COMMAND = "H13.23"
NOW = dt.datetime(2026, 11, 22, 2, 0, tzinfo=dt.UTC)
ALL = ("see", "draft", "approve", "publish", "cancel")


def officer(name: str, *verbs: str, agency: str = COMMAND) -> Viewer:
    """An officer of an agency who may do these things there."""
    actor, _ = Actor.objects.get_or_create(username=name, defaults={"name": name, "kind": "official", "agency": agency})
    grants = {f"warnings.{verb}": frozenset({agency}) for verb in verbs}
    return Viewer(actor.pk, name, name, "official", agency, grants=MappingProxyType(grants))


def words(**changes: Any) -> Draft:
    """A sound draft."""
    given: dict[str, Any] = {
        "hazard": "flood_tide",
        "severity": "Severe",
        "urgency": "Expected",
        "certainty": "Likely",
        "headline_vi": "Triều cường vượt báo động III tại Ninh Kiều",
        "description_vi": "Đỉnh triều 2,10 m lúc 17 giờ.\nĐường thấp ngập 20–30 cm.",
        "instruction_vi": "Kê cao đồ đạc.",
        "expires": NOW + dt.timedelta(hours=12),
        "units": ("31135",),
    }
    return Draft(**(given | changes))
