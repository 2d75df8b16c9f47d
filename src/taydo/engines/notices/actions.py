"""Every write of notices: subscribe, confirm, stop, say something to those who want to hear it, mark as read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from taydo.kernel import sealing, sql
from taydo.kernel.actions import about, action
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import conflict, invalid, unknown_viewer

from . import direct, mail, push, topics
from .jobs import ask_to_confirm, send
from .queries import subscription_of
from .rules import CHANNELS, is_mail_address, prefixes
from .tokens import read_confirm, read_stop

Words = tuple[str, str]
"""The same words in Vietnamese and in English."""


@action("notices.subscribe", secret=("address", "keys"), open_to_all=True)
def subscribe(
    viewer: Viewer,
    topic: str,
    channel: str = "app",
    *,
    address: str = "",
    keys: dict[str, str] | None = None,
    unit_code: str = "",
    point: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """Ask to be told about a topic: everywhere, in one unit, or at a point (lon, lat).

    `app` needs an account; `mail` an address, which must be confirmed by its reader unless it is the account's own;
    `push` the browser's endpoint as `address` and its `keys` (p256dh, auth). Returns {"id", "state"}; asking for what
    one already has changes nothing.
    """
    _check(viewer, topic, channel, address, keys)
    if unit_code and unit_code not in {area.code for area in topics.areas()}:
        raise invalid("no_area", "Không có nơi này.", "There is no such place.", unit_code=unit_code)
    address = address.strip().lower() if channel == "mail" else address.strip()
    contact = _contact(viewer, channel, address, keys)
    own = viewer.actor_id is not None and channel == "mail" and address == _own_address(viewer)
    state = "waiting" if channel == "mail" and not own else "active"
    lon, lat = point or (None, None)
    made = sql.row(
        """INSERT INTO notices_subscription (contact_id, topic, unit_code, lon, lat, state)
           VALUES (%(c)s, %(t)s, %(u)s, %(lon)s, %(lat)s, %(s)s)
           ON CONFLICT ON CONSTRAINT notices_subscription_once DO UPDATE SET topic = excluded.topic RETURNING id, state""",
        {"c": contact, "t": topic, "u": unit_code, "lon": lon, "lat": lat, "s": state},
    )
    assert made is not None
    about("subscription", made["id"])
    if channel == "mail" and made["state"] == "waiting":
        ask_to_confirm.later(subscription_id=made["id"])
    # The same answer for a known and an unknown address: nobody learns who else subscribed.
    return {"id": made["id"], "state": state}


def _check(viewer: Viewer, topic: str, channel: str, address: str, keys: dict[str, str] | None) -> None:
    if topics.topic(topic) is None:
        raise invalid("no_topic", "Không có chủ đề này.", "There is no such topic.", topic=topic)
    if channel not in CHANNELS:
        raise invalid("no_channel", "Không có cách nhận này.", "There is no such channel.", channel=channel)
    if channel == "app" and viewer.actor_id is None:
        raise unknown_viewer("Đăng nhập để nhận trong tài khoản.", "Sign in to receive notices in your account.")
    if channel == "mail" and not mail.ready():
        raise conflict(
            "mail_not_set_up",
            "Thành phố chưa mở gửi thư điện tử.",
            "The city does not send e-mail yet.",
        )
    if channel == "mail" and not is_mail_address(address.strip()):
        raise invalid("bad_address", "Địa chỉ thư điện tử chưa đúng.", "The e-mail address is not right.", address="")
    if channel == "push" and not (push.allowed(address) and set(keys or ()) >= {"p256dh", "auth"}):
        raise invalid(
            "bad_push",
            "Trình duyệt này không cho địa chỉ nhận hợp lệ.",
            "This browser gave no valid push address.",
            address="",
        )


def _own_address(viewer: Viewer) -> str:
    sealed = sql.value("SELECT email FROM kernel_actor WHERE id = %(id)s", {"id": viewer.actor_id})
    return sealing.unseal(sealed).strip().lower() if sealed else ""


def _contact(viewer: Viewer, channel: str, address: str, keys: dict[str, str] | None) -> int:
    """The contact's id; an ended one lives again, an address already known keeps its owner."""
    mark = f"actor:{viewer.actor_id}" if channel == "app" else sealing.fingerprint(address)
    return int(
        sql.value(
            """INSERT INTO notices_contact (channel, actor, address, fingerprint, keys, language)
               VALUES (%(channel)s, %(actor)s, %(address)s, %(mark)s, %(keys)s, %(language)s)
               ON CONFLICT ON CONSTRAINT notices_contact_once DO UPDATE SET address = excluded.address,
                 keys = excluded.keys, actor = coalesce(notices_contact.actor, excluded.actor),
                 state = CASE WHEN notices_contact.state = 'ended' THEN 'active' ELSE notices_contact.state END
               RETURNING id""",
            {
                "channel": channel,
                "actor": viewer.actor_id if channel != "mail" or address == _own_address(viewer) else None,
                "address": sealing.seal(address),
                "mark": mark,
                "keys": sealing.seal(json.dumps(keys)) if keys else "",
                "language": viewer.language,
            },
        )
    )


