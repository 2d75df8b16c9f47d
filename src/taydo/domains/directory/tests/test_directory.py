"""Agencies, posts and people of the city as loaded, asked and changed."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.contrib.auth.hashers import check_password
from django.db import IntegrityError, transaction
from django.test import Client

from taydo.domains.directory import actions, public, queries
from taydo.engines.places import queries as places
from taydo.kernel import clock, errors, i18n, manifest, sql
from taydo.kernel.actors import Viewer, roles, viewer_of
from taydo.kernel.models import Actor
from taydo.kernel.specs import city, load

pytestmark = pytest.mark.django_db
HOUSE = Viewer.system("test")
TODAY = dt.date(2026, 11, 22)


def refusal(status: int, run, *args, **kwargs) -> errors.Problem:
    with pytest.raises(errors.Problem) as caught, transaction.atomic():
        run(*args, **kwargs)
    assert caught.value.status == status
    return caught.value


def test_every_commune_has_its_own_committee() -> None:
    committees = {a.unit for a in queries.agencies(TODAY, kind="committee") if a.parent == "H13"}

    assert committees == {u.code for u in places.units("commune", TODAY)}


def test_an_agency_is_found_by_either_style_of_code() -> None:
    assert public.agency("H13.06").name == "Sở Nông nghiệp và Môi trường"
    assert public.agency("000.00.06.H13").code == "H13.06"
    assert public.agency("H13.99") is None


def test_codes_that_are_not_published_say_so() -> None:
    assert {public.agency("H13").code_status, public.agency("H13.06").code_status} == {"memory", "placeholder"}


@pytest.mark.parametrize(
    ("unit", "field", "code"),
    [
        ("31120", "air", "H13.06"),
        ("31120", "flood", "H13.23"),
        ("31120", "local", "H13.31120"),
        ("31120", "operations", "H13.08.01"),
        ("31120", "nothing-like-it", "H13"),
        ("92", "health", "H13.10"),
    ],
)
def test_somebody_answers_for_every_field_in_every_unit(unit: str, field: str, code: str) -> None:
    assert public.agency_for(unit, field, TODAY).code == code


def test_before_the_merger_the_former_province_answered() -> None:
    assert public.agency_for("94", "air", dt.date(2024, 5, 1)).code == "H51"
    assert public.agency("H51").successor == "H13"
    assert public.agency_for("00000", "air", TODAY) is None


def test_names_come_in_the_readers_language_without_a_query_each(django_assert_max_num_queries) -> None:
    i18n.use("vi")
    with django_assert_max_num_queries(1):
        assert public.name("H13.08.01") == "Trung tâm Điều hành đô thị thông minh"
        i18n.use("en")
        assert public.name("H13.08.01") == "Smart City Operations Centre (IOC)"
        assert public.name("unknown") == "unknown"
    i18n.use("vi")


def test_choices_are_the_agencies_of_today() -> None:
    codes = [one.code for one in public.agencies()]

    assert "H13.06" in codes and "H30" not in codes


def test_words_find_agencies_with_and_without_accents() -> None:
    assert [a.code for a in queries.agencies(TODAY, q="moi truong nong nghiep")] == ["H13.06"]
    assert queries.agencies(TODAY, q="Cái Khế")[0].code == "H13.31120"
    assert queries.agencies(TODAY, q="h13.08.01")[0].kind == "centre"


def test_loading_again_changes_nothing() -> None:
    assert actions.load_directory(HOUSE, city()) == {"agencies": 0, "posts": 0}


def test_a_city_with_a_wrong_code_is_refused_as_a_whole(tmp_path: Path) -> None:
    text = (city() / "agencies.csv").read_text(encoding="utf-8").replace("\nH13.06,", "\nH13-06,", 1)
    (tmp_path / "agencies.csv").write_text(text, encoding="utf-8")
    (tmp_path / "posts.csv").write_text((city() / "posts.csv").read_text(encoding="utf-8"), encoding="utf-8")

    problem = refusal(422, actions.load_directory, HOUSE, tmp_path)

    assert problem.fields["code"] == "H13-06"


def test_the_database_itself_refuses_a_wrong_code() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        sql.execute("UPDATE directory_agency SET code_old = 'H13' WHERE code = 'H13.06'")


def test_an_agency_is_registered_below_another_by_those_who_may(somebody) -> None:
    admin = somebody("admin2", "admin", "H13")

    code = actions.register_agency(admin, "H13.06.09", "Trạm Thủy nông", "Irrigation Station", kind="centre", unit="92")

    assert public.agency(code).parent == "H13.06"
    assert public.name(code) == "Trạm Thủy nông"
    assert (
        sql.value(
            "SELECT count(*) FROM kernel_audit WHERE action = 'directory.register' AND object_id = %(c)s", {"c": code}
        )
        == 1
    )
    refusal(409, actions.register_agency, admin, code, "Khác", "Other", kind="centre", unit="92")
    refusal(422, actions.register_agency, admin, "H13.88.01", "Khác", "Other", kind="centre", unit="92")
    refusal(422, actions.register_agency, admin, "13.06", "Khác", "Other", kind="centre", unit="92")
    refusal(422, actions.register_agency, admin, "H13.06.10", "Khác", "Other", kind="centre", unit="00000")
    refusal(
        403,
        actions.register_agency,
        somebody("officer2", "officer"),
        "H13.06.10",
        "Khác",
        "Other",
        kind="centre",
        unit="92",
    )
    refusal(
        403,
        actions.register_agency,
        somebody("admin3", "admin", "H13.08"),
        "H13.06.10",
        "Khác",
        "Other",
        kind="x",
        unit="",
    )


def test_a_closed_agency_keeps_its_code_and_names_its_heir(somebody) -> None:
    admin = somebody("admin2", "admin")

    actions.close_agency(admin, "H13.10.01", dt.date(2027, 1, 1), "H13.10")

    assert public.agency("H13.10.01").successor == "H13.10"
    assert "H13.10.01" not in {a.code for a in queries.agencies(dt.date(2027, 1, 1))}
    assert "H13.10.01" in {a.code for a in queries.agencies(dt.date(2026, 12, 31))}
    refusal(409, actions.close_agency, admin, "H13.10.01", dt.date(2027, 2, 1))
    refusal(422, actions.close_agency, admin, "H13.10", dt.date(2027, 2, 1), "H13.10")
    refusal(409, actions.register_agency, admin, "H13.10.01", "Mới", "New", kind="centre", unit="92")


def test_a_seat_is_held_by_one_person_from_a_day_to_a_day(somebody) -> None:
    admin, first, second = somebody("admin2", "admin"), somebody("lan", "officer"), somebody("minh", "officer")
    post = "H13-06-TT"

    holding = actions.appoint(admin, post, "lan", dt.date(2026, 1, 1))

    refusal(409, actions.appoint, admin, post, "minh", dt.date(2026, 2, 1))
    actions.leave(admin, holding, dt.date(2026, 6, 1))
    actions.appoint(admin, post, "minh", dt.date(2026, 6, 1))
    held = {
        day: queries.posts(first, "H13.06", day)[0]["people"][0]["name"]
        for day in (dt.date(2026, 5, 31), dt.date(2026, 6, 1))
    }
    assert list(held.values()) == ["Lan", "Minh"]
    refusal(409, actions.leave, admin, holding)
    refusal(404, actions.appoint, admin, "NONE", "lan")
    refusal(422, actions.appoint, admin, post, "nobody")
    refusal(403, actions.appoint, second, post, "lan")


def test_people_are_shown_only_to_those_who_may_see_them(somebody, django_assert_num_queries) -> None:
    actions.appoint(somebody("admin2", "admin"), "H13-06-TT", "admin2")
    inside, outside = somebody("lan", "officer", "H13.06"), somebody("minh", "officer", "H13.10")

    assert queries.posts(Viewer.anonymous(), "H13.06", clock.today())[0]["people"] is None
    assert queries.posts(outside, "H13.06", clock.today())[0]["people"] is None
    with django_assert_num_queries(1):
        assert [p["username"] for p in queries.people(inside, clock.today())] == ["admin2"]
    assert queries.people(outside, clock.today()) == []
    assert queries.people(Viewer.anonymous(), clock.today()) == []


def test_demonstration_accounts_exist_only_in_a_demonstration() -> None:
    given = load(city() / "demo.yaml", actions.DemoAccounts).accounts
    assert actions.load_demo_accounts(HOUSE, city(), True) == len(given)
    assert actions.load_demo_accounts(HOUSE, city(), True) == len(given)

    found = sql.rows("SELECT id, username, password, is_active FROM kernel_actor WHERE demo")
    assert {f["username"] for f in found} == {a.username for a in given}
    assert check_password("taydo-demo", found[0]["password"])
    assert sql.value(
        "SELECT count(*) FROM kernel_grant g JOIN kernel_actor a ON a.id = g.actor_id WHERE a.demo"
    ) == sum(len(a.scopes) for a in given)
    operator = viewer_of(next(f["id"] for f in found if f["username"] == "operator"))
    assert operator.may("cases.take", "H13.06") and not operator.may("directory.close")
    assert public.on_duty("H13.08.01") == [operator.actor_id]

    assert actions.load_demo_accounts(HOUSE, city(), False) == 0
    assert sql.value("SELECT count(*) FROM kernel_actor WHERE demo AND (is_active OR password <> '!')") == 0


def test_a_real_account_with_a_demonstration_name_is_left_alone(somebody) -> None:
    somebody("operator", "officer")
    before = sql.row("SELECT password, agency FROM kernel_actor WHERE username = 'operator'")

    actions.load_demo_accounts(HOUSE, city(), True)

    assert sql.row("SELECT password, agency FROM kernel_actor WHERE username = 'operator'") == before
    assert (
        viewer_of(sql.value("SELECT id FROM kernel_actor WHERE username = 'operator'")).may("notices.notify") is False
    )


def test_roles_hold_only_permissions_that_exist_and_are_written_once() -> None:
    present = {part.manifest.id for part in manifest.parts()}
    for name, role in roles().items():
        assert len(role.permissions) == len(set(role.permissions)), name
        unknown = {p for p in role.permissions if p.split(".")[0] in present} - manifest.permissions().keys()
        assert not unknown, name
    assert set(roles()) >= {"citizen", "officer", "leader", "operator", "integrator", "admin", "device", "duty"}


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/directory", 200),
        ("/directory?q=cai+khe&lang=en", 200),
        ("/directory?q=zzzz", 200),
        ("/directory?q=%00", 200),
        ("/directory/H13", 200),
        ("/directory/H51", 200),
        ("/directory/000.00.06.H13?lang=en", 200),
        ("/directory/none", 404),
        ("/directory/%00", 404),
        ("/api/v1/directory/agencies?q=%00", 200),
        ("/api/v1/directory/agencies/H13.06", 200),
        ("/api/v1/directory/agencies/H13.99", 404),
        ("/api/v1/directory/agencies/%00", 422),
        ("/api/v1/directory/responsible?unit=31120&field=air", 200),
        ("/api/v1/directory/responsible?unit=1&field=air", 404),
        ("/api/v1/directory/people", 401),
    ],
)
def test_every_address_answers_what_it_should(client: Client, address: str, status: int) -> None:
    assert client.get(address).status_code == status


def test_the_page_of_an_agency_says_that_its_code_is_a_placeholder(client: Client) -> None:
    page = client.get("/directory/H13.06").content.decode()

    assert "Sở Nông nghiệp và Môi trường" in page and "000.00.06.H13" in page and "Mã tạm" in page
    assert "Trung tâm Quan trắc" in page and "Chỉ cán bộ xem được" in page
    assert "Kế tục" in client.get("/directory/H51").content.decode()


def test_the_list_costs_the_same_queries_for_one_and_for_all(client: Client, django_assert_num_queries) -> None:
    client.get("/directory")
    with django_assert_num_queries(1):
        client.get("/directory?q=h13.08.01")
    with django_assert_num_queries(1):
        client.get("/directory")


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/api/v1/directory/agencies", {"code": "H13.77", "name": "Thử", "name_en": "Trial", "kind": "centre"}),
        ("/api/v1/directory/agencies/H13.06/close", {"on": "2027-01-01"}),
        ("/api/v1/directory/posts/H13-06-TT/holders", {"username": "lan"}),
    ],
)
def test_strangers_and_officers_change_nothing(client: Client, somebody, address: str, body: dict) -> None:
    somebody("lan", "officer")
    before = sql.row("SELECT (SELECT count(*) FROM directory_agency) a, (SELECT count(*) FROM directory_holding) h,"
                     " (SELECT count(*) FROM directory_agency WHERE valid_to IS NULL) open")  # fmt: skip

    stranger = client.post(address, json.dumps(body), content_type="application/json")
    officer = client.post(
        address, json.dumps(body), content_type="application/json", headers={"Authorization": _basic("lan")}
    )

    assert (stranger.status_code, officer.status_code) == (401, 403)
    after = sql.row("SELECT (SELECT count(*) FROM directory_agency) a, (SELECT count(*) FROM directory_holding) h,"
                    " (SELECT count(*) FROM directory_agency WHERE valid_to IS NULL) open")  # fmt: skip
    assert after == before


def test_an_administrator_registers_an_agency_over_http(client: Client, somebody) -> None:
    client.force_login(Actor.objects.get(pk=somebody("quan", "admin").actor_id))
    body = {"code": "H13.77", "name": "Ban thử nghiệm", "name_en": "Trial Board", "kind": "board", "unit": "92"}

    made = client.post(
        "/api/v1/directory/agencies",
        json.dumps(body),
        content_type="application/json",
    )

    assert made.status_code == 201 and made.json()["code"] == "H13.77"
    assert client.get("/api/v1/directory/agencies/H13.77").json()["parent"] == "H13"


def _basic(username: str) -> str:
    from base64 import b64encode

    return "Basic " + b64encode(f"{username}:a-long-password".encode()).decode()
