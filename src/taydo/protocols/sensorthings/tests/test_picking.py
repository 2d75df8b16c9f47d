"""Parts of JSON values."""

from __future__ import annotations

import pytest

from taydo.protocols.sensorthings.picking import picked, reached


def test_select_takes_only_the_ways_asked_for():
    whole = {"a": {"b": 1, "c": 2}, "d": [3], "e": 4}

    assert picked(whole, [["a", "b"], ["d"]]) == {"a": {"b": 1}, "d": [3]}
    assert picked(whole, [["a", "x"], ["e", "y"]]) == {"a": {}, "e": {}}
    assert picked([1], [["a"]]) == {}
    assert picked(whole, [["e"], ["e", "x", "y"]]) == {"e": 4}


def test_names_and_positions_lead_inside_a_value():
    assert reached({"a": [1, {"b": 2}]}, ["a", "1", "b"]) == 2
    for steps in (["b"], ["a", "9"], ["a", "-1"], ["a", "²"]):
        with pytest.raises(KeyError):
            reached({"a": [1]}, steps)
