"""Station text files of TT 10/2021/TT-BTNMT: what a Vietnamese data logger drops, read and written.

One line is one parameter: `symbol <tab> value <tab> unit <tab> yyyyMMddHHmmss <tab> status`. Times are local
(Asia/Ho_Chi_Minh); everything here hands out aware UTC. Loggers in the field stray from the text (`PM2,5` with a
comma in the law's own table, decimal commas, blanks for tabs, BOM, bare LF), so the reader takes all of these and
refuses, line by line and with a reason, only what cannot be understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import NamedTuple
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
MAX_BYTES = 1_000_000
"""A station's file holds a few dozen lines; anything of this size is not one."""
MAX_LINES = 20_000
RAW_KEPT = 200
"""Characters of a refused line that are kept, enough for a person to recognise it."""

MEASURING, CALIBRATING, FAULTY = "00", "01", "02"
STATUSES: dict[str, tuple[str, str]] = {
    MEASURING: ("Đang đo", "Measuring"),
    CALIBRATING: ("Hiệu chuẩn", "Calibrating"),
    FAULTY: ("Báo lỗi thiết bị", "Device fault"),
}


class Symbol(NamedTuple):
    """A parameter of Phụ lục 15, Bảng 34: `wire` is the law's spelling; `unit` is usual practice, not law."""

    code: str
    wire: str
    vi: str
    en: str
    unit: str


SYMBOLS: dict[str, Symbol] = {
    row[0]: Symbol(*row)
    for row in (
        ("Flow", "Flow", "Lưu lượng", "Flow", "m3/h"),
        ("Temp", "Temp", "Nhiệt độ", "Temperature", "oC"),
        ("Color", "Color", "Độ màu", "Colour", "Pt-Co"),
        ("pH", "pH", "pH", "pH", "-"),
        ("TSS", "TSS", "Tổng chất rắn lơ lửng", "Total suspended solids", "mg/L"),
        ("COD", "COD", "COD", "Chemical oxygen demand", "mg/L"),
        ("NH4", "NH4", "Amoni (tính theo N)", "Ammonium (as N)", "mg/L"),
        ("TP", "TP", "Tổng phốt pho", "Total phosphorus", "mg/L"),
        ("TN", "TN", "Tổng nitơ", "Total nitrogen", "mg/L"),
        ("TOC", "TOC", "Tổng cacbon hữu cơ", "Total organic carbon", "mg/L"),
        ("Cl", "Cl", "Clo dư", "Residual chlorine", "mg/L"),
        ("RH", "RH", "Độ ẩm", "Relative humidity", "%"),
        ("P", "P", "Áp suất", "Pressure", "hPa"),
        ("NO", "NO", "NO", "Nitric oxide", "ug/Nm3"),
        ("NO2", "NO2", "NO2", "Nitrogen dioxide", "ug/Nm3"),
        ("CO", "CO", "CO", "Carbon monoxide", "ug/Nm3"),
        ("SO2", "SO2", "SO2", "Sulphur dioxide", "ug/Nm3"),
        ("O2", "O2", "O2", "Oxygen", "%V"),
        ("H2S", "H2S", "H2S", "Hydrogen sulphide", "mg/Nm3"),
        ("NH3", "NH3", "NH3", "Ammonia", "mg/Nm3"),
        ("VHg", "VHg", "Hơi thủy ngân", "Mercury vapour", "mg/Nm3"),
        ("PM", "PM", "Bụi tổng", "Total dust", "mg/Nm3"),
        ("O3", "O3", "O3", "Ozone", "ug/Nm3"),
        ("PM10", "PM10", "Bụi PM10", "PM10 dust", "ug/Nm3"),
        ("PM2.5", "PM2,5", "Bụi PM2.5", "PM2.5 dust", "ug/Nm3"),
    )
}

_SPELLINGS = {s.code.casefold(): s.code for s in SYMBOLS.values()} | {
    "pm2,5": "PM2.5",
    "pm25": "PM2.5",
    "pm2_5": "PM2.5",
    "pm-10": "PM10",
}

