"""Pages of notices: subscribe in a minute, confirm, stop, and the list behind the bell."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path

from taydo.kernel.errors import Problem, unknown_viewer
from taydo.kernel.http import render, viewer
from taydo.kernel.i18n import t

from . import actions, mail, push, queries, topics
from .api import hold_back
from .tokens import read_confirm, read_stop


def subscriptions(request: HttpRequest) -> HttpResponse:
    """What I receive, and a form to receive more; works without an account by e-mail and without script."""
    who = viewer(request)
    values = {"topic": "warnings", "channel": "app" if who.signed_in else "mail", "address": "", "unit_code": ""}
    errors: dict[str, str] = {}
    done = ""
    if request.method == "POST":
        values |= {name: request.POST.get(name, "").strip() for name in values}
        try:
            hold_back(request)
            made = actions.subscribe(
                who, values["topic"], values["channel"], address=values["address"], unit_code=values["unit_code"][:20]
            )
            done = "confirm" if made["state"] == "waiting" else "active"
        except Problem as problem:
            if problem.status in (401, 403):
                raise
            errors = {next(iter(problem.fields), ""): t(problem.vi, problem.en)}
    return render(
        request,
        "notices/subscriptions.html",
        status=422 if errors else 200,
        values=values,
        errors=errors,
        done=done,
        mine=queries.subscriptions(who),
        topics=[(topic.code, t(topic.title.vi, topic.title.en)) for topic in topics.all_topics()],
        areas=[(area.code, t(area.title.vi, area.title.en)) for area in topics.areas()],
        mail_ready=mail.ready(),
        push_key=push.public_key(),
    )


def stop_one(request: HttpRequest, subscription_id: int) -> HttpResponse:
    """Stops one of my subscriptions."""
    if request.method == "POST":
        actions.stop(viewer(request), subscription_id)
    return HttpResponseRedirect("/subscriptions")


def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the link of a confirmation mail. Reading it does nothing: mail scanners open links too."""
    read_confirm(token)
    done = request.method == "POST"
    if done:
        actions.confirm(viewer(request), token)
    return render(request, "notices/confirm.html", done=done, stop=False)


def stop(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind “stop receiving” of a mail: this topic, or everything."""
    _, code = read_stop(token)
    done = request.method == "POST"
    if done:
        actions.stop_by_link(viewer(request), token, everything=request.POST.get("everything") == "1")
    topic = topics.topic(code)
    words = t(topic.title.vi, topic.title.en) if topic else code
    return render(request, "notices/confirm.html", done=done, stop=True, topic=words)


def bell(request: HttpRequest) -> HttpResponse:
    """My notices; posting marks all as read."""
    who = viewer(request)
    if not who.signed_in:
        raise unknown_viewer()
    if request.method == "POST":
        actions.read(who)
        return HttpResponseRedirect("/notices")
    before = request.GET.get("before", "")
    found = queries.mine(who, int(before) if before.isdigit() and len(before) < 19 else None)
    return render(request, "notices/bell.html", notices=found, unread=queries.unread(who))


urls = [
    path("subscriptions", subscriptions),
    path("subscriptions/<int:subscription_id>/stop", stop_one),
    path("subscriptions/confirm/<str:token>", confirm),
    path("subscriptions/stop/<str:token>", stop),
    path("notices", bell),
]
