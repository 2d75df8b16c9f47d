"""Reading an official record into a procedure, and which declarations become versions. Pure.

A record is what the national portal publishes of a procedure, its tables glued to text (`protocols.portaltables`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from taydo.methods.vietnamese import fold
from taydo.protocols import portaltables as tables
from taydo.protocols.portaltables import Doubt

CODE = re.compile(r"\d\.\d{6}")
NOTHING = tables.NOTHING
AUDIENCES = {
    "Công dân Việt Nam": "citizen", "Doanh nghiệp": "business", "Hợp tác xã": "cooperative", "Người nước ngoài": "foreigner",
    "Người Việt Nam định cư ở nước ngoài": "overseas", "Doanh nghiệp có vốn đầu tư nước ngoài": "foreign_business",
    "Tổ chức nước ngoài": "foreign_organisation", "Cán bộ, công chức, viên chức": "official",
    "Doanh nghiệp Việt Nam": "business", "Đảng viên": "citizen", "Tổ chức Đảng": "organisation", "Người nước ngoài cư trú tại Việt Nam": "foreigner",
    "Tổ chức (không bao gồm doanh nghiệp, HTX)": "organisation", "Tổ chức": "organisation",
}  # fmt: skip
REASONS = {
    "before_table": ("có chữ đứng trước bảng", "there are words before the table"),
    "no_row": ("không tách được dòng nào", "no row could be told apart"),
    "several_rows": ("một cách nộp có nhiều thời hạn; lấy hạn dài nhất", "one way has several deadlines; the longest is taken"),
    "improbable": ("con số khó tin", "the number is improbable"),
    "rounded_up": ("số lẻ, đã làm tròn lên", "a fraction, rounded up"),
    "unit_missing": ("số ngày mất đơn vị; đọc là ngày làm việc", "the number lost its unit; read as working days"),
    "glued_to_fee": ("thời hạn dính liền với mức phí", "the deadline is glued to the fee"),
    "from_words": ("thời hạn chỉ có trong lời mô tả", "the deadline stands only in the description"),
    "words_only": ("thời hạn là một câu, không có con số", "the deadline is a sentence without a number"),
    "free_but_rule": ("ghi miễn phí, nhưng chú thích nói có mức thu", "says free, but the note speaks of a charge"),
    "percentage": ("mức phí là tỷ lệ phần trăm", "the fee is a percentage"),
    "foreign_currency": ("mức phí bằng ngoại tệ", "the fee is in a foreign currency"),
    "note_says_other": ("số tiền và chú thích không khớp", "the amount and its note do not agree"),
    "no_table": ("giấy tờ viết thành đoạn văn", "papers are written as prose"),
    "no_quantity": ("giấy tờ không có số lượng", "a paper without a number of copies"),
    "digits_glued": ("số lượng dính liền với chữ số đứng trước", "the number of copies is glued to digits before it"),
    "form_name_glued": ("tên tệp biểu mẫu dính liền với tên giấy tờ", "the form's file name is glued to the paper's name"),
    "no_number": ("văn bản không đọc được số hiệu", "a law whose number could not be read"),
    "no_code": ("kết quả không đọc được mã", "a result whose code could not be read"),
    "several_levels": ("nhiều cấp giải quyết; đã chọn một", "several levels decide; one was chosen"),
    "no_level": ("không rõ cấp giải quyết", "the level is not said"),
    "no_field": ("chưa khai báo cơ quan cho lĩnh vực này", "no agency is declared for this field"),
    "unknown_audience": ("đối tượng không có trong danh sách", "an unknown kind of applicant"),
    "days_by_year": ("thời hạn tính bằng năm", "the deadline is in years"),
    "list_only": ("danh sách chỉ có tên; chưa có nội dung", "the list has only the name; the content is missing"),
}  # fmt: skip
NOTES = (
    "truong hop ",
    "doi voi ",
    "nguoi ",
    "co quan ",
    "ca nhan co quyen",
    "luu y",
    "ghi chu",
    "khi ",
    "neu ",
    "viec ",
    "ban chup cac ",
)
"""How a remark begins that the list puts among the papers; it is kept, and nobody has to hand it in."""
FIELDS = (
    "channels",
    "deadline",
    "fees",
    "papers",
    "legal",
    "results",
    "conditions",
    "steps",
    "level",
    "audience",
    "agencies",
)


def refusal(raw: Mapping[str, Any], seen: Iterable[str] = ()) -> str:
    """Why a record cannot be a procedure, or ""."""
    code = str(raw.get("ma_thu_tuc", "")).strip()
    if not CODE.fullmatch(code):
        return "no_code"
    if not _text(raw, "ten_thu_tuc"):
        return "no_title"
    return "twice" if code in seen else ""


def _text(raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name)
    text = value.strip() if isinstance(value, str) else ""
    return "" if text in (NOTHING, "--") else text


def read(raw: Mapping[str, Any], city: Mapping[str, Any]) -> dict[str, Any]:
    """A record as the declaration of a procedure (keys as `models.Procedure`), with everything doubtful under `uncertain`.

    `city`: `catalogue.yaml` as plain data: who answers for which field.
    """
    doubts: list[Doubt] = []
    listed = "cach_thuc_thuc_hien" not in raw
    rows, unsure = (
        tables.ways(_text(raw, "cach_thuc_thuc_hien")) if not listed else ((), (Doubt("channels", "", "list_only"),))
    )
    doubts += unsure
    papers, unsure = tables.papers(_text(raw, "thanh_phan_ho_so"))
    doubts += unsure
    laws, unsure = tables.laws(_text(raw, "can_cu_phap_ly"))
    doubts += unsure
    results, unsure = tables.results(_text(raw, "ket_qua_xu_ly"))
    doubts += unsure
    channels = [_channel(row, doubts) for row in rows]
    outside = (
        _text(raw, "linh_vuc") in city["outside"]
        or not city["sources"].get(_text(raw, "nguon_thu_muc"), {"decides": "?"})["decides"]
    )
    level = "central" if outside else _level(raw, doubts)
    title = _text(raw, "ten_thu_tuc")
    online = any(row.door == "online" for row in rows)
    return {
        "code": raw["ma_thu_tuc"].strip(), "title": plain_title(title), "field": _text(raw, "linh_vuc") or "Khác", "level": level,
        "kind": "joint" if "liên thông" in title.lower() else "immediate" if _at_once(channels) else "standard",
        "audience": _audience(raw, doubts), "online": "part" if online else "none",
        "online_reason": "" if online else "Cơ quan công bố chưa nhận hồ sơ trực tuyến cho thủ tục này.",
        "channels": channels, "papers": [_paper(n, row) for n, row in enumerate(papers)],
        "results": [{"id": code, "title": name or title} for name, code in results],
        "legal": [{"title": name, "number": number} for name, number in laws],
        "conditions": _text(raw, "yeu_cau_dieu_kien"), "steps": _text(raw, "trinh_tu_thuc_hien"),
        "agencies": list(tables.listed(_text(raw, "co_quan_thuc_hien"))), "events": events(title, city["events"]),
        "decision": _text(raw, "so_quyet_dinh"), "source": "dichvucong.gov.vn", "href": _address(raw),
        **_answers(raw, level, city, doubts),
        "uncertain": [{"field": one.field, "text": one.text, "reason": one.reason} for one in dict.fromkeys(doubts)],
    }  # fmt: skip


def plain_title(title: str) -> str:
    """A title as people say it: without the word for "procedure" in front."""
    short = re.sub(r"^(?:\d+\.\s*)?thủ tục[:.]?\s+", "", title, flags=re.IGNORECASE).lstrip(". ")
    return short[:1].upper() + short[1:] if len(short) > 5 else title


def _address(raw: Mapping[str, Any]) -> str:
    found = _text(raw, "detail_url")
    return found if found.startswith("https://") else ""


def _channel(row: tables.Way, doubts: list[Doubt]) -> dict[str, Any]:
    if row.unit == "years":
        doubts.append(Doubt(f"channels.{row.door}.deadline", row.text[:200], "days_by_year"))
    fees = [
        {"id": f"fee{n}" if n else "fee", "title": "Phí, lệ phí", "amount_vnd": _vnd(fee), "note": _note(fee)} for n, fee in enumerate(row.fees)
    ]  # fmt: skip
    return {"id": row.door, "deadline": deadline(row.number, row.unit), "fees": fees, "words": row.words[:4000]}


def _vnd(fee: tables.Charge) -> int | None:
    return int(fee.amount) if fee.amount is not None and fee.currency == "VND" else None


def _note(fee: tables.Charge) -> str:
    if fee.amount is None or fee.currency == "VND":
        return fee.note
    return f"{fee.amount:g} {fee.currency}" + (f" ({fee.note})" if fee.note else "")


def deadline(number: int | None, unit: str) -> dict[str, int] | None:
    """A deadline as cases count it. One working day is the next one; minutes and hours run on the clock."""
    if number is None:
        return None
    return {"months": number * 12} if unit == "years" else {unit: number}


def _at_once(channels: list[dict[str, Any]]) -> bool:
    """Done on the spot: every deadline is within one day."""
    spans = [one["deadline"] for one in channels]
    return bool(spans) and all(
        span and (span.get("minutes") is not None or span.get("hours", 99) <= 8 or span.get("working_days", 9) == 0)
        for span in spans
    )


def _paper(place: int, row: tables.PaperRow) -> dict[str, Any]:
    asked = row.originals + row.copies > 0
    maybe = bool(row.case) or "nếu có" in row.name.lower() or fold(row.name).startswith(NOTES)
    return {
        "id": f"p{place + 1}", "title": row.name or row.form, "required": asked and not maybe, "originals": row.originals,
        "copies": row.copies, "form": row.form, "case": row.case,
    }  # fmt: skip


def _level(raw: Mapping[str, Any], doubts: list[Doubt]) -> str:
    """commune, city or central; several: by who carries it out, and doubtful."""
    said = _text(raw, "cap_thuc_hien")
    found = [
        name for word, name in (("Cấp xã", "commune"), ("Cấp tỉnh", "city"), ("Cấp bộ", "central")) if word in said
    ]
    if not found:
        if not said:
            doubts.append(Doubt("level", "", "no_level"))
        return "central"
    title = fold(_text(raw, "ten_thu_tuc"))
    for word, name in (("cap trung uong", "central"), ("cap tinh", "city"), ("cap xa", "commune")):
        if word in title and name in found:
            return name
    if len(found) > 1:
        who = fold(_text(raw, "co_quan_thuc_hien"))
        doubts.append(Doubt("level", f"{said}: {_text(raw, 'co_quan_thuc_hien')}"[:400], "several_levels"))
        if (
            "commune" in found
            and "city" in found
            and re.match(r"(so |cong an tinh|uy ban nhan dan cap tinh|thue tinh)", who)
        ):
            return "city"
    return found[0]


def _audience(raw: Mapping[str, Any], doubts: list[Doubt]) -> list[str]:
    text = _text(raw, "doi_tuong_thuc_hien").replace("Cán bộ, công chức, viên chức", "Cán bộ")
    found = []
    for word in tables.listed(text):
        known = "official" if word == "Cán bộ" else AUDIENCES.get(word)
        if known is None:
            doubts.append(Doubt("audience", word, "unknown_audience"))
        else:
            found.append(known)
    return list(dict.fromkeys(found))


def _answers(raw: Mapping[str, Any], level: str, city: Mapping[str, Any], doubts: list[Doubt]) -> dict[str, str]:
    """Who decides and who receives: the commune's committee, a department by field, or who sends it on to a ministry."""
    code, field = raw["ma_thu_tuc"].strip(), _text(raw, "linh_vuc")
    source = city["sources"].get(
        _text(raw, "nguon_thu_muc"), {"title": _text(raw, "co_quan_ban_hanh"), "decides": "", "commune": "unit"}
    )
    if level == "commune":
        answers, desk = source["commune"], "unit"
    else:
        answers, desk = city["fields"].get(field) or source["decides"], city["desk"]
    answers = city["codes"].get(code, answers)
    who = ", ".join(list(tables.listed(_text(raw, "co_quan_thuc_hien")))[:3])
    if field in city["outside"]:
        return {"decides": city["forwards"], "receives": city["forwards"], "forward": city["outside"][field]}
    if level == "central" or not answers:
        if level != "central":
            doubts.append(Doubt("decides", field, "no_field"))
        who = _text(raw, "co_quan_co_tham_quyen") or who or source["title"]
        return {"decides": city["forwards"], "receives": city["forwards"], "forward": who[:200] or "Cơ quan trung ương"}
    return {"decides": answers, "receives": desk}