REASONS: dict[str, tuple[str, str]] = {
    "bad_file_name": (
        "Tên tệp không theo mẫu <trạm>_<yyyyMMddHHmmss>.txt nên không biết trạm nào gửi",
        "The file name is not <station>_<yyyyMMddHHmmss>.txt, so the sending station is unknown",
    ),
    "empty_file": ("Tệp không có dòng nào", "The file has no lines"),
    "file_too_large": ("Tệp lớn hơn 1 MB hoặc quá 20.000 dòng", "The file is over 1 MB or 20,000 lines"),
    "not_text": ("Tệp không phải văn bản", "The file is not text"),
    "field_count": (
        "Dòng phải có 5 phần: ký hiệu, giá trị, đơn vị, thời gian, trạng thái",
        "A line needs 5 parts: symbol, value, unit, time, status",
    ),
    "bad_symbol": ("Ký hiệu thông số không hợp lệ", "The parameter symbol is not valid"),
    "bad_number": ("Giá trị không phải là số", "The value is not a number"),
    "not_finite": ("Giá trị là NaN hoặc vô cực", "The value is NaN or infinite"),
    "bad_time": (
        "Thời gian phải là yyyyMMddHHmmss và có thật",
        "The time must be yyyyMMddHHmmss and exist",
    ),
    "bad_status": ("Trạng thái phải là 00, 01 hoặc 02", "The status must be 00, 01 or 02"),
    "duplicate_line": (
        "Thông số và thời gian này đã có ở dòng trước trong tệp",
        "This parameter and time already stand on an earlier line of the file",
    ),
}


class Row(NamedTuple):
    """One reading: canonical symbol, value, unit as written, aware UTC time, status `00|01|02`."""

    symbol: str
    value: float
    unit: str
    time: datetime
    status: str


class Refused(NamedTuple):
    """One line not taken (`line_no` from 1; 0 = the whole file), its text, reason code and words."""

    line_no: int
    raw: str
    reason: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Name:
    """What a file name says: `station` is all before the time; its parts when it has exactly three."""

    station: str
    sent_at: datetime | None
    province: str = ""
    facility: str = ""

    def candidates(self) -> tuple[str, ...]:
        """Return the codes under which the station may be registered, the most specific first."""
        last = self.station.rsplit("_", 1)[-1]
        return (self.station,) if last == self.station else (self.station, last)


@dataclass(frozen=True, slots=True)
class Parsed:
    """One file as understood: who sent it and when, the readings taken, the lines refused."""

    name: Name
    rows: list[Row]
    refused: list[Refused]

    @property
    def station(self) -> str:
        """The sender's code as in the file name, "" when the name is not understood."""
        return self.name.station

    @property
    def sent_at(self) -> datetime | None:
        """The time in the file name as aware UTC, None when the name is not understood."""
        return self.name.sent_at


