"""Signing in and out with a name and a password; the account's own page."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme

from taydo.engines.notices import queries as notices
from taydo.kernel import audit, credentials
from taydo.kernel.actors import viewer_of
from taydo.kernel.errors import Problem, unknown_viewer
from taydo.kernel.http import render, viewer
from taydo.kernel.i18n import t
from taydo.kernel.models import Actor


def _next(request: HttpRequest, fallback: str) -> str:
    target = request.POST.get("next") or request.GET.get("next") or ""
    return target if target and url_has_allowed_host_and_scheme(target, {request.get_host()}) else fallback


def signin(request: HttpRequest) -> HttpResponse:
    """The sign-in page; a wrong password keeps the name and says so."""
    problem = ""
    username = request.POST.get("username", "").strip()
    if request.method == "POST":
        try:
            actor = credentials.check(username, request.POST.get("password", ""), request.META.get("REMOTE_ADDR", ""))
            if actor is not None:
                login(request, Actor.objects.get(pk=actor), backend="django.contrib.auth.backends.ModelBackend")
                who = viewer_of(actor)
                if who:
                    audit.write(who, "signin", "done")
                return HttpResponseRedirect(_next(request, "/desk" if who and who.may("cases.see") else "/"))
            problem = t("Tên đăng nhập hoặc mật khẩu không đúng.", "The name or the password is wrong.")
        except Problem as throttled:
            problem = t(throttled.vi, throttled.en)
    accounts = Actor.objects.filter(demo=True, is_active=True).order_by("id") if settings.TAYDO_DEMO else []
    return render(
        request,
        "kernel/signin.html",
        status=422 if problem else 200,
        problem=problem,
        username=username,
        next=_next(request, ""),
        demo_accounts=[{"username": a.username, "name": a.name} for a in accounts],
    )


def signout(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    if request.method == "POST":
        logout(request)
        return HttpResponseRedirect("/")
    return render(request, "kernel/signout.html")


def account(request: HttpRequest) -> HttpResponse:
    """Who I am here and what I may do."""
    who = viewer(request)
    if not who.signed_in:
        raise unknown_viewer()
    return render(
        request,
        "kernel/account.html",
        grants={name: sorted(scopes) for name, scopes in who.grants.items()},
        notices=notices.mine(who, limit=10),
        subscriptions=notices.subscriptions(who),
    )


urls = [path("signin", signin), path("signout", signout), path("account", account)]
