"""The search over HTTP: what answers a question, and what somebody typing may be about to ask. Open to everybody: public things only."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Router

from taydo.kernel import limits

from . import queries

router = Router(tags=["search"])


@router.get("/search")
def find(request: HttpRequest, q: str = "", kinds: str = "", limit: int = 10) -> dict[str, Any]:
    """What answers a question in plain words, the best first. `kinds`: names with commas between, all when empty; `limit` up to 50."""
    wanted = [kind for kind in kinds.split(",") if kind][:20]
    return asdict(queries.find(q, kinds=wanted, limit=min(max(limit, 1), 50)))


@router.get("/search/suggest")
def suggest(request: HttpRequest, q: str = "", kinds: str = "") -> list[dict[str, Any]]:
    """What somebody who is typing may be about to ask: at most 6."""
    limits.spend(f"suggest|{request.META.get('REMOTE_ADDR', '')}", 20, 100)
    wanted = [kind for kind in kinds.split(",") if kind][:20]
    return [{"kind": hit.kind, "title": hit.title, "href": hit.href} for hit in queries.suggest(q, kinds=wanted)]
