"""Tables of the national portal's pages on procedures (dichvucong.gov.vn), read back from the text their cells were glued into.

`Trực tuyến3 Ngày làm việc7,000 Việt Nam Đồng(một bản)…` is a row of four cells: how to file, by when, what it costs, words. Nothing is guessed in silence:
what could be read in two ways, or not at all, comes back as a `Doubt` with the text it stands in. All functions are pure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

NOTHING = "Không có thông tin"
DOORS = {"Trực tuyến": "online", "Trực tiếp": "desk", "Dịch vụ bưu chính": "post"}
UNITS = {"Ngày làm việc": "working_days", "Ngày": "days", "Giờ": "hours", "Tháng": "months", "Phút": "minutes", "Năm": "years"}  # fmt: skip
_MARKED = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
_LOWER, _UPPER = f"a-z{_MARKED}", f"A-Z{_MARKED.upper()}"
_UNIT = "|".join(UNITS)
_CURRENCY = r"Việt Nam Đồng|VNĐ|VND|Đồng|USD|%"
_AMOUNT = rf"(?:[1-9]\d{{0,2}}(?:,\d{{3}})+|[1-9]\d{{0,2}}|0)(?:\.\d+)? ?(?:{_CURRENCY})"
_FEE_START = rf"(?:{NOTHING}|Miễn phí|{_AMOUNT})"
_DOOR = "|".join(DOORS)
_ROW = re.compile(
    rf"({_DOOR})(?=\d+(?:[.,]\d)? ?(?:{_UNIT})(?![{_LOWER}])|\d+(?:Miễn phí|{NOTHING})|\d+[\d,.]* ?(?:{_CURRENCY})|{NOTHING}|(?:Không|Ngay|Theo|Trong|Hệ thống|Tùy)(?:\S*\s?)"
    rf"[^()]{{0,300}}?(?:Miễn phí|{NOTHING}|[\d,]+ (?:{_CURRENCY})))"
)
_DEADLINE = re.compile(rf"(\d+(?:[.,]\d)?) ?({_UNIT})(?![{_LOWER}])")
_FEE = re.compile(rf"([\d,]*\d(?:\.\d+)?) ?({_CURRENCY})")
_IN_WORDS = re.compile(
    r"(?:trong (?:thời hạn|vòng)|không quá|thời hạn(?: giải quyết)?(?: là)?:?) (?:tối đa )?(\d{1,3}) ?(?:\([^)]{1,20}\) ?)?(ngày làm việc|ngày|giờ làm việc|giờ|tháng)",
    re.IGNORECASE,
)
_BY_RULE = re.compile(r"theo (?:quy định|mức|biểu|khoản|Điều|Thông tư)|Thông tư|\d[\d.]{3,} ?(?:đồng|đ)\b|Hội đồng nhân dân", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True)
class Doubt:
    """Something not read for certain: which field, the text it stands in, and a reason's code."""

    field: str
    text: str
    reason: str


@dataclass(frozen=True)
class Charge:
    """One fee: the amount in its currency (None: not said), the words beside it."""

    amount: float | None
    currency: str = "VND"
    note: str = ""


@dataclass(frozen=True)
class Way:
    """One row: the door, the deadline (number and unit, or None), fees, the words of the last cell, the whole text."""

    door: str
    number: int | None
    unit: str
    fees: tuple[Charge, ...]
    words: str
    text: str


@dataclass(frozen=True)
class PaperRow:
    """One paper: its name, the file of its form, originals and copies, and the case it is asked in."""

    name: str
    form: str
    originals: int
    copies: int
    case: str


def ways(text: str) -> tuple[tuple[Way, ...], tuple[Doubt, ...]]:
    """Read "Cách thức thực hiện": a row per door, and what is doubtful."""
    body = text.removeprefix("Hình thức nộpThời gianPhí, lệ phíMô tả").strip()
    marks = list(_ROW.finditer(body))
    found: list[Way] = []
    doubts: list[Doubt] = []
    if marks and marks[0].start() > 0:
        doubts.append(Doubt("channels", body[: marks[0].start()][:400], "before_table"))
    if not marks and body and body != NOTHING:
        return (), (Doubt("channels", body[:400], "no_row"),)
    ends = [mark.start() for mark in marks[1:]] + [len(body)]
    for mark, end in zip(marks, ends, strict=False):
        way, unsure = _way(DOORS[mark[1]], body[mark.end() : end].strip())
        found.append(way)
        doubts += unsure
    return _one_each(found, doubts)


