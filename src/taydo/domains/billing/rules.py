"""Reading a bank statement's table: which column is what, dates and amounts as Vietnamese banks write them. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NEEDED = ("day", "words", "credit")
DATES = ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%Y%m%d")
MOST_HEAD = 40


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of a statement; `number` is the bank's, or a mark of the line where the bank gives none. Amounts in đồng."""

    line: int
    day: dt.date
    number: str
    words: str
    credit_vnd: int
    debit_vnd: int


def folded(text: str) -> str:
    """Small letters without diacritics, words apart by one blank."""
    flat = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "d"))
    kept = "".join(letter for letter in flat if not unicodedata.combining(letter)).lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", kept).split())


def columns(row: Sequence[str], names: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Which column holds what, by a header row; empty when this is no header."""
    found: dict[str, int] = {}
    heads = [folded(cell) for cell in row]
    for field, known in names.items():
        for at, head in enumerate(heads):
            if head and at not in found.values() and any(head == name or head.startswith(f"{name} ") for name in known):
                found[field] = at
                break
    return found if all(field in found for field in NEEDED) else {}


def amount(text: str) -> int:
    """Whole đồng of 45.000, 45,000, 45 000, 45000.00, +45.000 VND; "" and - are 0. Raises ValueError for anything else."""
    plain = re.sub(r"(?i)(vnd|vnđ|đ)$", "", text.strip().replace("\xa0", " ").strip()).strip().replace(" ", "")
    plain = plain.removeprefix("+")
    if plain in ("", "-"):
        return 0
    if found := re.fullmatch(r"([0-9]{1,3}(?:[.,][0-9]{3})+|[0-9]+)(?:[.,]0{1,2})?", plain):
        digits = re.sub(r"[.,]", "", found[1])
        if len(digits) <= 13:
            return int(digits)
    raise ValueError(f"{text} is no amount of whole đồng")


def day(text: str) -> dt.date:
    """A date as banks write it, with or without a time after it; a bare number is Excel's count of days. Raises ValueError."""
    first = text.strip().split(" ")[0].split("T")[0]
    if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", first):
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(float(first)))
    for pattern in DATES:
        try:
            return dt.datetime.strptime(first, pattern).date()
        except ValueError:
            continue
    raise ValueError(f"{text} is no date")


def lines(
    table: Sequence[Sequence[str]], names: Mapping[str, Sequence[str]]
) -> tuple[list[StatementLine], list[tuple[int, str]]]:
    """The lines of a statement and those that could not be read (line from 1, why). Raises ValueError when no header is found."""
    heads = ((at, columns(row, names)) for at, row in enumerate(table[:MOST_HEAD]))
    start, where = next(((at, found) for at, found in heads if found), (0, {}))
    if not where:
        raise ValueError("no header")
    found: list[StatementLine] = []
    wrong: list[tuple[int, str]] = []
    for at, row in enumerate(table[start + 1 :], start + 2):
        cells = {field: row[column] if column < len(row) else "" for field, column in where.items()}
        if not cells["day"] or not any(character.isdigit() for character in cells["day"]):
            continue  # totals, signatures, empty rows
        try:
            made = StatementLine(
                at, day(cells["day"]), cells.get("number", "")[:64], cells["words"][:500], amount(cells["credit"]), amount(cells.get("debit", "")),
            )  # fmt: skip
        except ValueError as error:
            wrong.append((at, str(error)))
            continue
        if made.credit_vnd or made.debit_vnd:
            found.append(made if made.number else _numbered(made, row))
    return found, wrong


def _numbered(line: StatementLine, row: Sequence[str]) -> StatementLine:
    """A line whose bank gives no number is known by what it says (its running balance makes it one of a kind)."""
    mark = hashlib.sha256("|".join(row).encode()).hexdigest()[:24]
    return StatementLine(line.line, line.day, f"S{mark}", line.words, line.credit_vnd, line.debit_vnd)


_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_GROUPS = ("", " nghìn", " triệu", " tỷ", " nghìn tỷ")


def in_words(amount_vnd: int) -> str:
    """An amount below 10¹⁵ as papers write it out: Bốn mươi lăm nghìn đồng."""
    if amount_vnd == 0:
        return "Không đồng"
    groups = []
    rest, at = amount_vnd, 0
    while rest:
        rest, three = divmod(rest, 1000)
        if three:
            groups.append(_three(three, bool(rest)) + _GROUPS[at])
        at += 1
    text = " ".join(reversed(groups)) + " đồng"
    return text[0].upper() + text[1:]


def _three(number: int, more: bool) -> str:
    """Up to 999; `more` stands before it, so that hundreds of 0 are said."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    words = [f"{_DIGITS[hundreds]} trăm"] if hundreds or more else []
    if tens == 0 and ones and words:
        words.append("linh")
    elif tens == 1:
        words.append("mười")
    elif tens > 1:
        words.append(f"{_DIGITS[tens]} mươi")
    if ones:
        last = {1: "mốt" if tens > 1 else "một", 5: "lăm" if tens else "năm"}.get(ones, _DIGITS[ones])
        words.append(last)
    return " ".join(words)
