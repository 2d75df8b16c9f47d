"""The station files of TT 10/2021 are read as loggers write them and refused line by line with a reason."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taydo.protocols import tt10
from taydo.protocols.tt10 import Row

NAME = "CT_KCN_NT01_20261122140500.txt"
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def one(line: str) -> Row:
    parsed = tt10.parse(line.encode(), NAME)
    assert not parsed.refused, parsed.refused
    return parsed.rows[0]


def reason(line: str | bytes, name: str = NAME) -> str:
    data = line if isinstance(line, bytes) else line.encode()
    parsed = tt10.parse(data, name)
    assert not parsed.rows
    assert parsed.refused[-1].vi and parsed.refused[-1].en
    return parsed.refused[-1].reason


def test_a_file_of_the_circular_is_read_whole() -> None:
    text = (
        "Temp\t28.4\toC\t20261122120000\t00\r\npH\t7.12\t-\t20261122120000\t00\r\n"
        "PM2,5\t31,5\tug/Nm3\t20261122120000\t01\r\n"
    )

    parsed = tt10.parse(text.encode(), NAME)

    assert (parsed.station, parsed.name.province, parsed.name.facility) == ("CT_KCN_NT01", "CT", "KCN")
    assert parsed.sent_at == datetime(2026, 11, 22, 7, 5, tzinfo=UTC)
    assert parsed.name.candidates() == ("CT_KCN_NT01", "NT01")
    assert parsed.rows == [
        Row("Temp", 28.4, "oC", NOON, "00"),
        Row("pH", 7.12, "-", NOON, "00"),
        Row("PM2.5", 31.5, "ug/Nm3", NOON, "01"),
    ]
    assert parsed.refused == []


@pytest.mark.parametrize("spelling", ["PM2,5", "PM2.5", "PM25", "pm2.5", "pm25"])
def test_every_spelling_of_pm25_is_the_same_parameter(spelling: str) -> None:
    assert one(f"{spelling}\t10\tug/Nm3\t20261122120000\t00").symbol == "PM2.5"


@pytest.mark.parametrize("text,value", [("12,5", 12.5), ("12.5", 12.5), ("-3", -3.0), ("1e-3", 0.001), (",5", 0.5)])
def test_decimal_commas_and_points_are_both_numbers(text: str, value: float) -> None:
    assert one(f"Temp\t{text}\toC\t20261122120000\t00").value == value


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfTemp\t1\toC\t20261122120000\t00\r\n",
        b"Temp\t1\toC\t20261122120000\t00\n",
        b"Temp    1   oC  20261122120000   00",
        b"\n\n  Temp 1 oC 20261122120000 0\n\n",
        "Temp\t1\toC\t20261122120000\t00\r\n".encode("utf-16"),
    ],
)
def test_bom_newlines_blanks_and_utf16_make_no_difference(data: bytes) -> None:
    parsed = tt10.parse(data, "NT01_20261122140500.txt")

    assert parsed.rows == [Row("Temp", 1.0, "oC", NOON, "00")]
    assert parsed.refused == []


def test_a_unit_may_be_missing_hold_blanks_or_be_in_the_windows_code_page() -> None:
    assert one("pH 7 20261122120000 00").unit == ""
    assert one("NO2 7 ug / Nm3 20261122120000 00").unit == "ug / Nm3"
    parsed = tt10.parse("NO2\t7\tµg/m³\t20261122120000\t00".encode("cp1252"), NAME)
    assert parsed.rows[0].unit == "µg/m³"


@pytest.mark.parametrize(
    "line,code",
    [
        ("Temp\tabc\toC\t20261122120000\t00", "bad_number"),
        ("Temp\t1.234,5\toC\t20261122120000\t00", "bad_number"),
        ("Temp\t\toC\t20261122120000\t00", "bad_number"),
        ("Temp\tNaN\toC\t20261122120000\t00", "not_finite"),
        ("Temp\t1e999\toC\t20261122120000\t00", "not_finite"),
        ("Temp\t1\toC\t20261322120000\t00", "bad_time"),
        ("Temp\t1\toC\t2026112212\t00", "bad_time"),
        ("Temp\t1\toC\t20261122120000\t07", "bad_status"),
        ("1Temp\t1\toC\t20261122120000\t00", "bad_symbol"),
        ("Temp\t1", "field_count"),
    ],
)
def test_a_line_that_cannot_be_understood_is_refused_with_its_reason(line: str, code: str) -> None:
    assert reason(line) == code


def test_one_bad_line_does_not_cost_the_others() -> None:
    parsed = tt10.parse(b"Temp\tx\toC\t20261122120000\t00\r\npH\t7\t-\t20261122120000\t00\r\n", NAME)

    assert [row.symbol for row in parsed.rows] == ["pH"]
    assert [(r.line_no, r.reason) for r in parsed.refused] == [(1, "bad_number")]
    assert parsed.refused[0].raw.startswith("Temp\tx")


def test_the_same_parameter_and_time_twice_in_a_file_counts_once() -> None:
    parsed = tt10.parse(b"pH\t7\t-\t20261122120000\t00\npH\t8\t-\t20261122120000\t00\n", NAME)

    assert [row.value for row in parsed.rows] == [7.0]
    assert [(r.line_no, r.reason) for r in parsed.refused] == [(2, "duplicate_line")]


@pytest.mark.parametrize(
    "name", ["readme.txt", "NT01.txt", "NT01_2026.txt", "NT01_20261399000000.txt", "_20261122140500.txt"]
)
def test_an_unreadable_file_name_is_said_and_the_rows_are_still_read(name: str) -> None:
    parsed = tt10.parse(b"pH\t7\t-\t20261122120000\t00\n", name)

    assert parsed.station == "" and parsed.sent_at is None
    assert [(r.line_no, r.reason) for r in parsed.refused] == [(0, "bad_file_name")]
    assert len(parsed.rows) == 1


def test_a_folder_before_the_file_name_does_not_matter() -> None:
    parsed = tt10.parse(b"pH\t7\t-\t20261122120000\t00\n", "C:\\ftp\\in/NT01_20261122140500.TXT")

    assert parsed.station == "NT01" and parsed.name.candidates() == ("NT01",)


def test_empty_binary_and_huge_files_are_refused_as_a_whole() -> None:
    assert reason(b"") == "empty_file"
    assert reason(b" \r\n \n") == "empty_file"
    assert reason(b"\x89PNG\x00\x00") == "not_text"
    assert reason(b"x" * (tt10.MAX_BYTES + 1)) == "file_too_large"
    assert reason(b"x\n" * (tt10.MAX_LINES + 1)) == "file_too_large"


def test_all_symbols_of_the_circular_are_known_and_survive_a_round_trip() -> None:
    assert len(tt10.SYMBOLS) == 25
    rows = [Row(code, 1.5, symbol.unit, NOON, "00") for code, symbol in tt10.SYMBOLS.items()]

    data = tt10.write(rows)

    assert b"PM2,5\t1.5\tug/Nm3\t20261122120000\t00\r\n" in data
    assert tt10.parse(data, tt10.file_name("NT01", NOON)).rows == rows


def test_a_value_no_file_can_carry_is_not_written() -> None:
    with pytest.raises(ValueError, match="pH"):
        tt10.write([Row("pH", math.nan, "-", NOON, "00")])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(tt10.SYMBOLS)),
            st.floats(allow_nan=False, allow_infinity=False),
            st.integers(0, 10**9),
            st.sampled_from(["00", "01", "02"]),
        ),
        unique_by=lambda row: (row[0], row[2]),
        max_size=20,
    ),
    st.sampled_from([".", ","]),
    st.sampled_from(["\r\n", "\n"]),
)
def test_whatever_is_written_is_read_back(raw: list[tuple[str, float, int, str]], decimal: str, newline: str) -> None:
    rows = [Row(s, v, tt10.SYMBOLS[s].unit, NOON + timedelta(seconds=n), status) for s, v, n, status in raw]

    parsed = tt10.parse(tt10.write(rows, decimal=decimal, newline=newline), tt10.file_name("A_B", NOON))

    assert parsed.rows == rows
    assert parsed.sent_at == NOON


@given(st.binary(max_size=400), st.text(max_size=40))
def test_no_bytes_and_no_name_make_the_reader_fall(data: bytes, name: str) -> None:
    parsed = tt10.parse(data, name)

    assert all(math.isfinite(row.value) and row.time.tzinfo is UTC for row in parsed.rows)
