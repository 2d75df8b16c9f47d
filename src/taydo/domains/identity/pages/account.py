"""The account's own pages: who I am, contacts, password, second factors, sessions, who looked, my data, closing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path

from taydo.domains.directory import public as directory
from taydo.engines.notices import queries as notices
from taydo.engines.openid import actions as openid
from taydo.engines.openid import store
from taydo.engines.signin import codes, passkeys, sessions, totp
from taydo.kernel import contacts as words
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.http import render, viewer
from taydo.kernel.i18n import t
from taydo.kernel.models import Actor

from .. import queries
from ..actions import accounts, rights
from .signin import as_json, credential_of, place, read_json, sandbox_sms, svg, vneid

ADD = "add"


def account(request: HttpRequest) -> HttpResponse:
    """Who I am here, what I am told, and the way to everything else about my account; posting changes name and language."""
    who = viewer(request)
    actor = queries.own(who)
    errors: dict[str, str] = {}
    if request.method == "POST":
        done, errors = _tried(lambda: accounts.rename(who, request.POST.get("name", who.name), request.POST.get("language", who.language)))  # fmt: skip
        if done:
            return HttpResponseRedirect("/account")
    return render(
        request,
        "identity/account.html",
        status=422 if errors else 200,
        errors=errors,
        notices=notices.mine(who, limit=10),
        subscriptions=notices.subscriptions(who),
        contacts=queries.contacts_of(actor),
        citizen=queries.citizen(actor),
        vneid=vneid(),
        standing=queries.standing(actor),
    )


def _tried(do: Callable[[], Any]) -> tuple[bool, dict[str, str]]:
    """Whether it was done, and otherwise what to say at which field; being turned away is not a field's fault."""
    try:
        do()
        return True, {}
    except Problem as problem:
        if problem.status in (401, 403):
            raise
        return False, {next(iter(problem.fields), ""): t(problem.vi, problem.en)}


def contacts(request: HttpRequest) -> HttpResponse:
    """My phone numbers and addresses; a new one is proved by a code."""
    who = viewer(request)
    actor = queries.own(who)
    errors: dict[str, str] = {}
    if request.method == "POST" and request.POST.get("remove", "").isdigit():
        done, errors = _tried(lambda: accounts.remove_contact(who, int(request.POST["remove"][:18])))
    elif request.method == "POST":
        done, errors = _tried(lambda: _ask_to_add(request, who))
        if done:
            return HttpResponseRedirect("/account/contacts/code")
    return render(
        request,
        "identity/contacts.html",
        status=422 if errors else 200,
        errors=errors,
        values={"contact": request.POST.get("contact", "")},
        contacts=queries.contacts_of(actor),
    )


def _ask_to_add(request: HttpRequest, who: Viewer) -> None:
    channel, address = accounts.read_contact(request.POST.get("contact", ""))
    code = codes.ask(who, channel, address, purpose=f"{ADD}.{who.actor_id}", place=place(request))
    request.session["adding"] = {"id": code, "shown": words.masked(address)}


def contact_code(request: HttpRequest) -> HttpResponse:
    """The code sent to a contact that is being added."""
    who = viewer(request)
    queries.own(who)
    kept = request.session.get("adding")
    if not kept:
        return HttpResponseRedirect("/account/contacts")
    errors: dict[str, str] = {}
    if request.method == "POST":
        proven = codes.prove(who, kept["id"], request.POST.get("code", ""), f"{ADD}.{who.actor_id}")
        if proven is None:
            errors = {"code": t("Mã chưa đúng hoặc đã hết hiệu lực.", "The code is wrong or has ended.")}
        else:
            request.session.pop("adding", None)
            done, errors = _tried(lambda: accounts.add_contact(who, proven))
            if done:
                return HttpResponseRedirect("/account/contacts")
    return render(request, "identity/code.html", status=422 if errors else 200, errors=errors, shown=kept["shown"],
        next="", back="/account/contacts", sandbox_sms=sandbox_sms())  # fmt: skip


def password(request: HttpRequest) -> HttpResponse:
    """Changes the password; every other session ends."""
    who = viewer(request)
    actor = queries.own(who)
    errors: dict[str, str] = {}
    if request.method == "POST":
        key = request.session.session_key
        old, new = request.POST.get("old", ""), request.POST.get("new", "")
        done, errors = _tried(lambda: accounts.change_password(who, old, new, key))
        if done:
            request.session["_auth_user_hash"] = Actor.objects.get(pk=actor).get_session_auth_hash()
            return HttpResponseRedirect("/account/sessions")
    return render(request, "identity/password.html", status=422 if errors else 200, errors=errors)


def session_list(request: HttpRequest) -> HttpResponse:
    """Where I am signed in; posting ends one session, or all others."""
    who = viewer(request)
    actor = queries.own(who)
    if request.method == "POST":
        one = request.POST.get("session", "")
        if one.isdigit():
            sessions.end(who, int(one[:18]))
        else:
            sessions.end_others(who, request.session.session_key)
        return HttpResponseRedirect("/account/sessions")
    return render(request, "identity/sessions.html", sessions=sessions.mine(actor, request.session.session_key))


