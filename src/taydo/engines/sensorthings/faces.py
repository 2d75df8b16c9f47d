"""The addresses of SensorThings: `/sta/v1.1/` and everything below it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from taydo.engines.sensorthings.answering import Answer, Request, answer, encoded, not_allowed
from taydo.engines.sensorthings.batching import batch
from taydo.kernel import http
from taydo.protocols.sensorthings.conformance import CONFORMANCE, SPEC
from taydo.protocols.sensorthings.vocabulary import SETS

ROOT = "/sta/v1.1"


def root(request: HttpRequest) -> HttpResponse:
    """The collections, and what of the standard is kept here (18-088, 9.2.1)."""
    if request.method not in ("GET", "HEAD"):
        raise not_allowed()
    base = _base(request)
    endpoint = {
        "endpoints": [
            f"mqtt://{request.get_host().rpartition(':')[0] or request.get_host()}:{settings.TAYDO_MQTT_PORT}"
        ]
    }
    document: dict[str, Any] = {
        "value": [{"name": name, "url": f"{base}/{name}"} for name in SETS],
        "serverSettings": {
            "conformance": CONFORMANCE,
            f"{SPEC}/create-observations-via-mqtt/observations-creation": endpoint,
            f"{SPEC}/receive-updates-via-mqtt/receive-updates": endpoint,
        },
    }
    return _sent(Answer(body=encoded(document)))


def resource(request: HttpRequest, path: str) -> HttpResponse:
    """Everything below the root."""
    return _sent(answer(_asked(request, path)))


def many(request: HttpRequest) -> HttpResponse:
    """`$batch`."""
    return _sent(batch(_asked(request, "$batch")))


def _asked(request: HttpRequest, path: str) -> Request:
    return Request(
        http.viewer(request), request.method or "GET", quote(path, safe="/()'$,=:@ "), request.META.get("QUERY_STRING", ""),
        _base(request), request.META.get("CONTENT_TYPE", "").lower() if path != "$batch" else request.META.get("CONTENT_TYPE", ""),
        request.body,
    )  # fmt: skip


def _base(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}{ROOT}"


def _sent(found: Answer) -> HttpResponse:
    response = HttpResponse(found.body, status=found.status, content_type=found.content_type)
    for name, content in found.headers.items():
        response[name] = content
    return response


urls = [
    re_path(r"^sta/v1\.1/?$", root),
    re_path(r"^sta/v1\.1/\$batch$", many),
    re_path(r"^sta/v1\.1/(?P<path>.+)$", resource),
]
