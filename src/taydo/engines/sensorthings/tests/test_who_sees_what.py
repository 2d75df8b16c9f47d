"""Who sees and who writes what; what one way hides, no other shows."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taydo.kernel import sql
from taydo.protocols.sensorthings.vocabulary import TYPES

from .conftest import PASSWORD, Sta, account, place, small_city, station, stream

pytestmark = pytest.mark.django_db
SECRET = "BÍ MẬT"
AT = "2026-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """A public thing with an open and a hidden datastream, and a hidden thing of another agency; all hidden names say so."""
    with django_db_blocker.unblock(), small_city("keeper") as sta:
        shown = [{"phenomenonTime": AT, "result": 1}]
        hidden = [{"phenomenonTime": AT, "result": 918273.625, "parameters": {"p": SECRET}}]
        sta.post("Things", station("open", properties={"code": "OPEN", "agency": "H13.06"}, Datastreams=[
            stream("open", Observations=shown), stream(SECRET + " stream", properties={"public": False}, Observations=hidden)]))  # fmt: skip
        sta.post("Things", station(SECRET + " thing", properties={"code": "HIDDEN", "agency": "H13.09", "public": False},
                                   Locations=[place(SECRET + " place")],
                                   Datastreams=[stream(SECRET + " other", Observations=hidden)]))  # fmt: skip
        sql.execute("UPDATE streams_observedproperty SET name = 'p', description = ''")
        account("reader", "sta_reader", "H13.09")
        account("logger", "sta_device", "thing:HIDDEN", kind="device")
        account("other", "sta_manager", "H13.06", "H13.06")
        yield sta


@pytest.fixture
def all_seeing(built, db):
    """The face for somebody who sees everything."""
    return built


def text(who: Sta, path: str) -> str:
    response = who.send("GET", path)
    assert response.status_code in (200, 204, 400, 404), response.content
    return response.content.decode()


def test_nobody_in_particular_sees_only_what_is_public(all_seeing, anyone):
    assert anyone.names("Things") == ["open"] and anyone.names("Datastreams") == ["open"]
    assert [one["result"] for one in anyone.get("Observations")["value"]] == [1]
    assert (
        len(anyone.ids("Locations"))
        == len(anyone.ids("FeaturesOfInterest"))
        == len(anyone.ids("HistoricalLocations"))
        == 1
    )
    assert anyone.names("Sensors") == ["sensor open"]
    for kind in TYPES.values():
        assert SECRET in text(all_seeing, kind.plural) or kind.name in ("HistoricalLocation", "ObservedProperty")


def test_grants_open_exactly_their_agency_or_thing(all_seeing):
    assert sorted(Sta("reader").names("Things")) == [SECRET + " thing", "open"]
    assert sorted(Sta("reader").names("Datastreams")) == [SECRET + " other", "open"]
    assert sorted(Sta("logger").names("Things")) == [SECRET + " thing", "open"]
    assert sorted(Sta("other").names("Datastreams")) == [SECRET + " stream", "open"]


def where(condition: str) -> str:
    return "$filter=" + quote(condition)


def nested(kind: str, choices: list[int]) -> str:
    """An expand that walks over relations as the numbers say, counting where it can."""
    if not choices:
        return ""
    relation = sorted(TYPES[kind].relations.values(), key=lambda one: one.name)[choices[0] % len(TYPES[kind].relations)]
    inner = nested(relation.target, choices[1:])
    options = (["$count=true"] if relation.many else []) + ([f"$expand={inner}"] if inner else [])
    return relation.name + (f"({';'.join(options)})" if options else "")


def identifiers(sta: Sta, kind: str) -> list[Any]:
    """All identifiers of a type, asked for once."""
    if kind not in _KNOWN:
        _KNOWN[kind] = sta.ids(TYPES[kind].plural)
    return _KNOWN[kind]


_KNOWN: dict[str, list[Any]] = {}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(TYPES)), st.lists(st.integers(0, 11), max_size=3), st.lists(st.integers(0, 11), max_size=4)
)
def test_no_way_through_the_model_shows_what_is_hidden(all_seeing, anyone, kind, walk, expands):
    path, keys = TYPES[kind].plural, identifiers(all_seeing, kind)
    for step in walk:
        path += f"({keys[step % len(keys)]!r})"
        relation = sorted(TYPES[kind].relations.values(), key=lambda one: one.name)[step % len(TYPES[kind].relations)]
        path, kind = f"{path}/{relation.name}", relation.target
        keys = identifiers(all_seeing, kind)
        if not relation.many:
            break
    inner = nested(kind, expands)

    shown = text(anyone, path + (f"?$expand={quote(inner)}" if inner else ""))
    assert SECRET not in shown and "918273" not in shown


def test_hidden_things_cannot_be_felt_through_filters_orders_counts_or_ids(all_seeing, anyone):
    hidden_thing = all_seeing.ids("Things?" + where(f"startswith(name,'{SECRET}')"))[0]
    hidden_streams = all_seeing.ids("Datastreams?" + where(f"startswith(name,'{SECRET}')"))
    open_thing = anyone.ids("Things")[0]

    for probe in (f"Datastreams/name eq '{SECRET} stream'", "Datastreams/Observations/result eq 918273.625",
                  f"Locations/Things/name eq '{SECRET} thing'", f"Datastreams/Sensor/name eq 'sensor {SECRET} stream'"):  # fmt: skip
        assert anyone.get(f"Things?$count=true&{where(probe)}") == {"@iot.count": 0, "value": []}
    assert (
        anyone.get(f"ObservedProperties?$filter={quote('Datastreams/Observations/result eq 918273.625')}")["value"]
        == []
    )
    assert anyone.get("Things?$count=true&$expand=Datastreams($count=true)")["value"][0]["Datastreams@iot.count"] == 1
    for kind in TYPES.values():
        seen, every = set(anyone.ids(kind.plural)), set(all_seeing.ids(kind.plural))
        for key in every - seen:
            address = f"{kind.plural}({key if isinstance(key, int) else repr(key)})"
            anyone.get(address, 404)
            for relation in kind.relations:
                anyone.get(f"{address}/{relation}", 404)
            for name in kind.properties:
                anyone.get(f"{address}/{name}", 404)
    for key in hidden_streams:
        anyone.get(f"Things({open_thing})/Datastreams({key})", 404)
    anyone.get(f"Datastreams({anyone.ids('Datastreams')[0]})/Thing/Datastreams({hidden_streams[0]})", 404)
    anyone.get(f"Things({hidden_thing})/name/$value", 404)
    anyone.get(f"Things({hidden_thing})/Datastreams/$ref", 404)


def test_a_data_array_shows_no_more_than_the_list(all_seeing, anyone):
    assert "918273" not in text(anyone, "Observations?$resultFormat=dataArray")
    assert "918273" in text(all_seeing, "Observations?$resultFormat=dataArray")


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("kind", sorted(TYPES))
def test_nobody_in_particular_writes_nothing(all_seeing, anyone, method, kind):
    key = all_seeing.ids(TYPES[kind].plural)[0]
    path = (
        TYPES[kind].plural
        if method == "POST"
        else f"{TYPES[kind].plural}({key if isinstance(key, int) else repr(key)})"
    )
    before = all_seeing.get(TYPES[kind].plural)

    assert anyone.send(method, path, {"name": "x"}).status_code == 401
    assert all_seeing.get(TYPES[kind].plural) == before


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_another_agency_changes_and_deletes_nothing(all_seeing, kind):
    other = Sta("other")
    hidden = {"Thing": "HIDDEN"}
    keys = {
        "Thing": "SELECT id FROM streams_thing WHERE code = 'HIDDEN'",
        "Datastream": "SELECT d.id FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id WHERE t.code = 'HIDDEN'",
        "Sensor": "SELECT sensor_id FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id WHERE t.code = 'HIDDEN'",
        "ObservedProperty": "SELECT observedproperty_id FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id"
                            " WHERE t.code = 'HIDDEN'",
        "Location": "SELECT tl.location_id FROM streams_thing_location tl JOIN streams_thing t ON t.id = tl.thing_id WHERE t.code = 'HIDDEN'",
        "HistoricalLocation": "SELECT h.id FROM streams_historicallocation h JOIN streams_thing t ON t.id = h.thing_id WHERE t.code = 'HIDDEN'",
        "FeatureOfInterest": "SELECT p.feature_id FROM sensorthings_place p JOIN streams_thing_location tl ON tl.location_id = p.location_id"
                             " JOIN streams_thing t ON t.id = tl.thing_id WHERE t.code = 'HIDDEN'",
        "Observation": "SELECT d.id || '-1767225600000000' FROM streams_datastream d JOIN streams_thing t ON t.id = d.thing_id"
                       " WHERE t.code = 'HIDDEN'",
    }  # fmt: skip
    key = sql.value(keys[kind])
    path = f"{TYPES[kind].plural}({key if isinstance(key, int) else repr(key)})"

    assert other.send("PATCH", path, {"name": "x"} if kind != "Observation" else {"parameters": {}}).status_code in (
        403,
        404,
    )
    assert other.send("DELETE", path).status_code in (403, 404)
    assert all_seeing.get(path) and hidden


def test_a_device_writes_only_its_own_streams(all_seeing):
    logger = Sta("logger")
    own = all_seeing.ids("Things?$select=id&" + where(f"name eq '{SECRET} thing'"))[0]
    mine = all_seeing.ids(f"Things({own})/Datastreams")[0]
    foreign = all_seeing.ids("Datastreams?" + where("name eq 'open'"))[0]
    hidden = all_seeing.ids("Datastreams?" + where(f"name eq '{SECRET} stream'"))[0]

    logger.post(f"Datastreams({mine})/Observations", {"result": 5, "phenomenonTime": "2026-02-01T00:00:00Z"})
    assert logger.send("POST", f"Datastreams({foreign})/Observations", {"result": 5}).status_code == 403
    assert logger.send("POST", f"Datastreams({hidden})/Observations", {"result": 5}).status_code == 404
    rows = [{"Datastream": {"@iot.id": key}, "components": ["result"], "dataArray": [[1]]} for key in (mine, foreign)]
    assert logger.send("POST", "CreateObservations", rows).status_code == 403
    assert logger.send("POST", "Things", {"name": "a", "description": ""}).status_code == 403
    assert logger.send("DELETE", f"Observations('{mine}-1767225600000000')").status_code == 403
    assert len(all_seeing.ids(f"Datastreams({foreign})/Observations")) == 1


def test_a_thing_is_made_only_for_an_agency_one_may_declare_for(all_seeing):
    other = Sta("other")
    key = other.post("Things", {"name": "a", "description": ""})
    assert sql.value("SELECT agency FROM streams_thing WHERE id = %(k)s", {"k": key}) == "H13.06"

    body = {"name": "a", "description": "", "properties": {"agency": "H13.09"}}
    assert other.send("POST", "Things", body).status_code == 403
    assert other.send("PATCH", f"Things({key})", {"properties": {"agency": "H13.09"}}).status_code == 403


def test_every_write_to_an_entity_is_in_the_audit(all_seeing):
    before = sql.value("SELECT count(*) FROM kernel_audit")
    key = all_seeing.post("Things", {"name": "a", "description": ""})
    all_seeing.patch(f"Things({key})", {"name": "b"})
    all_seeing.delete(f"Things({key})")

    assert sql.value("SELECT count(*) FROM kernel_audit") == before + 3


def test_a_session_needs_the_token_and_a_header_does_not(all_seeing):
    who = Sta()
    who.client.handler.enforce_csrf_checks = True
    assert who.client.login(username="keeper", password=PASSWORD)

    body = json.dumps({"name": "a", "description": ""})
    refused = who.client.post("/sta/v1.1/Things", body, content_type="application/json")
    assert refused.status_code == 403 and refused.json()["code"] == "csrf"
    basic = Sta("keeper")
    basic.client.handler.enforce_csrf_checks = True
    basic.post("Things", {"name": "a", "description": ""})


def test_a_wrong_password_is_401(all_seeing):
    who = Sta("keeper")
    who.headers = {"HTTP_AUTHORIZATION": "Basic a2VlcGVyOndyb25n"}

    assert who.send("GET", "Things").status_code == 401
