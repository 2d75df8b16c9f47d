"""Roles by agency with their days: nobody gives what they do not hold, elsewhere, or to themselves."""

from __future__ import annotations

import datetime as dt
from argparse import Namespace
from collections.abc import Callable

import pytest
from django.test import Client

from taydo.domains.identity import jobs, queries, rules
from taydo.domains.identity.actions import accounts, roles
from taydo.domains.identity.tests.conftest import PASSWORD
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.errors import Problem
from taydo.kernel.models import Actor

pytestmark = pytest.mark.django_db
Make = Callable[..., Viewer]
HERE, ELSEWHERE = "H13.06", "H13.07"


def may(who: Viewer, permission: str, scope: str) -> bool:
    found = viewer_of(who.actor_id or 0)
    return bool(found and found.may(permission, scope))


def test_a_role_holds_in_its_agency_from_its_first_to_its_last_day(official: Make) -> None:
    admin, an = official("admin1", "admin", HERE), official("an")
    roles.grant(admin, "an", "officer", HERE, dt.date(2027, 1, 10), dt.date(2027, 1, 20))

    held = {}
    for day in (9, 10, 20, 21):
        with clock.at(dt.datetime(2027, 1, day, 5, tzinfo=dt.UTC)):
            held[day] = may(an, "cases.see", HERE), may(an, "cases.see", ELSEWHERE)
    assert held == {9: (False, False), 10: (True, False), 20: (True, False), 21: (False, False)}


@pytest.mark.parametrize("scope", [ELSEWHERE, "*"])
def test_nobody_grants_outside_their_own_scope(official: Make, scope: str) -> None:
    admin, an = official("admin1", "admin", HERE), official("an")
    with pytest.raises(Problem) as refusal:
        roles.grant(admin, "an", "officer", scope)
    assert refusal.value.status == 403 and not may(an, "cases.see", scope)


def test_nobody_grants_what_they_do_not_hold_there(official: Make) -> None:
    admin, an = official("admin1", "admin", HERE), official("an")
    lacking = [name for name, role in queries.roles().items() if set(role.permissions) - set(admin.grants)]
    weak = Viewer(admin.actor_id, "admin1", "", "official", grants={"identity.grant": frozenset((HERE,))})

    with pytest.raises(Problem) as refusal:
        roles.grant(weak, "an", "officer", HERE)

    assert refusal.value.status == 403 and not may(an, "cases.see", HERE)
    assert not set(queries.grantable(admin)) & set(lacking) and queries.grantable(weak) == []


def test_nobody_grants_to_themselves(official: Make) -> None:
    admin = official("admin1", "admin", HERE)
    with pytest.raises(Problem, match="themselves"):
        roles.grant(admin, "admin1", "officer", HERE)


def test_a_citizens_account_is_given_no_role_of_officials(official: Make) -> None:
    admin = official("admin1", "admin", HERE)
    sql.execute("INSERT INTO kernel_actor (username, password, name, kind, email, phone, agency, language, is_active, demo) VALUES ('ND-X', '!', '', 'person', '', '', '', 'vi', true, false)")  # fmt: skip
    with pytest.raises(Problem, match="No official"):
        roles.grant(admin, "ND-X", "officer", HERE)


def test_a_withdrawn_role_ends_at_once_and_stays_written_down(official: Make) -> None:
    admin, an = official("admin1", "admin", HERE), official("an")
    grant = roles.grant(admin, "an", "officer", HERE)
    assert may(an, "cases.see", HERE)

    roles.withdraw(admin, grant)

    assert not may(an, "cases.see", HERE)
    with pytest.raises(Problem, match="ended already"):
        roles.withdraw(admin, grant)
    trail = sql.rows("SELECT actor_name, action, outcome, agency FROM kernel_audit WHERE action = 'identity.grant' ORDER BY id")  # fmt: skip
    assert [(item["actor_name"], item["outcome"], item["agency"]) for item in trail[:2]] == [("admin1", "done", HERE)] * 2  # fmt: skip


def test_a_grant_of_another_agency_is_not_withdrawn_from_here(official: Make) -> None:
    city, admin, an = official("admin0", "admin"), official("admin1", "admin", HERE), official("an")
    grant = roles.grant(city, "an", "officer", ELSEWHERE)
    with pytest.raises(Problem):
        roles.withdraw(admin, grant)
    assert may(an, "cases.see", ELSEWHERE)


def test_the_page_lists_grants_and_takes_and_ends_one(official: Make) -> None:
    official("admin1", "admin", HERE, demo=True)
    official("an")
    client = Client()
    client.force_login(_actor("admin1"))

    bad = client.post("/identity/people", {"username": "khong-co", "role": "officer", "scope": HERE})
    done = client.post("/identity/people", {"username": "an", "role": "officer", "scope": HERE, "until": "2099-12-31"})
    page = client.get("/identity/people?q=officer").content.decode()

    assert (bad.status_code, done.status_code) == (422, 302)
    assert "31/12/2099" in page and "an" in page
    grant = sql.value("SELECT id FROM kernel_grant WHERE role = 'officer' ORDER BY id DESC LIMIT 1")
    client.post(f"/identity/grants/{grant}/withdraw")
    assert "đã hết" in client.get("/identity/people?q=officer").content.decode()


def test_the_page_is_closed_to_whoever_may_not_grant(official: Make) -> None:
    official("chi", "officer", HERE)
    client = Client()
    client.force_login(_actor("chi"))
    assert client.get("/identity/people").status_code == 403


def _actor(username: str) -> Actor:
    return Actor.objects.get(username=username)


def test_an_account_opened_for_an_official_signs_in_with_its_first_password(official: Make) -> None:
    admin = official("admin1", "admin", HERE)
    first = accounts.open_official(admin, "Tran.Van-An", "Trần  Văn An", HERE)
    answer = Client().post("/signin", {"username": "tran.van-an", "password": first})
    assert answer.status_code == 302 and answer["Location"] == "/"
    assert first not in sql.value("SELECT json_agg(a)::text FROM kernel_audit a")
    with pytest.raises(Problem):
        accounts.open_official(admin, "khac", "Khác", ELSEWHERE)


def test_lost_factors_are_taken_away_only_in_ones_own_agency(official: Make) -> None:
    admin = official("admin1", "admin", HERE)
    official("here", agency=HERE)
    official("there", agency=ELSEWHERE)
    roles.reset_factors(admin, "here")
    with pytest.raises(Problem):
        roles.reset_factors(admin, "there")


def test_a_new_citys_first_administrator_is_opened_from_the_command_line_and_enrols_first() -> None:
    given = Namespace(username="Quan-Tri", name="Lê Văn Trị", agency="H13.08.01")
    username, first = next(jobs.open_administrator(given)).split()
    answer = Client().post("/signin", {"username": username, "password": first})
    assert answer["Location"] == "/signin/enrol"
    with pytest.raises(Problem):
        next(jobs.open_administrator(given))


@pytest.mark.parametrize(
    "password,why",
    [("ngan", "short"), ("aaaaaaaaaaaa", "known"), ("matkhau123", "known"), ("nguyenan-2026", "name"), (PASSWORD, "")],
)
def test_weak_passwords_are_named_for_what_they_are(password: str, why: str) -> None:
    assert rules.weak_password(password, "nguyenan") == why


def test_names_are_kept_composed_and_plain() -> None:
    assert rules.clean_name("  Nguye\u0302\u0303n\t Thị\u200b  Lan \x00") == "Nguyễn Thị Lan"