def events(title: str, life: Mapping[str, Any]) -> list[str]:
    """Events of life a title belongs to, by its words without accents."""
    words = f" {fold(title)} "
    return [name for name, one in life.items() if any(f" {word} " in words for word in one["words"])]


def figures(raw: Mapping[str, Any], read_as: Mapping[str, Any]) -> dict[str, str]:
    """For each field of a record: `read`, `doubtful` or `empty`."""
    doubtful = {"deadline" if d["field"].endswith("deadline") else "fees" if d["field"].endswith("fees") else d["field"].split(".")[0] for d in read_as["uncertain"]}  # fmt: skip
    full = {name: bool(read_as.get(name)) for name in FIELDS}
    full["deadline"] = any(one["deadline"] for one in read_as["channels"])
    full["fees"] = any(one["fees"] for one in read_as["channels"])
    return {name: "doubtful" if name in doubtful else "read" if full[name] else "empty" for name in FIELDS}


@dataclass(frozen=True)
class Known:
    """A version that is there: what deciding about new ones needs."""

    id: int
    code: str
    origin: str
    hash: str
    valid_from: dt.date
    valid_to: dt.date | None = None


RANK = {"import": 0, "city": 1, "review": 2, "edit": 3}


def begins(given: Known, known: Iterable[Known], today: dt.date) -> dt.date | None:
    """From which day a declaration holds, or None when it changes nothing.

    Never on a day another version began, never before today once there is one: what has held is not touched. The same declaration
    again changes nothing, and a list never overrules what an official wrote, unless it is declared for a later day.
    """
    there = sorted((one for one in known if one.code == given.code), key=lambda one: (one.valid_from, one.id))
    mine = [one for one in there if one.origin == given.origin]
    if mine and (
        mine[-1].hash == given.hash or any((o.hash, o.valid_from) == (given.hash, given.valid_from) for o in mine)
    ):
        return None
    if all(one.id == 0 for one in there):  # nothing has held yet: the history is as declared
        return given.valid_from
    last = there[-1]
    if RANK.get(last.origin, 1) > RANK.get(given.origin, 1) and (
        given.origin == "import" or given.valid_from <= last.valid_from
    ):
        return None
    return max(today, given.valid_from, last.valid_from + dt.timedelta(days=1))