def _one_each(found: list[Way], doubts: list[Doubt]) -> tuple[tuple[Way, ...], tuple[Doubt, ...]]:
    """One row a door: rows of the same door are joined, the longest deadline counts, and it is doubtful."""
    kept: dict[str, Way] = {}
    for way in found:
        before = kept.get(way.door)
        if before is None:
            kept[way.door] = way
            continue
        if (before.number, before.unit) != (way.number, way.unit):
            doubts.append(Doubt(f"channels.{way.door}.deadline", f"{before.text} | {way.text}"[:400], "several_rows"))
        longer = way if _length(way) > _length(before) else before
        fees = before.fees + tuple(fee for fee in way.fees if fee not in before.fees)
        words = "\n".join(dict.fromkeys(part for part in (before.words, way.words) if part))
        kept[way.door] = replace(longer, fees=fees, words=words, text=f"{before.text}\n{way.text}")  # fmt: skip
    return tuple(kept.values()), tuple(doubts)


def _length(way: Way) -> float:
    """Days, roughly, for comparing two deadlines."""
    days = {"working_days": 1.4, "days": 1.0, "hours": 1 / 24, "months": 30.0, "minutes": 1 / 1440, "years": 365.0}
    return (way.number or 0) * days.get(way.unit, 1.0)


def _way(door: str, text: str) -> tuple[Way, list[Doubt]]:
    """A row's cells after its door."""
    field = f"channels.{door}.deadline"
    number, unit, rest, doubts = _deadline(field, text)
    fees, words, fee_doubts = charges(f"channels.{door}.fees", rest)
    doubts += fee_doubts
    if number is None and (said := in_words(words)) is not None:
        number, unit = said
        doubts = [one for one in doubts if one.field != field]
        doubts.append(Doubt(field, words[:400], "from_words"))
    return Way(door, number, unit, tuple(fees), words, text), doubts


def _deadline(field: str, text: str) -> tuple[int | None, str, str, list[Doubt]]:
    """The cell "Thời gian" at the start of a text: number, unit, what follows, doubts."""
    if text.startswith(NOTHING):
        return None, "", text[len(NOTHING) :].strip(), []
    if whole := _DEADLINE.match(text):
        exact = float(whole[1].replace(",", "."))
        number, rest = math.ceil(exact), text[whole.end() :].strip()
        doubt = [Doubt(field, text[:200], "improbable")] if number > 400 or number == 0 else []
        doubt += [Doubt(field, text[:200], "rounded_up")] if number != exact else []
        return number, UNITS[whole[2]], rest, doubt
    bare = re.match(r"(\d+)(?=Miễn phí|Không có thông tin)", text)
    if bare:
        return int(bare[1]), "working_days", text[bare.end() :], [Doubt(field, text[:200], "unit_missing")]
    if glued := re.match(rf"([\d,]+) ?(?:{_CURRENCY})(\([^)]*\))?", text):
        return _glued(field, text, glued[1], glued[2] or "")
    fee = re.search(_FEE_START, text)
    cell, rest = (text[: fee.start()], text[fee.start() :]) if fee else (text, "")
    if said := in_words(cell):
        return said[0], said[1], rest, [Doubt(field, cell[:400], "from_words")]
    return None, "", rest, [Doubt(field, cell[:400], "words_only")] if cell.strip() else []


