"""The CAP face: `/cap/feed` (Atom) and `/cap/{id}` (CAP 1.2 XML, exactly as it was sent)."""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import path

from taydo.kernel import clock
from taydo.kernel.errors import Problem
from taydo.protocols import atom, cap

from . import queries


def feed(request: HttpRequest) -> HttpResponse:
    """Messages in force and those of the last day, newest first."""
    _reading(request)
    root = settings.TAYDO_URL.rstrip("/")
    found = queries.feed()
    entries = [_entry(root, record, card) for record, card in zip(found, queries.cards(found), strict=True)]
    updated = max(
        (record["ended_at"] or record["sent_at"] for record in found), default=clock.now().replace(microsecond=0)
    )
    name = queries.city().name.vi
    data = atom.feed(f"{root}/cap/feed", f"Cảnh báo — {name}", f"{root}/cap/feed", updated, name, entries)
    return _answer(request, data, f"{atom.MEDIA_TYPE}; charset=utf-8", 30)


def _entry(root: str, record: dict[str, Any], card: dict[str, Any]) -> atom.Entry:
    return atom.Entry(
        f"{root}/cap/{record['identifier']}", card["headline"], record["sent_at"], record["sent_at"], queries.city().name.vi,
        record["reason"] if record["message"] == "Cancel" else record["description_vi"], f"{root}/cap/{record['identifier']}",
        cap.MEDIA_TYPE, root + card["href"], (*queries.hazards()[record["hazard"]].categories, record["message"]),
    )  # fmt: skip


def message(request: HttpRequest, identifier: str) -> HttpResponse:
    """One message as sent; it never changes, so it may be kept for a day."""
    _reading(request)
    found = queries.message(identifier)
    if found is None:
        raise Http404
    return _answer(request, found[0], f"{cap.MEDIA_TYPE}; charset=utf-8", 86400)


def _reading(request: HttpRequest) -> None:
    if request.method not in ("GET", "HEAD"):
        raise Problem("method_not_allowed", 405, "Địa chỉ này chỉ để đọc.", "This address can only be read.")


def _answer(request: HttpRequest, data: bytes, kind: str, seconds: int) -> HttpResponse:
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    answer: HttpResponse
    if request.headers.get("If-None-Match") == tag:
        answer = HttpResponseNotModified()
    else:
        answer = HttpResponse(data, content_type=kind)
    answer["ETag"] = tag
    answer["Cache-Control"] = f"public, max-age={seconds}"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


urls = [path("cap/feed", feed), path("cap/<str:identifier>", message)]
