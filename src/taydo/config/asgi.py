"""The web process: live event streams natively asynchronous, everything else by Django's synchronous stack in threads."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taydo.config.settings")

from django.core.wsgi import get_wsgi_application

django_application = get_wsgi_application()

from a2wsgi import WSGIMiddleware  # noqa: E402
from asgiref.sync import sync_to_async  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import close_old_connections  # noqa: E402
from whitenoise import WhiteNoise  # noqa: E402

from taydo.kernel import credentials, live, logs  # noqa: E402
from taydo.kernel.actors import Viewer, viewer_of  # noqa: E402
from taydo.kernel.http import HEADERS  # noqa: E402
from taydo.kernel.hub import Hub  # noqa: E402

from . import bodies  # noqa: E402

logs.configure()
THREADS = int(os.environ.get("TAYDO_THREADS", "4"))


def _immutable(path: str, url: str) -> bool:
    return "/dist/assets/" in url


with_static = WhiteNoise(
    django_application, root=str(settings.STATIC_ROOT), prefix="static/", immutable_file_test=_immutable, max_age=3600
)
synchronous = WSGIMiddleware(with_static, workers=THREADS)
hub = Hub()
taken = bodies.Bodies()


@sync_to_async
def _viewer(scope: dict[str, Any]) -> Viewer:
    cookies: SimpleCookie = SimpleCookie()
    for name, content in scope["headers"]:
        if name == b"cookie":
            cookies.load(content.decode("latin-1"))
    held = cookies.get(settings.SESSION_COOKIE_NAME)
    close_old_connections()
    actor = credentials.actor_of_session(SessionStore(held.value)) if held else None
    found = viewer_of(actor) if actor else None
    close_old_connections()
    return found or Viewer.anonymous()


async def live_stream(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """`GET /live?topics=a,b`: server-sent events of the topics this viewer may hear."""
    asked = parse_qs(scope.get("query_string", b"").decode()).get("topics", [""])[0].split(",")
    who = await _viewer(scope)
    topics = frozenset(topic for topic in asked if live.allowed(topic, who))
    safe = [(name.lower().encode(), text.encode()) for name, text in HEADERS.items()]
    headers = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-cache"),
        (b"x-accel-buffering", b"no"),
        *safe,
    ]
    if not topics or hub.full:
        status, code = (503, "too_many_open_pages") if topics else (403, "no_topic_allowed")
        problem = [(b"content-type", b"application/problem+json"), *safe]
        await send({"type": "http.response.start", "status": status, "headers": problem})
        await send({"type": "http.response.body", "body": b'{"status":%d,"code":"%s"}' % (status, code.encode())})
        return
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    sending = asyncio.create_task(_send_all(hub.stream(topics), send))
    gone = asyncio.create_task(_gone(receive))
    await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
    sending.cancel()
    gone.cancel()


async def _gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _send_all(stream: AsyncIterator[bytes], send: Any) -> None:
    with contextlib.suppress(asyncio.CancelledError, OSError, RuntimeError):
        async for part in stream:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The ASGI entry: streams here, the rest to Django."""
    if scope["type"] == "http":
        if scope["path"] == "/live":
            await live_stream(scope, receive, send)
        else:
            await _synchronously(scope, receive, send)


async def _synchronously(scope: dict[str, Any], receive: Any, send: Any) -> None:
    async def parts() -> Any:  # the server's own may be any awaitable
        return await receive()

    try:
        async with taken.whole(scope, parts) as body:
            await synchronous(scope, body, send)
    except bodies.Unreadable as fault:
        headers = [(name.lower().encode(), text.encode()) for name, text in HEADERS.items()]
        headers += [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
        words = b'{"status":%d,"code":"%s"}' % (fault.status, bodies.CODES[fault.status])
        with contextlib.suppress(OSError, RuntimeError):  # whoever hung up hears nothing
            await send({"type": "http.response.start", "status": fault.status, "headers": headers})
            await send({"type": "http.response.body", "body": words})
