"""Officials prove themselves twice where the city asks for it: app, recovery codes; nothing opens before that."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pyotp
import pytest
from django.test import Client

from taydo.domains.identity.actions import roles
from taydo.domains.identity.tests.conftest import PASSWORD
from taydo.engines.notices import queries as notices
from taydo.engines.signin import totp
from taydo.kernel import clock, sealing, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem

pytestmark = pytest.mark.django_db
Make = Callable[..., Viewer]
NOON = dt.datetime(2026, 11, 25, 5, 0, 0, tzinfo=dt.UTC)


def secret_of(who: Viewer) -> str:
    return sealing.unseal(sql.value("SELECT secret FROM signin_totp WHERE actor_id = %(a)s", {"a": who.actor_id}))


def with_app(who: Viewer, at: dt.datetime = NOON) -> list[str]:
    with clock.at(at):
        totp.begin(who)
        return totp.confirm(who, pyotp.TOTP(secret_of(who)).at(at))


def by_password(client: Client, username: str) -> Any:
    return client.post("/signin", {"username": username, "password": PASSWORD})


@pytest.fixture
def leader(official: Make) -> Iterator[Viewer]:
    yield official("binh", "leader")


def test_who_must_prove_themselves_twice_is_led_to_enrol_and_nothing_else_opens(leader: Viewer) -> None:
    client = Client()
    answer = by_password(client, "binh")
    assert answer["Location"] == "/signin/enrol"
    assert client.get("/account")["Location"].startswith("/signin?next=")
    assert "_auth_user_id" not in client.session

    page = client.get("/signin/enrol")
    picture = client.get("/signin/enrol/picture.svg")
    assert secret_of(leader) in page.content.decode()
    assert picture["Content-Type"] == "image/svg+xml" and b"style" not in picture.content

    assert client.post("/signin/enrol", {"code": "000000"}).status_code == 422
    done = client.post("/signin/enrol", {"code": pyotp.TOTP(secret_of(leader)).now()})
    assert done.status_code == 200 and "Giữ các mã dự phòng" in done.content.decode()
    assert client.get("/account").status_code == 200


def test_a_role_that_needs_no_second_factor_opens_with_the_password(official: Make) -> None:
    official("chi", "officer", "H13.06")
    assert by_password(Client(), "chi")["Location"] == "/desk"


def test_accounts_of_a_demonstration_keep_their_password_alone_only_in_one(official: Make, settings: Any) -> None:
    official("trinh-dien", "admin", demo=True)
    settings.TAYDO_DEMO = True
    assert by_password(Client(), "trinh-dien")["Location"] == "/desk"
    settings.TAYDO_DEMO = False
    assert by_password(Client(), "trinh-dien")["Location"] == "/signin/enrol"


def test_a_code_of_the_app_opens_once_and_not_again_in_its_time_step(leader: Viewer) -> None:
    with_app(leader)
    later = NOON + dt.timedelta(minutes=5)
    with clock.at(later):
        code = pyotp.TOTP(secret_of(leader)).at(later)
        first, second = Client(), Client()
        for client in (first, second):
            assert by_password(client, "binh")["Location"] == "/signin/second"
        assert first.post("/signin/second", {"code": f"{code[:3]} {code[3:]}"}).status_code == 302
        assert second.post("/signin/second", {"code": code}).status_code == 422
    assert "_auth_user_id" in first.session and "_auth_user_id" not in second.session


def test_an_older_step_is_not_taken_after_a_newer_one(leader: Viewer) -> None:
    with_app(leader)
    app, later = pyotp.TOTP(secret_of(leader)), NOON + dt.timedelta(minutes=5)
    with clock.at(later):
        assert totp.check(leader, app.at(later)) == "app"
        assert totp.check(leader, app.at(later - dt.timedelta(seconds=30))) == ""
        assert totp.check(leader, app.at(later + dt.timedelta(seconds=30))) == "app"


def test_a_code_of_another_time_is_refused(leader: Viewer) -> None:
    with_app(leader)
    later = NOON + dt.timedelta(minutes=5)
    with clock.at(later):
        assert totp.check(leader, pyotp.TOTP(secret_of(leader)).at(later + dt.timedelta(seconds=90))) == ""


def test_a_recovery_code_opens_once_however_it_is_typed(leader: Viewer) -> None:
    codes = with_app(leader)
    client = Client()
    by_password(client, "binh")
    assert client.post("/signin/second", {"code": codes[0].lower().replace("-", " ")}).status_code == 302
    assert totp.recovery_left(leader.actor_id or 0) == 9
    assert totp.check(leader, codes[0]) == ""
    assert totp.check(leader, codes[1]) == "recovery"


def test_five_wrong_codes_ask_for_the_password_again(leader: Viewer) -> None:
    with_app(leader)
    client = Client()
    by_password(client, "binh")
    answers = [client.post("/signin/second", {"code": "000000"}).status_code for _ in range(6)]
    assert answers == [422] * 5 + [302]


def test_whoever_goes_on_guessing_waits_between_tries_and_is_never_shut_out(leader: Viewer) -> None:
    with_app(leader)
    later = NOON + dt.timedelta(hours=1)
    with clock.at(later):
        for _ in range(10):
            assert totp.check(leader, "000000") == ""
        with pytest.raises(Problem, match="try again"):
            totp.check(leader, "000000")
    later += dt.timedelta(seconds=61)
    with clock.at(later):
        assert totp.check(leader, pyotp.TOTP(secret_of(leader)).at(later)) == "app"


def test_a_password_alone_opens_nothing_by_header_or_token_either(leader: Viewer, official: Make) -> None:
    official("chi", "officer", "H13.06")
    pair = {name: "Basic " + base64.b64encode(f"{name}:{PASSWORD}".encode()).decode() for name in ("binh", "chi")}
    answers = {name: Client().get("/api/v1/identity/me", headers={"Authorization": pair[name]}) for name in pair}
    form = {"grant_type": "client_credentials", "client_id": "binh", "client_secret": PASSWORD}

    assert {name: answer.status_code for name, answer in answers.items()} == {"binh": 401, "chi": 200}
    assert answers["binh"].json()["code"] == "second_factor_needed"
    assert Client().post("/oauth/token", form).status_code == 401


def test_a_role_that_needs_a_second_factor_ends_what_was_opened_without_one(official: Make) -> None:
    admin = official("admin1", "admin")
    official("chi", "officer", "H13.06")
    client = Client()
    by_password(client, "chi")
    assert client.get("/account").status_code == 200
    roles.grant(admin, "chi", "leader", "H13.06")
    assert client.get("/account").status_code == 302
    assert by_password(client, "chi")["Location"] == "/signin/enrol"


def test_the_owner_is_told_when_the_app_is_taken_away(leader: Viewer) -> None:
    with_app(leader)
    assert totp.remove(leader) == 1
    assert [item["title"] for item in notices.mine(leader)] == ["Ứng dụng xác thực vừa bị bỏ"]


def test_an_app_that_is_confirmed_is_not_replaced_by_beginning_anew(leader: Viewer) -> None:
    with_app(leader)
    before = secret_of(leader)
    totp.begin(leader)
    assert secret_of(leader) == before
    with pytest.raises(Problem):
        totp.waiting_secret(leader)


def test_secrets_and_recovery_codes_stand_nowhere_in_the_clear(leader: Viewer) -> None:
    codes = with_app(leader)
    tables = ("signin_totp", "signin_recovery", "kernel_audit", "django_session")
    dump = "".join(sql.value(f"SELECT coalesce(json_agg(x)::text, '') FROM {name} x") for name in tables)
    assert secret_of(leader) not in dump
    assert not [code for code in codes if code in dump or code.replace("-", "") in dump]
