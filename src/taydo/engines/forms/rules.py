"""Answers judged by a form, in the words of whoever fills it in. Free of the database."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .declared import Field, Form

NUMBERS = ("number", "money")
WORDS: dict[str, tuple[str, str]] = {
    "missing": ("Hãy trả lời câu này.", "Answer this question."),
    "date": ("Hãy ghi đủ ngày, tháng, năm.", "Give day, month and year."),
    "choice": ("Hãy chọn một trong các câu trả lời.", "Choose one of the answers."),
    "number": ("Hãy ghi một con số.", "Write a number."),
    "citizen_number": ("Số định danh gồm đúng 12 chữ số.", "A personal number has exactly 12 digits."),
    "tax_code": ("Mã số thuế gồm 10 hoặc 12 chữ số.", "A tax code has 10 or 12 digits."),
    "phone": ("Số điện thoại chưa đúng.", "This is no phone number."),
    "email": ("Địa chỉ thư điện tử chưa đúng.", "This is no e-mail address."),
    "rows": ("Hãy thêm ít nhất một dòng.", "Add at least one line."),
    "files": ("Hãy gửi tệp hoặc ảnh chụp.", "Send a file or a photo."),
    "wrong": ("Câu trả lời này chưa đúng.", "This answer is not right."),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a field (`rows` give `name.2.column`), in both languages."""

    path: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Section:
    """A page of answers as (label, text) to be read or printed."""

    title: str
    rows: list[tuple[str, str]]


def shown(form: Form, answers: Mapping[str, Any]) -> list[Field]:
    """Fields that are asked with these answers: a condition on a field that is itself not asked does not hold."""
    found: list[Field] = []
    seen: dict[str, Any] = {}
    for field in form.fields():
        if field.show_when is None or field.show_when.holds(seen):
            found.append(field)
            seen[field.name] = answers.get(field.name)
    return found


