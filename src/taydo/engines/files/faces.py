"""`/files/{id}`: files leave in a sandbox, with the type their content has, pictures to be shown and the rest to be saved."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.urls import path
from django.views.decorators.http import require_safe

from taydo.kernel.http import viewer

from . import queries
from .content import PICTURES

SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'none'"


@require_safe
def serve(request: HttpRequest, file_id: uuid.UUID) -> HttpResponse:
    """One file's bytes, or 304 when the reader has them."""
    found, data = queries.open_file(viewer(request), file_id)
    mark = f'"{found.sha256}"'
    fresh = request.headers.get("If-None-Match") == mark
    response: HttpResponse = (
        HttpResponseNotModified() if fresh else HttpResponse(data, content_type=_type(found.content_type))
    )
    shown = "inline" if found.content_type in PICTURES else "attachment"
    plain = found.name.encode("ascii", "replace").decode().replace("?", "_")
    response["Content-Disposition"] = f"{shown}; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name)}"
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    for_all = found.public and not queries.guarded(found.object_kind)  # what its object guards may be closed tomorrow
    response["Cache-Control"] = "public, max-age=86400, immutable" if for_all else "private, max-age=3600"
    if queries.watched(found.object_kind):
        response["Cache-Control"] = "no-store"
    response["ETag"] = mark
    response["X-Scan"] = found.scan
    return response


def _type(content_type: str) -> str:
    return f"{content_type}; charset=utf-8" if content_type.startswith("text/") else content_type


urls = [path("files/<uuid:file_id>", serve)]
