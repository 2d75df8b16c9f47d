"""`/chats/{provider}`: where chat providers send what people write. The signature first; nothing else is looked at before."""

from __future__ import annotations

import hashlib

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from taydo.kernel import clock
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem, refused, too_large
from taydo.protocols.chatproviders import Unsigned

from . import actions
from .accounts import account
from .rules import MOST_BODY

SYSTEM = Viewer.system("chats")


def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """`GET` answers the provider's first call, `POST` takes what people said; 404 for a provider the city does not use."""
    city = account(provider)
    if city is None:
        raise Http404
    if request.method in ("GET", "HEAD"):
        answer = city.challenge(request.GET.dict())
        if answer is None:
            raise _unsigned()
        return HttpResponse(answer, content_type="text/plain; charset=utf-8")
    if request.method != "POST":
        raise Problem("method_not_allowed", 405, "Hãy gửi bằng POST.", "Send this with POST.")
    if len(request.body) > MOST_BODY:
        raise too_large("message_too_large", "Tin nhắn quá lớn.", "The message is too large.")
    try:
        city.check(request.headers, request.body, clock.now())
    except Unsigned:
        raise _unsigned() from None
    return JsonResponse({"taken": _take(provider, request.body)})


def _take(provider: str, body: bytes) -> int:
    city = account(provider)
    assert city is not None
    try:
        said = city.read(body)
    except ValueError as why:
        actions.keep_unread(SYSTEM, provider, hashlib.sha256(body).hexdigest(), body, f"not understood: {why}")
        return 0
    return actions.take(SYSTEM, provider, said, body)


def _unsigned() -> Problem:
    return refused("not_signed", "Chữ ký không đúng.", "The signature is not right.")


urls = [path("chats/<slug:provider>", webhook)]
