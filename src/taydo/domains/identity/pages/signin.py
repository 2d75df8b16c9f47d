"""Signing in: by phone or e-mail and a code, by name and password and a second factor, by passkey; and signing out."""

from __future__ import annotations

import json
import time
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme

from taydo.engines.signin import codes, passkeys, sessions, totp
from taydo.kernel import contacts, credentials
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.errors import Problem, bad
from taydo.kernel.http import problem_response, render, viewer
from taydo.kernel.i18n import t
from taydo.kernel.models import Actor

from .. import queries
from ..actions import accounts

PENDING_SECONDS, PENDING_TRIES = 600, 5
SIGN_IN = "signin"


def next_of(request: HttpRequest, fallback: str = "") -> str:
    """Where to go afterwards: an address of this house, or the fallback."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    return target if target and url_has_allowed_host_and_scheme(target, {request.get_host()}) else fallback


def place(request: HttpRequest) -> str:
    """Where the request comes from, as given."""
    return str(request.META.get("REMOTE_ADDR", ""))


def signin(request: HttpRequest) -> HttpResponse:
    """The sign-in page: citizens ask for a code, officials give name and password; what was typed wrong is kept."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            return _asked_for_code(request) if "contact" in request.POST else _password(request)
        except Problem as problem:
            field = "contact" if "contact" in request.POST else "username"
            errors = {field: t(problem.vi, problem.en)}
    demo = Actor.objects.filter(demo=True, is_active=True).order_by("id") if settings.TAYDO_DEMO else []
    return render(
        request,
        "identity/signin.html",
        status=422 if errors else 200,
        errors=errors,
        values={
            "username": request.POST.get("username", "").strip(),
            "contact": request.POST.get("contact", "").strip(),
        },
        next=next_of(request),
        demo_accounts=[{"username": a.username, "name": a.name} for a in demo],
        sandbox_sms=sandbox_sms(),
        vneid=vneid(),
    )


def vneid() -> str:
    """Whether people may sign in by VNeID: `real`, `sandbox`, or "" while the city has not set it up."""
    if not (settings.TAYDO_VNEID_ISSUER and settings.TAYDO_VNEID_CLIENT):
        return ""
    return "sandbox" if settings.TAYDO_VNEID_SANDBOX else "real"


def sandbox_sms() -> str:
    """Where a demonstration shows the text messages it sends to nobody; empty when real ones leave."""
    return (
        settings.TAYDO_SMS_URL.removesuffix("/messages") if settings.TAYDO_DEMO and settings.TAYDO_SMS_SANDBOX else ""
    )


def _asked_for_code(request: HttpRequest) -> HttpResponse:
    channel, address = accounts.read_contact(request.POST["contact"])
    code = codes.ask(_asker(request), channel, address, purpose=SIGN_IN, place=place(request))
    request.session["code"] = {"id": code, "shown": contacts.masked(address), "next": next_of(request)}
    return HttpResponseRedirect("/signin/code")


def _asker(request: HttpRequest) -> Viewer:
    return Viewer.anonymous(t("vi", "en"))


def code(request: HttpRequest) -> HttpResponse:
    """The six digits; the same words whether or not somebody is known there. A wrong code counts, a worn-out one is asked anew."""
    kept = request.session.get("code")
    if not kept:
        return HttpResponseRedirect("/signin")
    problem = ""
    if request.method == "POST":
        proven = codes.prove(_asker(request), kept["id"], request.POST.get("code", ""), SIGN_IN)
        if proven is not None:
            request.session.pop("code", None)
            actor = accounts.enter_by_contact(_asker(request), proven)
            return begun(request, actor, "code", kept["next"])
        left = codes.left(kept["id"])
        problem = (
            t(f"Mã chưa đúng; bạn còn {left} lần thử.", f"That code is wrong; {left} tries left.")
            if left
            else t("Mã đã hết hiệu lực; hãy xin mã mới.", "The code has ended; ask for a new one.")
        )
    return render(
        request,
        "identity/code.html",
        status=422 if problem else 200,
        errors={"code": problem} if problem else {},
        shown=kept["shown"],
        next=kept["next"],
        back="/signin",
        sandbox_sms=sandbox_sms(),
    )


def _password(request: HttpRequest) -> HttpResponse:
    username, password = request.POST.get("username", "").strip(), request.POST.get("password", "")
    actor = credentials.check(username, password, place(request))
    who = viewer_of(actor) if actor is not None else None
    if actor is None or who is None:
        raise bad("wrong_password", "Tên đăng nhập hoặc mật khẩu không đúng.", "The name or the password is wrong.")
    held = queries.standing(actor)
    if not held.has and not held.must:
        return begun(request, actor, "password", next_of(request))
    request.session.cycle_key()
    request.session["pending"] = {"actor": actor, "until": time.time() + PENDING_SECONDS, "next": next_of(request), "tries": 0}  # fmt: skip
    return HttpResponseRedirect("/signin/second" if held.has else "/signin/enrol")


def _pending(request: HttpRequest) -> tuple[dict[str, Any], Viewer] | None:
    """Who has given the right password and must still prove themselves a second time; None for nobody."""
    kept = request.session.get("pending")
    if not kept or kept["until"] < time.time() or kept["tries"] >= PENDING_TRIES:
        request.session.pop("pending", None)
        return None
    who = viewer_of(kept["actor"])
    return (kept, who) if who else None