def holds(versions: Iterable[Known], day: dt.date) -> Known | None:
    """The version of one procedure in force on a day."""
    found = [one for one in versions if one.valid_from <= day and (one.valid_to is None or one.valid_to > day)]
    return max(found, key=lambda one: one.valid_from) if found else None


def corrected(spec: Mapping[str, Any], field: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """A procedure with one doubtful thing put right. `field` as a doubt names it; ValueError for what cannot be put right one by one.

    `value`: number and unit of a deadline (no number: none), amount_vnd of a fee (None: by rule), a paper's title, originals and copies,
    the level, who decides.
    """
    root, *rest = field.split(".")
    data = dict(spec)
    if root == "channels" and len(rest) == 2:
        door, what = rest
        data["channels"] = [
            _corrected_way(dict(one), what, value) if one["id"] == door else one for one in data["channels"]
        ]
    elif root == "papers" and rest:
        papers = [dict(one) for one in data["papers"]]
        papers[int(rest[0])] |= {
            "title": str(value["title"]).strip(),
            "originals": int(value["originals"]),
            "copies": int(value["copies"]),
        }
        data["papers"] = papers
    elif root in ("level", "decides"):
        data[root] = value[root]
    else:
        raise ValueError(f"{field} is corrected as a whole, by editing the procedure")
    return data


def _corrected_way(way: dict[str, Any], what: str, value: Mapping[str, Any]) -> dict[str, Any]:
    if what == "deadline":
        number = value.get("number")
        way["deadline"] = deadline(int(number), value["unit"]) if number not in (None, "") else None
        return way
    amount = value.get("amount_vnd")
    fee = dict(way["fees"][0]) if way["fees"] else {"id": "fee", "title": "Phí, lệ phí"}
    way["fees"] = [fee | {"amount_vnd": int(amount) if amount not in (None, "") else None}, *way["fees"][1:]]
    return way


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """What two versions say differently: field, before, after; days and doubts aside."""
    names = [name for name in after if name not in ("valid_from", "valid_to", "uncertain", "verified")]
    return [(name, before.get(name), after[name]) for name in names if before.get(name) != after[name]]
