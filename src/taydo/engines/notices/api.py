"""REST of notices: one's own list, topics, subscriptions, and stopping with one click (RFC 8058)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from taydo.kernel import i18n, limits
from taydo.kernel.errors import invalid, missing, unknown_viewer
from taydo.kernel.http import viewer

from . import actions, mail, push, queries, topics

router = Router(tags=["notices"])
Identifier = Annotated[int, Field(ge=1, le=2**62)]
Token = Annotated[str, Field(max_length=300)]


class Keys(Schema):
    """Keys of a browser's push subscription, base64url."""

    p256dh: Annotated[str, Field(min_length=1, max_length=200)]
    auth: Annotated[str, Field(min_length=1, max_length=100)]


class Wish(Schema):
    """What one asks to be told about, and how. `lon` and `lat` stand together or not at all."""

    topic: Annotated[str, Field(max_length=80)]
    channel: Literal["app", "mail", "push"] = "app"
    address: Annotated[str, Field(max_length=2000)] = ""
    keys: Keys | None = None
    unit_code: Annotated[str, Field(pattern=r"^[0-9A-Za-z.-]{0,20}$")] = ""
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None


def hold_back(request: HttpRequest) -> None:
    """Slow down whoever subscribes many addresses: each one makes us write a mail to somebody."""
    if settings.TAYDO_RATE:
        limits.spend(f"subscribe|{request.META.get('REMOTE_ADDR', '')}", 1 / 30, 10)


@router.get("/notices")
def my_notices(
    request: HttpRequest, before: Identifier | None = None, limit: Annotated[int, Field(ge=1, le=200)] = 50
) -> Any:
    """My notices, newest first; `before` is the id to continue from."""
    who = viewer(request)
    if not who.signed_in:
        raise unknown_viewer()
    return {"unread": queries.unread(who), "notices": queries.mine(who, before, limit)}


@router.post("/notices/read")
def read_all(request: HttpRequest) -> Any:
    """Mark all my notices as read."""
    return {"read": actions.read(viewer(request))}


@router.post("/notices/{notice_id}/read")
def read_one(request: HttpRequest, notice_id: Identifier) -> Any:
    """Mark one of my notices as read."""
    return {"read": actions.read(viewer(request), notice_id)}


@router.get("/notices/topics")
def list_topics(request: HttpRequest) -> Any:
    """What one can subscribe to, through which channels, with the browser key for Web Push."""
    return {
        "topics": [
            {"code": t.code, "title": t.title[i18n.language()], "words": t.title.model_dump()}
            for t in topics.all_topics()
        ],
        "channels": channels(),
        "push_key": push.public_key(),
    }


def channels() -> list[str]:
    """Channels that work in this city."""
    return ["app", *(["mail"] if mail.ready() else []), "push"]


@router.get("/notices/subscriptions")
def my_subscriptions(request: HttpRequest) -> Any:
    """What I subscribed to."""
    who = viewer(request)
    if not who.signed_in:
        raise unknown_viewer()
    return {"subscriptions": queries.subscriptions(who)}


@router.post("/notices/subscriptions", response={201: dict[str, Any]})
def subscribe(request: HttpRequest, wish: Wish) -> Any:
    """Subscribe. A mail address other than the account's own must be confirmed by its reader first."""
    hold_back(request)
    if (wish.lon is None) != (wish.lat is None):
        raise invalid(
            "half_a_point", "Kinh độ và vĩ độ phải đi cùng nhau.", "Longitude and latitude go together.", lat=""
        )
    point = (wish.lon, wish.lat) if wish.lon is not None and wish.lat is not None else None
    made = actions.subscribe(
        viewer(request),
        wish.topic,
        wish.channel,
        address=wish.address,
        keys=wish.keys.model_dump() if wish.keys else None,
        unit_code=wish.unit_code,
        point=point,
    )
    return Status(201, made)


@router.delete("/notices/subscriptions/{subscription_id}", response={204: None})
def unsubscribe(request: HttpRequest, subscription_id: Identifier) -> Any:
    """Stop one of my subscriptions."""
    if not actions.stop(viewer(request), subscription_id):
        raise missing("no_subscription", "Bạn không có đăng ký này.", "You have no such subscription.")
    return Status(204, None)


@router.post("/notices/stop/{token}")
def one_click(request: HttpRequest, token: Token) -> Any:
    """One-click unsubscribe from a mail (RFC 8058), without an account; asking again changes nothing."""
    return {"stopped": actions.stop_by_link(viewer(request), token)}
