"""Clients of Open311 that we did not write, unchanged, against a running city: georeport in JSON and XML, civicbot's client."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import requests
from civicbot.http import HttpError, HttpTransport, RateLimiter
from civicbot.open311 import Open311Client, ValidationError
from civicbot.registry import Endpoint
from georeport import GeoReport
from tests.running_city import PASSWORD, RunningCity

from taydo.protocols.open311.tests.schema import faults

pytestmark = pytest.mark.slow
PLACE = {"lat": 10.034, "lng": 105.7782}
KEY = f"integrator:{PASSWORD}"


@pytest.fixture(scope="module")
def sender(city: RunningCity) -> Open311Client:
    """civicbot's client, which sends as well as reads; without its pauses between calls."""
    endpoint = Endpoint("can-tho", "Cần Thơ", f"{city.url}/open311/v2", write=True)
    return Open311Client(endpoint, HttpTransport(rate_limiter=RateLimiter(0)), jurisdiction_id="cantho.gov.vn")


@pytest.fixture(scope="module")
def sent(sender: Open311Client) -> list[str]:
    """Codes of three requests sent by civicbot's client, the first one first."""
    answers = [
        sender.create_request(
            "LAMP", **PLACE, description=f"Đèn đường số {n} tắt", first_name="An", last_name="Nguyễn", email="an@example.vn",
            attributes={"PRIVATE": "no"}, api_key=KEY, validate_remote=True, dry_run=False, confirm="SEND",
        ).response
        for n in (1, 2, 3)
    ]  # fmt: skip
    return [answer[0]["service_request_id"] for answer in answers]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_georeport_reads_services_and_a_definition(city: RunningCity, form: str) -> None:
    client = GeoReport(f"{city.url}/open311/v2", jurisdiction="cantho.gov.vn", output_format=form)

    services = {one["service_code"]: one for one in client.get_service_list()}
    fire = client.get_service_definition("FIRE")
    assert services["LAMP"]["service_name"] == "Đèn đường không sáng"
    assert services["LAMP"]["type"] == "realtime" and len(services) > 20
    attributes = fire["attributes"] if form == "json" else fire["attributes"]["attribute"]
    assert fire["service_code"] == "FIRE" and "114" in attributes[0]["description"]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_georeport_finds_what_was_sent(city: RunningCity, sent: list[str], form: str) -> None:
    client = GeoReport(f"{city.url}/open311/v2", jurisdiction="cantho.gov.vn", output_format=form)
    now = dt.datetime.now(dt.UTC)

    def codes(**asked: Any) -> list[str]:
        return [one["service_request_id"] for one in client.get_service_requests(**asked)]

    one = client.get_service_request(sent[0])
    assert (one["service_request_id"], one["status"], one["service_code"]) == (sent[0], "open", "LAMP")
    assert (float(one["lat"]), float(one["long"])) == (10.034, 105.7782)
    assert codes(service_request_id=",".join(sent)) == sent[::-1]
    assert codes(service_code="LAMP,ROAD", status="open", start_date=(now - dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
                 end_date=(now + dt.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))[:3] == sent[::-1]  # fmt: skip
    with pytest.raises(requests.HTTPError) as refused:
        client.get_service_requests(start_date="2026-01-01T00:00:00Z", end_date="2026-09-01T00:00:00Z")
    assert refused.value.response.status_code == 400 and "90" in refused.value.response.text


def test_civicbot_reads_lists_pages_and_is_told_what_is_wrong(sender: Open311Client, sent: list[str]) -> None:
    page = sender.list_requests(service_code="LAMP", status="open", page_size=2)

    assert [one["service_request_id"] for one in page] == sent[:0:-1]
    assert sender.get_request(sent[1])["description"] == "Đèn đường số 2 tắt"  # type: ignore[index]
    assert any(one["group"] for one in sender.list_services(**PLACE))
    with pytest.raises(HttpError) as missing:
        sender.get_request("PA-0000000")
    assert missing.value.status == 404
    with pytest.raises(HttpError) as refused:
        sender.create_request("LAMP", **PLACE, description="x", api_key="nobody", dry_run=False, confirm="SEND")
    assert refused.value.status == 403
    with pytest.raises(ValidationError):  # its own check against our definition, before anything is sent
        sender.create_request("LAMP", **PLACE, attributes={"PRIVATE": "perhaps"}, validate_remote=True)


def test_what_is_served_in_xml_keeps_the_schema(city: RunningCity, sent: list[str]) -> None:
    for path in (
        "discovery",
        "v2/services",
        "v2/services/LAMP",
        "v2/requests",
        f"v2/requests/{sent[0]}",
        "v2/requests/PA-0",
    ):
        answer = requests.get(f"{city.url}/open311/{path}.xml", timeout=20)
        assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
        assert faults(answer.content) == [], path
