"""Subscribe, confirm, be told once through each channel, stop: over real SMTP and real Web Push."""

from __future__ import annotations

import datetime as dt
import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from taydo.engines.notices import actions, delivery, jobs, queries, topics
from taydo.engines.notices.tests.mailbox import Browser, Mailbox, mail_server, push_service
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.models import Actor
from taydo.kernel.specs import Label

pytestmark = pytest.mark.django_db
HOUSE = Viewer.system("test")
NOBODY = Viewer.anonymous()
LAN = "lan@dan.cantho.vn"
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[105.7, 10.0], [105.8, 10.0], [105.8, 10.1], [105.7, 10.1], [105.7, 10.0]]],
}


@pytest.fixture(autouse=True)
def known_topics(monkeypatch: pytest.MonkeyPatch) -> None:
    topics.declare("warnings", "Cảnh báo", "Warnings")
    topics.declare("warnings.rain", "Mưa lớn", "Heavy rain")
    known = [topics.Area(code, Label(vi=code, en=code)) for code in ("31135", "31120")]
    monkeypatch.setattr(topics, "_areas", [lambda: known])


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = free.getsockname()[1]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    with mail_server(settings.EMAIL_PORT) as box:
        yield box


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    with push_service() as found:
        monkeypatch.setattr("taydo.engines.notices.push.is_push_endpoint", lambda url, hosts: url == found.endpoint)
        yield found


def person(username: str = "lan", email: str = "", language: str = "vi") -> Viewer:
    actor = Actor.objects.create(username=username, name=username, email=email, language=language)
    return Viewer(actor.pk, username, username, "person", language=language)


def tell(key: str = "k1", topic: str = "warnings.rain", **more: Any) -> int:
    return actions.notify(
        HOUSE, topic, key, ("Mưa to", "Heavy rain"), ("Từ 14 giờ", "From 2 pm"), href="/warnings/1", **more
    )


def by_mail(address: str = LAN, **more: Any) -> int:
    made = actions.subscribe(NOBODY, "warnings", "mail", address=address, **more)
    jobs.ask_to_confirm(made["id"])
    return int(made["id"])


def link(box: Mailbox, address: str, what: str) -> str:
    found = re.search(rf"http://[^\s]+/subscriptions/{what}/([^\s>]+)", box.to(address)[-1].get_content())
    assert found
    return found.group(1)


def test_an_account_sees_a_notice_once_however_often_it_is_said() -> None:
    lan = person()
    actions.subscribe(lan, "warnings")
    actions.subscribe(lan, "warnings.rain")

    first, again = tell(), tell()

    assert first == again
    assert [n["title"] for n in queries.mine(lan)] == ["Mưa to"]
    assert queries.unread(lan) == 1
    assert actions.read(lan, first) == 1 and queries.unread(lan) == 0
    assert queries.deliveries(first) == {"sent": 1}


def test_named_people_are_told_without_subscribing_and_others_are_not() -> None:
    lan, minh = person(), person("minh")
    tell(actors=[lan.actor_id])
    assert len(queries.mine(lan)) == 1 and queries.mine(minh) == []


def test_a_place_is_told_only_what_concerns_it() -> None:
    viewers = {name: person(name) for name in ("here", "there", "everywhere", "inside", "outside")}
    actions.subscribe(viewers["here"], "warnings", unit_code="31135")
    actions.subscribe(viewers["there"], "warnings", unit_code="31120")
    actions.subscribe(viewers["everywhere"], "warnings")
    actions.subscribe(viewers["inside"], "warnings", point=(105.75, 10.05))
    actions.subscribe(viewers["outside"], "warnings", point=(105.95, 10.05))

    tell("one", units=["31135"], area=SQUARE)
    tell("city")

    told = {name: len(queries.mine(viewer)) for name, viewer in viewers.items()}
    assert told == {"here": 2, "there": 1, "everywhere": 2, "inside": 2, "outside": 1}


