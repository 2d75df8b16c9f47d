"""Batches and data arrays (18-088, 10.5 and clause 12)."""

from __future__ import annotations

import json

import pytest

from taydo.engines.sensorthings.rendering import render_observation
from taydo.kernel import sql

from .conftest import ROOT, station, stream

pytestmark = pytest.mark.django_db
AT = "2026-01-01T00:00:00Z"


@pytest.fixture
def streams(sta):
    """Two datastreams of one thing."""
    key = sta.post("Things", station(Datastreams=[stream("a"), stream("b", observationType="http://x/OM_Measurement")]))
    return sta.ids(f"Things({key})/Datastreams?$orderby=name")


def block(key, rows, components=("phenomenonTime", "result")):
    return {
        "Datastream": {"@iot.id": key},
        "components": list(components),
        "dataArray@iot.count": len(rows),
        "dataArray": rows,
    }


def test_create_observations_answers_a_link_or_error_for_every_row(sta, streams):
    a, b = streams
    found = sta.post("CreateObservations", [
        block(a, [[AT, 1], ["2026-01-01T01:00:00Z", "wet"], ["never", 2], ["2026-01-01T02:00:00Z"]]),
        block(b, [[AT, 5.5], ["2026-01-01T01:00:00Z", "wet"], [AT, 5.5], ["2099-01-01T00:00:00Z", 1]]),
    ])  # fmt: skip

    assert found == [f"{ROOT}/Observations('{a}-1767225600000000')", f"{ROOT}/Observations('{a}-1767229200000000')", "error", "error",
                     f"{ROOT}/Observations('{b}-1767225600000000')", "error", f"{ROOT}/Observations('{b}-1767225600000000')",
                     "error"]  # fmt: skip
    assert sta.get(found[1])["result"] == "wet"
    held = sql.rows("SELECT reason, datastream_id FROM streams_quarantine ORDER BY reason")
    assert [one["reason"] for one in held] == ["future", "shape", "time", "type"]


def test_create_observations_takes_all_components(sta, streams):
    key = streams[0]
    feature = sta.ids("FeaturesOfInterest")[0]
    names = (
        "phenomenonTime",
        "result",
        "resultTime",
        "resultQuality",
        "validTime",
        "parameters",
        "FeatureOfInterest/id",
    )
    span = "2026-01-01T00:00:00Z/2026-01-01T01:00:00Z"

    (link,) = sta.post("CreateObservations", [block(key, [[AT, 1, AT, {"q": 1}, span, {"p": 2}, feature]], names)])
    found = sta.get(link + "?$expand=FeatureOfInterest($select=id)")
    assert (
        found["resultQuality"] == {"q": 1}
        and found["parameters"] == {"p": 2}
        and found["resultTime"] == "2026-01-01T00:00:00.000Z"
    )
    assert found["FeatureOfInterest"] == {"@iot.id": feature}


def test_create_observations_that_cannot_be_understood_take_nothing(sta, streams):
    sta.post("CreateObservations", [block(streams[0], [[AT, 1]]), block(999, [[AT, 1]])], 404)
    sta.post(
        "CreateObservations",
        [block(streams[0], [[AT, 1, 999]], ("phenomenonTime", "result", "FeatureOfInterest/id"))],
        400,
    )
    sta.post("CreateObservations", {}, 400)
    sta.post("CreateObservations", b"[", 400)
    assert sta.ids("Observations") == []
    assert sta.post("CreateObservations", []) == []


def test_handing_the_same_data_in_again_changes_nothing(sta, streams):
    rows = [[f"2026-01-01T{h:02d}:00:00Z", h] for h in range(24)]

    first = sta.post("CreateObservations", [block(streams[0], rows)])
    assert sta.post("CreateObservations", [block(streams[0], rows)]) == first
    assert sta.get("Observations?$count=true&$top=0")["@iot.count"] == 24


def multipart(*parts: str) -> str:
    return "".join(f"--b\r\n{one}\r\n" for one in parts) + "--b--"


