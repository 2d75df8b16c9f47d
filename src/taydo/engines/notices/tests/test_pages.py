"""The pages work without script, keep what was typed, and do nothing when only read."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from taydo.engines.notices import actions, jobs, queries, topics
from taydo.engines.notices.tokens import confirm_token
from taydo.kernel import sql
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.models import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def city(settings: Any) -> None:
    topics.declare("warnings", "Cảnh báo", "Warnings")
    settings.EMAIL_HOST = "mail.localhost"


def signed_in(client: Client) -> Viewer:
    actor = Actor(username="lan")
    actor.set_password("mot-mat-khau-dai")
    actor.save()
    client.force_login(actor)
    viewer = viewer_of(actor.pk)
    assert viewer is not None
    return viewer


def test_a_citizen_subscribes_confirms_and_stops_without_script(client: Client) -> None:
    page = client.post("/subscriptions", {"topic": "warnings", "channel": "mail", "address": "lan@dan.vn"})
    assert page.status_code == 200 and "Còn một bước" in page.content.decode()
    identifier = sql.value("SELECT id FROM notices_subscription")
    jobs.ask_to_confirm(identifier)
    assert len(mail.outbox) == 1 and "Cảnh báo" in mail.outbox[0].body

    address = f"/subscriptions/confirm/{confirm_token(identifier)}"
    client.get(address)
    assert sql.value("SELECT state FROM notices_subscription") == "waiting"
    client.post(address)
    assert sql.value("SELECT state FROM notices_subscription") == "active"


def test_a_wrong_address_is_said_and_kept(client: Client) -> None:
    page = client.post("/subscriptions", {"topic": "warnings", "channel": "mail", "address": "lan at dan"})
    text = page.content.decode()
    assert page.status_code == 422 and "chưa đúng" in text and "lan at dan" in text


def test_an_account_subscribes_reads_and_stops(client: Client) -> None:
    lan = signed_in(client)
    assert client.post("/subscriptions", {"topic": "warnings", "channel": "app"}).status_code == 200
    actions.notify(
        Viewer.system("t"), "warnings", "k", ("Mưa <to>", "Rain"), ("Từ 14 giờ", "From 2"), href="/warnings/1"
    )

    text = client.get("/notices").content.decode()
    assert "Mưa &lt;to&gt;" in text and "mới" in text
    client.post("/notices")
    assert queries.unread(lan) == 0

    identifier = queries.subscriptions(lan)[0]["id"]
    client.post(f"/subscriptions/{identifier}/stop")
    assert queries.subscriptions(lan) == []


def test_the_api_answers_each_person_about_themselves_only(client: Client) -> None:
    assert client.get("/api/v1/notices").status_code == 401
    assert client.get("/api/v1/notices/subscriptions").status_code == 401
    signed_in(client)
    token = client.get("/subscriptions").cookies["taydo_csrf"].value
    made = client.post(
        "/api/v1/notices/subscriptions", {"topic": "warnings"}, "application/json", headers={"X-CSRFToken": token}
    )
    assert made.status_code == 201
    listed = client.get("/api/v1/notices/subscriptions").json()["subscriptions"]
    assert [item["topic"] for item in listed] == ["warnings"]
    gone = client.delete(f"/api/v1/notices/subscriptions/{listed[0]['id']}", headers={"X-CSRFToken": token})
    again = client.delete(f"/api/v1/notices/subscriptions/{listed[0]['id']}", headers={"X-CSRFToken": token})
    assert (gone.status_code, again.status_code) == (204, 404)


def test_pages_speak_both_languages(client: Client) -> None:
    assert "Nhận cảnh báo" in client.get("/subscriptions").content.decode()
    assert "Get warnings" in client.get("/subscriptions?lang=en").content.decode()
    channels = client.get("/api/v1/notices/topics").json()
    assert channels["channels"] == ["app", "mail", "push"] and len(channels["push_key"]) == 87