def second(request: HttpRequest) -> HttpResponse:
    """The second factor after the password: a code of the app, a recovery code, or a passkey."""
    pending = _pending(request)
    if pending is None:
        return HttpResponseRedirect("/signin")
    kept, who = pending
    problem = ""
    if request.method == "POST":
        try:
            how = totp.check(who, request.POST.get("code", ""))
            if how:
                request.session.pop("pending", None)
                return begun(request, kept["actor"], how, kept["next"])
            problem = t(
                "Mã chưa đúng hoặc đã dùng; hãy chờ mã mới.", "The code is wrong or was used; wait for the next."
            )
        except Problem as slow:
            problem = t(slow.vi, slow.en)
        request.session["pending"] = {**kept, "tries": kept["tries"] + 1}
    return render(
        request,
        "identity/second.html",
        status=422 if problem else 200,
        errors={"code": problem} if problem else {},
        standing=queries.standing(kept["actor"]),
        next=kept["next"],
    )


def enrol(request: HttpRequest) -> HttpResponse:
    """Officials who must prove themselves twice and cannot yet: the authenticator app is set up before anything else opens."""
    pending = _pending(request)
    if pending is None or queries.standing(pending[0]["actor"]).has:
        return HttpResponseRedirect("/signin")
    kept, who = pending
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            recovery = totp.confirm(who, request.POST.get("code", ""))
            request.session.pop("pending", None)
            response = render(request, "identity/recovery.html", recovery=recovery, next=_home(who, kept["next"]))
            sessions.begin(request, response, kept["actor"], "app")
            return response
        except Problem as problem:
            errors = {"code": t(problem.vi, problem.en)}
    else:
        totp.begin(who)
    return render(
        request,
        "identity/enrol.html",
        status=422 if errors else 200,
        errors=errors,
        secret=totp.waiting_secret(who),
        picture="/signin/enrol/picture.svg",
        action="/signin/enrol",
        forced=True,
    )


def enrol_picture(request: HttpRequest) -> HttpResponse:
    """The secret that waits to be confirmed, as a QR code."""
    pending = _pending(request)
    if pending is None:
        return HttpResponseRedirect("/signin")
    return svg(totp.picture(pending[1]))


def svg(picture: bytes) -> HttpResponse:
    """A picture that nobody keeps."""
    return HttpResponse(picture, content_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser wants to ask a passkey; JSON for `passkey.ts`."""
    if request.method != "POST":
        return HttpResponseRedirect("/signin")
    return JsonResponse(passkeys.options_to_sign_in(request))


def passkey(request: HttpRequest) -> HttpResponse:
    """Signs in with what a passkey signed; answers {"next"} as JSON."""
    if request.method != "POST":
        return HttpResponseRedirect("/signin")
    try:
        given = read_json(request)
        actor = passkeys.sign_in(request, credential_of(given))
        request.session.pop("pending", None)
        response = JsonResponse({})
        who = sessions.begin(request, response, actor, "passkey")
        target = str(given.get("next") or "")
        safe = target if url_has_allowed_host_and_scheme(target, {request.get_host()}) else ""
        response.content = json.dumps({"next": _home(who, safe)}).encode()
        return response
    except Problem as problem:
        return as_json(request, problem)


def read_json(request: HttpRequest) -> dict[str, Any]:
    """The JSON object a script sent; 400 when it is none."""
    try:
        given = json.loads(request.body or b"{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise bad("not_json", "Dữ liệu không đọc được.", "The data cannot be read.")
    return given


def credential_of(given: dict[str, Any]) -> dict[str, Any]:
    """What a browser's key answered; empty when it is no object."""
    found = given.get("credential")
    return found if isinstance(found, dict) else {}


def as_json(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A problem for a script, whatever it says it accepts."""
    request.META["HTTP_ACCEPT"] = "application/json"
    request.__dict__.pop("headers", None)
    return problem_response(request, problem)


def begun(request: HttpRequest, actor: int, how: str, target: str) -> HttpResponse:
    """Begins the session and goes on; into another system's sign-in by a page of its own, for forms may not lead out of the house."""
    who = viewer_of(actor)
    home = _home(who, target)
    if home.startswith("/oauth/authorize?"):
        response: HttpResponse = render(request, "identity/onward.html", target=home)
    else:
        response = HttpResponseRedirect(home)
    sessions.begin(request, response, actor, how)
    return response


def _home(who: Viewer | None, target: str) -> str:
    return target or ("/desk" if who and who.may("cases.see") else "/")


def signout(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    if request.method == "POST":
        sessions.ended(request.session.session_key)
        logout(request)
        return HttpResponseRedirect("/")
    viewer(request)
    return render(request, "identity/signout.html")


urls = [
    path("signin", signin),
    path("signin/code", code),
    path("signin/second", second),
    path("signin/enrol", enrol),
    path("signin/enrol/picture.svg", enrol_picture),
    path("signin/passkey/options", passkey_options),
    path("signin/passkey", passkey),
    path("signout", signout),
]
