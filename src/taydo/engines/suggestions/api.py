"""Suggestions over HTTP: which there are, how good they are, train one now."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from taydo.kernel.http import viewer

from . import actions, queries

router = Router(tags=["suggestions"])


@router.get("/suggestions")
def list_purposes(request: HttpRequest) -> list[str]:
    """Names of all purposes."""
    return queries.purposes(viewer(request))


@router.get("/suggestions/{purpose}")
def read_quality(request: HttpRequest, purpose: str) -> dict[str, Any]:
    """How good a purpose's suggestions are on held-out texts: against the commonest label and naive Bayes, calibration, coverage."""
    return queries.quality(viewer(request), purpose)


@router.post("/suggestions/{purpose}/train")
def train(request: HttpRequest, purpose: str) -> dict[str, str]:
    """Have the worker train a purpose now."""
    actions.ask_training(viewer(request), purpose)
    return {"state": "queued"}
