"""Rows as CSV and XLSX: read back by other programs they are what was given, whatever they begin with."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tracemalloc
from collections.abc import Iterator
from typing import Any

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from taydo.engines.sheets import answering, comma, workbook
from taydo.engines.sheets.columns import Column
from taydo.kernel import i18n

NOON = dt.datetime(2026, 11, 25, 5, 0, tzinfo=dt.UTC)
COLUMNS = [
    Column("name", "Cơ quan", "Agency", width=40), Column("count", "Số phản ánh", "Reports", "whole"),
    Column("share", "Tỷ lệ đúng hạn", "On time", "share"), Column("hours", "Giờ trung bình", "Average hours", "decimal"),
    Column("on", "Ngày", "Day", "day"), Column("at", "Lúc", "At", "instant"), Column("public", "Công khai", "Public", "flag"),
    Column("twice", "Gấp đôi", "Twice", "whole", of=lambda row: 2 * row["count"]),
]  # fmt: skip
ROW = {
    "name": "Sở Xây dựng",
    "count": 1234,
    "share": 0.9377,
    "hours": 5.25,
    "on": dt.date(2026, 11, 25),
    "at": NOON,
    "public": True,
}
NOTHING: dict[str, Any] = {column.key: None for column in COLUMNS} | {"count": 0}
EVIL = ["=1+1", "+84 912", "-3", "@sum", "\tx", "=HYPERLINK(\"http://x\")"]  # fmt: skip


def as_csv(rows: list[dict[str, Any]], columns: list[Column] = COLUMNS) -> list[list[str]]:
    text = b"".join(comma.lines(columns, rows)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def as_book(rows: list[dict[str, Any]], columns: list[Column] = COLUMNS, notes: tuple[str, ...] = ()) -> Any:
    target = io.BytesIO()
    workbook.write(target, columns, rows, title="Số liệu", notes=notes)
    return openpyxl.load_workbook(io.BytesIO(target.getvalue()))


def test_csv_begins_with_the_mark_and_the_titles_in_the_readers_language() -> None:
    i18n.use("vi")

    parts = b"".join(comma.lines(COLUMNS, [ROW]))
    assert parts.startswith("\ufeffCơ quan,Số phản ánh,".encode())
    assert not b"".join(comma.lines(COLUMNS, [ROW], mark=False)).startswith(b"\xef\xbb\xbf")
    i18n.use("en")
    assert as_csv([])[0][:2] == ["Agency", "Reports"]
    i18n.use("vi")


def test_csv_holds_plain_numbers_and_vietnamese_time() -> None:
    assert as_csv([ROW, NOTHING])[1:] == [
        ["Sở Xây dựng", "1234", "0.9377", "5.25", "2026-11-25", "2026-11-25 12:00:00", "1", "2468"],
        ["", "0", "", "", "", "", "", "0"],
    ]


def test_text_that_begins_like_a_formula_is_text_in_both() -> None:
    rows = [{"name": text} for text in EVIL]

    assert [line[0] for line in as_csv(rows, COLUMNS[:1])[1:]] == [f"'{text}" for text in EVIL]
    cells = [cell for (cell,) in as_book(rows, COLUMNS[:1]).worksheets[0].iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s"] * len(EVIL)
    assert [cell.value for cell in cells] == EVIL


def test_a_negative_number_stays_a_number() -> None:
    assert as_csv([{"count": -5}], [Column("count", "a", "a", "whole")])[1] == ["-5"]


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=20), max_size=5))
def test_csv_read_back_is_what_was_written_and_never_begins_like_a_formula(texts: list[str]) -> None:
    cells = [line[0] if line else "" for line in as_csv([{"name": text} for text in texts], COLUMNS[:1])[1:]]

    assert cells == [f"'{text}" if text[:1] in comma.FORMULA else text for text in texts]
    assert not any(cell.startswith(comma.FORMULA) for cell in cells)


def test_cells_of_a_workbook_are_typed() -> None:
    book = as_book([ROW, NOTHING], notes=("Nguồn: 1022", "=1"))
    sheet = book.worksheets[0]

    assert sheet[1][0].value == "Cơ quan" and sheet[1][0].font.bold and sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[2]] == [
        "Sở Xây dựng", 1234, 0.9377, 5.25, dt.datetime(2026, 11, 25), dt.datetime(2026, 11, 25, 12), True, 2468,
    ]  # fmt: skip
    assert [sheet[2][at].number_format for at in (1, 2, 3, 4)] == ["#,##0", "0.0%", "#,##0.0", "dd/mm/yyyy"]
    assert [cell.value for cell in sheet[3]] == [None, 0, None, None, None, None, None, 0]
    assert [cell.value for cell in book.worksheets[1]["A"]] == ["Nguồn: 1022", "=1"]
    assert sheet.title == "Số liệu"


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=40))
def test_any_text_makes_a_workbook_that_opens(text: str) -> None:
    assert as_book([{"name": text}], COLUMNS[:1]).worksheets[0]["A1"].value == "Cơ quan"


def test_memory_does_not_grow_with_the_rows() -> None:
    def many(count: int) -> Iterator[dict[str, Any]]:
        return ({"name": f"Cơ quan {n}", "count": n} for n in range(count))

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in comma.lines(COLUMNS[:2], many(count)):
            pass
        with open("/dev/null", "wb") as nowhere:
            workbook.write(nowhere, COLUMNS[:2], many(count), title="x")
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(100)
    assert peak(20_000) < 3 * peak(2_000)


def test_answers_are_saved_under_a_name_that_every_browser_takes() -> None:
    answer = answering.as_xlsx("Số liệu 1022 đường", COLUMNS, [ROW], title="Số liệu")
    body = b"".join(answer.streaming_content)

    assert answer["Content-Disposition"].startswith('attachment; filename="So-lieu-1022-duong.xlsx"; filename*=UTF-8')
    assert int(answer["Content-Length"]) == len(body)
    assert openpyxl.load_workbook(io.BytesIO(body)).worksheets[0]["B2"].value == 1234
    lines = answering.as_csv("x", COLUMNS, [ROW])
    assert lines["Content-Type"] == "text/csv; charset=utf-8" and b"1234" in b"".join(lines.streaming_content)


def test_what_a_page_shows_is_the_same_value_as_people_read_it() -> None:
    i18n.use("vi")

    assert [column.seen(ROW) for column in COLUMNS] == [
        "Sở Xây dựng", "1.234", "93,8 %", "5,2", "25/11/2026", "25/11/2026 12:00", "có", "2.468",
    ]  # fmt: skip
    assert COLUMNS[2].seen(NOTHING) == "—"
