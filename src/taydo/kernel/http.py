"""HTTP of the house: who asks, in which language, how fast; headers, problems and pages the same everywhere."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render as django_render

from . import credentials, i18n, ids, limits, metrics
from .actors import Viewer
from .errors import Problem
from .logs import begin_request, log, request_id

View = Callable[..., HttpResponseBase]
API_PREFIXES = (
    "/api/", "/sta/", "/oauth/", "/ogc/", "/tiles/", "/cap/", "/open311/", "/chats/", "/payments/", "/live", "/metrics", "/healthz", "/readyz",
)  # fmt: skip
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; worker-src 'self' blob:;"
        " connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}


def viewer(request: HttpRequest) -> Viewer:
    """Who sends this request (looked up once)."""
    found: Viewer | None = getattr(request, "taydo_viewer", None)
    if found is None:
        found = credentials.viewer_of_request(request, i18n.language())
        request.taydo_viewer = found  # type: ignore[attr-defined]
    return found


def wants_json(request: HttpRequest) -> bool:
    """Whether a problem should leave as problem+json rather than as a page."""
    return request.path.startswith(API_PREFIXES) or "json" in request.headers.get("Accept", "")


def render(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    """A page made of a Jinja template with the viewer and the language at hand."""
    who = viewer(request)
    return django_render(request, template, {"viewer": who, "language": i18n.language(), **context}, status=status)


def problem_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A problem as RFC 9457 JSON for programs, as a page for people."""
    if wants_json(request):
        body = problem.as_dict(i18n.language(), f"urn:request:{request_id()}")
        response = HttpResponse(
            json.dumps(body, ensure_ascii=False), content_type="application/problem+json", status=problem.status
        )
    elif problem.status == 401 and request.method == "GET" and not credentials.uses_header(request):
        response = HttpResponseRedirect(f"/signin?next={quote(request.get_full_path())}")
    else:
        words = problem.as_dict(i18n.language())
        context = {
            "viewer": Viewer.anonymous(),
            "language": i18n.language(),
            "problem": words,
            "request_id": request_id(),
        }
        response = django_render(request, "kernel/problem.html", context, status=problem.status)
    if problem.status == 401 and credentials.uses_header(request):
        response["WWW-Authenticate"] = 'Basic realm="taydo", charset="UTF-8"'
    if "retry_after" in problem.fields:
        response["Retry-After"] = str(problem.fields["retry_after"])
    return response


def as_problem(error: Exception) -> Problem:
    """What any failure says to the outside; an unforeseen one says nothing but the request's id."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Http404):
        return Problem("not_found", 404, "Không có gì ở địa chỉ này.", "There is nothing at this address.")
    if isinstance(error, RequestDataTooBig):
        return Problem("too_large", 413, "Nội dung gửi lên quá lớn.", "The request is too large.")
    if isinstance(error, PermissionDenied):
        return Problem("not_allowed", 403, "Bạn không được phép làm việc này.", "You may not do this.")
    if isinstance(error, SuspiciousOperation):
        return Problem("bad_request", 400, "Yêu cầu không hợp lệ.", "The request is not valid.")
    if isinstance(error, DataError | UnicodeEncodeError):
        log.warning("not_storable", exc_info=error)
        return Problem(
            "not_storable", 422, "Có ký tự hoặc con số không lưu được.", "A character or a number cannot be stored."
        )
    log.error("unforeseen", exc_info=error)
    return Problem(
        "failed",
        500,
        "Hệ thống gặp lỗi; chúng tôi đã ghi lại.",
        "The system failed; it has been recorded.",
        request=request_id(),
    )


def needs(permission: str) -> Callable[[View], View]:
    """A page that only viewers with this permission (anywhere) may open; others sign in or are refused."""

    def declare(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            viewer(request).require(permission)
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return declare


class House:
    """Outermost middleware: request id, language, rate limit, problems, headers, figures."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        start = time.perf_counter()
        begin_request(ids.uuid7().hex)
        self._sender(request)
        i18n.use(self._language(request))
        try:
            self._limit(request)
            response = self.get_response(request)
        except Exception as error:
            response = problem_response(request, as_problem(error))
        for name, content in HEADERS.items():
            response.headers.setdefault(name, content)
        response["X-Request-Id"] = request_id()
        if "lang" in request.GET and request.GET["lang"] in i18n.LANGUAGES:
            response.set_cookie("lang", request.GET["lang"], max_age=31536000, samesite="Lax")
        response.headers.setdefault("Content-Language", i18n.language())
        metrics.REQUESTS.labels(request.method, response.status_code).inc()
        metrics.SECONDS.observe(time.perf_counter() - start)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse:
        """Called by Django for a view's failure: the same answer as everywhere."""
        return problem_response(request, as_problem(error))

    @staticmethod
    def _language(request: HttpRequest) -> str:
        given = (
            request.GET.get("lang")
            or request.COOKIES.get("lang")
            or request.headers.get("Accept-Language", "")[:2].lower()
        )
        return "en" if given == "en" else "vi"

    @staticmethod
    def _sender(request: HttpRequest) -> None:
        """Behind proxies of ours, who sends is whom the outermost of them saw; what a sender claims before that is not believed."""
        hops = settings.TAYDO_PROXIES
        if hops:
            seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
            if len(seen) >= hops:
                request.META["REMOTE_ADDR"] = seen[-hops]

    @staticmethod
    def _limit(request: HttpRequest) -> None:
        rate = settings.TAYDO_RATE
        if rate and not request.path.startswith("/static/"):
            address = request.META.get("REMOTE_ADDR", "")
            claim = request.headers.get("Authorization") or request.COOKIES.get("taydo_session") or ""
            if claim:  # not checked yet: invented claims share what their address may send
                limits.spend(f"{address}|claims", rate * 20, rate * 80)
            factor = 5 if claim else 1
            limits.spend(f"{address}|{hash(claim)}", rate * factor, rate * factor * 4)


class SessionWrites(CsrfViewMiddleware):
    """A write that rides on a session cookie needs the CSRF token, on pages and APIs alike; a header needs none."""

    def process_view(self, request: HttpRequest, callback: Any, args: Any, kwargs: Any) -> Any:
        """Check the token unless the request proves itself by header, or has no session and asks an API."""
        if credentials.uses_header(request):
            return None
        if request.path.startswith(API_PREFIXES) and not request.COOKIES.get("taydo_session"):
            return None
        checked = functools.partial(callback)  # csrf_exempt marks on API views do not count here
        return super().process_view(request, checked, args, kwargs)

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        problem = Problem(
            "csrf",
            403,
            "Trang đã mở quá lâu hoặc yêu cầu không đến từ trang này; hãy tải lại trang rồi gửi lại.",
            "The page was open too long or the request is not from this site; reload the page and send again.",
            reason=reason,
        )
        return problem_response(request, problem)
