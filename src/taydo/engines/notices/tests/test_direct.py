"""People who never subscribed are told at the address they gave: through the gateway, once, with tries, until they say stop."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from sandbox.sms.gateway import Gateway

from taydo.engines.notices import actions, delivery, direct, jobs, mail, queries, tokens
from taydo.engines.notices.rules import masked
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

pytestmark = pytest.mark.django_db
HOUSE = Viewer.system("test")
PHONE = "+84912345678"
LAN = "lan@dan.cantho.vn"


@pytest.fixture
def gateway(settings: Any) -> Iterator[Gateway]:
    with Gateway(token="of-the-test") as running:
        settings.TAYDO_SMS_URL, settings.TAYDO_SMS_TOKEN = running.url, "of-the-test"
        yield running.run()
        running.shutdown()


def tell(key: str = "k", *contacts: direct.Contact) -> int:
    said = ("Đã nhận phản ánh", "Report received"), ("Mã PA-1", "Code PA-1")
    return actions.notify(
        HOUSE, "hotline", key, *said, href="/report/PA-1", contacts=contacts or [("sms", PHONE, "vi")]
    )


def test_a_phone_that_never_subscribed_is_told_once_however_often_it_is_said(gateway: Gateway) -> None:
    first, again = tell(), tell()
    delivery.send_due()
    delivery.send_due()

    assert first == again
    assert [m["text"] for m in gateway.to(PHONE)] == ["Đã nhận phản ánh. Mã PA-1 http://localhost:8000/report/PA-1"]
    assert gateway.posts == 1
    assert queries.deliveries(first) == {"sent": 1}


def test_each_is_told_in_their_language(gateway: Gateway) -> None:
    tell("k", ("sms", PHONE, "en"))
    delivery.send_due()
    assert gateway.to(PHONE)[0]["text"].startswith("Report received. Code PA-1")


def test_a_gateway_that_fails_costs_time_and_not_the_message(gateway: Gateway) -> None:
    gateway.trouble = {"status": 503}
    notice = tell()
    delivery.send_due()
    assert queries.deliveries(notice) == {"waiting": 1} and gateway.to(PHONE) == []

    gateway.trouble = {}
    with clock.at(clock.now() + dt.timedelta(minutes=2)):
        delivery.send_due()
    assert queries.deliveries(notice) == {"sent": 1} and len(gateway.to(PHONE)) == 1


def test_a_worker_that_died_after_posting_does_not_text_twice(gateway: Gateway) -> None:
    tell()
    delivery.send_due()
    sql.execute("UPDATE notices_delivery SET state = 'sending'")
    with clock.at(clock.now() + dt.timedelta(minutes=11)):
        delivery.send_due()
    assert (gateway.posts, len(gateway.to(PHONE))) == (2, 1)


def test_a_wrong_token_is_tried_again_and_a_refused_number_is_given_up(gateway: Gateway, settings: Any) -> None:
    settings.TAYDO_SMS_TOKEN = "old"
    waiting = tell("token")
    delivery.send_due()
    assert queries.deliveries(waiting) == {"waiting": 1}

    settings.TAYDO_SMS_TOKEN = "of-the-test"
    gateway.trouble = {"status": 422}
    for minutes in (2, 10):
        with clock.at(clock.now() + dt.timedelta(minutes=minutes)):
            delivery.send_due()
    assert queries.deliveries(waiting) == {"failed": 1}
    assert sql.value("SELECT reason FROM notices_delivery").startswith("sms 422")


def test_without_a_gateway_the_delivery_says_so(settings: Any) -> None:
    settings.TAYDO_SMS_URL = ""
    notice = tell()
    assert queries.deliveries(notice) == {"failed": 1}
    assert sql.value("SELECT reason FROM notices_delivery") == direct.NOT_READY


def test_the_number_stands_nowhere_in_the_clear(gateway: Gateway) -> None:
    tell()
    delivery.send_due()
    tables = ("notices_contact", "notices_notice", "notices_delivery", "kernel_audit")
    dump = "".join(sql.value(f"SELECT coalesce(json_agg(x)::text, '') FROM {name} x") for name in tables)
    assert PHONE[1:] not in dump and PHONE[3:] not in dump


@pytest.mark.parametrize(
    "channel,address", [("sms", "0912345678"), ("mail", "x"), ("fax", PHONE), ("push", "https://a")]
)
def test_what_cannot_be_reached_is_refused_and_nothing_is_kept(gateway: Gateway, channel: str, address: str) -> None:
    with pytest.raises(Problem):
        tell("k", (channel, address, "vi"))
    assert sql.value("SELECT count(*) FROM notices_notice") + sql.value("SELECT count(*) FROM notices_contact") == 0


def test_who_says_stop_is_not_told_again_until_they_confirm_a_subscription(settings: Any) -> None:
    settings.EMAIL_HOST = "127.0.0.1"
    tell("one", ("mail", LAN, "vi"))
    contact = sql.value("SELECT id FROM notices_contact")
    actions.stop_by_link(Viewer.anonymous(), tokens.stop_token(contact, "hotline"))

    assert sql.row("SELECT state, address FROM notices_contact") == {"state": "ended", "address": ""}
    assert queries.deliveries(tell("two", ("mail", LAN, "vi"))) == {}

    direct.allow("mail", LAN)
    assert queries.deliveries(tell("three", ("mail", LAN, "vi"))) == {"waiting": 1}


def test_an_address_is_forgotten_a_month_after_the_last_message(gateway: Gateway) -> None:
    tell()
    delivery.send_due()
    jobs.tidy()
    assert sql.value("SELECT state FROM notices_contact") == "active"

    sql.execute("UPDATE notices_contact SET created_at = now() - interval '31 days'")
    sql.execute("UPDATE notices_delivery SET at = now() - interval '31 days'")
    jobs.tidy()
    assert sql.row("SELECT state, address FROM notices_contact") == {"state": "ended", "address": ""}


def test_what_is_told_at_once_is_kept_nowhere(gateway: Gateway, settings: Any) -> None:
    direct.tell_now("sms", PHONE, "vi", "Mã của bạn: 123456", "", "code-1")
    assert gateway.to(PHONE)[0]["text"] == "Mã của bạn: 123456"
    assert sql.value("SELECT count(*) FROM notices_notice") == 0

    settings.TAYDO_SMS_URL = "http://127.0.0.1:1/messages"
    with pytest.raises(mail.Refused):
        direct.tell_now("sms", PHONE, "vi", "Mã", "", "code-2")


def test_a_number_is_shown_by_its_last_digits() -> None:
    assert masked(PHONE) == "…678"