@action("notices.confirm", secret=("token",), open_to_all=True)
def confirm(viewer: Viewer, token: str) -> dict[str, Any]:
    """Confirm a subscription by the link in a mail; returns it. An address that had gone bad is good again."""
    identifier = read_confirm(token)
    found = subscription_of(identifier)
    if found is None:
        raise conflict("ended", "Đăng ký này đã kết thúc.", "This subscription has ended.")
    sql.execute("UPDATE notices_subscription SET state = 'active' WHERE id = %(id)s", {"id": identifier})
    sql.execute(
        "UPDATE notices_contact SET state = 'active', failures = 0, reason = '' WHERE id = %(id)s",
        {"id": found["contact"]},
    )
    direct.allow(found["channel"], sealing.unseal(found["address"]))
    about("subscription", identifier)
    return found


@action("notices.stop", secret=("token",), open_to_all=True)
def stop_by_link(viewer: Viewer, token: str, everything: bool = False) -> int:
    """Stop a topic (or everything) by the link in a mail, without an account; returns how many subscriptions ended.

    Idempotent. A contact left with nothing is forgotten: its address is erased.
    """
    contact, topic = read_stop(token)
    about("contact", contact)
    direct.stop(contact)
    ended = sql.execute(
        """DELETE FROM notices_subscription WHERE contact_id = %(c)s
           AND (%(all)s OR topic = ANY(%(up)s) OR topic LIKE %(down)s)""",
        {"c": contact, "all": everything, "up": prefixes(topic), "down": topic.replace("_", r"\_") + ".%"},
    )
    forget_idle([contact])
    return ended


@action("notices.stop", open_to_all=True)
def stop(viewer: Viewer, subscription_id: int) -> int:
    """Stop one subscription of the viewer's own; 0 when there is none such."""
    if viewer.actor_id is None:
        raise unknown_viewer()
    about("subscription", subscription_id)
    contact = sql.value(
        """DELETE FROM notices_subscription s USING notices_contact c
           WHERE s.id = %(id)s AND c.id = s.contact_id AND c.actor = %(actor)s RETURNING c.id""",
        {"id": subscription_id, "actor": viewer.actor_id},
    )
    if contact is not None:
        forget_idle([contact])
    return int(contact is not None)


def forget_idle(contacts: Sequence[int]) -> int:
    """Erase addresses of contacts that want to hear nothing any more; returns how many."""
    return sql.execute(
        """UPDATE notices_contact c SET state = 'ended', address = '', keys = '', fingerprint = 'ended:' || c.id
           WHERE c.id = ANY(%(ids)s) AND c.channel <> 'app' AND c.state <> 'ended'
           AND NOT EXISTS (SELECT 1 FROM notices_subscription s WHERE s.contact_id = c.id)""",
        {"ids": list(contacts)},
    )


def forget_account(actor_id: int, marks: Sequence[str] = ()) -> None:
    """Erase what notices keep about an account that closes, inside its action: addresses, wishes, and what it was told.

    `marks` are fingerprints of its addresses: what was sent there without a subscription is forgotten, too.
    """
    found = sql.rows("SELECT id FROM notices_contact WHERE fingerprint = ANY(%(m)s)", {"m": list(marks)})
    forget_idle([item["id"] for item in found])
    ids = [item["id"] for item in sql.rows("SELECT id FROM notices_contact WHERE actor = %(a)s", {"a": actor_id})]
    sql.execute("DELETE FROM notices_subscription WHERE contact_id = ANY(%(ids)s)", {"ids": ids})
    forget_idle(ids)
    own = {"ids": ids}
    sql.execute(
        "DELETE FROM notices_delivery d USING notices_contact c WHERE c.id = d.contact_id AND c.id = ANY(%(ids)s) AND c.channel = 'app'",
        own,
    )
    sql.execute("DELETE FROM notices_contact WHERE id = ANY(%(ids)s) AND channel = 'app'", own)
    sql.execute("UPDATE notices_contact SET actor = NULL WHERE id = ANY(%(ids)s)", own)