_NAME = re.compile(r"^(?P<station>[A-Za-z0-9][A-Za-z0-9_.\-]{0,127})_(?P<time>\d{14})\.txt$", re.IGNORECASE)
_SYMBOL = re.compile(r"^[A-Za-z][A-Za-z0-9_.,+\-]{0,31}$")
_NUMBER = re.compile(r"^[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?$")
_NOT_FINITE = {"nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "-nan"}


@lru_cache(maxsize=4096)
def local_time(text: str) -> datetime | None:
    """Return `yyyyMMddHHmmss` of Asia/Ho_Chi_Minh as aware UTC, None when it is not such a time."""
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        return None
    parts = (text[:4], text[4:6], text[6:8], text[8:10], text[10:12], text[12:14])
    try:
        return datetime(*map(int, parts), tzinfo=LOCAL).astimezone(UTC)  # type: ignore[misc,arg-type]
    except (ValueError, OverflowError):
        return None


def symbol_of(text: str) -> str:
    """Return the canonical symbol (`PM2,5`, `pm25` → `PM2.5`); an unlisted one comes back as written."""
    return _SPELLINGS.get(text.casefold(), text)


def name_of(filename: str) -> Name | None:
    """Read `<station>_<time>.txt` or `<province>_<facility>_<station>_<time>.txt`, None when it is neither."""
    found = _NAME.match(re.split(r"[/\\]", filename)[-1])
    sent_at = local_time(found["time"]) if found else None
    if found is None or sent_at is None:
        return None
    parts = found["station"].split("_")
    province, facility = (parts[0], parts[1]) if len(parts) == 3 else ("", "")
    return Name(found["station"], sent_at, province, facility)


def parse(data: bytes, filename: str) -> Parsed:
    """Read one station file: every line is either a row or refused with its reason; nothing raises.

    The station and sending time come from the file name; the readings are parsed even when the name is not
    understood (line 0 is then refused), so that they can be re-run once the sender is known.
    """
    name = name_of(filename)
    rows: list[Row] = []
    refused: list[Refused] = []
    if name is None:
        refused.append(_refused(0, filename, "bad_file_name"))
    text = _decode(data)
    lines = text.splitlines() if text is not None else []
    whole = _whole_file_reason(data, text, lines)
    if whole:
        refused.append(_refused(0, "", whole))
    else:
        _read_lines(lines, rows, refused)
    return Parsed(name or Name("", None), rows, refused)


def _whole_file_reason(data: bytes, text: str | None, lines: list[str]) -> str:
    if len(data) > MAX_BYTES or len(lines) > MAX_LINES:
        return "file_too_large"
    if text is None:
        return "not_text"
    return "" if text.strip() else "empty_file"


def _read_lines(lines: list[str], rows: list[Row], refused: list[Refused]) -> None:
    seen: set[tuple[str, datetime]] = set()
    for line_no, line in enumerate(lines, 1):
        if not line.strip():
            continue
        read = _read_line(line)
        if isinstance(read, str):
            refused.append(_refused(line_no, line, read))
        elif (read.symbol, read.time) in seen:
            refused.append(_refused(line_no, line, "duplicate_line"))
        else:
            seen.add((read.symbol, read.time))
            rows.append(read)


def _read_line(line: str) -> Row | str:
    fields = _fields(line)
    if fields is None:
        return "field_count"
    symbol, number, unit, time, status = fields
    if not _SYMBOL.match(symbol):
        return "bad_symbol"
    if number.casefold() in _NOT_FINITE:
        return "not_finite"
    if not _NUMBER.match(number):
        return "bad_number"
    value = float(number.replace(",", "."))
    if not isfinite(value):
        return "not_finite"
    at = local_time(time)
    if at is None:
        return "bad_time"
    if status.zfill(2) not in STATUSES:
        return "bad_status"
    return Row(symbol_of(symbol), value, unit, at, status.zfill(2))


def _fields(line: str) -> tuple[str, str, str, str, str] | None:
    """Split by tabs, else by runs of blanks (there a unit may be absent or hold blanks itself)."""
    parts = [part.strip() for part in line.strip("\r\n ").split("\t")]
    if len(parts) != 5:
        parts = line.split()
        if len(parts) < 4:
            return None
        parts = [parts[0], parts[1], " ".join(parts[2:-2]), parts[-2], parts[-1]]
    return parts[0], parts[1], parts[2], parts[3], parts[4]


def _decode(data: bytes) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace").lstrip("\ufeff")
    if b"\x00" in data[:MAX_BYTES]:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Old loggers write µ and ³ of units in the Windows code page.
        return data.decode("cp1252", errors="replace")


def _refused(line_no: int, raw: str, reason: str) -> Refused:
    vi, en = REASONS[reason]
    return Refused(line_no, raw[:RAW_KEPT], reason, vi, en)


def write(rows: Iterable[Row], *, decimal: str = ".", newline: str = "\r\n") -> bytes:
    """Return the file text of `rows` as a logger sends it: law's spelling of symbols, local time, tabs, CRLF."""
    lines = []
    for row in rows:
        if not isfinite(row.value):
            raise ValueError(f"{row.symbol}: {row.value} cannot be written to a station file")
        known = SYMBOLS.get(row.symbol)
        number = _plain(row.value).replace(".", decimal)
        stamp = row.time.astimezone(LOCAL).strftime("%Y%m%d%H%M%S")
        lines.append("\t".join((known.wire if known else row.symbol, number, row.unit, stamp, row.status)))
    return "".join(line + newline for line in lines).encode()


def _plain(value: float) -> str:
    """Shortest digits that read back to the same float, never with an exponent."""
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def file_name(station: str, sent_at: datetime, *, province: str = "", facility: str = "") -> str:
    """Return the name of a file sent at `sent_at` (aware): `[province_facility_]station_yyyyMMddHHmmss.txt`."""
    prefix = f"{province}_{facility}_" if province and facility else ""
    return f"{prefix}{station}_{sent_at.astimezone(LOCAL).strftime('%Y%m%d%H%M%S')}.txt"