def kept(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to what is asked; those to questions that fell away, and empty ones, are left out."""
    return {
        field.name: answers[field.name]
        for field in shown(form, answers)
        if answers.get(field.name) not in (None, "", [], {})
    }


def typed(field: Field, raw: Any) -> Any:
    """An answer as it comes from a page, as the schema wants it; what cannot be read stays as it was typed."""
    if field.widget == "yes_no":
        return {"yes": True, "no": False}.get(raw, raw if isinstance(raw, bool) else None)
    if field.widget in NUMBERS and isinstance(raw, str):
        return _number(raw)
    if field.widget in ("citizen_number", "tax_code", "phone") and isinstance(raw, str):
        return re.sub(r"[\s.]", "", raw)
    return raw.strip() if isinstance(raw, str) else raw


def _number(raw: str) -> int | float | str | None:
    """1.234,5 as written in Vietnamese; points are thousands only in groups of three, so that 72.5 is never 725."""
    text = re.sub(r"[\s₫đ]", "", raw)
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})+(,\d+)?", text):
        text = text.replace(".", "")
    text = text.replace(",", ".")
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d+\.\d+", text) else (raw.strip() or None)


def faults(
    form: Form, answers: Mapping[str, Any], *, whole: bool = True, only: frozenset[str] | None = None
) -> list[Fault]:
    """What is wrong with the answers, in the order of the form; `whole` also asks for what is missing; `only`: just these fields."""
    required = set(form.schema_.get("required", []))
    found: list[Fault] = []
    for field in shown(form, answers):
        if only is not None and field.name not in only:
            continue
        value, schema = answers.get(field.name), form.schema_["properties"][field.name]
        if value in (None, "", [], {}):
            if whole and field.name in required:
                found.append(_fault(field.name, field.widget if field.widget in ("files", "rows") else "missing"))
            continue
        found += _judged(field, field.name, value, schema)
    return found


def strange_files(form: Form, answers: Mapping[str, Any], sent: Collection[str]) -> list[Fault]:
    """File fields that name a file which is not among those sent into the draft."""
    return [
        _fault(field.name, "files")
        for field in shown(form, answers)
        if field.widget == "files" and not set(answers.get(field.name) or []) <= set(sent)
    ]


def _judged(field: Field, path: str, value: Any, schema: Mapping[str, Any]) -> list[Fault]:
    from jsonschema import Draft202012Validator, FormatChecker

    if field.widget == "rows" and isinstance(value, list):
        return _rows(field, path, value, schema)
    for error in Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(value):
        return [_worded(field, path, error.validator, error.validator_value)]
    if field.widget in ("choice", "choices"):
        allowed = {choice.value for choice in field.choices}
        if not set(value if isinstance(value, list) else [value]) <= allowed:
            return [_fault(path, "choice")]
    if field.widget == "date" and not _is_date(value):
        return [_fault(path, "date")]
    return []


def _rows(field: Field, path: str, rows: list[Any], schema: Mapping[str, Any]) -> list[Fault]:
    found = []
    item = schema.get("items", {})
    if len(rows) < schema.get("minItems", 0):
        found.append(_fault(path, "rows"))
    if len(rows) > schema.get("maxItems", 200):
        most = schema.get("maxItems", 200)
        found.append(Fault(path, f"Nhiều nhất {most} dòng.", f"At most {most} lines."))
    for at, row in enumerate(rows):
        for column in field.rows:
            value = row.get(column.name) if isinstance(row, Mapping) else None
            where = f"{path}.{at}.{column.name}"
            if value in (None, "", []):
                if column.name in item.get("required", []):
                    found.append(_fault(where, "missing"))
            else:
                found += _judged(column, where, value, item.get("properties", {}).get(column.name, {}))
    return found


def _worded(field: Field, path: str, rule: str, limit: Any) -> Fault:
    if rule == "maxLength":
        return Fault(path, f"Dài quá {limit} ký tự.", f"Longer than {limit} characters.")
    if rule == "minLength":
        return Fault(path, f"Hãy ghi ít nhất {limit} ký tự.", f"Write at least {limit} characters.")
    if rule == "minimum":
        return Fault(path, f"Phải từ {limit:,} trở lên.".replace(",", "."), f"Must be at least {limit:,}.")
    if rule == "maximum":
        return Fault(path, f"Nhiều nhất là {limit:,}.".replace(",", "."), f"Must be at most {limit:,}.")
    if rule in ("minItems", "maxItems"):
        return _fault(path, "files" if field.widget == "files" else "rows")
    if rule == "enum":
        return _fault(path, "choice")
    return _fault(path, field.widget if field.widget in WORDS else "number" if field.widget in NUMBERS else "wrong")


def _fault(path: str, name: str) -> Fault:
    return Fault(path, *WORDS[name])


def _is_date(value: Any) -> bool:
    try:
        return dt.date.fromisoformat(str(value)).year > 1800
    except ValueError:
        return False


def readable(
    form: Form, answers: Mapping[str, Any], language: str = "vi", names: Mapping[str, str] | None = None
) -> list[Section]:
    """The answers page by page as words; `names` gives words for codes (communes, files) by value. Unanswered questions are left out."""
    asked = {field.name for field in shown(form, answers)}
    found = []
    for page in form.pages:
        rows: list[tuple[str, str]] = []
        for field in page.fields:
            value = answers.get(field.name)
            if field.name not in asked or value in (None, "", [], {}):
                continue
            if field.widget == "rows":
                for at, row in enumerate(value, 1):
                    cells = [
                        f"{c.label[language]}: {worded(c, row.get(c.name), language, names or {})}"
                        for c in field.rows
                        if row.get(c.name)
                    ]
                    rows.append((f"{field.label[language]} {at}", "; ".join(cells)))
            else:
                rows.append((field.label[language], worded(field, value, language, names or {})))
        if rows:
            found.append(Section(page.title[language], rows))
    return found


def worded(field: Field, value: Any, language: str, names: Mapping[str, str]) -> str:
    """One answer as words."""
    if isinstance(value, list):
        return ", ".join(worded(field, one, language, names) for one in value)
    if isinstance(value, bool):
        return ("Có" if value else "Không") if language == "vi" else ("Yes" if value else "No")
    if field.widget in ("choice", "choices"):
        return next((choice.label[language] for choice in field.choices if choice.value == value), str(value))
    if field.widget == "date" and _is_date(value):
        day = dt.date.fromisoformat(str(value))
        return f"{day:%d/%m/%Y}" if language == "vi" else f"{day.day} {day:%B %Y}"
    if field.widget in NUMBERS and isinstance(value, (int, float)):
        text = f"{value:,}"
        text = text.replace(",", "_").replace(".", ",").replace("_", ".") if language == "vi" else text
        return f"{text} đồng" if field.widget == "money" and language == "vi" else text
    return names.get(str(value), str(value))