def test_nothing_is_mailed_before_the_reader_of_the_address_confirms(mailbox: Mailbox) -> None:
    by_mail()
    tell("early")
    assert len(mailbox.to(LAN)) == 1

    actions.confirm(NOBODY, link(mailbox, LAN, "confirm"))
    notice = tell("later")
    delivery.send_due()

    letter = mailbox.to(LAN)[-1]
    assert letter["Subject"] == "Mưa to"
    assert "Từ 14 giờ" in letter.get_content() and "/warnings/1" in letter.get_content()
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert queries.deliveries(notice) == {"sent": 1}


def test_an_address_stands_nowhere_in_the_clear(mailbox: Mailbox) -> None:
    by_mail()
    dump = sql.value(
        "SELECT json_agg(c)::text || (SELECT json_agg(a)::text FROM kernel_audit a) FROM notices_contact c"
    )
    assert LAN not in dump and "dan.cantho" not in dump


def test_the_own_address_of_an_account_needs_no_confirmation(mailbox: Mailbox) -> None:
    lan = person(email=LAN, language="en")
    assert actions.subscribe(lan, "warnings", "mail", address=LAN.upper())["state"] == "active"
    tell()
    delivery.send_due()
    assert mailbox.to(LAN)[0]["Subject"] == "Heavy rain"
    assert "la…@dan.cantho.vn" in queries.subscriptions(lan)[0]["channel"]


def test_a_subscription_to_somebody_elses_address_does_not_show_theirs(mailbox: Mailbox) -> None:
    by_mail()
    stranger = person("stranger")
    actions.subscribe(stranger, "warnings.rain", "mail", address=LAN)
    assert queries.subscriptions(stranger) == []


def test_each_letter_leaves_once_even_when_two_workers_send(mailbox: Mailbox) -> None:
    by_mail()
    actions.confirm(NOBODY, link(mailbox, LAN, "confirm"))
    tell()
    assert [delivery.send_due(), delivery.send_due()] == [1, 0]
    assert len(mailbox.to(LAN)) == 2


def test_a_worker_that_died_is_followed_by_another_under_the_same_message_id(mailbox: Mailbox) -> None:
    by_mail()
    actions.confirm(NOBODY, link(mailbox, LAN, "confirm"))
    notice = tell()
    delivery.send_due()
    sql.execute("UPDATE notices_delivery SET state = 'sending'")

    assert delivery.send_due() == 0
    with clock.at(clock.now() + dt.timedelta(minutes=11)):
        assert delivery.send_due() == 1

    first, second = mailbox.to(LAN)[1:]
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"].startswith(f"<notice-{notice}-")


def test_a_bad_address_is_tried_again_and_kept_with_its_reason(mailbox: Mailbox) -> None:
    by_mail()
    actions.confirm(NOBODY, link(mailbox, LAN, "confirm"))
    mailbox.refuse[LAN] = "550 no such person"

    for number in range(3):
        notice = tell(f"k{number}")
        delivery.send_due()
        assert queries.deliveries(notice) == {"waiting": 1}
        with clock.at(clock.now() + dt.timedelta(minutes=2)):
            delivery.send_due()
        assert queries.deliveries(notice) == {"failed": 1}

    contact = sql.row("SELECT state, failures, reason FROM notices_contact")
    assert contact == {"state": "bad", "failures": 3, "reason": "550 no such person"}
    assert queries.deliveries(tell("after")) == {}


def test_a_server_that_is_down_costs_time_and_not_the_notice(settings: Any, mailbox: Mailbox) -> None:
    by_mail()
    actions.confirm(NOBODY, link(mailbox, LAN, "confirm"))
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    notice = tell()
    delivery.send_due()
    assert queries.deliveries(notice) == {"waiting": 1}

    settings.EMAIL_PORT = port
    with clock.at(clock.now() + dt.timedelta(minutes=2)):
        delivery.send_due()
    assert queries.deliveries(notice) == {"sent": 1}


