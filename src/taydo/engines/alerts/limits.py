"""Limits as the city declares them in `limits.yaml`: value, side, averaging, tiers, margin, duration, source, validity, who answers."""

from __future__ import annotations

import datetime as dt
import functools
import re
from typing import Literal, Self

from pydantic import Field, model_validator

from taydo.kernel import specs
from taydo.kernel.specs import Label, Spec

from .rules import TIERS, Band

Tier = Literal["tendency", "preparing", "exceed"]


class Tiers(Spec):
    """The three values; on the way out each is further than the one before."""

    tendency: float
    preparing: float
    exceed: float


class Escalation(Spec):
    """Who is told when nobody has acknowledged an alert for so long."""

    after_minutes: int = Field(gt=0)
    role: str


class Limit(Spec):
    """One limit. `averaging`: instant value, running mean of full hours, or sum over the last hours."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    name: Label
    parameter: str
    kinds: list[str]
    stations: list[str] | None = None
    water_class: str | None = None
    averaging: Literal["instant", "1h", "8h", "24h", "sum1h", "sum12h", "sum24h"]
    side: Literal["above", "below"]
    tiers: Tiers
    labels: dict[Tier, Label] = Field(default_factory=dict)
    hysteresis: float = Field(ge=0)
    hold_minutes: float = Field(ge=0)
    agency: str
    case_type: str = "alert"
    case_working_hours: float = Field(gt=0)
    source: str
    verified: Literal["official", "press", "copy", "partly", "memory", "inferred"]
    valid_from: dt.date
    valid_to: dt.date | None = None

    @model_validator(mode="after")
    def _tiers_go_outwards(self) -> Self:
        values = (self.tiers.tendency, self.tiers.preparing, self.tiers.exceed)
        if list(values) != sorted(values, reverse=self.side == "below"):
            raise ValueError(f"tiers must go {'up' if self.side == 'above' else 'down'} from tendency to exceed")
        return self

    @functools.cached_property
    def band(self) -> Band:
        """The limit as the rules see it."""
        values = (self.tiers.tendency, self.tiers.preparing, self.tiers.exceed)
        return Band(values, self.side == "above", self.hysteresis, dt.timedelta(minutes=self.hold_minutes))

    @property
    def window_hours(self) -> int:
        """Length of the averaging window; 0 for instant values."""
        found = re.search(r"\d+", self.averaging)
        return int(found.group()) if found else 0

    @property
    def summed(self) -> bool:
        """Whether the window is a sum (rain) and not a mean."""
        return self.averaging.startswith("sum")

    def holds_on(self, day: dt.date) -> bool:
        """Whether the limit is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def said(self, tier: int, language: str) -> str:
        """The limit's name with the word of a tier where the limit has its own (such as alarm level III)."""
        label = self.labels.get(TIERS[tier])  # type: ignore[call-overload]
        return f"{label[language]} · {self.name[language]}" if label else self.name[language]


class Limits(Spec):
    """`limits.yaml` of a city."""

    limits: list[Limit]
    escalation: list[Escalation] = Field(
        default_factory=lambda: [
            Escalation(after_minutes=30, role="operator"),
            Escalation(after_minutes=120, role="leader"),
        ]
    )

    @model_validator(mode="after")
    def _once(self) -> Self:
        ids = [limit.id for limit in self.limits]
        if twice := {name for name in ids if ids.count(name) > 1}:
            raise ValueError(f"limits declared twice: {', '.join(sorted(twice))}")
        return self


@functools.cache
def declared() -> Limits:
    """The city's limits. Raises SpecError naming file, line and key."""
    return specs.load(specs.city() / "limits.yaml", Limits)


def named(limit_id: str) -> Limit | None:
    """The declared limit of this id, also one that no longer holds."""
    return next((limit for limit in declared().limits if limit.id == limit_id), None)


def in_force(day: dt.date) -> list[Limit]:
    """Limits that hold on a day."""
    return [limit for limit in declared().limits if limit.holds_on(day)]
