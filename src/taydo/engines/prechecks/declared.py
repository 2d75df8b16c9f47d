"""Checks as officials declare them: which, on which field, for which procedures, and under which condition.

`specs/prechecks/<id>.yaml` of any part, and `prechecks/<id>.yaml` of the city.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from taydo.kernel import manifest
from taydo.kernel.specs import Label, Spec, city, load

Options = Mapping[str, Any]
Test = Callable[[Any, Mapping[str, Any], Options], Label | None]
TESTS: dict[str, Test] = {}


class When(Spec):
    """A check holds only while this field has this value, or one of these."""

    field: str
    is_: str | bool | int | None = Field(default=None, alias="is")
    in_: list[str] = Field(default_factory=list, alias="in")

    def holds(self, answers: Mapping[str, Any]) -> bool:
        """Whether it does for these answers."""
        found = answers.get(self.field)
        return found in self.in_ if self.in_ else found == self.is_


class Check(Spec):
    """One check of one field. `wrong` and `missing` stop the filing, a `note` only tells."""

    check: str
    field: str
    severity: Literal["wrong", "missing", "note"] = "wrong"
    when: When | None = None
    options: dict[str, str | int | float | bool | list[str]] = Field(default_factory=dict)
    law: str = ""

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.check not in TESTS:
            raise ValueError(f"there is no check named {self.check}; there are: {', '.join(sorted(TESTS))}")
        return self


class Precheck(Spec):
    """What is checked before requests of these procedures are filed."""

    id: str
    title: Label
    procedures: list[str] = Field(min_length=1)
    source: str
    verified: bool = False
    checks: list[Check] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that is wrong, missing or worth knowing: the field it is about, in both languages, and the law it stands on."""

    severity: str
    field: str
    vi: str
    en: str
    check: str
    law: str = ""


def test(name: str) -> Callable[[Test], Test]:
    """Register a function that a declaration may name: (value, answers, options) → what is wrong, or None."""

    def register(function: Test) -> Test:
        assert name not in TESTS, f"two checks are named {name}"
        TESTS[name] = function
        return function

    return register


@functools.cache
def declared() -> dict[str, tuple[Precheck, ...]]:
    """Every declaration by the code of its procedure; a wrong one fails at start-up with file, line and key."""
    folders = [manifest.ROOT / part.floor / part.manifest.id / "specs" / "prechecks" for part in manifest.parts()]
    found: dict[str, tuple[Precheck, ...]] = {}
    for folder in (*folders, city() / "prechecks"):
        for path in sorted(folder.glob("*.yaml")):
            one = load(path, Precheck)
            for code in one.procedures:
                found[code] = (*found.get(code, ()), one)
    return found