@action("notices.notify", secret=("contacts",))
def notify(
    viewer: Viewer,
    topic: str,
    key: str,
    title: Words,
    body: Words,
    *,
    href: str = "",
    severity: str = "",
    units: Sequence[str] = (),
    area: dict[str, Any] | None = None,
    actors: Sequence[int] = (),
    contacts: Sequence[direct.Contact] = (),
) -> int:
    """Tell everyone who subscribed to `topic` (or what it belongs to); returns the notice's id.

    `units` are the codes it concerns (none: the whole city), `area` its GeoJSON geometry for those who chose a point,
    `actors` are told in their account whether they subscribed or not, `contacts` (channel `sms` or `mail`, address, language)
    at an address that never subscribed. Saying the same `key` again does nothing.
    """
    notice = _written(topic, key, title, body, href, severity, units)
    if notice is None:
        return int(sql.value("SELECT id FROM notices_notice WHERE key = %(key)s", {"key": key}))
    about("notice", notice)
    _address(notice, topic, units, area, actors)
    direct.address(notice, contacts)
    _tell_open_pages(notice)
    send.later(notice_id=notice)
    return int(notice)


def _written(
    topic: str, key: str, title: Words, body: Words, href: str, severity: str, units: Sequence[str]
) -> int | None:
    """Store the notice; None when its key was said before."""
    found = sql.value(
        """INSERT INTO notices_notice (topic, key, title_vi, title_en, body_vi, body_en, href, severity, units)
           VALUES (%(topic)s, %(key)s, %(tv)s, %(te)s, %(bv)s, %(be)s, %(href)s, %(severity)s, %(units)s)
           ON CONFLICT (key) DO NOTHING RETURNING id""",
        {"topic": topic, "key": key, "tv": title[0], "te": title[1], "bv": body[0], "be": body[1], "href": href,
         "severity": severity, "units": list(units)},
    )  # fmt: skip
    return None if found is None else int(found)


_AT_POINT = (
    "ST_Intersects(ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4326), ST_SetSRID(ST_GeomFromGeoJSON(%(area)s), 4326))"
)


def _address(notice: int, topic: str, units: Sequence[str], area: dict[str, Any] | None, actors: Sequence[int]) -> None:
    """One delivery for every contact that wants the notice, in one statement."""
    at_point = _AT_POINT if area else "FALSE"
    sql.execute(
        f"""WITH told AS (
              INSERT INTO notices_contact (channel, actor, address, fingerprint, keys, language)
              SELECT 'app', a.id, '', 'actor:' || a.id, '', a.language FROM kernel_actor a
              WHERE a.id = ANY(%(actors)s) AND a.is_active
              ON CONFLICT ON CONSTRAINT notices_contact_once DO UPDATE SET channel = 'app' RETURNING id, channel),
            wanted AS (
              SELECT c.id, c.channel FROM notices_subscription s JOIN notices_contact c ON c.id = s.contact_id
              WHERE s.state = 'active' AND c.state = 'active' AND s.topic = ANY(%(topics)s)
                AND ((s.unit_code = '' AND s.lon IS NULL) OR %(everywhere)s OR s.unit_code = ANY(%(units)s)
                     OR (s.lon IS NOT NULL AND {at_point})))
            INSERT INTO notices_delivery (notice_id, contact_id, state)
            SELECT %(notice)s, id, CASE WHEN channel = 'app' THEN 'sent' ELSE 'waiting' END
            FROM (SELECT * FROM told UNION SELECT * FROM wanted) everyone ON CONFLICT DO NOTHING""",
        {
            "notice": notice,
            "topics": prefixes(topic),
            "units": list(units),
            "everywhere": not units and not area,
            "area": json.dumps(area) if area else None,
            "actors": list(actors),
        },
    )


def _tell_open_pages(notice: int) -> None:
    """Push to the open pages of every account that got the notice, in one statement (as `live.push` does for one)."""
    sql.execute(
        """SELECT pg_notify('live', json_build_object('topic', 'notices.' || c.actor,
             'data', json_build_object('id', n.id, 'title', n.title_vi, 'title_en', n.title_en, 'href', n.href))::text)
           FROM notices_delivery d JOIN notices_contact c ON c.id = d.contact_id JOIN notices_notice n ON n.id = d.notice_id
           WHERE d.notice_id = %(notice)s AND c.channel = 'app'""",
        {"notice": notice},
    )


@action("notices.read", open_to_all=True)
def read(viewer: Viewer, notice_id: int | None = None) -> int:
    """Mark one notice of the viewer's (or all) as read; returns how many were new."""
    if viewer.actor_id is None:
        raise unknown_viewer()
    return sql.execute(
        """UPDATE notices_delivery d SET read_at = now() FROM notices_contact c
           WHERE c.id = d.contact_id AND c.channel = 'app' AND c.actor = %(actor)s AND d.read_at IS NULL
           AND (%(id)s::bigint IS NULL OR d.notice_id = %(id)s)""",
        {"actor": viewer.actor_id, "id": notice_id},
    )
