"""A gateway for text messages that keeps them, and people who sign in by what it was sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from sandbox.sms.gateway import Gateway

from taydo.engines.signin import jobs
from taydo.kernel import credentials, i18n
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.models import Actor, Grant

PHONE, OTHER_PHONE = "0912 345 678", "0987 654 321"
PASSWORD = "mot-cau-du-dai"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    i18n.use("vi")
    credentials.forget()


@pytest.fixture
def gateway(settings: Any) -> Iterator[Gateway]:
    with Gateway() as running:
        settings.TAYDO_SMS_URL, settings.TAYDO_SMS_TOKEN = running.url, "sandbox"
        yield running.run()
        running.shutdown()


def digits_sent(gateway: Gateway, client: Client, where: str = "code") -> str:
    """The digits that reached the phone, once the worker has sent them."""
    identifier = client.session[where]["id"]
    jobs.send_code(code_id=identifier)
    found = re.match(r"\d{6}", gateway.messages[f"code-{identifier}"]["text"])
    assert found
    return found.group()


@pytest.fixture
def citizen(gateway: Gateway, db: Any) -> Callable[..., Client]:
    """`citizen("0912…")` — a browser in which this person has signed in by code."""

    def enter(phone: str = PHONE) -> Client:
        client = Client()
        client.post("/signin", {"contact": phone})
        answer = client.post("/signin/code", {"code": digits_sent(gateway, client)})
        assert answer.status_code == 302
        return client

    return enter


@pytest.fixture
def official(db: Any) -> Callable[..., Viewer]:
    """`official("an", "officer", "H13.06")` — an account with a password and one role; returns its viewer."""

    def make(username: str, role: str = "", scope: str = "*", **more: Any) -> Viewer:
        actor = Actor(username=username, name=username.title(), kind="official", **more)
        actor.set_password(PASSWORD)
        actor.save()
        if role:
            Grant.objects.create(actor=actor, role=role, scope=scope)
        found = viewer_of(actor.pk)
        assert found
        return found

    return make


def account_of(client: Client) -> int:
    """The account a browser is signed in to."""
    return int(client.session["_auth_user_id"])
