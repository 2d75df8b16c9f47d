"""The provider's pages for people: agreeing that a system learns who one is, leaving, and the list of connected systems."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from joserfc import jwt
from joserfc.errors import JoseError

from taydo.engines.signin import sessions
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.http import HEADERS, needs, render, viewer
from taydo.kernel.i18n import t

from . import actions, keys, store
from .rules import SCOPES, known_scopes, origin
from .server import server


def authorize(request: HttpRequest) -> HttpResponse:
    """A system asks who this is: whoever is signed in and has agreed goes on at once, others sign in and are asked."""
    who = viewer(request)
    signed_in = who if who.actor_id is not None else None
    try:
        grant = server().get_consent_grant(request, signed_in)
    except OAuth2Error as error:
        return _wrong(request, error)
    client, prompt = grant.request.client, request.GET.get("prompt", "")
    if signed_in is None or prompt == "login":
        return HttpResponseRedirect(f"/signin?next={quote(_without_prompt(request))}")
    if client.officials_only and who.kind == "person":
        return _says(request, 403, t("Hệ thống này chỉ dành cho cán bộ.", "This system is for officials only."))
    scopes = known_scopes(grant.request.scope)
    if request.method == "POST":
        return _decided(request, who, grant, scopes)
    if prompt != "consent" and set(scopes) <= store.agreed(client, signed_in.actor_id or 0):
        return _answered(request, grant, who)
    if prompt == "none":
        return HttpResponseRedirect(_error_address(request, "consent_required"))
    return _leading_to(
        request.GET.get("redirect_uri", ""),
        render(request, "openid/consent.html", client=client, scopes=store.learned(scopes)),
    )


def _without_prompt(request: HttpRequest) -> str:
    kept = [(name, text) for name, text in parse_qsl(request.META.get("QUERY_STRING", "")) if name != "prompt"]
    return f"/oauth/authorize?{urlencode(kept)}"


def _decided(request: HttpRequest, who: Viewer, grant: Any, scopes: list[str]) -> HttpResponse:
    if request.POST.get("decision") != "yes":
        return _answered(request, grant, None)
    actions.agree(who, grant.request.client, scopes)
    return _answered(request, grant, who)


def _answered(request: HttpRequest, grant: Any, who: Viewer | None) -> HttpResponse:
    response: HttpResponse = server().create_authorization_response(request, grant_user=who, grant=grant)
    response["Cache-Control"] = "no-store"
    return response


def _error_address(request: HttpRequest, error: str) -> str:
    state = request.GET.get("state", "")
    return add_params_to_uri(request.GET["redirect_uri"], [("error", error), *([("state", state)] if state else [])])  # type: ignore[no-any-return]


def _wrong(request: HttpRequest, error: OAuth2Error) -> HttpResponse:
    """Back to the system when it is known and answered there; otherwise words, for an unknown address is never followed."""
    if error.redirect_uri:
        return server().handle_error_response(server().create_oauth2_request(request), error)  # type: ignore[no-any-return]
    return _says(request, 400, t("Hệ thống hỏi đăng nhập chưa đúng cách.", "The system did not ask in the right way.") + f" ({error.error})")  # fmt: skip


def _says(request: HttpRequest, status: int, words: str) -> HttpResponse:
    return render(request, "openid/says.html", status=status, words=words)


def _leading_to(address: str, response: HttpResponse) -> HttpResponse:
    """A form on this page may lead to that address's site, as the page's policy must say."""
    policy = HEADERS["Content-Security-Policy"]
    response["Content-Security-Policy"] = policy.replace("form-action 'self'", f"form-action 'self' {origin(address)}")
    return response


def end_session(request: HttpRequest) -> HttpResponse:
    """A system asks that somebody leaves (RP-Initiated Logout 1.0): they are asked, and led back where it registered."""
    given = request.POST if request.method == "POST" else request.GET
    client = store.client(given.get("client_id", "") or _hinted(given.get("id_token_hint", "")))
    back = given.get("post_logout_redirect_uri", "")
    if not (client and back in client.logouts):
        back = ""
    target = add_params_to_uri(back, [("state", given["state"])]) if back and given.get("state") else back
    if request.method == "POST" and request.POST.get("decision") == "yes":
        sessions.ended(request.session.session_key)
        logout(request)
        return HttpResponseRedirect(target or "/")
    if not viewer(request).signed_in:
        return HttpResponseRedirect(target or "/")
    fields = {name: given.get(name, "") for name in ("client_id", "id_token_hint", "post_logout_redirect_uri", "state")}
    response = render(request, "openid/leave.html", client=client, fields=fields)
    return _leading_to(back, response) if back else response


def _hinted(token: str) -> str:
    """The system an identity token of ours was made for, also when it has expired."""
    try:
        return str(jwt.decode(token, keys.published_set(), algorithms=[keys.ALGORITHM]).claims["aud"])
    except (JoseError, ValueError, KeyError):
        return ""


@needs("openid.register")
def clients(request: HttpRequest) -> HttpResponse:
    """Systems that sign in through us; posting registers one, and its secret is shown this once."""
    who = viewer(request)
    values = {name: request.POST.get(name, "").strip() for name in ("name", "redirects", "logouts")}
    errors: dict[str, str] = {}
    made: tuple[str, str] | None = None
    if request.method == "POST":
        try:
            made = actions.register(
                who,
                values["name"],
                values["redirects"].split(),
                scopes=[name for name in SCOPES if request.POST.get(f"scope_{name}")],
                logouts=values["logouts"].split(),
                public=request.POST.get("public") == "1",
                officials_only=request.POST.get("everybody") != "1",
            )
        except Problem as problem:
            if problem.status in (401, 403):
                raise
            errors = {next(iter(problem.fields), ""): t(problem.vi, problem.en)}
    return render(
        request,
        "openid/clients.html",
        status=422 if errors else 200,
        clients=store.clients(),
        scopes=list(zip(SCOPES, store.learned(SCOPES), strict=True)),
        values={} if made else values,
        errors=errors,
        made=made,
    )


@needs("openid.register")
def close_client(request: HttpRequest, code: str) -> HttpResponse:
    """Ends a registration."""
    if request.method == "POST":
        actions.close(viewer(request), code)
    return HttpResponseRedirect("/oauth/clients")


urls = [
    path("oauth/authorize", authorize),
    path("oauth/end_session", end_session),
    path("oauth/clients", clients),
    path("oauth/clients/<str:code>/close", close_client),
]
