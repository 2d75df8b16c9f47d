"""Create, update, delete and deep insert (18-088, clause 10; the second part of the conformance tests)."""

from __future__ import annotations

import pytest

from taydo.kernel import sql

from .conftest import ROOT, place, station, stream

pytestmark = pytest.mark.django_db
AT = "2026-01-01T00:00:00.000Z"


def test_creating_answers_201_with_the_place_of_the_entity(sta):
    response = sta.send("POST", "Things", {"name": "a", "description": "b"})

    assert response.status_code == 201
    key = response.json()["@iot.id"]
    assert response["Location"] == f"{ROOT}/Things({key})"


def test_deep_insert_makes_everything_and_joins_it(sta):
    key = sta.post("Things", station(Datastreams=[
        stream("a", Observations=[{"phenomenonTime": AT, "result": 1}, {"phenomenonTime": "2026-01-01T01:00:00Z", "result": 2}]),
        stream("b"),
    ]))  # fmt: skip

    assert sorted(sta.names(f"Things({key})/Datastreams")) == ["a", "b"]
    first = sta.get(f"Things({key})/Datastreams?$filter=name eq 'a'&$expand=Sensor,ObservedProperty,Observations")[
        "value"
    ][0]
    assert (first["Sensor"]["name"], first["ObservedProperty"]["name"]) == ("sensor a", "property a")
    assert [one["result"] for one in first["Observations"]] == [1, 2]
    assert first["unitOfMeasurement"] == {"name": "độ C", "symbol": "°C", "definition": "ucum:Cel"}
    assert first["phenomenonTime"] == "2026-01-01T00:00:00.000Z/2026-01-01T01:00:00.000Z"


def test_deep_insert_joins_what_exists_by_its_id(sta):
    sensor = sta.post("Sensors", stream()["Sensor"])
    observed = sta.post("ObservedProperties", stream()["ObservedProperty"])
    spot = sta.post("Locations", place())
    key = sta.post("Things", station(
        Locations=[{"@iot.id": spot}],
        Datastreams=[stream(Sensor={"@iot.id": sensor}, ObservedProperty={"@iot.id": observed})],
    ))  # fmt: skip

    assert (
        sta.ids("Sensors") == [sensor]
        and sta.ids("ObservedProperties") == [observed]
        and sta.ids("Locations") == [spot]
    )
    assert sta.ids(f"Sensors({sensor})/Datastreams") == sta.ids(f"Things({key})/Datastreams")


def test_a_deep_insert_that_fails_leaves_nothing(sta):
    sta.post("Things", station(Datastreams=[stream("a"), {"name": "b"}]), 400)
    sta.post("Things", station(Datastreams=[stream("a", Observations=[{"phenomenonTime": "never", "result": 1}])]), 400)

    for one in ("Things", "Locations", "Sensors", "ObservedProperties", "Datastreams", "FeaturesOfInterest"):
        assert sta.ids(one) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("Things", {"description": "no name"}),
        ("Things", {"name": 5, "description": ""}),
        ("Things", {"name": "a", "description": "", "properties": [1]}),
        ("Things", {"name": "a", "description": "", "colour": "red"}),
        ("Things", []),
        ("Things", b"{"),
        ("Things", b'{"name":"a\\u0000","description":""}'),
        ("Locations", {**place(), "location": {"type": "Point", "coordinates": ["x"]}}),
        ("Locations", {**place(), "location": None}),
        ("Datastreams", stream()),
        ("Datastreams", stream(Thing={"@iot.id": 999})),
        ("Datastreams", stream(Thing={"name": "t", "description": ""}, unitOfMeasurement="°C")),
        ("Sensors", {"name": "a", "description": "", "encodingType": "x"}),
        ("HistoricalLocations", {"time": "yesterday", "Thing": {"name": "t", "description": ""}}),
        ("Observations", {"result": 1}),
        ("FeaturesOfInterest", {"name": "f", "description": "", "encodingType": "application/geo+json", "feature": 1}),
    ],
)
def test_what_is_missing_or_wrong_is_refused_by_name(sta, path, body):
    problem = sta.post(path, body, 400)

    assert problem["status"] == 400 and problem["vi"] != problem["en"]


