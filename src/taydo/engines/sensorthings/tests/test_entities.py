"""Root, entities and links (18-088, 9.2; the first part of the conformance tests)."""

from __future__ import annotations

import pytest

from .conftest import ROOT, place, station, stream

pytestmark = pytest.mark.django_db


def test_the_root_lists_eight_collections_and_what_is_conformed_to(anyone):
    root = anyone.get("")

    assert [one["name"] for one in root["value"]] == [
        "Things", "Locations", "HistoricalLocations", "Datastreams", "Sensors", "ObservedProperties", "Observations",
        "FeaturesOfInterest",
    ]  # fmt: skip
    assert all(one["url"] == f"{ROOT}/{one['name']}" for one in root["value"])
    conformance = root["serverSettings"]["conformance"]
    assert any(one.endswith("batch-request/batch-request") for one in conformance)
    assert not any("multi-datastream" in one or "tasking" in one for one in conformance)


def test_every_collection_answers_even_when_empty(anyone):
    for one in anyone.get("")["value"]:
        assert anyone.get(one["url"]) == {"value": []}


def test_an_entity_carries_its_id_its_link_and_a_link_for_each_relation(sta):
    key = sta.post("Things", station(properties={"a": 1}))

    thing = sta.get(f"Things({key})")
    assert thing == {
        "@iot.selfLink": f"{ROOT}/Things({key})", "@iot.id": key, "name": "Trạm 1", "description": "t", "properties": {"a": 1},
        "Datastreams@iot.navigationLink": f"{ROOT}/Things({key})/Datastreams",
        "Locations@iot.navigationLink": f"{ROOT}/Things({key})/Locations",
        "HistoricalLocations@iot.navigationLink": f"{ROOT}/Things({key})/HistoricalLocations",
    }  # fmt: skip


def test_every_navigation_link_of_every_entity_leads_somewhere(sta):
    key = sta.post(
        "Things", station(Datastreams=[stream(Observations=[{"result": 1, "phenomenonTime": "2026-01-01T00:00:00Z"}])])
    )

    seen = set()
    todo = [f"{ROOT}/Things({key})"]
    while todo:
        link = todo.pop()
        if link in seen or link.count("/") > 7:
            continue
        seen.add(link)
        found = sta.get(link)
        for one in found.get("value", [found]):
            todo += [value for name, value in one.items() if name.endswith(("navigationLink", "selfLink"))]
    assert len(seen) >= 24


def test_a_property_and_its_bare_value_can_be_asked_for(sta):
    key = sta.post("Things", station(properties={"area": {"m2": [1, 2]}}))

    assert sta.get(f"Things({key})/name") == {"name": "Trạm 1"}
    assert sta.send("GET", f"Things({key})/name/$value").content.decode() == "Trạm 1"
    assert sta.get(f"Things({key})/properties/area/m2") == {"m2": [1, 2]}
    assert sta.send("GET", f"Things({key})/properties/area/m2/1/$value").content == b"2"
    sta.get(f"Things({key})/nothing", 400)
    sta.get(f"Things({key})/properties/nothing", 404)


def test_ref_gives_links_only(sta):
    key = sta.post("Things", station())

    assert sta.get("Things/$ref") == {"value": [{"@iot.selfLink": f"{ROOT}/Things({key})"}]}
    (only,) = sta.get(f"Things({key})/Datastreams/$ref")["value"]
    assert list(only) == ["@iot.selfLink"]


def test_relations_are_walked_in_the_address(sta):
    key = sta.post("Things", station())
    stream_id = sta.ids(f"Things({key})/Datastreams")[0]

    assert sta.get(f"Things({key})/Datastreams({stream_id})/Sensor")["name"] == "sensor Nhiệt độ"
    assert sta.get(f"Datastreams({stream_id})/Thing")["@iot.id"] == key
    assert sta.get(f"Datastreams({stream_id})/Thing/Locations")["value"][0]["name"] == "Bến Ninh Kiều"
    other = sta.post("Things", {"name": "b", "description": ""})
    sta.get(f"Things({other})/Datastreams({stream_id})", 404)


@pytest.mark.parametrize("path", ["Things(999)", "Things(999)/Datastreams", "Observations('1-1')", "Things('x')", "Observations(1)",
                                  "Things(99999999999)", "Observations('1-99999999999999999999')/Datastream"])  # fmt: skip
def test_what_is_not_there_is_404_as_a_problem(anyone, path):
    problem = anyone.get(path, 404)

    assert problem["status"] == 404 and problem["vi"] and problem["en"]


@pytest.mark.parametrize("path", ["Nothings", "Things(1)/Nothing", "Things?$filter=name eq", "Things?$top=x", "Things?$colour=red",
                                  "Things(1", "things", "Datastreams?$orderby=Observations/result"])  # fmt: skip
def test_what_cannot_be_understood_is_400_with_the_place(anyone, path):
    problem = anyone.get(path, 400)

    assert problem["code"] == "bad_query"


def test_wrong_methods_are_405(sta):
    key = sta.post("Things", station())

    assert sta.send("POST", f"Things({key})", {}).status_code == 405
    assert sta.send("DELETE", "Things").status_code == 405
    assert sta.send("PATCH", "Things", {}).status_code == 405
    assert sta.send("GET", "CreateObservations").status_code == 405
    assert sta.send("PATCH", "", {}).status_code == 405


def test_locations_and_features_come_back_as_they_went_in(sta):
    key = sta.post("Locations", {**place(), "properties": {"x": [1, None, "é"]}})
    assert sta.get(f"Locations({key})")["location"] == {"type": "Point", "coordinates": [105.788, 10.03]}
    assert sta.get(f"Locations({key})")["properties"] == {"x": [1, None, "é"]}

    feature = sta.post("FeaturesOfInterest", {"name": "f", "description": "", "encodingType": "application/geo+json",
                                              "feature": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}})  # fmt: skip
    assert sta.get(f"FeaturesOfInterest({feature})")["feature"]["type"] == "Polygon"
