"""Sessions: begun after whatever proof, listed for their owner, ended one by one or all at once."""

from __future__ import annotations

import secrets
import time
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase

from taydo.engines.notices import actions as notices
from taydo.kernel import audit, clock, credentials, sealing, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.errors import unknown_viewer
from taydo.kernel.models import Actor

from .rules import CITIZEN_SECONDS, SEEN_EVERY_SECONDS, device_words

DEVICE_COOKIE = "taydo_device"
_seen: dict[str, float] = {}


@transaction.atomic
def begin(request: HttpRequest, response: HttpResponseBase, actor_id: int, how: str) -> Viewer:
    """Begin a session for this account; `how` it proved itself: `password`, `code`, `app`, `recovery`, `passkey`, `vneid`."""
    who = viewer_of(actor_id)
    if who is None:
        raise unknown_viewer()
    login(request, Actor.objects.get(pk=actor_id), backend="django.contrib.auth.backends.ModelBackend")
    request.session["how"], request.session["at"] = how, int(clock.now().timestamp())
    if who.kind == "person":
        request.session.set_expiry(CITIZEN_SECONDS)
    device = _device(request, response)
    known = sql.row(
        "SELECT count(*) AS n, count(*) FILTER (WHERE device = %(d)s) AS here FROM signin_session WHERE actor_id = %(a)s",
        {"a": actor_id, "d": device},
    )
    agent = request.headers.get("User-Agent", "")[:300]
    made = sql.value(
        """INSERT INTO signin_session (actor_id, session_key, device, agent, address, how, first_at, last_at)
           VALUES (%(a)s, %(key)s, %(device)s, %(agent)s, %(address)s, %(how)s, %(now)s, %(now)s) RETURNING id""",
        {
            "a": actor_id, "key": request.session.session_key, "device": device, "agent": agent, "how": how,
            "address": sealing.seal(request.META.get("REMOTE_ADDR", "")), "now": clock.now(),
        },
    )  # fmt: skip
    audit.write(who, "signin", "done", "session", made, detail={"how": how})
    if known and known["n"] and not known["here"]:
        _tell(actor_id, made, device_words(agent))
    return who


def _device(request: HttpRequest, response: HttpResponseBase) -> str:
    """The mark of this browser, under which it is known again; the browser itself keeps the secret behind it."""
    held = request.COOKIES.get(DEVICE_COOKIE, "")
    if len(held) != 43:
        held = secrets.token_urlsafe(32)
    response.set_cookie(
        DEVICE_COOKIE, held, max_age=366 * 86400, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return sealing.fingerprint(f"device:{held}")


def tell_changed(actor_id: int, key: str, title: tuple[str, str]) -> None:
    """Tell an account's owner that what opens it has changed, inside the action that changes it."""
    body = (
        "Nếu không phải bạn làm, hãy kết thúc các phiên khác và báo quản trị.",
        "If it was not you, end the other sessions and tell your administrator.",
    )
    notices.notify(Viewer.system("signin"), "account", key, title, body, href="/account/factors", actors=[actor_id])


def _tell(actor_id: int, session: int, device: str) -> None:
    words = device or "?"
    notices.notify(
        Viewer.system("signin"),
        "account",
        f"signin.device.{session}",
        ("Tài khoản của bạn vừa được mở trên một thiết bị mới", "Your account was opened on a new device"),
        (
            f"{words}. Nếu không phải bạn, hãy kết thúc phiên đó và đổi mật khẩu.",
            f"{words}. If it was not you, end that session and change your password.",
        ),
        href="/account/sessions",
        actors=[actor_id],
    )


def mine(actor_id: int, current: str | None) -> list[dict[str, Any]]:
    """Open sessions of an account, last seen first: id, device, address, how, first_at, last_at, current."""
    found = sql.rows(
        """SELECT s.id, s.agent, s.address, s.how, s.first_at, s.last_at, s.session_key = %(key)s AS current
           FROM signin_session s JOIN django_session d ON d.session_key = s.session_key AND d.expire_date > %(now)s
           WHERE s.actor_id = %(a)s AND s.ended_at IS NULL ORDER BY s.last_at DESC LIMIT 100""",
        {"a": actor_id, "key": current or "", "now": clock.now()},
    )
    return [
        {**item, "device": device_words(item.pop("agent")), "address": sealing.unseal(item["address"])}
        for item in found
    ]


@action("signin.end_sessions", open_to_all=True)
def end(viewer: Viewer, session_id: int) -> int:
    """End one of the viewer's sessions; 0 when there is none such."""
    if viewer.actor_id is None:
        raise unknown_viewer()
    about("session", session_id)
    return _end("actor_id = %(a)s AND id = %(id)s", {"a": viewer.actor_id, "id": session_id})


@action("signin.end_sessions", secret=("current",), open_to_all=True)
def end_others(viewer: Viewer, current: str | None) -> int:
    """End every session of the viewer's but the current one (none named: every one); returns how many."""
    if viewer.actor_id is None:
        raise unknown_viewer()
    about("actor", viewer.actor_id)
    return _end("actor_id = %(a)s AND session_key <> %(key)s", {"a": viewer.actor_id, "key": current or ""})


def end_all(actor_id: int) -> int:
    """End every session of an account, inside an action of whoever may; returns how many."""
    return _end("actor_id = %(a)s", {"a": actor_id})


def _end(which: str, params: dict[str, Any]) -> int:
    return sql.execute(
        f"""WITH ended AS (UPDATE signin_session SET ended_at = %(now)s WHERE {which} AND ended_at IS NULL RETURNING session_key)
            DELETE FROM django_session d USING ended WHERE d.session_key = ended.session_key""",
        {**params, "now": clock.now()},
    )


def ended(session_key: str | None) -> None:
    """Somebody signed out: write down that this session has ended."""
    sql.execute(
        "UPDATE signin_session SET ended_at = %(now)s WHERE session_key = %(key)s AND ended_at IS NULL",
        {"key": session_key or "", "now": clock.now()},
    )


def seen(session_key: str) -> None:
    """Remember, at most once a minute in each process, that a session is in use."""
    now = time.monotonic()
    if _seen.get(session_key, 0.0) > now - SEEN_EVERY_SECONDS:
        return
    if len(_seen) > 20_000:
        _seen.clear()
    _seen[session_key] = now
    sql.execute(
        "UPDATE signin_session SET last_at = %(now)s WHERE session_key = %(key)s AND ended_at IS NULL",
        {"now": clock.now(), "key": session_key},
    )


credentials.SEEN.append(seen)