def test_entities_can_be_posted_to_a_relation(sta):
    key = sta.post("Things", {"name": "a", "description": ""})

    made = sta.post(f"Things({key})/Datastreams", stream())
    assert sta.get(f"Datastreams({made})/Thing")["@iot.id"] == key
    spot = sta.post(f"Things({key})/Locations", place())
    assert sta.ids(f"Things({key})/Locations") == [spot]
    reading = sta.post(f"Datastreams({made})/Observations", {"result": 3, "phenomenonTime": AT})
    assert reading == f"{made}-1767225600000000"
    sta.post("Things(999)/Datastreams", stream(), 404)
    sta.post(f"Datastreams({made})/Thing", {}, 405)


def test_moving_a_thing_writes_history_by_itself(sta):
    key = sta.post("Things", station())
    first = sta.ids(f"Things({key})/Locations")[0]

    second = sta.post(f"Things({key})/Locations", place("Cái Răng", 105.75, 10.0))
    assert sta.ids(f"Things({key})/Locations") == [second]
    found = sta.get(f"Things({key})/HistoricalLocations?$expand=Locations&$orderby=time")["value"]
    assert [one["Locations"][0]["@iot.id"] for one in found] == [first, second]
    sta.patch(f"Things({key})", {"Locations": [{"@iot.id": first}]})
    assert sta.ids(f"Things({key})/Locations") == [first]
    assert len(sta.ids(f"Things({key})/HistoricalLocations")) == 3
    assert sql.row("SELECT lon, lat FROM streams_thing WHERE id = %(k)s", {"k": key}) == {"lon": 105.788, "lat": 10.03}


def test_a_historical_location_can_be_written_by_hand(sta):
    key = sta.post("Things", station())
    spot = sta.ids(f"Things({key})/Locations")[0]

    made = sta.post(
        "HistoricalLocations",
        {"time": "2020-01-01T00:00:00Z", "Thing": {"@iot.id": key}, "Locations": [{"@iot.id": spot}]},
    )
    assert sta.get(f"HistoricalLocations({made})")["time"] == "2020-01-01T00:00:00.000Z"
    assert sta.ids(f"HistoricalLocations({made})/Locations") == [spot]


def test_the_feature_of_interest_comes_from_the_place_of_the_thing(sta):
    key = sta.post("Things", station())
    made = sta.ids(f"Things({key})/Datastreams")[0]

    first = sta.post("Observations", {"result": 1, "phenomenonTime": AT, "Datastream": {"@iot.id": made}})
    second = sta.post(
        "Observations", {"result": 2, "phenomenonTime": "2026-01-02T00:00:00Z", "Datastream": {"@iot.id": made}}
    )
    feature = sta.get(f"Observations('{first}')/FeatureOfInterest")
    assert feature["feature"] == place()["location"]
    assert sta.get(f"Observations('{second}')/FeatureOfInterest")["@iot.id"] == feature["@iot.id"]
    assert sta.ids(f"FeaturesOfInterest({feature['@iot.id']})/Observations") == [first, second]


def test_a_reading_may_name_its_feature_or_bring_it_along(sta):
    key = sta.post("Things", station())
    made = sta.ids(f"Things({key})/Datastreams")[0]
    feature = {
        "name": "f",
        "description": "",
        "encodingType": "application/geo+json",
        "feature": {"type": "Point", "coordinates": [1, 2]},
    }

    one = sta.post(
        f"Datastreams({made})/Observations", {"result": 1, "phenomenonTime": AT, "FeatureOfInterest": feature}
    )
    found = sta.get(f"Observations('{one}')/FeatureOfInterest")
    assert found["feature"]["coordinates"] == [1, 2]
    two = sta.post(f"Datastreams({made})/Observations", {"result": 2, "phenomenonTime": "2026-01-02T00:00:00Z",
                                                         "FeatureOfInterest": {"@iot.id": found["@iot.id"]}})  # fmt: skip
    assert sta.ids(f"FeaturesOfInterest({found['@iot.id']})/Observations") == [one, two]
    sta.post(f"Datastreams({made})/Observations", {"result": 2, "FeatureOfInterest": {"@iot.id": 999}}, 400)


def test_patch_changes_what_it_names_and_put_everything(sta):
    key = sta.post("Things", station(properties={"a": 1, "b": {"c": 2, "d": 3}}))

    sta.patch(f"Things({key})", {"description": "new", "properties": {"a": None, "b": {"c": 9}}})
    found = sta.get(f"Things({key})")
    assert (found["name"], found["description"], found["properties"]) == ("Trạm 1", "new", {"b": {"c": 9, "d": 3}})
    sta.put(f"Things({key})", {"name": "n", "description": "d"})
    assert sta.get(f"Things({key})")["properties"] == {}
    sta.put(f"Things({key})", {"name": "n"}, 400)
    sta.patch("Things(999)", {"name": "n"}, 404)


