"""Checks before filing over HTTP, for our own pages and for whoever prepares requests for others."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from taydo.kernel import limits

from . import queries

router = Router(tags=["prechecks"])


class Answers(Schema):
    """The answers to a procedure's form, by field."""

    answers: dict[str, Any]


@router.post("/prechecks/{procedure}")
def check(request: HttpRequest, procedure: str, body: Answers) -> dict[str, Any]:
    """What is missing or wrong in these answers; nothing of them is kept. `may_file`: nothing stands against filing."""
    limits.spend(f"prechecks|{request.META.get('REMOTE_ADDR', '')}", 2, 20)
    remarks = queries.run(procedure, body.answers)
    return {
        "procedure": procedure, "may_file": not queries.stops(remarks), "checked": [one.id for one in queries.declarations(procedure)],
        "remarks": [{"severity": one.severity, "field": one.field, "vi": one.vi, "en": one.en, "law": one.law} for one in remarks],
    }  # fmt: skip
