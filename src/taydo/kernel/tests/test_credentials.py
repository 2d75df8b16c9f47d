"""Who sends a request: sessions, passwords, tokens — and those that only pretend."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.test import Client, RequestFactory

from taydo.kernel import credentials
from taydo.kernel.errors import Problem
from taydo.kernel.models import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def an(settings: Any) -> Actor:
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # what is slow by design, quick for tests
    credentials.forget()
    actor = Actor(username="an", name="An", kind="official")
    actor.set_password("a-good-password")
    actor.save()
    return actor


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def asking(header: str) -> str:
    return credentials.viewer_of_request(RequestFactory().get("/", HTTP_AUTHORIZATION=header), "vi").username


def test_name_and_password_or_a_token_prove_who_asks(an: Actor) -> None:
    assert asking(basic("an", "a-good-password")) == "an"
    assert asking("Bearer " + credentials.issue_token(an.pk)) == "an"


@pytest.mark.parametrize(
    "header",
    [
        basic("an", "wrong"),
        basic("nobody", "x"),
        "Basic %%%",
        "Basic " + base64.b64encode(b"an").decode(),
        "Bearer x",
        "Bearer ",
    ],
)
def test_a_wrong_credential_is_refused_and_never_anonymous(an: Actor, header: str) -> None:
    with pytest.raises(Problem) as wrong:
        asking(header)

    assert wrong.value.status == 401


def test_a_closed_account_is_refused_even_with_a_valid_token(an: Actor) -> None:
    token = credentials.issue_token(an.pk)
    Actor.objects.filter(pk=an.pk).update(is_active=False)
    credentials.forget()

    for header in (f"Bearer {token}", basic("an", "a-good-password")):
        with pytest.raises(Problem):
            asking(header)


def test_guessing_is_stopped_for_a_name_and_for_an_address(an: Actor) -> None:
    for _ in range(10):
        assert credentials.check("an", "wrong", "10.0.0.1") is None
    with pytest.raises(Problem) as stopped:
        credentials.check("an", "a-good-password", "10.0.0.1")
    assert stopped.value.status == 429
    assert stopped.value.fields["retry_after"] > 0
    assert credentials.check("an", "a-good-password", "10.0.0.2") == an.pk


def test_guessing_with_ever_new_names_is_stopped_too(an: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "check_password", lambda *_: False)
    for number in range(100):
        assert credentials.check(f"guess{number}", "x", "10.0.0.3") is None

    with pytest.raises(Problem):
        credentials.check("guess-more", "x", "10.0.0.3")


def test_a_changed_password_ends_older_sessions(an: Actor) -> None:
    client = Client()
    client.force_login(an)
    assert client.get("/account").status_code == 200

    an.set_password("another-good-password")
    an.save()

    assert client.get("/account").status_code == 302