def test_json_patch_is_understood(sta):
    key = sta.post("Things", station(properties={"a": 1}))

    sta.patch(f"Things({key})", [{"op": "add", "path": "/properties/b", "value": 2}, {"op": "replace", "path": "/name", "value": "N"}],
              kind="application/json-patch+json")  # fmt: skip
    assert (sta.get(f"Things({key})")["properties"], sta.get(f"Things({key})")["name"]) == ({"a": 1, "b": 2}, "N")
    sta.patch(f"Things({key})", [{"op": "test", "path": "/name", "value": "x"}], 400, "application/json-patch+json")


def test_each_entity_type_can_be_patched(sta):
    key = sta.post("Things", station())
    made = sta.ids(f"Things({key})/Datastreams")[0]
    other = sta.post("Things", {"name": "o", "description": ""})

    sta.patch(
        f"Datastreams({made})",
        {"unitOfMeasurement": {"name": "x", "symbol": "y", "definition": "z"}, "Thing": {"@iot.id": other}},
    )
    assert sta.get(f"Datastreams({made})/unitOfMeasurement/symbol") == {"symbol": "y"}
    assert sta.get(f"Datastreams({made})/Thing")["@iot.id"] == other
    spot = sta.ids("Locations")[0]
    sta.patch(f"Locations({spot})", {"location": {"type": "Point", "coordinates": [106, 9]}})
    assert sta.get(f"Locations({spot})")["location"]["coordinates"] == [106, 9]
    sta.patch(f"Locations({spot})", {"location": {"type": "Pint"}}, 400)
    sta.patch(f"Sensors({sta.ids('Sensors')[0]})", {"metadata": {"any": "json"}})
    sta.patch(f"ObservedProperties({sta.ids('ObservedProperties')[0]})", {"definition": "d"})
    sta.patch(f"HistoricalLocations({sta.ids('HistoricalLocations')[0]})", {"time": "2020-01-01T00:00:00+07:00"})
    assert sta.get(f"HistoricalLocations({sta.ids('HistoricalLocations')[0]})/time") == {
        "time": "2019-12-31T17:00:00.000Z"
    }


def test_a_reading_never_changes_but_can_be_judged(sta):
    key = sta.post("Things", station())
    made = sta.ids(f"Things({key})/Datastreams")[0]
    one = sta.post(f"Datastreams({made})/Observations", {"result": 1, "phenomenonTime": AT})

    problem = sta.patch(f"Observations('{one}')", {"result": 2}, 409).json()
    assert "result" in problem["en"] and "sửa" in problem["vi"]
    sta.patch(
        f"Observations('{one}')", {"result": 1, "resultQuality": {"nameOfMeasure": "ok"}, "parameters": {"k": [1]}}
    )
    found = sta.get(f"Observations('{one}')")
    assert (found["result"], found["resultQuality"], found["parameters"]) == (1, {"nameOfMeasure": "ok"}, {"k": [1]})
    sta.patch(f"Observations('{one}')", [{"op": "remove", "path": "/parameters"}], kind="application/json-patch+json")
    assert "parameters" not in sta.get(f"Observations('{one}')")


def test_deleting_takes_along_what_cannot_be_without_it(sta):
    key = sta.post("Things", station())
    sta.delete(f"Things({key})")
    assert sta.ids("Things") == sta.ids("Datastreams") == sta.ids("HistoricalLocations") == []
    assert len(sta.ids("Sensors")) == len(sta.ids("Locations")) == 1

    key = sta.post("Things", station())
    made = sta.ids(f"Things({key})/Datastreams")[0]
    sta.delete(f"Sensors({sta.get(f'Datastreams({made})/Sensor')['@iot.id']})")
    assert sta.ids("Datastreams") == []
    for spot in sta.ids("Locations"):
        sta.delete(f"Locations({spot})")
    assert sta.ids(f"Things({key})/HistoricalLocations") == []
    sta.delete(f"Things({key})")
    sta.delete(f"Things({key})", 404)


