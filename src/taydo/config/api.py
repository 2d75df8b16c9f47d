"""The REST API of everything at `/api/v1/`, its OpenAPI 3.1 description, health and figures."""

from __future__ import annotations

import importlib
from typing import Any

import orjson
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.renderers import BaseRenderer

from taydo.kernel import manifest, metrics, sql
from taydo.kernel.errors import Problem
from taydo.kernel.http import as_problem, problem_response


class FastJson(BaseRenderer):
    """JSON by orjson: dates in ISO 8601, Vietnamese letters as they are."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """The bytes of an answer."""
        return orjson.dumps(data, default=str)


api = NinjaAPI(
    title="Tây Đô",
    version="1",
    description="Mọi việc của thành phố qua một giao diện. Everything of the city through one interface. "
    "Errors are RFC 9457 problems in Vietnamese and English.",
    openapi_url="/openapi.json",
    docs_url=None,
    renderer=FastJson(),
    urls_namespace="api",
)
for part in manifest.parts():
    if f"{part.module}.api" in manifest.discover("api"):
        api.add_router("", importlib.import_module(f"{part.module}.api").router)


@api.exception_handler(ValidationError)
def not_as_described(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Input that does not fit the description: which field, and why."""
    fields = {".".join(str(step) for step in item["loc"]): item["msg"] for item in error.errors}
    problem = Problem(
        "not_as_described", 422, "Dữ liệu gửi lên chưa đúng mô tả.", "The input does not fit the description.", **fields
    )
    return problem_response(request, problem)


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Errors raised by the API library itself."""
    return problem_response(
        request, Problem("bad_request", error.status_code, f"Yêu cầu không đọc được: {error}", str(error))
    )


@api.exception_handler(Exception)
def any_failure(request: HttpRequest, error: Exception) -> HttpResponse:
    """Everything else: a problem in both languages."""
    return problem_response(request, as_problem(error))


def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """The process can serve: database reachable and migrated."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM kernel_outbox")
            waiting = cursor.fetchone()[0]
    except Exception as error:
        return JsonResponse({"status": "not ready", "why": type(error).__name__}, status=503)
    return JsonResponse({"status": "ready", "outbox_waiting": waiting})


def metrics_page(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus."""
    return HttpResponse(metrics.page(), content_type="text/plain; version=0.0.4; charset=utf-8")


@api.get("/about", tags=["house"])
def about(request: HttpRequest) -> dict[str, Any]:
    """What runs here: parts, the systems they serve, whether this is a demonstration."""
    return {
        "name": "Tây Đô",
        "demo": settings.TAYDO_DEMO,
        "database": sql.value("SHOW server_version"),
        "parts": [
            {"id": p.manifest.id, "title": p.manifest.title.model_dump(), "systems": p.manifest.systems}
            for p in manifest.parts()
        ],
    }


@api.get("/permissions", tags=["house"])
def permissions(request: HttpRequest) -> dict[str, Any]:
    """Every permission of the house with its words."""
    return {name: label.model_dump() for name, label in manifest.permissions().items()}


urls = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics_page),
]