def request(line: str, body: object = None, key: str = "") -> str:
    head = "Content-Type: application/http\r\n" + (f"Content-ID: {key}\r\n" if key else "")
    return f"{head}\r\n{line} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{json.dumps(body) if body is not None else ''}"


def changes(*parts: str) -> str:
    return "Content-Type: multipart/mixed; boundary=c\r\n\r\n" + "".join(f"--c\r\n{one}\r\n" for one in parts) + "--c--"


def send(sta, body: str):
    return sta.send("POST", "$batch", body, "multipart/mixed; boundary=b")


def test_a_multipart_batch_reads_writes_and_refers_to_what_it_made(sta, streams):
    found = send(sta, multipart(
        request(f"GET /sta/v1.1/Datastreams({streams[0]})?$select=name"),
        changes(
            request("POST Things", {"name": "new", "description": ""}, "1"),
            request("POST $1/Datastreams", stream("of new"), "2"),
            request("POST Observations", {"result": 1, "phenomenonTime": AT, "Datastream": {"@iot.id": "$2"}}, "3"),
        ),
        request("GET Things(999)"),
    ))  # fmt: skip

    text = found.content.decode()
    assert found.status_code == 200 and found["Content-Type"].startswith("multipart/mixed; boundary=")
    assert (
        text.count("HTTP/1.1 201 Created") == 3 and text.count("HTTP/1.1 404 Not Found") == 1 and '{"name":"a"}' in text
    )
    assert (
        sta.get("Things?$filter=name eq 'new'&$expand=Datastreams/Observations")["value"][0]["Datastreams"][0][
            "Observations"
        ][0]["result"]
        == 1
    )


def test_a_change_set_happens_all_or_not_at_all(sta):
    found = send(sta, multipart(
        changes(request("POST Things", {"name": "kept?", "description": ""}, "1"), request("POST Things", {"name": "bad"}, "2")),
        request("POST Things", {"name": "alone", "description": ""}),
    ))  # fmt: skip

    assert found.content.decode().count("HTTP/1.1 400 Bad Request") == 1
    assert sta.names("Things") == ["alone"]


def test_a_json_batch_does_the_same(sta):
    found = sta.send("POST", "$batch", {"requests": [
        {"id": "1", "atomicityGroup": "g", "method": "post", "url": "Things", "body": {"name": "n", "description": ""}},
        {"id": "2", "atomicityGroup": "g", "method": "patch", "url": "$1", "body": {"description": "changed"}},
        {"id": "3", "method": "get", "url": "Things?$select=description"},
        {"id": "4", "method": "get", "url": "Nothings"},
    ]}).json()["responses"]  # fmt: skip

    assert [one["status"] for one in found] == [201, 200, 200, 400]
    assert found[2]["body"] == {"value": [{"description": "changed"}]} and found[0]["location"].startswith(ROOT)
    assert found[3]["body"]["code"] == "bad_query"


def test_a_batch_asks_who_sends_it_for_every_request_in_it(anyone):
    found = send(anyone, multipart(request("POST Things", {"name": "n", "description": ""}), request("GET Things")))

    text = found.content.decode()
    assert "HTTP/1.1 401 Unauthorized" in text and "HTTP/1.1 200 OK" in text


def test_a_batch_that_is_none_is_400(sta):
    assert sta.send("POST", "$batch", "x", "multipart/mixed; boundary=b").status_code == 400
    assert sta.send("POST", "$batch", "x", "text/plain").status_code == 400
    assert sta.send("POST", "$batch", "{}", "application/json").status_code == 400
    assert sta.send("GET", "$batch").status_code == 405


def test_a_reading_is_rendered_for_publishing_as_it_is_over_http(sta, streams):
    extra = {"parameters": {"a": 1}, "resultTime": "2026-01-01T00:00:00.000Z"}
    key = sta.post(f"Datastreams({streams[0]})/Observations", {"result": 2.5, "phenomenonTime": AT, **extra})

    assert render_observation(streams[0], 1767225600000000, 2.5, extra, ROOT) == sta.get(f"Observations('{key}')")
