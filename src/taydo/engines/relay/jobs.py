"""Regular work of the relay (sending itself is each partner's own): say when one is silent, forget words nobody needs, gauges."""

from __future__ import annotations

import datetime as dt

from taydo.engines.notices import actions as notices
from taydo.kernel import clock, metrics, sql
from taydo.kernel.actors import Viewer, roles
from taydo.kernel.jobs import every

from .partners import PARTNERS

HOUSE = Viewer.system("relay")
KEPT = dt.timedelta(days=30)
TOPIC = "relay.silent"


@every(seconds=30, name="relay.tell")
def tell_silence() -> None:
    """Operators hear once of an outage that lasts, and once of its end."""
    for partner in PARTNERS.values():
        fallen = sql.row(
            """UPDATE relay_partner SET told_at = %(now)s WHERE name = %(n)s AND told_at IS NULL AND silent_since < %(since)s
               RETURNING silent_since, error""",
            {"n": partner.name, "now": clock.now(), "since": clock.now() - partner.silent_after},
        )
        back = sql.row(
            """UPDATE relay_partner p SET told_at = NULL FROM (SELECT told_at FROM relay_partner WHERE name = %(n)s FOR UPDATE) o
               WHERE p.name = %(n)s AND p.told_at IS NOT NULL AND p.silent_since IS NULL RETURNING o.told_at""",
            {"n": partner.name},
        )
        waiting = sql.value(
            "SELECT count(*) FROM relay_message WHERE partner = %(n)s AND state = 'waiting'", {"n": partner.name}
        )
        if fallen:
            vi, en = f"{partner.title.vi} không trả lời", f"{partner.title.en} does not answer"
            why = fallen["error"]
            body = (f"{waiting} tin đang chờ. Lỗi: {why}", f"{waiting} messages wait. Error: {why}")
            _tell(f"relay:{partner.name}:{fallen['silent_since'].isoformat()}", (vi, en), body)
        if back:
            vi, en = f"{partner.title.vi} đã trả lời lại", f"{partner.title.en} answers again"
            body = (f"Còn {waiting} tin đang được gửi bù.", f"{waiting} messages are being sent now.")
            _tell(f"relay:{partner.name}:back:{back['told_at'].isoformat()}", (vi, en), body)


def _tell(key: str, title: notices.Words, body: notices.Words) -> None:
    giving = [name for name, role in roles().items() if "relay.replay" in role.permissions]
    found = sql.rows(
        """SELECT DISTINCT actor_id FROM kernel_grant WHERE role = ANY(%(roles)s) AND scope = '*'
             AND (valid_from IS NULL OR valid_from <= %(on)s) AND (valid_to IS NULL OR valid_to >= %(on)s)""",
        {"roles": giving, "on": clock.today()},
    )
    notices.notify(HOUSE, TOPIC, key, title, body, href="/relay", actors=[item["actor_id"] for item in found])


@every(seconds=3600, name="relay.forget")
def forget() -> None:
    """Words of messages that ended long ago are forgotten; that they were sent, and when, stays."""
    sql.execute(
        "UPDATE relay_message SET body = '', answer = '' WHERE body <> '' AND ended_at < %(before)s",
        {"before": clock.now() - KEPT},
    )


@metrics.gauge("taydo_relay_waiting", "Messages that wait for a partner")
def _waiting() -> float:
    return float(sql.value("SELECT count(*) FROM relay_message WHERE state = 'waiting'"))


@metrics.gauge("taydo_relay_refused", "Messages that a partner refused and nobody has decided on")
def _refused() -> float:
    return float(sql.value("SELECT count(*) FROM relay_message WHERE state = 'refused'"))


@metrics.gauge("taydo_relay_oldest_seconds", "How long the oldest waiting message has waited")
def _oldest() -> float:
    oldest = sql.value("SELECT min(posted_at) FROM relay_message WHERE state = 'waiting'")
    return (clock.now() - oldest).total_seconds() if oldest else 0.0