def test_one_click_stops_a_topic_without_an_account_and_forgets_the_address(mailbox: Mailbox, client: Client) -> None:
    by_mail()
    actions.confirm(NOBODY, link(mailbox, LAN, "confirm"))
    tell()
    delivery.send_due()
    address = re.fullmatch(r"<http://[^/]+(/.*)>", mailbox.to(LAN)[-1]["List-Unsubscribe"].strip())
    assert address

    answers = [client.post(address.group(1), {"List-Unsubscribe": "One-Click"}) for _ in range(2)]

    assert [answer.json() for answer in answers] == [{"stopped": 1}, {"stopped": 0}]
    assert sql.row("SELECT state, address FROM notices_contact") == {"state": "ended", "address": ""}
    tell("after")
    assert delivery.send_due() == 0


def test_a_forged_link_stops_nothing(client: Client) -> None:
    assert client.post("/api/v1/notices/stop/abc:def").status_code == 404
    assert client.get("/subscriptions/confirm/abc:def").status_code == 404


def test_what_nobody_confirmed_is_forgotten(mailbox: Mailbox) -> None:
    by_mail()
    sql.execute("UPDATE notices_subscription SET created_at = now() - interval '4 days'")
    jobs.tidy()
    assert sql.row("SELECT state, address FROM notices_contact") == {"state": "ended", "address": ""}


def test_a_browser_gets_an_encrypted_push_signed_by_the_city(browser: Browser) -> None:
    actions.subscribe(NOBODY, "warnings", "push", address=browser.endpoint, keys=browser.keys)
    notice = tell()
    delivery.send_due()

    assert json.loads(browser.got[0]) == {"title": "Mưa to", "body": "Từ 14 giờ", "href": "/warnings/1"}
    assert browser.authorization[0].startswith("vapid t=")
    assert queries.deliveries(notice) == {"sent": 1}


def test_a_browser_that_is_gone_is_given_up(browser: Browser) -> None:
    actions.subscribe(NOBODY, "warnings", "push", address=browser.endpoint, keys=browser.keys)
    browser.answer = 410
    notice = tell()
    delivery.send_due()
    with clock.at(clock.now() + dt.timedelta(minutes=2)):
        delivery.send_due()
    assert queries.deliveries(notice) == {"failed": 1}


@pytest.mark.parametrize(
    "channel,address,code",
    [
        ("app", "", "sign_in_first"),
        ("mail", "x", "bad_address"),
        ("push", "https://10.0.0.1/x", "bad_push"),
        ("fax", "", "no_channel"),
    ],
)
def test_what_cannot_be_reached_is_refused(mailbox: Mailbox, channel: str, address: str, code: str) -> None:
    with pytest.raises(Problem) as problem:
        actions.subscribe(NOBODY, "warnings", channel, address=address, keys={"p256dh": "a", "auth": "b"})
    assert problem.value.code == code
    assert sql.value("SELECT count(*) FROM notices_contact") == 0


def test_without_a_mail_server_nobody_is_promised_mail() -> None:
    with pytest.raises(Problem, match="does not send"):
        actions.subscribe(NOBODY, "warnings", "mail", address=LAN)


def test_only_the_house_may_send_notices() -> None:
    with pytest.raises(Problem):
        actions.notify(person(), "warnings", "k", ("a", "a"), ("b", "b"))
    assert sql.value("SELECT count(*) FROM notices_notice") == 0


def test_two_thousand_subscribers_are_addressed_in_one_statement(django_assert_max_num_queries: Any) -> None:
    sql.execute(
        """WITH c AS (INSERT INTO notices_contact (channel, actor, address, fingerprint, keys)
             SELECT 'app', n, '', 'actor:' || n, '' FROM generate_series(1, 2000) n RETURNING id)
           INSERT INTO notices_subscription (contact_id, topic) SELECT id, 'warnings' FROM c"""
    )
    with django_assert_max_num_queries(10):
        notice = tell()
    assert queries.deliveries(notice) == {"sent": 2000}


def test_a_place_nobody_knows_is_refused() -> None:
    with pytest.raises(Problem) as problem:
        actions.subscribe(person(), "warnings", unit_code="99999")
    assert problem.value.code == "no_area"
