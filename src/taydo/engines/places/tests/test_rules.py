"""Names without accents, boxes, spans of days and broken outlines."""

import datetime as dt

import pytest

from taydo.engines.places import rules


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Phường Cái Khế", "cai khe"),
        ("Phường Bình Thuỷ", "P. Bình Thủy"),
        ("Xã Xà Phiên", "Xà Phiên"),
        ("Quận Ninh Kiều", "Ninh Kieu District"),
        ("Phường 1", "1"),
        ("Thị trấn Đại Ngãi", "Đại Ngãi"),
    ],
)
def test_spellings_of_one_unit_are_the_same_name(one: str, other: str) -> None:
    assert rules.same_name(one, other)


def test_a_reused_code_shows_in_the_name() -> None:
    assert not rules.same_name("Phường An Hòa", "Phường Cái Khế")


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "1,9,2,8", "nan,1,2,3", "999,0,1,1", "1,2,3,4,5"])
def test_a_box_that_is_none_is_refused(text: str) -> None:
    assert rules.read_bbox(text) is None


def test_heights_of_a_box_are_dropped() -> None:
    assert rules.read_bbox("105,9,0,106,10,50") == (105, 9, 106, 10)


def test_a_span_of_days_may_be_open() -> None:
    assert rules.read_interval("2025-06-30") == (dt.date(2025, 6, 30), dt.date(2025, 6, 30))
    assert rules.read_interval("2025-06-30T10:00:00Z/..") == (dt.date(2025, 6, 30), dt.date.max)
    assert rules.read_interval("../2025-06-30") == (dt.date.min, dt.date(2025, 6, 30))
    assert rules.read_interval("2025-07-01/2025-06-30") is None
    assert rules.read_interval("..") is None


@pytest.mark.parametrize(
    ("geometry", "fault"),
    [
        (None, "not_an_area"),
        ({"type": "Point", "coordinates": [1, 2]}, "not_an_area"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [1, 1]]]}, "ring_too_short"),
        ({"type": "Polygon", "coordinates": [[[1, 1], [2, "2"], [3, 1], [1, 1]]]}, "not_a_number"),
        (
            {"type": "Polygon", "coordinates": [[[580000, 1111000], [580001, 1111000], [1, 1], [580000, 1111000]]]},
            "not_in_degrees",
        ),
        ({"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 2]]]}, "ring_not_closed"),
        ({"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 1]]]}, None),
    ],
)
def test_an_outline_that_cannot_be_used_says_why(geometry: object, fault: str | None) -> None:
    assert rules.polygon_fault(geometry) == fault


def test_tiles_outside_the_pyramid_do_not_exist() -> None:
    assert rules.tile_exists(0, 0, 0)
    assert not rules.tile_exists(3, 8, 0)
    assert not rules.tile_exists(10**9, 0, 0)
