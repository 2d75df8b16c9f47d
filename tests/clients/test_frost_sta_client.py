"""FROST's own Python client, unchanged, against the city's SensorThings over HTTP."""

from __future__ import annotations

import datetime as dt

import frost_sta_client as fsc
import jsonpatch
import pytest
import requests
from geojson import Point, Polygon

from taydo.engines.sensorthings.tests.conftest import PASSWORD, account, found_roles, fresh
from taydo.kernel import actors, credentials

pytestmark = pytest.mark.django_db(transaction=True)
AT = "2026-01-01T00:00:00Z"


@pytest.fixture
def service(live_server, monkeypatch, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    monkeypatch.setattr(actors, "roles", found_roles)
    credentials.forget()
    fresh()
    account("integrator", "sta_manager", "*", "H13")
    auth = fsc.AuthHandler("integrator", PASSWORD)
    return fsc.SensorThingsService(f"{live_server.url}/sta/v1.1", auth_handler=auth)


def made_stream(service: fsc.SensorThingsService) -> fsc.Datastream:
    """A thing at a place with a datastream, made by one deep insert of the client."""
    unit = fsc.UnitOfMeasurement(name="degree Celsius", symbol="°C", definition="ucum:Cel")
    sensor = fsc.Sensor(
        name="DHT22", description="s", encoding_type="application/pdf", metadata="http://x", properties={"a": 1}
    )
    observed = fsc.ObservedProperty(name="temperature", definition="http://t", description="p")
    stream = fsc.Datastream(name="air temperature", description="d", observation_type="OM_Measurement", unit_of_measurement=unit,
                            properties={"k": "v"}, sensor=sensor, observed_property=observed)  # fmt: skip
    place = fsc.Location(
        name="Ninh Kiều", description="l", location=Point((105.788, 10.03)), encoding_type="application/geo+json"
    )
    thing = fsc.Thing(name="Trạm", description="t", properties={"code": "T-1"}, locations=[place], datastreams=[stream])
    service.create(thing)
    return service.datastreams().query().expand("Thing,Sensor,ObservedProperty").list().get(0)


def test_a_thing_is_made_found_changed_and_deleted(service):
    stream = made_stream(service)
    assert (
        stream.thing.name == "Trạm"
        and stream.sensor.name == "DHT22"
        and stream.observed_property.definition == "http://t"
    )
    assert stream.unit_of_measurement.symbol == "°C"

    thing = service.things().find(stream.thing.id)
    thing.description = "changed"
    service.update(thing)
    assert service.things().find(thing.id).description == "changed"
    service.patch(thing, jsonpatch.JsonPatch([{"op": "add", "path": "/properties/new", "value": [1, 2]}]))
    assert service.things().find(thing.id).properties == {"code": "T-1", "new": [1, 2]}
    service.delete(thing)
    with pytest.raises(requests.exceptions.HTTPError):
        service.things().find(thing.id)


def test_observations_are_made_found_by_id_and_walked_page_by_page(service):
    stream = made_stream(service)
    for hour in range(5):
        reading = fsc.Observation(phenomenon_time=f"2026-01-01T0{hour}:00:00Z", result=20.5 + hour, datastream=stream,
                                  result_time=dt.datetime(2026, 1, 1, hour, 5, tzinfo=dt.UTC), parameters={"h": hour})  # fmt: skip
        service.create(reading)
    found = service.observations().find(reading.id)
    assert found.result == 24.5 and found.parameters == {"h": 4} and found.phenomenon_time == "2026-01-01T04:00:00.000Z"

    pages = stream.get_observations().query().top(2).count().orderby("phenomenonTime", "desc").list()
    assert pages.count == 5 and [one.result for one in pages] == [24.5, 23.5, 22.5, 21.5, 20.5]
    cold = (
        service.observations()
        .query()
        .filter("result lt 22 and Datastream/name eq 'air temperature'")
        .expand("Datastream")
        .list()
    )
    assert [one.datastream.id for one in cold] == [stream.id, stream.id]
    assert (
        service.observations().query().filter("phenomenonTime ge 2026-01-01T09:00:00+07:00").list().entities[0].result
        == 22.5
    )


def test_a_reading_takes_quality_but_no_other_result(service):
    stream = made_stream(service)
    reading = fsc.Observation(phenomenon_time=AT, result=1.5, datastream=stream)
    service.create(reading)

    service.patch(reading, [{"op": "add", "path": "/resultQuality", "value": "checked"}])
    assert service.observations().find(reading.id).result_quality == "checked"
    with pytest.raises(requests.exceptions.HTTPError):
        service.patch(reading, [{"op": "replace", "path": "/result", "value": 2}])
    service.delete(reading)
    with pytest.raises(requests.exceptions.HTTPError):
        service.observations().find(reading.id)


def test_a_data_array_document_is_taken(service):
    stream = made_stream(service)
    values = fsc.model.ext.data_array_value.DataArrayValue()
    values.datastream = stream
    values.components = {values.Property.PHENOMENON_TIME, values.Property.RESULT}
    for hour in range(3):
        values.add_observation(fsc.Observation(phenomenon_time=f"2026-01-01T0{hour}:00:00Z", result=hour + 0.5))
    document = fsc.model.ext.data_array_document.DataArrayDocument()
    document.add_data_array_value(values)

    made = service.observations().create(document)
    assert all("Observations('" in one.self_link for one in made)
    assert [one.result for one in service.observations().query().list()] == [0.5, 1.5, 2.5]


def test_every_entity_type_is_made_and_listed(service):
    made_stream(service)
    service.create(fsc.FeatureOfInterest(name="f", description="d", encoding_type="application/geo+json",
                                         feature=Polygon([[(105, 10), (106, 10), (106, 11), (105, 10)]])))  # fmt: skip
    service.create(fsc.Sensor(name="s", description="d", encoding_type="text/html", metadata="m"))
    service.create(fsc.ObservedProperty(name="o", description="d", definition="x"))

    assert {one.name for one in service.features_of_interest().query().list()} == {"f", "Ninh Kiều"}
    assert (
        len(service.sensors().query().list().entities)
        == len(service.observed_properties().query().list().entities)
        == 2
    )
    assert service.locations().query().list().get(0).location["coordinates"] == [105.788, 10.03]
    history = service.historical_locations().query().expand("Thing,Locations").list().get(0)
    assert history.thing.name == "Trạm" and history.locations.get(0).name == "Ninh Kiều"
    nested = (
        service.things()
        .query()
        .expand("Datastreams($expand=Observations($top=1)),Locations")
        .select("name", "id")
        .list()
    )
    assert nested.get(0).datastreams.get(0).name == "air temperature"


def test_without_an_account_only_reading_works(service, live_server):
    stream = made_stream(service)
    nobody = fsc.SensorThingsService(f"{live_server.url}/sta/v1.1")

    assert nobody.datastreams().find(stream.id).name == "air temperature"
    with pytest.raises(requests.exceptions.HTTPError) as refused:
        nobody.create(fsc.Observation(phenomenon_time=AT, result=1, datastream=stream))
    assert refused.value.response.status_code == 401
