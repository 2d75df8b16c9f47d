"""Times to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taydo.protocols.sensorthings.errors import StaError
from taydo.protocols.sensorthings.times import (
    EPOCH,
    format_duration,
    format_instant,
    format_time,
    parse_duration,
    parse_instant,
    parse_instants,
    parse_time,
)  # fmt: skip


@given(st.integers(-60_000_000_000_000_000, 253_000_000_000_000_000))
def test_an_instant_survives_being_written_and_read(microseconds):
    assert parse_instant(format_instant(microseconds)) == microseconds
    assert parse_instants([format_instant(microseconds)]) == [microseconds]


@given(st.datetimes(min_value=datetime(1900, 1, 2), max_value=datetime(2200, 1, 1)), st.integers(-14, 14))
def test_zones_are_taken_into_account(moment, hours):
    aware = moment.replace(tzinfo=UTC)
    text = f"{(aware + timedelta(hours=hours)).replace(tzinfo=None).isoformat()}{hours:+03d}:00"

    assert parse_instant(text) == (aware - EPOCH) // timedelta(microseconds=1)


def test_an_interval_has_two_ends_in_order():
    assert format_time(*parse_time("2020-01-01T00:00:00Z/2020-01-01T01:00:00+00:00")) == (
        "2020-01-01T00:00:00.000Z/2020-01-01T01:00:00.000Z"
    )
    with pytest.raises(StaError):
        parse_time("2020-01-02T00:00:00Z/2020-01-01T00:00:00Z")


@pytest.mark.parametrize("text", ["", "yesterday", "2020-13-01T00:00:00Z", "2020-01-01", "0000-01-01T00:00:00Z", "1/2",
                                  "0001-01-01T00:00:00+14:00", "2020-01-01T25:00:00Z", "2020-01-01T00:00:00+99:00"])  # fmt: skip
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(StaError):
        parse_instant(text)


@pytest.mark.parametrize(("text", "seconds"), [("PT1H", 3600), ("P1D", 86400), ("-PT0.5S", -0.5), ("P2W", 1209600)])
def test_durations_are_read_and_written(text, seconds):
    assert parse_duration(text) == seconds * 1_000_000
    assert parse_duration(format_duration(parse_duration(text))) == seconds * 1_000_000


@pytest.mark.parametrize("text", ["P", "PT", "", "1H", "P1Y", "P99999999999D", "-P"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(StaError):
        parse_duration(text)
