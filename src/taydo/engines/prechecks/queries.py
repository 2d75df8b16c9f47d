"""What a request lacks before it is filed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import library as _library  # noqa: F401  (registers the checks)
from .declared import TESTS, Precheck, Remark, declared


def declarations(procedure: str) -> tuple[Precheck, ...]:
    """The declarations for a procedure's code; empty when nothing is checked."""
    return declared().get(procedure, ())


def run(procedure: str, answers: Mapping[str, Any]) -> list[Remark]:
    """Every remark on these answers, in the order the checks are declared; what stops the filing has severity wrong or missing.

    A field is only checked for being right once it is answered; that it must be answered is a check of its own (`present`).
    """
    found = []
    for one in declarations(procedure):
        for check in one.checks:
            value = answers.get(check.field)
            if check.when is not None and not check.when.holds(answers):
                continue
            if value in (None, "", []) and check.check not in ("present", "always", "business_lines"):
                continue
            said = TESTS[check.check](value, answers, check.options)
            if said is not None:
                found.append(Remark(check.severity, check.field, said.vi, said.en, check.check, check.law))
    return found


def stops(remarks: list[Remark]) -> bool:
    """Whether anything among the remarks stands against filing."""
    return any(remark.severity != "note" for remark in remarks)
