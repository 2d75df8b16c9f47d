"""The filter language (18-088, 9.3.3.5)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taydo.protocols.sensorthings.errors import StaError
from taydo.protocols.sensorthings.expressions import FUNCTIONS, PRECEDENCE, parse_filter
from taydo.protocols.sensorthings.lexer import Reader
from taydo.protocols.sensorthings.options import parse_query
from taydo.protocols.sensorthings.tree import Binary, Call, Literal, Membership, Path, Unary
from taydo.protocols.sensorthings.writing import write

_NAMES = st.sampled_from(
    ["name", "result", "properties/area/0", "Datastream/Thing/@iot.id", "resultQuality/PM2.5", "a-b"]
)
_LEAVES = st.one_of(
    st.builds(Path, _NAMES.map(lambda text: tuple(text.split("/")))),
    st.builds(Literal, st.just("number"), st.integers(-(10**9), 10**9)),
    st.builds(Literal, st.just("number"), st.floats(-1e12, 1e12, allow_nan=False).filter(lambda x: abs(x) > 1e-9)),
    st.builds(Literal, st.just("string"), st.text(max_size=12).filter(lambda text: "\x00" not in text)),
    st.builds(Literal, st.just("bool"), st.booleans()),
    st.just(Literal("null", None)),
    st.builds(Literal, st.just("instant"), st.integers(0, 4 * 10**15)),
    st.builds(Literal, st.just("interval"), st.integers(0, 10**15).map(lambda start: (start, start + 3_600_000_000))),
    st.builds(Literal, st.just("duration"), st.integers(-(10**13), 10**13)),
    st.builds(Literal, st.just("date"), st.dates().map(str)),
    st.just(Literal("geometry", "POLYGON ((0 0, 1 0, 1 1, 0 0))")),
)


def _grown(inner: st.SearchStrategy) -> st.SearchStrategy:
    calls = st.sampled_from(sorted(FUNCTIONS)).flatmap(
        lambda name: st.builds(Call, st.just(name), st.lists(inner, min_size=FUNCTIONS[name][0], max_size=FUNCTIONS[name][1])
                               .map(tuple)))  # fmt: skip
    return st.one_of(
        st.builds(Binary, st.sampled_from(sorted(set(PRECEDENCE) - {"in"})), inner, inner),
        st.builds(Unary, st.just("not"), inner),
        st.builds(Membership, inner, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        calls,
    )


_TREES = st.recursive(_LEAVES, _grown, max_leaves=12)


@settings(max_examples=300, deadline=None)
@given(_TREES)
def test_a_tree_written_and_read_again_is_the_same_tree(tree):
    assert parse_filter(write(tree)) == tree


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("()',/$=;: abeqnot1.5-TZ[]@é\"\\%\x00")), max_size=40))
def test_no_text_makes_the_parser_fail_otherwise_than_by_saying_where(text):
    try:
        parse_filter(text)
    except StaError as error:
        assert error.vi and error.en
        assert error.position is None or 0 <= error.position <= len(text)


def test_and_binds_tighter_than_or_and_comparison_tighter_than_both():
    tree = parse_filter("a eq 1 or b gt 2 and c lt 3 add 4 mul 5")

    assert write(tree) == "a eq 1 or b gt 2 and c lt 3 add 4 mul 5"
    assert isinstance(tree, Binary) and tree.op == "or" and isinstance(tree.right, Binary) and tree.right.op == "and"


def test_brackets_are_kept_where_they_matter():
    assert write(parse_filter("(a or b) and not (c eq 1)")) == "(a or b) and not (c eq 1)"
    assert write(parse_filter("result sub (1 sub 2)")) == "result sub (1 sub 2)"


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("2015-10-14T23:30:00.104+02:00", "instant", 1444858200104000),
        ("2015-10-14T23:30:00 02:00", "instant", 1444858200000000),
        ("2015-10-14T00:00:00Z/2015-10-15T00:00:00Z", "interval", (1444780800000000, 1444867200000000)),
        ("'it''s'", "string", "it's"),
        ("duration'PT1H30M'", "duration", 5_400_000_000),
        ("geography'POINT (-122 43)'", "geometry", "POINT (-122 43)"),
        ("geometry'SRID=4326;POINT (1 2)'", "geometry", "POINT (1 2)"),
        ("12:30:00", "time", "12:30:00"),
        ("2020-02-29", "date", "2020-02-29"),
        ("-3.5e2", "number", -350.0),
        ("null", "null", None),
    ],
)
def test_every_kind_of_value_can_be_written(text, kind, value):
    assert parse_filter(text) == Literal(kind, value)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("result gt", 9),
        ("name eq 'open", 8),
        ("result gt 3 3", 12),
        ("foo(name)", 0),
        ("length(name,1)", 0),
        ("result gt #", 10),
        ("2021-02-30T00:00:00Z", 0),
        ("date(x) eq 2021-13-01", 11),
        ("(a eq 1", 7),
        ("properties/", 11),
        ("st_within(location, geography'POINT 1 2')", 20),
        ("a in ()x", 7),
    ],
)
def test_an_error_names_the_place_in_both_languages(text, position):
    with pytest.raises(StaError) as caught:
        parse_filter(text)

    assert caught.value.position == position
    assert f"Vị trí {position}" in caught.value.vi and f"Position {position}" in caught.value.en


def test_nesting_is_limited_so_that_no_query_exhausts_the_stack():
    with pytest.raises(StaError):
        parse_filter("(" * (Reader.MAX_DEPTH * 2) + "1" + ")" * (Reader.MAX_DEPTH * 2))
    with pytest.raises(StaError):
        parse_filter("not " * 5_000 + "true")


def test_a_long_chain_of_conditions_is_fine():
    assert parse_filter(" or ".join(f"id eq {i}" for i in range(900)))


def test_the_option_and_the_text_around_the_place_are_said():
    with pytest.raises(StaError) as caught:
        parse_query("Thing", "$filter=name%20eq%20%27x%27%20oder%20true")

    assert caught.value.fields == {"option": "$filter", "position": 12, "near": "me eq 'x' oder true"}
