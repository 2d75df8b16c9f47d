"""Query options and addresses (18-088, 9.2 and 9.3)."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taydo.protocols.sensorthings.errors import StaError
from taydo.protocols.sensorthings.options import parse_query
from taydo.protocols.sensorthings.paths import address, parse_path
from taydo.protocols.sensorthings.tree import Expand, Query
from taydo.protocols.sensorthings.writing import write_query


def test_expand_nests_with_its_own_options():
    found = parse_query(
        "Thing", "$expand=Datastreams($select=name;$expand=Observations($top=1;$orderby=result desc)),Locations"
    )

    streams, places = found.expand
    assert streams.query.select == ("name",)
    assert streams.query.expand[0].relation == "Observations" and streams.query.expand[0].query.top == 1
    assert places == Expand("Locations", Query())


def test_expand_by_path_and_twice_on_one_relation_become_one_tree():
    found = parse_query("Datastream", "$expand=Thing/Locations,Thing/HistoricalLocations,Sensor")

    thing, sensor = found.expand
    assert [one.relation for one in thing.query.expand] == ["Locations", "HistoricalLocations"]
    assert sensor.relation == "Sensor"


def test_select_takes_id_stars_and_ways_into_json():
    assert parse_query("Thing", "$select=id,name,properties/area").select == ("@iot.id", "name", "properties/area")
    assert parse_query("Sensor", "$select=*").select == (
        "name",
        "description",
        "encodingType",
        "metadata",
        "properties",
    )


def test_orderby_takes_several_keys():
    keys = parse_query("Observation", "$orderby=Datastream/id asc,result desc,phenomenonTime").orderby

    assert [one.descending for one in keys] == [False, True, False]


def test_all_options_survive_being_written_and_read_again():
    text = (
        "$filter=substringof('a&b',name) and 1 lt 2&$expand=Datastreams($filter=name eq 'x;y';$count=true),Locations"
        "&$select=name,properties&$orderby=name desc&$top=3&$skip=2&$count=true"
    )
    encoded = quote(text.replace("a&b", "a\x01b"), safe="&=$").replace("%01", "%26")
    query = parse_query("Thing", encoded)

    again = "&".join(quote(part, safe="=$") for part in write_query(query, "\x02").split("\x02"))
    assert parse_query("Thing", again) == query


@pytest.mark.parametrize(
    "text",
    [
        "$top=-1",
        "$top=a",
        "$skip=1.5",
        "$top=99999999999",
        "$count=1",
        "$foo=1",
        "$select=nothing",
        "$expand=Nothing",
        "$expand=Datastreams($foo=1)",
        "$expand=Datastreams($top=1;$top=2)",
        "$top=1&$top=2",
        "$resultFormat=csv",
        "$resultFormat=dataArray",
        "$filter=%00",
        "$filter=%ff%fe",
        "$orderby=",
        "$select=",
        "$filter=",
        "$expand=" + "Datastreams/Thing/" * 20 + "Datastreams",
        "$expand=" + "Datastreams($expand=Thing($expand=" * 30,
    ],
)
def test_wrong_options_are_refused_with_their_name(text):
    with pytest.raises(StaError) as caught:
        parse_query("Thing", text)

    assert caught.value.option == text.partition("=")[0]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["$filter", "$expand", "$select", "$orderby", "$top", "$skiptoken"]), st.text(max_size=30))
def test_any_text_in_any_option_is_understood_or_refused(name, text):
    try:
        parse_query("Datastream", f"{name}={quote(text)}")
    except StaError:
        pass


@pytest.mark.parametrize(
    ("text", "entity", "collection", "inside", "raw", "ref"),
    [
        ("Things", "Thing", True, (), False, False),
        ("Things(1)", "Thing", False, (), False, False),
        ("Things(1)/Datastreams", "Datastream", True, (), False, False),
        ("Things(1)/Datastreams(2)/Thing", "Thing", False, (), False, False),
        ("Observations('1-2')/FeatureOfInterest", "FeatureOfInterest", False, (), False, False),
        ("Things(1)/name", "Thing", False, ("name",), False, False),
        ("Things(1)/name/$value", "Thing", False, ("name",), True, False),
        ("Things(1)/properties/a/0/$value", "Thing", False, ("properties", "a", "0"), True, False),
        ("Things(1)/Datastreams/$ref", "Datastream", True, (), False, True),
        ("Things(1)/@iot.id", "Thing", False, ("@iot.id",), False, False),
    ],
)
def test_addresses_of_every_form_are_understood(text, entity, collection, inside, raw, ref):
    found = parse_path(text)

    assert (found.entity, found.collection, found.inside, found.raw, found.ref) == (
        entity,
        collection,
        inside,
        raw,
        ref,
    )


@pytest.mark.parametrize(
    "text",
    ["", "Nothings", "Things(1)/Nothing", "Things/name", "Things/Datastreams", "Datastreams(1)/Thing(2)", "Things()",
     "Things('a\x00')", "Things(1)/$value", "Things(1", "Things(1)/name/$ref", "Things(1)/Things(1)"] + ["Things(1)/" * 30],
)  # fmt: skip
def test_addresses_that_mean_nothing_are_refused(text):
    with pytest.raises(StaError):
        parse_path(text)


def test_the_address_of_an_entity_quotes_text_keys():
    assert address("Thing", 3) == "Things(3)"
    assert address("Observation", "3-7") == "Observations('3-7')"