def systems(request: HttpRequest) -> HttpResponse:
    """The systems I signed in to through the city; posting takes consent back."""
    who = viewer(request)
    actor = queries.own(who)
    if request.method == "POST":
        if request.POST.get("client", "").isdigit():
            openid.take_back(who, int(request.POST["client"][:18]))
        return HttpResponseRedirect("/account/systems")
    found = [{**item, "learns": store.learned(item["scopes"])} for item in store.consents(actor)]
    return render(request, "identity/systems.html", systems=found)


def factors(request: HttpRequest) -> HttpResponse:
    """My second factors: passkeys, the app, recovery codes; posting takes one away."""
    who = viewer(request)
    actor = queries.own(who)
    if request.method == "POST":
        if request.POST.get("passkey", "").isdigit():
            passkeys.remove(who, int(request.POST["passkey"][:18]))
        elif request.POST.get("app") == "remove":
            totp.remove(who)
        elif request.POST.get("recovery") == "renew" and totp.has(actor):
            return render(request, "identity/recovery.html", recovery=totp.renew_recovery(who), next="/account/factors")
        return HttpResponseRedirect("/account/factors")
    return render(
        request,
        "identity/factors.html",
        standing=queries.standing(actor),
        passkeys=passkeys.mine(actor),
        recovery_left=totp.recovery_left(actor),
    )


def app(request: HttpRequest) -> HttpResponse:
    """Adds an authenticator app: the picture, then a code from the app."""
    who = viewer(request)
    if totp.has(queries.own(who)):
        return HttpResponseRedirect("/account/factors")
    errors: dict[str, str] = {}
    if request.method == "POST" and request.POST.get("code"):
        recovery: list[str] = []
        done, errors = _tried(lambda: recovery.extend(totp.confirm(who, request.POST["code"])))
        if done:
            return render(request, "identity/recovery.html", recovery=recovery, next="/account/factors")
    elif request.method == "POST":
        totp.begin(who)
    else:
        return HttpResponseRedirect("/account/factors")
    return render(request, "identity/enrol.html", status=422 if errors else 200, errors=errors, secret=totp.waiting_secret(who),
        picture="/account/factors/picture.svg", action="/account/factors/app", forced=False)  # fmt: skip


def app_picture(request: HttpRequest) -> HttpResponse:
    """The secret that waits to be confirmed, as a QR code."""
    return svg(totp.picture(viewer(request)))


def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser wants to make a passkey; JSON for `passkey.ts`."""
    who = viewer(request)
    queries.own(who)
    return JsonResponse(passkeys.options_to_register(request, who)) if request.method == "POST" else HttpResponseRedirect("/account/factors")  # fmt: skip


def passkey(request: HttpRequest) -> HttpResponse:
    """Keeps the passkey a browser made."""
    who = viewer(request)
    queries.own(who)
    if request.method != "POST":
        return HttpResponseRedirect("/account/factors")
    try:
        given = read_json(request)
        name = str(given.get("name") or "")
        return JsonResponse({"id": passkeys.register(request, who, credential_of(given), name)})
    except Problem as problem:
        return as_json(request, problem)


def looks(request: HttpRequest) -> HttpResponse:
    """Who looked at my data: who, when, what, for which purpose."""
    before = request.GET.get("before", "")
    found = queries.looks(viewer(request), int(before) if before.isdigit() and len(before) < 19 else None)
    return render(request, "identity/looks.html", looks=found, agency_name=directory.name)


def export(request: HttpRequest) -> HttpResponse:
    """All my data as one JSON file."""
    who = viewer(request)
    queries.own(who)
    if request.method != "POST":
        return render(request, "identity/mydata.html", errors={})
    text = json.dumps(rights.export(who), ensure_ascii=False, indent=1, default=str)
    name = {"Content-Disposition": 'attachment; filename="taydo-du-lieu-cua-toi.json"', "Cache-Control": "no-store"}
    return HttpResponse(text, content_type="application/json; charset=utf-8", headers=name)


def close(request: HttpRequest) -> HttpResponse:
    """Closes my account once I have said so twice."""
    who = viewer(request)
    queries.own(who)
    if request.method == "POST" and request.POST.get("sure") == "yes":
        rights.close(who)
        logout(request)
        return render(request, "identity/closed.html", viewer=Viewer.anonymous())
    errors = {"sure": t("Hãy đánh dấu để xác nhận.", "Tick the box to confirm.")} if request.method == "POST" else {}
    return render(request, "identity/mydata.html", status=422 if errors else 200, errors=errors)


urls = [
    path("account", account),
    path("account/contacts", contacts),
    path("account/contacts/code", contact_code),
    path("account/password", password),
    path("account/sessions", session_list),
    path("account/systems", systems),
    path("account/factors", factors),
    path("account/factors/app", app),
    path("account/factors/picture.svg", app_picture),
    path("account/factors/passkey/options", passkey_options),
    path("account/factors/passkey", passkey),
    path("account/looks", looks),
    path("account/data", export),
    path("account/close", close),
]