def _glued(field: str, text: str, digits: str, note: str) -> tuple[int | None, str, str, list[Doubt]]:
    """`1100,000 VNĐ` is 1 and 100,000: the only cut that leaves a well written amount. `120 VNĐ(20.000đ/tờ)` is 1 and, the note says,
    20,000. Anything else stays unread.
    """
    cuts = [n for n in range(1, 4) if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", digits[n:]) and digits[:n].isdigit()]
    if len(cuts) == 1:
        cut = cuts[0]
        return int(text[:cut]), "working_days", text[cut:], [Doubt(field, text[:200], "unit_missing")]
    said = _said(note)
    short = f"{said.pop() / 1000:g}" if len(said) == 1 else ""
    if short and digits.endswith(short) and digits[: -len(short)].isdigit():
        return (
            int(digits[: -len(short)]),
            "working_days",
            text[len(digits) - len(short) :],
            [Doubt(field, text[:200], "glued_to_fee")],
        )
    return None, "", f"{NOTHING}{text}", [Doubt(field, text[:200], "glued_to_fee")]


def _said(note: str) -> set[float]:
    """Amounts in đồng a note says."""
    return {float(n.replace(".", "").replace(",", "")) for n in re.findall(r"(\d{1,3}(?:[.,]\d{3})+) ?(?:đồng|đ\b|vnđ)", note, re.IGNORECASE)}  # fmt: skip


def in_words(text: str) -> tuple[int, str] | None:
    """The one deadline a text says in words ("không quá 05 ngày làm việc"); None when it says none, or different ones."""
    found = {(int(number), unit.lower()) for number, unit in _IN_WORDS.findall(text)}
    if len(found) != 1:
        return None
    number, unit = found.pop()
    names = {
        "ngày làm việc": "working_days",
        "ngày": "days",
        "giờ làm việc": "hours",
        "giờ": "hours",
        "tháng": "months",
    }
    return number, names[unit]


def charges(field: str, text: str) -> tuple[list[Charge], str, list[Doubt]]:
    """The cell "Phí, lệ phí" at the start of a text: charges with the words beside them, what follows, doubts."""
    found: list[Charge] = []
    doubts: list[Doubt] = []
    rest = text.strip()
    if rest.startswith(NOTHING):
        return [], rest[len(NOTHING) :].strip(), []
    while True:
        if rest.startswith("Miễn phí"):
            note, after = _bracket(rest[len("Miễn phí") :])
            by_rule = _BY_RULE.search(note) is not None
            found.append(Charge(None if by_rule else 0.0, "VND", note))
            if by_rule:
                doubts.append(Doubt(field, rest[: len(rest) - len(after)][:400], "free_but_rule"))
        elif (fee := _FEE.match(rest)) is not None:
            note, after = _bracket(rest[fee.end() :])
            charge, unsure = _charge(field, fee[1], fee[2], note)
            found.append(charge)
            doubts += unsure
        else:
            return found, rest, doubts
        rest = after.strip()


def _charge(field: str, digits: str, currency: str, note: str) -> tuple[Charge, list[Doubt]]:
    """One amount; a percentage or a foreign currency is kept in words, an improbable one is doubtful."""
    amount = float(digits.replace(",", ""))
    if currency in ("%", "USD"):
        reason = "percentage" if currency == "%" else "foreign_currency"
        return Charge(amount, currency, note), [Doubt(field, f"{digits} {currency} ({note})"[:400], reason)]
    said = _said(note)
    text = f"{digits} {currency} ({note})"[:400]
    if 0 < amount < 1000:
        only = said.pop() if len(said) == 1 else None
        return Charge(only, "VND", note or text), [Doubt(field, text, "improbable")]
    return Charge(amount, "VND", note), [Doubt(field, text, "note_says_other")] if said and amount not in said else []


def _bracket(text: str) -> tuple[str, str]:
    """The words in a bracket at the start of a text (brackets inside are balanced), and what follows."""
    if not text.startswith("("):
        return "", text
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return text[1:place].strip(), text[place + 1 :]
    return text[1:].strip(), ""


_HEAD = "Tên giấy tờMẫu đơn, tờ khaiSố lượng"
_COUNT = re.compile(r"(?<!\d)(\d+) bản (?:chính|sao)(?:, ?(\d+) bản sao)?")
_EXTENSION = re.compile(r"\.(?:docx?|pdf|xlsx?|rar|zip|png|jpe?g|rtf)$", re.IGNORECASE)
_GLUED = re.compile(rf"(?<=[{_LOWER}.;:)”\"])(?<!VNe)(?<!\d\.)(?=[{_UPPER}0-9])")


def papers(text: str) -> tuple[tuple[PaperRow, ...], tuple[Doubt, ...]]:
    """Read "Thành phần hồ sơ": papers with how many, the form's file, and the case they are asked in."""
    parts = text.split(_HEAD)
    found: list[PaperRow] = []
    doubts: list[Doubt] = []
    if len(parts) == 1:
        return (), (Doubt("papers", text[:400], "no_table"),) if text.strip(" -\n") not in ("", NOTHING) else ()
    case = _case(parts[0])
    for part in parts[1:]:
        place = 0
        for count in _COUNT.finditer(part):
            if re.fullmatch(r"0\d", count[1]) and part[: count.start()][-1:] in (" ", "(", "\n"):
                continue  # “(01 bản chính)” inside a name
            row, unsure = _paper(part[place : count.start()], count, case, len(found))
            place = count.end()
            found.append(row)
            doubts += unsure
        if place == 0 and part.strip():
            doubts.append(Doubt("papers", part[:400], "no_quantity"))
        case = _case(part[place:])
    return tuple(found), tuple(doubts)


def _case(text: str) -> str:
    said = text.strip(" -\n:*")
    return "" if said in ("", "Bao gồm") or said.startswith("Giấy tờ phải") else said[:400]


def _paper(text: str, count: re.Match[str], case: str, place: int) -> tuple[PaperRow, list[Doubt]]:
    """One row; digits that stand right before the number cannot be told from it, unless they are a year or `05`."""
    name, digits = text.lstrip(" -+*\n"), count[1]
    doubts = []
    if len(digits) > 1:
        certain = re.fullmatch(r"((?:19|20)\d\d|0[1-9])(\d)", digits)
        name, digits = name + digits[:-1], digits[-1]
        if not certain:
            doubts.append(Doubt(f"papers.{place}", f"…{text[-80:]}{count[0]}", "digits_glued"))
    name, form = name.strip(" -+*\n"), ""
    if _EXTENSION.search(name):
        cut = _GLUED.search(name)
        if cut is not None and len(name) - cut.start() <= 160:
            name, form = name[: cut.start()].strip(" -+*\n"), name[cut.start() :].strip()
        elif len(name) <= 60:
            form = name
        else:
            doubts.append(Doubt(f"papers.{place}", text[-160:], "form_name_glued"))
    first_is_copy = "bản sao" in count[0].lower().split(",")[0]
    originals, copies = (0, int(digits)) if first_is_copy else (int(digits), int(count[2] or 0))
    return PaperRow(name[:1000], form, originals, copies, case), doubts


_BEFORE = r"(?:(?<!\d)|(?<=QH\d\d)|(?<=(?:19|20)\d\d))"
_ISSUER = "CP|BTC|BCA|BTP|BXD|BNNMT|BTNMT|BNNPTNT|BGTVT|BYT|NHNN|BCT|BNV|BQP|BKHĐT|BLĐTBXH|BGDĐT|BKHCN|TANDTC|VPCP|BTTTT|BVHTTDL|BHXH"
_KIND = rf"(?:QH\d{{2}}|(?:PL-|NQ-)?UBTVQH\d{{2}}|[A-ZĐ]{{2,3}}-TTg|[A-ZĐ]{{2,4}}-(?:{_ISSUER})(?=[{_LOWER}])|[A-ZĐ]{{2,8}}\d{{0,2}}(?:-[A-ZĐ&]{{2,10}})+(?![{_LOWER}]))"
_NUMBER = rf"{_BEFORE}\d{{1,4}}(?:\.\d{{1,2}})?(?:/\d{{4}})?/{_KIND}"
_LAW = re.compile(rf"((?:Luật số |Luất số |Luật |Số |số )?{_NUMBER})")


def laws(text: str) -> tuple[tuple[tuple[str, str], ...], tuple[Doubt, ...]]:
    """Read "Căn cứ pháp lý": (title, number) pairs. A number inside a title is told from the cell by what follows it."""
    body = text.removeprefix("Tên văn bản pháp lýMã văn bản").strip()
    if body in ("", NOTHING):
        return (), ()
    found: list[tuple[str, str]] = []
    place = 0
    for mark in _LAW.finditer(body):
        after = body[mark.end() : mark.end() + 1]
        number = re.sub(r"^\D+", "", mark[1])
        if (after and (after in " ,;.):/”-" or after.islower())) or body[mark.end() :].startswith(number):
            continue
        title = body[place : mark.start()].strip(" -;\n")
        found.append((title or number, number))
        place = mark.end()
    left = body[place:].strip()
    return tuple(found), (Doubt("legal", left[:400], "no_number"),) if left else ()


_RESULT = re.compile(r"\s*Mã: ?([A-Z0-9][A-Z0-9.\-]*\d|[a-z]{2,12}(?=$|[A-ZĐ]))")


def results(text: str) -> tuple[tuple[tuple[str, str], ...], tuple[Doubt, ...]]:
    """Read "Kết quả": (title, code) pairs; the page's own buttons behind them are left out."""
    body = re.split(r"Từ khóa|Chọn cơ quan thực hiện", text)[0].strip()
    if body in ("", NOTHING):
        return (), ()
    parts = _RESULT.split(body)
    found = tuple((parts[n].strip(" -;\n"), parts[n + 1]) for n in range(0, len(parts) - 1, 2))
    left = parts[-1].strip()
    return found, (Doubt("results", left[:400], "no_code"),) if left and left != NOTHING else ()


def listed(text: str) -> Iterator[str]:
    """Parts of a cell that lists things with commas, brackets kept whole: `Tổ chức (không bao gồm doanh nghiệp, HTX), Công dân`."""
    for part in re.split(r",(?![^(]*\))|\n", text):
        word = part.strip()
        if word and word != NOTHING:
            yield word
