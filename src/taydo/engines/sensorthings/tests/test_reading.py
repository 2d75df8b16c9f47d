"""Filters, expands, order and pages over real data (18-088, 9.3; the third part of the conformance tests)."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taydo.protocols.sensorthings.expressions import FUNCTIONS
from taydo.protocols.sensorthings.vocabulary import TYPES

from .conftest import ROOT, Sta, place, small_city, station, stream

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """Four things of increasing latitude, each with two datastreams, one of six hourly readings; kept for all tests here."""
    with django_db_blocker.unblock(), small_city("keeper") as sta:
        for n in range(1, 5):
            readings = [{"phenomenonTime": f"2026-01-0{n}T0{h}:00:00Z", "result": n * 10 + h,
                         "resultTime": f"2026-01-0{n}T0{h}:30:00Z", "parameters": {"h": h, "tag": f"t{h}"},
                         "resultQuality": {"ok": h % 2 == 0}} for h in range(6)]  # fmt: skip
            sta.post("Things", station(
                f"Trạm {n}",
                properties={"n": n, "name": f"p{n}", "tags": ["a", f"b{n}"], "since": f"201{n}-01-01T00:00:00Z", "on": n > 2},
                Locations=[place(f"nơi {n}", 105 + n / 10, 9 + n)],
                Datastreams=[stream(f"pm {n}", Observations=readings), stream(f"so2 {n}")],
            ))  # fmt: skip
        yield sta


@pytest.fixture
def city(built, db):
    """The face of the city of this module, for somebody who sees everything."""
    return built


def matching(sta: Sta, collection: str, text: str) -> list[str]:
    return sta.names(f"{collection}?$filter={quote(text)}&$orderby=id")


def results(sta: Sta, text: str) -> list[float]:
    return [one["result"] for one in sta.get(f"Observations?$filter={quote(text)}&$orderby=result")["value"]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("name eq 'Trạm 2'", [2]),
        ("name ne 'Trạm 2'", [1, 3, 4]),
        ("not (name eq 'Trạm 2')", [1, 3, 4]),
        ("name gt 'Trạm 2' and name le 'Trạm 4'", [3, 4]),
        ("name eq 'Trạm 1' or name eq 'Trạm 3'", [1, 3]),
        ("name in ('Trạm 1','Trạm 4')", [1, 4]),
        ("properties/n gt 2", [3, 4]),
        ("properties/n add 1 eq 4", [3]),
        ("properties/n sub 1 eq 1", [2]),
        ("properties/n mul 2 ge 6", [3, 4]),
        ("properties/n div 2 eq 0.5", [1]),
        ("properties/n mod 2 eq 0", [2, 4]),
        ("-properties/n lt -3", [4]),
        ("properties/name eq 'p2'", [2]),
        ("properties/on", [3, 4]),
        ("properties/on eq false", [1, 2]),
        ("properties/tags/1 eq 'b3'", [3]),
        ("properties/tags[1] eq 'b3'", [3]),
        ("properties/absent eq null", [1, 2, 3, 4]),
        ("properties/n ne null", [1, 2, 3, 4]),
        ("properties/since gt 2012-06-01T00:00:00Z", [3, 4]),
        ("substringof('rạm 3',name)", [3]),
        ("contains(name,'rạm 3')", [3]),
        ("startswith(name,'Trạm')", [1, 2, 3, 4]),
        ("endswith(name,'4')", [4]),
        ("length(name) eq 6", [1, 2, 3, 4]),
        ("indexof(name,'2') eq 5", [2]),
        ("substring(name,5) eq '2'", [2]),
        ("substring(name,0,4) eq 'Trạm'", [1, 2, 3, 4]),
        ("tolower(name) eq 'trạm 1'", [1]),
        ("toupper(name) eq 'TRẠM 1'", [1]),
        ("trim(concat(concat('  ',name),' ')) eq 'Trạm 1'", [1]),
        ("Locations/name eq 'nơi 2'", [2]),
        ("Datastreams/name eq 'so2 4'", [4]),
        ("Datastreams/ObservedProperty/name eq 'property pm 1'", [1]),
        ("Datastreams/Observations/result gt 42", [4]),
        ("Datastreams/name eq 'so2 4' and Datastreams/Observations/result gt 42", []),
        ("Datastreams/name eq 'pm 4' and Datastreams/Observations/result gt 42", [4]),
        ("st_within(Locations/location, geography'POLYGON ((104 9, 107 9, 107 11.5, 104 11.5, 104 9))')", [1, 2]),
        ("geo.distance(Locations/location, geography'POINT (105.1 10)') lt 1.2", [1, 2]),
        ("HistoricalLocations/time lt 2099-01-01T00:00:00Z", [1, 2, 3, 4]),
    ],
)
def test_things_are_found_by_every_operator_and_function(city, text, found):
    assert matching(city, "Things", text) == [f"Trạm {n}" for n in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("st_equals(location, geography'POINT (105.3 12)')", [3]),
        ("st_disjoint(location, geography'POINT (105.3 12)')", [1, 2, 4]),
        ("st_touches(geography'POLYGON ((105.3 12, 106 12, 106 13, 105.3 12))', location)", [3]),
        ("st_overlaps(location, geography'POINT (105.3 12)')", []),
        ("st_crosses(geography'LINESTRING (100 12, 110 12)', location)", []),
        ("st_intersects(geography'LINESTRING (100 12, 110 12)', location)", [3]),
        ("geo.intersects(geography'LINESTRING (100 12, 110 12)', location)", [3]),
        ("st_contains(geography'POLYGON ((105 11.5, 106 11.5, 106 12.5, 105 12.5, 105 11.5))', location)", [3]),
        ("st_relate(location, geography'POINT (105.3 12)', 'T********')", [3]),
        ("geo.length(geography'LINESTRING (0 0, 0 3)') eq 3 and name eq 'nơi 1'", [1]),
    ],
)
def test_locations_are_found_by_geometry(city, text, found):
    assert matching(city, "Locations", text) == [f"nơi {n}" for n in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("result gt 40 and result lt 43", [41, 42]),
        ("phenomenonTime eq 2026-01-02T03:00:00Z", [23]),
        ("phenomenonTime ge 2026-01-04T04:00:00Z", [44, 45]),
        ("phenomenonTime lt 2026-01-01T01:00:00Z", [10]),
        ("phenomenonTime gt 2026-01-04T10:00:00+07:00", [44, 45]),
        ("during(phenomenonTime, 2026-01-03T00:00:00Z/2026-01-03T01:30:00Z)", [30, 31]),
        ("phenomenonTime lt 2026-01-01T02:00:00Z/2026-01-01T03:00:00Z", [10, 11]),
        ("phenomenonTime gt 2026-01-04T02:00:00Z/2026-01-04T04:00:00Z", [44, 45]),
        ("before(phenomenonTime, 2026-01-01T01:00:00Z)", [10]),
        ("after(phenomenonTime, 2026-01-04T04:00:00Z)", [45]),
        ("resultTime eq 2026-01-02T03:30:00Z", [23]),
        (
            "year(phenomenonTime) eq 2026 and month(phenomenonTime) eq 1 and day(phenomenonTime) eq 4 and hour(phenomenonTime) eq 2",
            [42],
        ),
        (
            "minute(resultTime) eq 30 and second(resultTime) eq 0 and fractionalseconds(resultTime) eq 0 and result lt 11",
            [10],
        ),
        ("date(phenomenonTime) eq 2026-01-03 and time(phenomenonTime) gt 04:00:00", [35]),
        ("totaloffsetminutes(phenomenonTime) eq 0 and result eq 33", [33]),
        ("phenomenonTime gt mindatetime() and phenomenonTime lt maxdatetime() and result eq 33", [33]),
        ("phenomenonTime add duration'PT1H' eq 2026-01-02T04:00:00Z", [23]),
        ("resultTime sub phenomenonTime eq duration'PT30M' and result ge 45", [45]),
        ("phenomenonTime lt now() sub duration'P1D' and result ge 45", [45]),
        ("round(result div 10) eq 5", [45]),
        ("floor(result div 10) eq 4 and ceiling(result div 10) eq 4", [40]),
        ("parameters/h eq 5 and Datastream/name eq 'pm 2'", [25]),
        ("parameters/tag eq 't0' and Datastream/Thing/properties/n lt 3", [10, 20]),
        ("resultQuality/ok and Datastream/Thing/name eq 'Trạm 1'", [10, 12, 14]),
        ("Datastream/Thing/Locations/name eq 'nơi 3' and result gt 34", [35]),
        ("FeatureOfInterest/name eq 'nơi 3' and result gt 34", [35]),
    ],
)
def test_readings_are_found_by_value_time_and_relation(city, text, found):
    assert results(city, text) == found


def test_a_reading_is_found_by_its_id(city):
    key = city.ids("Observations?$filter=result eq 23")[0]

    assert results(city, f"id eq '{key}'") == [23]
    assert results(city, f"@iot.id eq '{key}' or result eq 24") == [23, 24]


@pytest.mark.parametrize(
    "text", ["name gt 5", "result", "year(name) eq 1", "st_within(name, geography'POINT (1 1)')", "name add 1 eq 2",
             "Datastreams eq 1", "nothing eq 1", "name/inner eq 1", "length(properties/n) add 'x' eq 1"])  # fmt: skip
def test_a_filter_that_makes_no_sense_is_400(city, text):
    collection = "Observations" if text == "result" else "Things"
    assert city.get(f"{collection}?$filter={quote(text)}", 400 if text != "result" else 200)


def test_values_that_the_database_cannot_take_are_400(city):
    for text in ("st_within(location, geography'POLYGON ((1 1, 2 2))')", "substring(name,99999999999) eq ''", "1e300 mul 1e300 gt 1",
                 "st_relate(location, location, 'bad')", "now() add duration'P99999D' gt now() and name gt substring(name,1e30)"):  # fmt: skip
        city.get(f"Locations?$filter={quote(text)}", 400)


def test_order_select_top_skip_and_count(city):
    found = city.get("Things?$orderby=properties/n desc&$top=2&$skip=1&$count=true&$select=name,id")

    assert found["@iot.count"] == 4
    assert [list(one) for one in found["value"]] == [["@iot.id", "name"]] * 2
    assert [one["name"] for one in found["value"]] == ["Trạm 3", "Trạm 2"]
    assert city.names("Datastreams?$orderby=Thing/name desc,name&$top=3") == ["pm 4", "so2 4", "pm 3"]
    assert city.get("Things?$top=0&$count=true") == {"@iot.count": 4, "value": []}


def test_select_reaches_into_json_and_takes_links(city):
    found = city.get("Things?$select=properties/n,Datastreams&$top=1")["value"][0]

    assert found["properties"] == {"n": 1} and list(found) == ["properties", "Datastreams@iot.navigationLink"]


@pytest.mark.parametrize("path", ["Things?$top=3", "Things?$top=1&$orderby=name desc", "Observations?$top=5", "Datastreams?$top=3&$select=name",
                                  "Observations?$top=7&$orderby=phenomenonTime desc", "Observations?$top=5&$orderby=result",
                                  "Observations?$top=4&$filter=result gt 20 and Datastream/name ne 'a%26b'&$orderby=phenomenonTime"])  # fmt: skip
def test_following_next_links_gives_every_entity_once(city, path):
    whole = city.get(path.replace("$top=", "$top=100&$skip=0&x=").split("&x=")[0] + "".join(
        f"&{one}" for one in path.split("?")[1].split("&") if not one.startswith("$top")))["value"]  # fmt: skip
    found, link = [], path
    while link:
        page = city.get(link)
        found += page["value"]
        link = page.get("@iot.nextLink")
    assert found == whole and len(found) >= 4


def test_expand_nests_with_filters_counts_and_next_links(city):
    found = city.get("Things?$top=2&$expand=Datastreams($orderby=name;$select=name;$expand=Observations($top=2;$orderby=phenomenonTime desc;"
                     "$select=result;$count=true),ObservedProperty($select=name)),Locations($select=name)")["value"]  # fmt: skip

    first = found[0]["Datastreams"][0]
    assert first["name"] == "pm 1" and first["Observations"] == [{"result": 15}, {"result": 14}]
    assert first["Observations@iot.count"] == 6 and first["ObservedProperty"] == {"name": "property pm 1"}
    assert found[1]["Locations"] == [{"name": "nơi 2"}]
    rest = city.get(first["Observations@iot.nextLink"])["value"]
    assert rest == [{"result": 13}, {"result": 12}]
    assert "Datastreams@iot.navigationLink" in found[0] and found[0]["Datastreams"][1]["Observations"] == []


def test_every_relation_of_every_type_can_be_expanded(city):
    for kind in TYPES.values():
        for relation in kind.relations.values():
            found = city.get(f"{kind.plural}?$expand={relation.name}&$top=3")["value"]
            assert found and all(relation.name in one for one in found), (kind.name, relation.name)
            assert any(one[relation.name] for one in found)


def test_the_number_of_statements_does_not_grow_with_the_rows(city):
    def statements(top: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            city.get(
                f"Things?$top={top}&$count=true&$expand=Locations,Datastreams($expand=Sensor,Observations($top=2;$expand=FeatureOfInterest))"
            )
        return len([one for one in seen if "streams_" in one["sql"]])

    assert statements(1) == statements(4) == 7


def test_data_arrays_come_as_blocks(city):
    found = city.get("Datastreams?$filter=name eq 'pm 2'")["value"][0]
    page = city.get(
        f"Datastreams({found['@iot.id']})/Observations?$resultFormat=dataArray&$top=2&$count=true&$select=result,phenomenonTime"
    )

    assert page["@iot.count"] == 6 and "@iot.nextLink" in page
    (block,) = page["value"]
    assert block["Datastream@iot.navigationLink"] == f"{ROOT}/Datastreams({found['@iot.id']})"
    assert block["components"] == ["result", "phenomenonTime"]
    assert block["dataArray"] == [[20, "2026-01-02T00:00:00.000Z"], [21, "2026-01-02T01:00:00.000Z"]]
    assert len(city.get("Observations?$resultFormat=dataArray&$top=100")["value"]) == 4


@pytest.mark.parametrize("constant", ["true", "not (true)", "1", "'x'", "null"])
def test_a_constant_orders_nothing_and_fails_nothing(city, constant):
    assert city.send("GET", f"Sensors?$orderby={quote(constant)}").status_code == 200


_WORDS = st.sampled_from([
    "name", "result", "id", "@iot.id", "properties/n", "location", "phenomenonTime", "resultTime", "Datastream/Thing/name",
    "Datastreams/Observations/result", "Thing/properties/on", "parameters/h", "time", "feature", "metadata", "unitOfMeasurement/name",
    "1", "-2.5", "1e308", "'x'", "'%'", "true", "null", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z", "2026-01-01",
    "12:00:00", "duration'P1D'", "geography'POINT (1 1)'", "geography'POLYGON ((1 1, 2 2))'", "99999999999999999999",
])  # fmt: skip
_FILTERS = st.recursive(_WORDS, lambda inner: st.one_of(
    st.tuples(inner, st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le", "and", "or", "add", "sub", "mul", "div", "mod"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
    st.tuples(st.sampled_from(sorted(FUNCTIONS)), st.lists(inner, max_size=3)).map(lambda t: f"{t[0]}({','.join(t[1])})"),
    inner.map(lambda text: f"not ({text})"), st.tuples(inner, inner).map(lambda t: f"{t[0]} in ({t[1]})"),
), max_leaves=6)  # fmt: skip


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(one.plural for one in TYPES.values())), _FILTERS, st.booleans())
def test_no_filter_gives_5xx(city, collection, text, order):
    option = "$orderby" if order else "$filter"
    response = city.send("GET", f"{collection}?{option}={quote(text)}&$top=2")

    assert response.status_code in (200, 400), (response.status_code, text, response.content[:500])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=30),
    st.sampled_from(["$expand", "$select", "$skiptoken", "$top", "x", ""]),
)
def test_no_query_string_or_path_gives_5xx(city, text, option):
    for path in (
        f"Observations?{option}={quote(text)}",
        f"Things?{quote(text)}",
        f"{quote(text)}",
        f"Things({quote(text)})",
        f"Things(1)/{quote(text)}",
    ):
        assert city.send("GET", path).status_code < 500
