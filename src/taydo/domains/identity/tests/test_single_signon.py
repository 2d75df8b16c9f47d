"""Another system of the city signs people in through us: a client that knows nothing of us but the standard, over a real server."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuth2Client
from authlib.oidc.core import CodeIDToken
from django.test import Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from taydo.domains.identity.tests.conftest import PASSWORD, PHONE, account_of
from taydo.engines.openid import actions, claims, keys, store
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.models import Actor, Grant

HOUSE = Viewer.system("test")
BACK = "https://kho.example.vn/back"
AFTER = "https://kho.example.vn/bye"
SCOPE = "openid profile phone roles offline_access"
VERIFIER = "v" * 64


class System:
    """A system that was registered, and a browser in which somebody answers it."""

    def __init__(self, at: str, everybody: bool = True, public: bool = False) -> None:
        self.at = at
        self.code, self.secret = actions.register(
            HOUSE,
            "Kho dữ liệu",
            [BACK],
            scopes=SCOPE.split(),
            logouts=[AFTER],
            public=public,
            officials_only=not everybody,
        )
        self.configuration = httpx.get(f"{at}/.well-known/openid-configuration").json()

    def client(self) -> OAuth2Client:
        return OAuth2Client(
            self.code, self.secret or None, scope=SCOPE, redirect_uri=BACK, code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self.secret else "none",
        )  # fmt: skip

    def asked(self, **more: str) -> str:
        address, _ = self.client().create_authorization_url(
            self.configuration["authorization_endpoint"], state="s1", nonce="n1", code_verifier=VERIFIER, **more
        )
        return str(address)

    def answered(self, browser: httpx.Client, decision: str = "yes", **more: str) -> str:
        """Where the browser is sent once somebody has agreed (or had before)."""
        page = browser.get(self.asked(**more))
        if page.status_code == 200:
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
            assert token, page.text
            form = {"decision": decision, "csrfmiddlewaretoken": token.group(1)}
            page = browser.post(str(page.url), data=form, headers={"Origin": self.at, "Referer": str(page.url)})
        assert page.status_code == 302, page.text
        return page.headers["Location"]

    def tokens(self, browser: httpx.Client, **more: str) -> dict[str, Any]:
        return dict(
            self.client().fetch_token(
                self.configuration["token_endpoint"],
                authorization_response=self.answered(browser, **more),
                state="s1",
                code_verifier=VERIFIER,
            )
        )


@pytest.fixture
def at(live_server: Any, settings: Any) -> str:
    settings.TAYDO_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def official(at: str) -> Iterator[httpx.Client]:
    """A browser in which an official has signed in by password over the real server."""
    actor = Actor(username="an", name="Trần Văn An", kind="official", agency="H13.06")
    actor.set_password(PASSWORD)
    actor.save()
    Grant.objects.create(actor=actor, role="officer", scope="H13.06")
    with httpx.Client(base_url=at) as browser:
        page = browser.get("/signin")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token
        form = {"username": "an", "password": PASSWORD, "csrfmiddlewaretoken": token.group(1)}
        assert browser.post("/signin", data=form, headers={"Referer": f"{at}/signin"}).status_code == 302
        yield browser


def checked(system: System, token: str, nonce: str = "n1") -> dict[str, Any]:
    """The claims of an identity token, checked as a relying party does with authlib against the published keys."""
    published = KeySet.import_key_set(httpx.get(system.configuration["jwks_uri"]).json())
    said = jwt.decode(token, published, algorithms=["RS256"])
    options = {"iss": {"value": system.configuration["issuer"]}, "aud": {"value": system.code}}
    found = CodeIDToken(said.claims, said.header, options, {"nonce": nonce, "client_id": system.code})
    found.validate()
    return dict(found)


@pytest.mark.django_db(transaction=True)
def test_authlib_signs_in_through_us_and_the_identity_token_holds_against_the_published_keys(official: httpx.Client, at: str) -> None:  # fmt: skip
    system = System(at)
    tokens = system.tokens(official)
    said = checked(system, tokens["id_token"])
    told = httpx.get(system.configuration["userinfo_endpoint"], headers={"Authorization": f"Bearer {tokens['access_token']}"}).json()  # fmt: skip

    assert said["sub"] == told["sub"] and "an" not in said["sub"]
    assert (said["name"], told["taydo_agency"]) == ("Trần Văn An", "H13.06")
    assert told["taydo_roles"] == [{"role": "officer", "scope": "H13.06"}]
    assert said["amr"] == ["pwd"] and said["acr"] == "1"
    assert "email" not in told, "nothing that was not asked for"


@pytest.mark.django_db(transaction=True)
def test_the_asynchronous_client_of_authlib_does_the_same(official: httpx.Client, at: str) -> None:
    import asyncio

    system = System(at)
    back = system.answered(official)

    async def fetch() -> dict[str, Any]:
        async with AsyncOAuth2Client(system.code, system.secret, redirect_uri=BACK) as client:
            return dict(
                await client.fetch_token(
                    system.configuration["token_endpoint"],
                    authorization_response=back,
                    state="s1",
                    code_verifier=VERIFIER,
                )
            )

    assert checked(system, asyncio.run(fetch())["id_token"])["nonce"] == "n1"


@pytest.mark.django_db(transaction=True)
def test_consent_is_asked_once_and_taken_back_ends_the_tokens(official: httpx.Client, at: str) -> None:
    system = System(at)
    first = system.tokens(official)
    assert official.get(system.asked()).status_code == 302, "agreed before: no page"
    assert official.get(system.asked(prompt="consent")).status_code == 200

    actor = Actor.objects.get(username="an")
    held = store.consents(actor.pk)
    assert actions.take_back(Viewer(actor.pk, "an", "", "official"), held[0]["id"]) == 1
    header = {"Authorization": f"Bearer {first['access_token']}"}
    assert httpx.get(system.configuration["userinfo_endpoint"], headers=header).status_code == 401
    assert official.get(system.asked()).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_who_refuses_is_led_back_with_an_error(official: httpx.Client, at: str) -> None:
    back = parse_qs(urlsplit(System(at).answered(official, decision="no")).query)
    assert (back["error"], back["state"]) == (["access_denied"], ["s1"])


@pytest.mark.django_db(transaction=True)
def test_a_refresh_token_turns_and_used_twice_ends_its_family(official: httpx.Client, at: str) -> None:
    system = System(at)
    tokens = system.tokens(official)
    address = system.configuration["token_endpoint"]
    fresh = system.client().refresh_token(address, refresh_token=tokens["refresh_token"])
    assert fresh["refresh_token"] != tokens["refresh_token"]

    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    stolen = httpx.post(address, data=form, auth=(system.code, system.secret))
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    for token in (tokens["access_token"], fresh["access_token"]):
        assert httpx.get(system.configuration["userinfo_endpoint"], headers={"Authorization": f"Bearer {token}"}).status_code == 401  # fmt: skip
    form["refresh_token"] = fresh["refresh_token"]
    assert httpx.post(address, data=form, auth=(system.code, system.secret)).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_a_code_shown_twice_ends_what_came_of_it(official: httpx.Client, at: str) -> None:
    system = System(at)
    code = parse_qs(urlsplit(system.answered(official)).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    answers = [httpx.post(system.configuration["token_endpoint"], data=form, auth=(system.code, system.secret)) for _ in range(2)]  # fmt: skip
    header = {"Authorization": f"Bearer {answers[0].json()['access_token']}"}
    assert [answer.status_code for answer in answers] == [200, 400]
    assert httpx.get(system.configuration["userinfo_endpoint"], headers=header).status_code == 401


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": "w" * 64}, {"code_verifier": ""}, {"redirect_uri": "https://kho.example.vn/other"}, {"code": "made-up"},
    ],
)  # fmt: skip
def test_a_code_without_what_belongs_to_it_is_refused(official: httpx.Client, at: str, change: dict[str, str]) -> None:
    system = System(at)
    code = parse_qs(urlsplit(system.answered(official)).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER, **change}
    answer = httpx.post(system.configuration["token_endpoint"], data=form, auth=(system.code, system.secret))
    assert answer.status_code == 400 and "access_token" not in answer.text


@pytest.mark.django_db(transaction=True)
def test_another_system_cannot_use_a_code_and_a_wrong_secret_opens_nothing(official: httpx.Client, at: str) -> None:
    system, other = System(at), System(at)
    code = parse_qs(urlsplit(system.answered(official)).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    for auth in ((other.code, other.secret), (system.code, "guess"), (system.code, "")):
        answer = httpx.post(system.configuration["token_endpoint"], data=form, auth=auth)
        assert answer.status_code in (400, 401) and "access_token" not in answer.text


@pytest.mark.django_db(transaction=True)
def test_a_program_without_secret_signs_in_by_its_proof_key(official: httpx.Client, at: str) -> None:
    system = System(at, public=True)
    assert checked(system, system.tokens(official)["id_token"])["aud"] == system.code


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "https://kho.example.vn.evil.example/back"}, {"redirect_uri": BACK + "/.."}, {"client_id": "ht-nobody"},
        {"redirect_uri": ""},
    ],
)  # fmt: skip
def test_an_address_that_was_not_registered_is_never_followed(official: httpx.Client, at: str, change: dict[str, str]) -> None:  # fmt: skip
    system = System(at)
    asked = urlsplit(system.asked())
    query = {**{name: texts[0] for name, texts in parse_qs(asked.query).items()}, **change}
    answer = official.get(f"{at}/oauth/authorize", params=query)
    assert answer.status_code == 400 and "Location" not in answer.headers


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change,error",
    [
        ({"code_challenge": ""}, "invalid_request"), ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"), ({"prompt": "none"}, "consent_required"),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_answered_to_the_system(official: httpx.Client, at: str, change: dict[str, str], error: str) -> None:  # fmt: skip
    system = System(at)
    query = {**{name: texts[0] for name, texts in parse_qs(urlsplit(system.asked()).query).items()}, **change}
    answer = official.get(f"{at}/oauth/authorize", params=query)
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["error"] == [error]


@pytest.mark.django_db(transaction=True)
def test_a_stranger_signs_in_first_and_comes_back_to_the_question(at: str) -> None:
    system = System(at)
    with httpx.Client() as stranger:
        answer = stranger.get(system.asked())
        silent = stranger.get(system.asked(prompt="none"))
    assert answer.headers["Location"].startswith("/signin?next=/oauth/authorize")
    assert parse_qs(urlsplit(silent.headers["Location"]).query)["error"] == ["login_required"]


@pytest.mark.django_db(transaction=True)
def test_leaving_is_asked_and_leads_back_only_where_it_was_registered(official: httpx.Client, at: str) -> None:
    system = System(at)
    hint = system.tokens(official)["id_token"]
    elsewhere = official.get(f"{at}/oauth/end_session", params={"id_token_hint": hint, "post_logout_redirect_uri": "https://evil.example/"})  # fmt: skip
    page = official.get(f"{at}/oauth/end_session", params={"id_token_hint": hint, "post_logout_redirect_uri": AFTER, "state": "x"})  # fmt: skip
    assert "evil.example" not in elsewhere.headers["Content-Security-Policy"]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    done = official.post(f"{at}/oauth/end_session", data={**fields, "decision": "yes"}, headers={"Referer": f"{at}/"})
    assert done.headers["Location"] == f"{AFTER}?state=x"
    assert official.get(f"{at}/account").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_tokens_given_back_end_with_their_family(official: httpx.Client, at: str) -> None:
    system = System(at)
    tokens = system.tokens(official)
    auth = (system.code, system.secret)
    gone = httpx.post(system.configuration["revocation_endpoint"], data={"token": tokens["refresh_token"]}, auth=auth)
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert gone.status_code == 200
    assert httpx.get(system.configuration["userinfo_endpoint"], headers=header).status_code == 401


@pytest.mark.django_db
def test_a_citizen_is_kept_out_of_a_system_for_officials(citizen: Callable[..., Client], settings: Any) -> None:
    code, _ = actions.register(HOUSE, "Nội bộ", [BACK])
    query = {"client_id": code, "redirect_uri": BACK, "response_type": "code", "scope": "openid", "code_challenge": "c" * 43, "code_challenge_method": "S256"}  # fmt: skip
    assert citizen(PHONE).get("/oauth/authorize", query).status_code == 403


@pytest.mark.django_db
def test_a_citizen_shares_their_number_only_by_scope(citizen: Callable[..., Client]) -> None:
    actor = account_of(citizen(PHONE))
    who = Viewer(actor, "x", "Lan", "person")
    assert "phone_number" not in claims.about("a", who, "openid profile")
    told = claims.about("a", who, "openid phone")
    assert told["phone_number"] == "+84912345678" and told["phone_number_verified"]
    assert told["sub"] != claims.about("b", who, "openid")["sub"]


@pytest.mark.django_db
def test_keys_turn_and_former_tokens_still_hold_while_they_are_published() -> None:
    old = keys.signing()
    token = jwt.encode({"alg": "RS256", "kid": old.kid}, {"sub": "x"}, old)
    assert not keys.turn()
    sql.execute("UPDATE openid_key SET made_at = made_at - interval '91 days'")
    assert keys.turn() and keys.signing().kid != old.kid
    assert len(keys.published()["keys"]) == 2
    assert jwt.decode(token, keys.published_set(), algorithms=["RS256"]).claims["sub"] == "x"

    sql.execute("UPDATE openid_key SET made_at = made_at - interval '181 days'")
    with pytest.raises((JoseError, ValueError)):
        jwt.decode(token, keys.published_set(), algorithms=["RS256"])


@pytest.mark.django_db
def test_private_keys_secrets_and_tokens_stand_nowhere_in_the_clear() -> None:
    _, secret = actions.register(HOUSE, "Kho", [BACK])
    keys.signing()
    dump = sql.value("SELECT json_agg(k)::text || (SELECT json_agg(c)::text FROM openid_client c) FROM openid_key k")
    assert secret not in dump and '"d":' not in dump and "PRIVATE" not in dump
    assert "d" not in json.loads(json.dumps(keys.published()))["keys"][0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["http://kho.example.vn/", "javascript:alert(1)", "https://*.example.vn/", "https://a.vn/#x", "//a.vn", "https://u@a.vn/"]
)  # fmt: skip
def test_no_system_is_registered_at_an_address_that_is_not_safe(address: str) -> None:
    with pytest.raises(Exception, match="https"):
        actions.register(HOUSE, "Kho", [address])


@pytest.mark.django_db
def test_a_code_holds_a_minute() -> None:
    code, _ = actions.register(HOUSE, "Kho", [BACK])
    client = store.client(code)
    assert client
    given = {"redirect": BACK, "scope": "openid", "nonce": "", "challenge": "c" * 43}
    store.keep_code("abc", client, 1, given, "code", 0)
    with clock.at(clock.now() + dt.timedelta(seconds=61)):
        assert store.take_code("abc", client) is None
    assert store.take_code("abc", client) is not None
