"""What holds for the whole house: headers, cookies, forged requests, limits, credentials, and no failure for any input."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings

from taydo.kernel import credentials, limits, manifest, sql
from taydo.kernel.models import Actor, Grant

from . import doors

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-enough-password"


@pytest.fixture
def system(settings: Any) -> Actor:
    """An account of another system."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    credentials.forget()
    actor = Actor(username="test-system", name="System", kind="system")
    actor.set_password(PASSWORD)
    actor.save()
    Grant.objects.create(actor=actor, role="admin", scope="*")
    return actor


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_every_page_keeps_the_content_security_policy(town: dict[str, Client]) -> None:
    wrong = []
    for door in doors.pages():
        if door.method != "GET":
            continue
        answer = door.knock(town["right"])
        policy = answer.headers.get("Content-Security-Policy", "")
        if (
            "default-src 'self'" not in policy
            or "unsafe" in policy
            or answer.headers.get("X-Content-Type-Options") != "nosniff"
        ):
            wrong.append(f"{door}: {policy}")
        if "text/html" in answer.headers.get("Content-Type", ""):
            text = answer.content.decode()
            inline = re.findall(
                r"<script(?![^>]*(?:src=|application/(?:ld\+)?json))[^>]*>|\sstyle=\"|\son\w+=\"|<style", text
            )
            wrong += [f"{door}: {found}" for found in inline]

    assert not wrong, "\n".join(wrong)


def test_cookies_are_closed_to_scripts_and_to_other_sites(system: Actor) -> None:
    answer = Client().post("/signin", {"username": "test-system", "password": PASSWORD})

    cookie = answer.cookies["taydo_session"]
    assert answer.status_code == 302
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_over_https_cookies_are_secure(system: Actor, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True

    answer = Client().post("/signin", {"username": "test-system", "password": PASSWORD}, secure=True)

    assert answer.cookies["taydo_session"]["secure"]


def test_the_address_decides_whether_cookies_are_secure() -> None:
    text = (manifest.ROOT / "config" / "settings.py").read_text()

    assert "SESSION_COOKIE_SECURE = SECURE" in text
    assert "CSRF_COOKIE_SECURE = SECURE" in text
    assert 'SECURE = TAYDO_URL.startswith("https://")' in text


def test_a_write_that_rides_on_a_session_needs_the_token(system: Actor) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(system)

    forged = client.post("/api/v1/notices/read", content_type="application/json")
    page = client.post("/signout")
    by_header = Client(enforce_csrf_checks=True).post("/api/v1/notices/read", headers=basic("test-system", PASSWORD))

    assert (forged.status_code, forged.json()["code"]) == (403, "csrf")
    assert page.status_code == 403
    assert by_header.status_code == 200


def test_signing_in_from_another_site_is_refused_whatever_the_request_says_it_accepts(system: Actor) -> None:
    client = Client(enforce_csrf_checks=True)
    given = {"username": "test-system", "password": PASSWORD}

    for accept in ("text/html", "application/json"):
        assert client.post("/signin", given, headers={"Accept": accept}).status_code == 403


def test_who_sends_too_fast_is_told_when_to_come_back(settings: Any) -> None:
    settings.TAYDO_RATE = 1.0
    limits._buckets.clear()

    answers = [Client().get("/healthz") for _ in range(6)]
    limits._buckets.clear()

    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
    assert int(answers[-1]["Retry-After"]) >= 1
    assert answers[-1].json()["code"] == "too_many_requests"


def test_invented_credentials_do_not_buy_a_fresh_limit(settings: Any) -> None:
    settings.TAYDO_RATE = 0.1
    limits._buckets.clear()

    answers = [Client().get("/healthz", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(20)]
    limits._buckets.clear()

    assert answers.count(429) >= 10


def test_behind_a_proxy_each_sender_has_a_limit_of_their_own_and_claims_are_not_believed(settings: Any) -> None:
    settings.TAYDO_RATE, settings.TAYDO_PROXIES = 1.0, 1
    limits._buckets.clear()

    def asked(forwarded: str) -> list[int]:
        return [Client().get("/healthz", headers={"X-Forwarded-For": forwarded}).status_code for _ in range(5)]

    answers = asked("203.0.113.1"), asked("203.0.113.2"), asked("198.51.100.9, 203.0.113.1")
    limits._buckets.clear()

    assert answers == ([200] * 4 + [429], [200] * 4 + [429], [429] * 5)


def test_basic_and_client_credentials_open_the_same_door(system: Actor) -> None:
    assert Client().get("/api/v1/notices").status_code == 401
    assert Client().get("/api/v1/notices", headers=basic("test-system", PASSWORD)).status_code == 200

    form = {"grant_type": "client_credentials", "client_id": "test-system", "client_secret": PASSWORD}
    token = Client().post("/oauth/token", form).json()
    assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600)
    assert (
        Client().get("/api/v1/notices", headers={"Authorization": f"Bearer {token['access_token']}"}).status_code == 200
    )

    wrong = Client().post("/oauth/token", {**form, "client_secret": "guess"})
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    refused = Client().get("/api/v1/notices", headers=basic("test-system", "guess"))
    assert refused.status_code == 401
    assert refused["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize("demo", [False, True])
def test_demonstration_accounts_exist_only_in_a_demonstration(settings: Any, demo: bool) -> None:
    from taydo.config import city

    settings.TAYDO_DEMO = demo
    sql.execute("DELETE FROM kernel_loaded")
    list(city.load(force=True))

    names = {item["username"] for item in sql.rows("SELECT username FROM kernel_actor WHERE is_active AND demo")}
    assert names >= {"citizen", "officer", "leader", "operator", "admin", "agent", "roads"} if demo else names == set()
    credentials.forget()
    assert (credentials.check("admin", "taydo-demo") is not None) == demo


def test_problems_are_told_in_both_languages(town: dict[str, Client]) -> None:
    for language, words in (("vi", "Không"), ("en", "nothing")):
        body = town["anonymous"].get("/api/v1/no-such-thing", headers={"Accept-Language": language}).json()

        assert body["status"] == 404
        assert words in body["detail"]
        assert body["vi"] != body["en"]


def test_every_label_of_the_house_has_both_languages() -> None:
    for part in manifest.parts():
        labels = [
            part.manifest.title,
            *part.manifest.permissions.values(),
            *(link.title for link in part.manifest.navigation),
        ]
        assert all(label.vi.strip() and label.en.strip() for label in labels), part.module


def test_every_part_speaks_openapi_3_1() -> None:
    described = doors.description()

    assert described["openapi"].startswith("3.1")
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation.get("tags"), f"{method} {path} belongs to no part"


def test_no_input_makes_the_interface_fail(town: dict[str, Client]) -> None:
    import schemathesis

    schema = schemathesis.openapi.from_dict(doors.description())
    failures: list[str] = []

    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=6,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def attack(case: Any) -> None:
            with transaction.atomic():
                answer = _sent(town["right"], case)
                transaction.set_rollback(True)
            if answer.status_code >= 500:
                failures.append(
                    f"{case.method} {case.formatted_path} {case.query} {case.body!r}: {answer.content[:160]!r}"
                )

        attack()

    assert not failures, f"{len(failures)} failures:\n" + "\n".join(failures[:20])


def _sent(client: Client, case: Any) -> Any:
    from urllib.parse import urlencode

    body = b""
    if isinstance(case.body, dict | list | str | int | float | bool):
        body = json.dumps(case.body).encode()
    query = urlencode(dict(case.query or {}), doseq=True)
    return client.generic(case.method.upper(), f"{case.formatted_path}?{query}", body, content_type="application/json")