def test_a_deleted_reading_is_hidden_but_kept(sta):
    key = sta.post("Things", station())
    made = sta.ids(f"Things({key})/Datastreams")[0]
    one = sta.post(f"Datastreams({made})/Observations", {"result": 1, "phenomenonTime": AT})

    sta.delete(f"Observations('{one}')")
    sta.get(f"Observations('{one}')", 404)
    assert sta.get(f"Datastreams({made})?$expand=Observations($count=true)")["Observations@iot.count"] == 0
    assert sta.ids("Observations") == []
    assert sql.value("SELECT flags FROM streams_observation WHERE datastream_id = %(d)s", {"d": made}) & 32


def test_a_feature_with_readings_is_not_deleted(sta):
    key = sta.post("Things", station())

    sta.delete(f"FeaturesOfInterest({sta.ids('FeaturesOfInterest')[0]})", 409)
    loose = sta.post(
        "FeaturesOfInterest", {"name": "f", "description": "", "encodingType": "text/plain", "feature": "here"}
    )
    sta.delete(f"FeaturesOfInterest({loose})")
    assert key


def test_results_of_every_kind_come_back_as_they_went_in(sta):
    key = sta.post("Things", station())
    made = sta.ids(f"Things({key})/Datastreams")[0]
    results = [1, 2.5, "mưa", True, False, None, {"a": [1]}, [1, "x"], 1e300, -0.125]

    for day, result in enumerate(results, 1):
        one = sta.post(
            f"Datastreams({made})/Observations", {"result": result, "phenomenonTime": f"2026-01-{day:02d}T00:00:00Z"}
        )
        assert sta.get(f"Observations('{one}')")["result"] == result


def test_all_times_of_a_reading_are_kept(sta):
    key = sta.post("Things", station())
    made = sta.ids(f"Things({key})/Datastreams")[0]
    span = "2026-01-01T00:00:00.000Z/2026-01-01T01:00:00.000Z"

    one = sta.post(f"Datastreams({made})/Observations", {
        "result": 1, "phenomenonTime": span, "resultTime": "2026-01-01T01:05:00Z", "validTime": span})  # fmt: skip
    found = sta.get(f"Observations('{one}')")
    assert (found["phenomenonTime"], found["resultTime"], found["validTime"]) == (
        span,
        "2026-01-01T01:05:00.000Z",
        span,
    )
    now = sta.get(f"Observations('{sta.post(f'Datastreams({made})/Observations', {'result': 2})}')")
    assert now["resultTime"] is None and now["phenomenonTime"].startswith("20")


def test_a_bad_reading_is_refused_and_kept_in_quarantine(sta):
    key = sta.post("Things", station(Datastreams=[stream(
        observationType="http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement")]))  # fmt: skip
    made = sta.ids(f"Things({key})/Datastreams")[0]

    assert (
        sta.post(f"Datastreams({made})/Observations", {"result": "3,5", "phenomenonTime": AT}, 400)["code"]
        == "reading_comma"
    )
    assert (
        sta.post(f"Datastreams({made})/Observations", {"result": "wet", "phenomenonTime": AT}, 400)["code"]
        == "reading_type"
    )
    assert sta.post(f"Datastreams({made})/Observations", {"result": 1, "phenomenonTime": "2099-01-01T00:00:00Z"}, 400)["code"] == (
        "reading_future")  # fmt: skip
    sta.post(f"Datastreams({made})/Observations", {"result": 1, "phenomenonTime": AT})
    sta.post(f"Datastreams({made})/Observations", {"result": 1, "phenomenonTime": AT})
    assert (
        sta.post(f"Datastreams({made})/Observations", {"result": 2, "phenomenonTime": AT}, 400)["code"]
        == "reading_differs"
    )
    held = sql.rows("SELECT reason, door, datastream_id, raw FROM streams_quarantine ORDER BY id")
    assert [one["reason"] for one in held] == ["comma", "type", "future", "differs"]
    assert {(one["door"], one["datastream_id"]) for one in held} == {("sensorthings", made)} and "3,5" in held[0]["raw"]
    assert len(sta.ids("Observations")) == 1


def test_codes_belong_to_one_thing(sta):
    sta.post("Things", {"name": "a", "description": "", "properties": {"code": "CT-1"}})

    assert sta.post("Things", {"name": "b", "description": "", "properties": {"code": "CT-1"}}, 409)["code"] == "taken"
