"""Whatever is sent, nothing fails in a way that was not foreseen."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taydo.protocols.sensorthings.vocabulary import TYPES

from .conftest import ROOT, place, small_city, station, stream

pytestmark = pytest.mark.django_db
AT = "2026-01-01T00:00:00Z"
_ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), st.text(max_size=8), st.just([]), st.just({}),
    st.sampled_from(["\ud800", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-01-01T00:00:00Z/2025-01-01T00:00:00Z", 1e308, 2**64,
                     {"@iot.id": 2**40}, {"@iot.id": "x"}, {"@iot.id": [1]}, {"@iot.id": None}, [{"@iot.id": 1}], {"type": "Point"},
                     {"type": "Point", "coordinates": [1e400, 0]}, {"type": "Polygon", "coordinates": [[[0, 0]]]}, "$1"]),
)  # fmt: skip
_GOOD = {
    "Thing": station(), "Location": place(), "Sensor": stream()["Sensor"], "ObservedProperty": stream()["ObservedProperty"],
    "Datastream": stream(Thing={"@iot.id": 1}), "HistoricalLocation": {"time": AT, "Thing": {"@iot.id": 1}, "Locations": []},
    "FeatureOfInterest": {"name": "f", "description": "", "encodingType": "application/geo+json", "feature": place()["location"]},
    "Observation": {"result": 1, "phenomenonTime": AT, "Datastream": {"@iot.id": 1}},
}  # fmt: skip


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """One station with one reading."""
    with django_db_blocker.unblock(), small_city("keeper") as sta:
        sta.post("Things", station(Datastreams=[stream(Observations=[{"phenomenonTime": AT, "result": 1}])]))
        yield sta


@pytest.fixture
def city(built, db):
    """The face for somebody who may everything."""
    return built


def bodies(kind: str) -> st.SearchStrategy[dict]:
    """A good body in which one to three properties are odd."""
    names = [*TYPES[kind].properties, *TYPES[kind].relations]
    return st.dictionaries(st.sampled_from(names), _ODD, min_size=1, max_size=3).map(lambda odd: {**_GOOD[kind], **odd})


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(TYPES)).flatmap(lambda kind: st.tuples(st.just(kind), bodies(kind))),
    st.sampled_from(["POST", "PATCH", "PUT"]),
)
def test_no_body_of_an_entity_gives_5xx(city, given_body, method):
    kind, body = given_body
    keys = city.ids(f"{TYPES[kind].plural}?$top=1")
    path = TYPES[kind].plural if method == "POST" or not keys else f"{TYPES[kind].plural}({keys[0]!r})"
    text = json.dumps(body).replace(
        '"Thing": {"@iot.id": 1}', f'"Thing": {{"@iot.id": {city.ids("Things?$top=1")[0]}}}'
    )

    response = city.send(method, path, text)
    assert response.status_code < 500, (method, path, text, response.content[:300])
    for plural in (TYPES[kind].plural, "Observations"):
        assert city.send("GET", f"{plural}?$top=1000").status_code == 200


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(_ODD, max_size=4), max_size=3), st.lists(st.sampled_from(
    ["phenomenonTime", "result", "resultTime", "parameters", "FeatureOfInterest/id", "validTime", "x"]), max_size=4))  # fmt: skip
def test_no_data_array_gives_5xx(city, rows, names):
    key = city.ids("Datastreams?$top=1")[0]
    text = json.dumps([{"Datastream": {"@iot.id": key}, "components": names, "dataArray": rows}])

    assert city.send("POST", "CreateObservations", text).status_code < 500
    assert city.send("GET", "Observations?$top=1000").status_code == 200


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=120), st.sampled_from(["Things", "CreateObservations", "$batch"]))
def test_no_bytes_give_5xx(city, noise, path):
    for body in (noise, b'{"requests":[' + noise + b"]}", b"--b\r\n" + noise + b"\r\n--b--"):
        assert (
            city.client.generic(
                "POST", f"/sta/v1.1/{path}", body, content_type="multipart/mixed; boundary=b", **city.headers
            ).status_code
            < 500
        )
        assert (
            city.client.generic(
                "POST", f"/sta/v1.1/{path}", body, content_type="application/json", **city.headers
            ).status_code
            < 500
        )


def test_a_body_that_is_too_long_is_413(city):
    assert city.send("POST", "Things", b'{"name":"' + b"a" * (3 * 1024 * 1024) + b'"}').status_code == 413


def test_numbers_too_large_for_json_programs_are_refused_or_kept(city):
    key = city.ids("Datastreams?$top=1")[0]
    body = (
        '{"result": 1, "phenomenonTime": "2026-01-05T00:00:00Z", "parameters": {"big": 123456789012345678901234567890}}'
    )

    made = city.send("POST", f"Datastreams({key})/Observations", body)
    assert made.status_code in (201, 400)
    assert city.get(f"{ROOT}/Observations?$top=1000")["value"]
