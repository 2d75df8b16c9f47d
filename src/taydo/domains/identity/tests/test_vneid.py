"""Signing in by VNeID against a provider that can lie: the truth opens an account, each lie is refused in its own words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from sandbox.vneid.provider import Provider

from taydo.domains.identity import queries
from taydo.domains.identity.tests.conftest import PHONE, account_of
from taydo.engines.openid import relying
from taydo.kernel import clock, sql

pytestmark = pytest.mark.django_db
NUMBER = "000099000001"


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    relying.forget()
    with Provider() as running:
        settings.TAYDO_VNEID_ISSUER, settings.TAYDO_VNEID_CLIENT = running.issuer, "taydo"
        settings.TAYDO_VNEID_SECRET = "sandbox"
        yield running.run()
        running.shutdown()


def back_from(client: Client, person: str = "sandbox-lan", lie: str = "") -> str:
    """The path a browser comes back on, once somebody has chosen who they are."""
    away = client.get("/signin/vneid?next=/account")
    assert away.status_code == 302, away.content.decode()
    page = requests.get(away["Location"], timeout=5).text
    request = page.split('name="request" value="')[1].split('"')[0]
    chosen = requests.get(
        f"{urlsplit(away['Location']).scheme}://{urlsplit(away['Location']).netloc}/choose",
        params={"request": request, "person": person, "lie": lie},
        allow_redirects=False,
        timeout=5,
    )
    back = urlsplit(chosen.headers["Location"])
    return f"{back.path}?{back.query}"


def test_the_truth_opens_an_account_and_the_same_one_next_time(provider: Provider) -> None:
    first, second, other = Client(), Client(), Client()
    answer = first.get(back_from(first))
    second.get(back_from(second))
    other.get(back_from(other, "sandbox-minh"))

    assert (answer.status_code, answer["Location"]) == (302, "/account")
    assert account_of(first) == account_of(second) != account_of(other)
    held = queries.citizen(account_of(first))
    assert held and (held["number"], held["level"]) == ("•••••••••001", 2)
    page = first.get("/account").content.decode()
    assert "Nguyễn Thị Lan" in page and NUMBER not in page


def test_the_citizen_number_stands_nowhere_in_the_clear(provider: Provider) -> None:
    client = Client()
    client.get(back_from(client))
    names = [item["t"] for item in sql.rows("SELECT tablename AS t FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'spatial_ref_sys'")]  # fmt: skip
    assert not [n for n in names if NUMBER in sql.value(f"SELECT coalesce(json_agg(x)::text, '') FROM {n} x")]


@pytest.mark.parametrize(
    "lie,code",
    [
        ("nonce", "nonce_wrong"),
        ("signature", "signature_wrong"),
        ("expired", "token_expired"),
        ("audience", "audience_wrong"),
        ("issuer", "issuer_wrong"),
        ("unsigned", "token_unreadable"),
        ("denied", "partner_denied"),
        ("fail", "partner_error"),
    ],
)
def test_each_lie_is_refused_in_its_own_words_and_opens_nothing(provider: Provider, lie: str, code: str) -> None:
    client = Client()
    answer = client.get(back_from(client, lie=lie))
    page = answer.content.decode()
    assert answer.status_code in (400, 503)
    assert code in page and "Cách đăng nhập khác" in page
    assert "_auth_user_id" not in client.session
    assert sql.value("SELECT count(*) FROM identity_citizen") == 0


def test_a_slow_provider_is_not_waited_for_and_the_page_says_so(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    back = back_from(client)
    monkeypatch.setattr(relying, "PATIENCE_SECONDS", 0.2)
    provider.trouble = {"seconds": 1}
    answer = client.get(back)
    assert answer.status_code == 503 and "partner_unreachable" in answer.content.decode()


def test_a_provider_that_is_down_leaves_the_other_ways_open(settings: Any, provider: Provider) -> None:
    settings.TAYDO_VNEID_ISSUER = "http://127.0.0.1:9"
    client = Client()
    assert client.get("/signin/vneid").status_code == 503
    assert client.get("/signin").status_code == 200


def test_a_sign_in_begun_in_another_browser_is_refused(provider: Provider) -> None:
    victim, attacker = Client(), Client()
    path = back_from(attacker)
    victim.get("/signin/vneid")
    for client in (victim, Client()):
        answer = client.get(path)
        assert answer.status_code == 400 and "state_wrong" in answer.content.decode()


def test_the_way_back_opens_once_and_for_a_quarter_of_an_hour(provider: Provider) -> None:
    client = Client()
    path = back_from(client)
    with clock.at(clock.now() + dt.timedelta(minutes=16)):
        assert "sign_in_too_slow" in client.get(path).content.decode()
    assert "state_wrong" in client.get(path).content.decode()


def test_the_code_is_proved_with_a_key_that_never_left(provider: Provider) -> None:
    client = Client()
    asked = parse_qs(urlsplit(client.get("/signin/vneid")["Location"]).query)
    kept = client.session["vneid"]
    assert asked["code_challenge_method"] == ["S256"] and asked["nonce"] == [kept["nonce"]]
    assert kept["verifier"] not in str(asked)


def test_somebody_signed_in_links_their_identity_and_enters_the_same_account_by_it(
    provider: Provider, citizen: Callable[..., Client]
) -> None:
    lan = citizen(PHONE)
    lan.get(back_from(lan))
    later = Client()
    later.get(back_from(later))
    assert account_of(later) == account_of(lan)
    assert len(queries.contacts_of(account_of(lan))) == 1


def test_an_identity_of_another_account_is_not_taken(provider: Provider, citizen: Callable[..., Client]) -> None:
    first = Client()
    first.get(back_from(first))
    lan = citizen(PHONE)
    assert "identity_of_another" in lan.get(back_from(lan)).content.decode()


def test_an_account_keeps_the_identity_it_is_linked_to(provider: Provider) -> None:
    lan = Client()
    lan.get(back_from(lan))
    assert "linked_to_another" in lan.get(back_from(lan, "sandbox-minh")).content.decode()
    held = queries.citizen(account_of(lan))
    assert held and held["number"] == "•••••••••001"


def test_whoever_closed_their_account_begins_anew_with_the_same_identity(provider: Provider) -> None:
    first, again = Client(), Client()
    first.get(back_from(first))
    actor = account_of(first)
    sql.execute("UPDATE kernel_actor SET is_active = false WHERE id = %(a)s", {"a": actor})
    assert again.get(back_from(again)).status_code == 302 and account_of(again) != actor


def test_without_settings_there_is_no_button_and_no_way(settings: Any) -> None:
    settings.TAYDO_VNEID_ISSUER = ""
    assert "VNeID" not in Client().get("/signin").content.decode()
    assert Client().get("/signin/vneid").status_code == 404


def test_the_button_says_when_it_is_a_sandbox(settings: Any, provider: Provider) -> None:
    for sandbox, words in ((True, "Đăng nhập VNeID (thử nghiệm)"), (False, "Đăng nhập VNeID</a>")):
        settings.TAYDO_VNEID_SANDBOX = sandbox
        assert words in Client().get("/signin").content.decode()
