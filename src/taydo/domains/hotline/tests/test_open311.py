"""Open311 over HTTP: what strangers see and send, page by page, and what never leaves."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from taydo.domains.hotline import actions, queries
from taydo.domains.hotline.tests.conftest import photo
from taydo.engines.cases import actions as cases
from taydo.kernel import credentials, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.models import Actor
from taydo.protocols.open311.tests.schema import faults

pytestmark = pytest.mark.django_db
NOBODY = Viewer.anonymous()
HOUSE = Viewer.system("test")
V2 = "/open311/v2"
PASSWORD = "a-long-enough-password"
PLACE = {"lat": "10.0340", "long": "105.7782"}
LAMP = {"service_code": "LAMP", "description": "Đèn đường tắt ba đêm nay, gọi tôi 0912 345 678.", **PLACE}


def get(path: str, **headers: str) -> Any:
    answer = Client().get(f"{V2}/{path}", headers=headers)
    assert answer.status_code == 200, answer.content
    return answer.json()


def send(**fields: str) -> Any:
    return Client().post(f"{V2}/requests.json", {**LAMP, **fields})


def reported(text: str = "Đèn tắt", **given: Any) -> dict[str, Any]:
    return actions.report(NOBODY, text, category="lamp_out", lon=105.7782, lat=10.0340, **given)


def test_discovery_leads_to_the_endpoint_in_both_formats() -> None:
    for place in ("/open311", V2):
        found = Client().get(f"{place}/discovery.json").json()
        assert found["endpoints"][0]["url"].endswith("/open311/v2")
        answer = Client().get(f"{place}/discovery.xml")
        assert answer["Content-Type"] == "text/xml; charset=utf-8"
        assert faults(answer.content) == []


def test_services_are_the_categories_in_the_readers_language_by_suffix_or_by_accept() -> None:
    lamp = next(one for one in get("services.json") if one["service_code"] == "LAMP")

    assert (lamp["service_name"], lamp["type"], lamp["metadata"]) == ("Đèn đường không sáng", "realtime", True)
    assert "chiếu sáng" in lamp["keywords"]
    assert get("services", Accept="application/json")[0]["service_code"]
    assert (
        get("services.json", **{"Accept-Language": "en"})[0]["service_name"] != get("services.json")[0]["service_name"]
    )
    xml = Client().get(f"{V2}/services")
    assert xml["Content-Type"].startswith("text/xml") and faults(xml.content) == []


def test_a_definition_asks_for_privacy_and_says_whom_to_call_first() -> None:
    fire = get("services/FIRE.json")

    assert [item["code"] for item in fire["attributes"]] == ["CALL", "PRIVATE"]
    assert "114" in fire["attributes"][0]["description"] and fire["attributes"][0]["variable"] is False
    assert faults(Client().get(f"{V2}/services/FIRE.xml").content) == []
    missing = Client().get(f"{V2}/services/NONE.json")
    assert (missing.status_code, missing.json()[0]["code"]) == (404, 404)


def test_a_stranger_sends_a_request_and_finds_it_without_personal_data() -> None:
    answer = send(
        email="an@example.vn",
        first_name="An",
        last_name="Nguyễn",
        phone="0912345678",
        address_string="Số 51, gần 0912345678",
    )
    made = answer.json()[0]

    assert answer.status_code == 200 and set(made) == {"service_request_id", "service_notice", "account_id"}
    found = get(f"requests/{made['service_request_id']}.json")
    assert found[0]["status"] == "open"
    assert (found[0]["service_code"], found[0]["lat"], found[0]["long"]) == ("LAMP", 10.034, 105.7782)
    assert (
        found[0]["agency_responsible"]
        and found[0]["expected_datetime"].endswith("+07:00")
        and found[0]["zipcode"] is None
    )
    for secret in ("0912", "345 678", "example.vn", "Nguyễn", made["service_notice"].rsplit("t=", 1)[1]):
        assert secret not in json.dumps(found, ensure_ascii=False)
    kept = sql.row(
        "SELECT channel, email_mark, actor_id FROM hotline_report WHERE code = %(c)s", {"c": made["service_request_id"]}
    )
    assert kept and (kept["channel"], kept["actor_id"]) == ("open311", None) and kept["email_mark"]


def test_the_notice_leads_the_sender_to_their_own_page() -> None:
    address = send().json()[0]["service_notice"].rsplit(" ", 1)[1]
    code, secret = address.rsplit("/", 1)[1].split("?t=")

    assert queries.report(NOBODY, code, secret)["owner"]


def test_a_photo_comes_with_the_request_and_its_address_is_listed() -> None:
    code = Client().post(f"{V2}/requests.json", {**LAMP, "media": photo()}).json()[0]["service_request_id"]

    found = get(f"requests/{code}.json")[0]
    kept = queries.files.files_of(
        HOUSE, "report", str(sql.value("SELECT id FROM hotline_report WHERE code = %(c)s", {"c": code}))
    )
    assert [file.content_type for file in kept] == ["image/jpeg"]
    assert found["media_url"].endswith(f"/report/{code}/photos/{kept[0].id}")
    shown = Client().get(urlsplit(found["media_url"]).path)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg") and "sandbox" in shown[
        "Content-Security-Policy"
    ]


def test_a_request_sent_twice_under_one_key_is_one_request() -> None:
    key = {"Idempotency-Key": "0123456789abcdef"}

    codes = {Client().post(f"{V2}/requests.json", LAMP, headers=key).json()[0]["service_request_id"] for _ in range(2)}
    assert len(codes) == 1 and len(get("requests.json")) == 1


def test_xml_and_json_bodies_are_taken_alike() -> None:
    xml = Client().post(f"{V2}/requests.xml", "service_code=LAMP&address_string=1+Hai+B%C3%A0+Tr%C6%B0ng&description=T%E1%BA%AFt",
                        content_type="application/x-www-form-urlencoded; charset=utf-8")  # fmt: skip
    assert faults(xml.content) == []
    code = ElementTree.fromstring(xml.content).findtext("request/service_request_id")
    assert get(f"requests/{code}.json")[0]["address"] == "1 Hai Bà Trưng"

    body = json.dumps({**LAMP, "attribute": {"PRIVATE": "no"}})
    assert Client().post(f"{V2}/requests.json", body, content_type="application/json").json()[0]["service_request_id"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"service_code": ""}, 400), ({"service_code": "NONE"}, 404), ({"lat": "", "long": ""}, 400), ({"lat": "95"}, 400),
        ({"email": "nobody"}, 400), ({"attribute[PRIVATE]": "perhaps"}, 400), ({"api_key": "guessed"}, 403), ({"api_key": "admin:guessed"}, 403),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_the_standards_own_errors_and_nothing_is_kept(
    fields: dict[str, str], status: int
) -> None:
    answer = send(**fields)

    assert answer.status_code == status
    assert answer.json()[0]["code"] == status and answer.json()[0]["description"]
    assert faults(Client().post(f"{V2}/requests.xml", {**LAMP, **fields}).content) == []
    assert sql.value("SELECT count(*) FROM hotline_report") == 0


def test_other_methods_and_bodies_are_refused() -> None:
    assert Client().put(f"{V2}/requests.json").status_code == 405
    assert Client().post(f"{V2}/services.json").status_code == 405
    assert Client().post(f"{V2}/requests.json", b"<a/>", content_type="text/xml").status_code == 400
    assert Client().post(f"{V2}/requests.json", b"{", content_type="application/json").status_code == 400


def test_a_private_request_gets_its_number_and_is_shown_to_nobody() -> None:
    code = send(**{"attribute[PRIVATE]": "yes"}).json()[0]["service_request_id"]

    assert Client().get(f"{V2}/requests/{code}.json").status_code == 404
    assert get("requests.json") == []
    assert get(f"requests.json?service_request_id={code}") == []


def test_beyond_a_burst_requests_wait_for_a_person_behind_a_token() -> None:
    answers = [send(email="an@example.vn").json()[0] for _ in range(7)]
    token = answers[-1]["token"]

    assert "service_request_id" not in answers[-1] and len(get("requests.json")) == 6
    assert get(f"tokens/{token}.json") == [{"service_request_id": None, "token": token}]
    code = token.rsplit("-", 1)[0]
    sql.execute("UPDATE hotline_report SET held = '', listed = TRUE WHERE code = %(c)s", {"c": code})
    assert get(f"tokens/{token}.json")[0]["service_request_id"] == code
    assert Client().get(f"{V2}/tokens/{code}-0000.json").status_code == 404
    assert faults(Client().get(f"{V2}/tokens/{token}.xml").content) == []


def test_an_integrator_sends_with_its_key_without_bursts_and_owns_nothing(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    system = Actor(username="kiosk", name="Kiosk", kind="official")
    system.set_password(PASSWORD)
    system.save()

    answers = [send(api_key=f"kiosk:{PASSWORD}").json()[0] for _ in range(45)]
    assert all("service_request_id" in answer for answer in answers)
    assert "service_request_id" in send(api_key=credentials.issue_token(system.id)).json()[0]
    assert sql.value("SELECT count(*) FROM hotline_report WHERE actor_id IS NOT NULL") == 0


def test_a_city_may_close_the_door_to_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = queries.desk().model_copy(update={"open311_strangers": False})
    monkeypatch.setattr(queries, "desk", lambda: closed)

    assert send().status_code == 403
    assert get("requests.json") == []


def test_an_answer_closes_the_request_and_its_words_are_the_notes() -> None:
    made = reported()
    case = cases.move(HOUSE, made["case_id"], "start")
    assert get(f"requests/{made['code']}.json")[0]["status_notes"] == "Đang xử lý"
    cases.move(HOUSE, made["case_id"], "answer", "Đã thay bóng. Gọi 0912345678.", expected_version=case["version"])
    sql.execute("UPDATE hotline_report SET answer = 'Đã thay bóng. Gọi 0912345678.'")

    found = get(f"requests/{made['code']}.json")[0]
    assert (found["status"], found["status_notes"]) == ("closed", "Đã thay bóng. Gọi •••.")
    closed = sql.value("SELECT closed_at FROM cases_case WHERE id = %(id)s", {"id": made["case_id"]})
    assert dt.datetime.fromisoformat(found["updated_datetime"]) == closed.replace(microsecond=0)
    assert [one["service_request_id"] for one in get("requests.json?status=closed")] == [made["code"]]
    assert get("requests.json?status=open") == []


def test_the_list_is_filtered_by_each_argument() -> None:
    lamp = reported()["code"]
    far = actions.report(NOBODY, "Ổ gà", category="road_damage", lon=105.9, lat=9.6)["code"]
    old = reported("Đèn tắt năm ngoái")["code"]
    sql.execute("UPDATE hotline_report SET asked_at = asked_at - interval '200 days' WHERE code = %(c)s", {"c": old})

    def codes(query: str) -> set[str]:
        return {one["service_request_id"] for one in get(f"requests.json?{query}")}

    assert codes("") == {lamp, far}
    assert codes("service_code=ROAD,NONE") == {far}
    assert codes("lat=10.034&long=105.778&radius=300") == {lamp}
    assert codes("bbox=105.85,9.5,106,9.7") == {far}
    assert codes(f"service_request_id={lamp.lower()},{old}") == {lamp, old}
    since = (dt.datetime.now(dt.UTC) - dt.timedelta(days=210)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert codes(f"start_date={since}") == {old}
    assert codes("jurisdiction_id=cantho.gov.vn&extensions=true&status=") == {lamp, far}
    assert Client().get(f"{V2}/requests.json?status=lost").json()[0]["code"] == 400


def test_pages_follow_their_links_and_miss_nothing_that_comes_in_between() -> None:
    wanted = [reported(f"Đèn số {n} tắt")["code"] for n in range(7)][::-1]
    seen: list[str] = []
    address = f"{V2}/requests.json?page_size=3&service_code=LAMP"

    while address:
        answer = Client().get(address)
        seen += [one["service_request_id"] for one in answer.json()]
        links = dict(reversed(part.split("; ")) for part in answer.headers.get("Link", "").split(", ") if part)  # type: ignore[arg-type]
        address = links.get('rel="next"', "")[1:-1].replace("http://localhost:8000", "")
        reported("Đèn mới tắt")  # comes in between two pages

    assert seen == wanted
    assert [
        one["service_request_id"] for one in get("requests.json?page_size=3&page=2&end_date=2999-01-01T00:00:00Z")
    ] == []


def test_a_page_costs_one_query_for_one_request_and_for_many() -> None:
    def cost() -> int:
        get("requests.json")
        with CaptureQueriesContext(connection) as asked:
            get("requests.json")
        return len(asked)

    reported()
    one = cost()
    for n in range(20):
        reported(f"Đèn số {n} tắt")

    assert cost() == one == 1


def test_what_a_client_has_is_not_sent_again() -> None:
    reported()
    first = Client().get(f"{V2}/requests.json")

    again = Client().get(f"{V2}/requests.json", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Last-Modified"].endswith("GMT") and first["Access-Control-Allow-Origin"] == "*"
    reported("Đèn khác tắt")
    assert Client().get(f"{V2}/requests.json", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_the_list_keeps_the_schema_in_xml() -> None:
    reported("<b>Đèn</b> & bóng \x0b tắt")
    actions.report(NOBODY, "Không có nơi", address="")

    assert faults(Client().get(f"{V2}/requests.xml").content) == []


def test_a_session_cannot_be_made_to_send_from_another_site(citizen: Viewer) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(Actor.objects.get(id=citizen.actor_id))

    assert client.post(f"{V2}/requests.json", LAMP).status_code == 403
    assert Client(enforce_csrf_checks=True).post(f"{V2}/requests.json", LAMP).status_code == 200
