"""Every read of notices: what a person was told, what they subscribed to, how deliveries of a notice went."""

from __future__ import annotations

from typing import Any

from taydo.kernel import sealing, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.i18n import t

from . import topics
from .rules import masked


def mine(viewer: Viewer, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """The viewer's notices, newest first, in their language; `before` is the id to continue from."""
    if viewer.actor_id is None:
        return []
    found = sql.rows(
        """SELECT n.id, n.topic, n.title_vi, n.title_en, n.body_vi, n.body_en, n.href, n.severity, n.created_at AS at,
             d.read_at FROM notices_delivery d JOIN notices_notice n ON n.id = d.notice_id
           JOIN notices_contact c ON c.id = d.contact_id
           WHERE c.channel = 'app' AND c.actor = %(actor)s AND (%(before)s::bigint IS NULL OR n.id < %(before)s)
           ORDER BY n.id DESC LIMIT %(limit)s""",
        {"actor": viewer.actor_id, "before": before, "limit": min(limit, 200)},
    )
    return [
        {
            "id": record["id"],
            "topic": record["topic"],
            "title": t(record["title_vi"], record["title_en"]),
            "body": t(record["body_vi"], record["body_en"]),
            "href": record["href"],
            "severity": record["severity"],
            "at": record["at"],
            "read": record["read_at"] is not None,
        }
        for record in found
    ]


def unread(viewer: Viewer) -> int:
    """How many notices the viewer has not read."""
    if viewer.actor_id is None:
        return 0
    return int(
        sql.value(
            """SELECT count(*) FROM notices_delivery d JOIN notices_contact c ON c.id = d.contact_id
               WHERE c.channel = 'app' AND c.actor = %(actor)s AND d.read_at IS NULL""",
            {"actor": viewer.actor_id},
        )
    )


def subscriptions(viewer: Viewer) -> list[dict[str, Any]]:
    """What the viewer has subscribed to, with the words for topic, place and channel; addresses are masked."""
    if viewer.actor_id is None:
        return []
    found = sql.rows(
        """SELECT s.id, s.topic, s.unit_code, s.lon, s.lat, s.state, c.channel, c.address, c.state AS contact, c.reason
           FROM notices_subscription s JOIN notices_contact c ON c.id = s.contact_id
           WHERE c.actor = %(actor)s AND c.state <> 'ended' ORDER BY s.id""",
        {"actor": viewer.actor_id},
    )
    names = {area.code: area.title for area in topics.areas()} if found else {}
    return [_described(record, names) for record in found]


def _described(record: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    topic = topics.topic(record["topic"])
    area = names.get(record["unit_code"])
    words = t(topic.title.vi, topic.title.en) if topic else record["topic"]
    if area:
        words += f" · {t(area.vi, area.en)}"
    elif record["unit_code"]:
        words += f" · {record['unit_code']}"
    elif record["lon"] is not None:
        words += f" · {record['lat']:.3f}, {record['lon']:.3f}"
    return {
        "id": record["id"],
        "topic": record["topic"],
        "unit_code": record["unit_code"],
        "lon": record["lon"],
        "lat": record["lat"],
        "title": words,
        "channel": channel_words(record["channel"], sealing.unseal(record["address"])),
        "state": "bad" if record["contact"] == "bad" else record["state"],
        "reason": record["reason"],
        "href": "/subscriptions",
    }


def channel_words(channel: str, address: str = "") -> str:
    """The channel in words, with the address masked."""
    if channel == "mail":
        return f"{t('Thư điện tử', 'E-mail')} {masked(address)}"
    if channel == "sms":
        return f"{t('Tin nhắn', 'Text message')} {masked(address)}"
    return t("Trình duyệt này", "This browser") if channel == "push" else t("Trong tài khoản", "In your account")


def subscription_of(identifier: int) -> dict[str, Any] | None:
    """One subscription with its contact, by id; address sealed."""
    return sql.row(
        """SELECT s.id, s.topic, s.unit_code, s.state, c.id AS contact, c.channel, c.address, c.language
           FROM notices_subscription s JOIN notices_contact c ON c.id = s.contact_id WHERE s.id = %(id)s""",
        {"id": identifier},
    )


def deliveries(notice_id: int) -> dict[str, int]:
    """How the deliveries of a notice went: count by state."""
    found = sql.rows(
        "SELECT state, count(*) AS n FROM notices_delivery WHERE notice_id = %(id)s GROUP BY state", {"id": notice_id}
    )
    return {record["state"]: record["n"] for record in found}


def href_of(notice_id: int) -> str:
    """What a notice is about, as the address it points to; "" when there is no such notice."""
    return str(sql.value("SELECT href FROM notices_notice WHERE id = %(id)s", {"id": notice_id}) or "")
