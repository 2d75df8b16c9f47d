"""A form as a table that officials edit: one line a field; what it becomes is checked as any other form."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, get_args

from taydo.kernel.errors import invalid

from .declared import Form, Widget

WIDGETS: tuple[str, ...] = get_args(Widget)
TYPES: dict[str, dict[str, Any]] = {
    "number": {"type": "number"}, "money": {"type": "integer", "minimum": 0}, "yes_no": {"type": "boolean"},
    "choices": {"type": "array", "items": {"type": "string"}, "maxItems": 50}, "files": {"type": "array", "items": {"type": "string"}, "maxItems": 20},
    "date": {"type": "string", "format": "date"}, "citizen_number": {"type": "string", "pattern": "^[0-9]{12}$"},
    "tax_code": {"type": "string", "pattern": "^([0-9]{10}(-[0-9]{3})?|[0-9]{12})$"}, "phone": {"type": "string", "pattern": "^\\+?[0-9]{9,12}$"},
    "email": {"type": "string", "pattern": "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$"}, "long": {"type": "string", "maxLength": 4000},
}  # fmt: skip
"""The schema a new field gets by its widget."""
CELLS = (
    "name",
    "page",
    "vi",
    "en",
    "hint_vi",
    "hint_en",
    "widget",
    "choices",
    "prefill",
    "when_field",
    "when_is",
    "required",
    "gone",
)


def rows_of(form: Form) -> list[dict[str, str]]:
    """One line of cells a field, in order."""
    required = set(form.schema_.get("required", []))
    found = []
    for page in form.pages:
        for field in page.fields:
            when = field.show_when
            found.append({
                "name": field.name, "page": page.id, "vi": field.label.vi, "en": field.label.en, "hint_vi": field.hint.vi if field.hint else "",
                "hint_en": field.hint.en if field.hint else "", "widget": field.widget,
                "choices": "\n".join(f"{one.value} | {one.label.vi} | {one.label.en}" for one in field.choices), "prefill": field.prefill,
                "when_field": when.field if when else "", "when_is": _said(when.is_) if when else "", "required": "yes" if field.name in required else "",
                "gone": "",
            })  # fmt: skip
    return found


def _said(value: Any) -> str:
    return {True: "yes", False: "no", None: ""}.get(value, str(value)) if not isinstance(value, str) else value


def posted(sent: Mapping[str, str]) -> list[dict[str, str]]:
    """Lines as they were sent: `n.name`, `n.page` … in the order of n; an empty last line is left out."""
    numbers = sorted({int(m[1]) for key in sent if (m := re.fullmatch(r"(\d{1,3})\.name", key))})
    lines = [{cell: sent.get(f"{n}.{cell}", "").strip() for cell in CELLS} for n in numbers]
    return [line for line in lines if line["name"] or line["vi"]]


def built(form: Form, lines: list[dict[str, str]]) -> Form:
    """The form these lines make of it. What a line does not say (rows, limits, other conditions) stays as it was. 422 names what is wrong."""
    before = form.model_dump(mode="json", by_alias=True, exclude_none=True)
    fields = {field["name"]: field for page in before["pages"] for field in page["fields"]}
    pages = {page["id"]: {**page, "fields": []} for page in before["pages"]}
    schema = {**before["schema"], "properties": {}, "required": []}
    for line in lines:
        if line["gone"]:
            continue
        name = line["name"]
        field = _field(fields.get(name, {}), line)
        page = pages.setdefault(
            line["page"] or next(iter(pages)), {"id": line["page"], "title": field["label"], "fields": []}
        )
        page["fields"].append(field)
        known = form.schema_["properties"].get(name)
        same = known is not None and fields.get(name, {}).get("widget", "text") == line["widget"]
        schema["properties"][name] = known if same else TYPES.get(line["widget"], {"type": "string", "maxLength": 500})
        if line["required"]:
            schema["required"].append(name)
    try:
        return Form.model_validate(
            before | {"schema": schema, "pages": [page for page in pages.values() if page["fields"]]}
        )
    except ValueError as error:
        text = "; ".join(str(item.get("msg", "")) for item in getattr(error, "errors", list)()) or str(error)
        raise invalid(
            "form_wrong", f"Biểu mẫu chưa khớp: {text}", f"The form does not hold together: {text}", field="spec"
        ) from error


def _field(known: dict[str, Any], line: dict[str, str]) -> dict[str, Any]:
    field = {
        **known,
        "name": line["name"],
        "label": {"vi": line["vi"], "en": line["en"]},
        "widget": line["widget"] or "text",
        "prefill": line["prefill"],
    }
    field.pop("hint", None)
    if line["hint_vi"] or line["hint_en"]:
        field["hint"] = {"vi": line["hint_vi"] or line["hint_en"], "en": line["hint_en"] or line["hint_vi"]}
    parts = [[part.strip() for part in text.split("|")] for text in line["choices"].splitlines() if text.strip()]
    field["choices"] = [
        {"value": part[0], "label": {"vi": part[1] if len(part) > 1 else part[0], "en": part[-1]}} for part in parts
    ]
    if not line["when_field"]:
        field.pop("show_when", None)
    elif line["when_is"]:
        field["show_when"] = {
            "field": line["when_field"],
            "is": {"yes": True, "no": False}.get(line["when_is"], line["when_is"]),
        }
    return field


def changes(before: Form, after: Form) -> list[tuple[str, str]]:
    """What a new version changes, field by field: (name, `new` | `gone` | `changed` | `required` | `optional`)."""
    old, new = ({field.name: field for field in form.fields()} for form in (before, after))
    found = [(name, "new") for name in new if name not in old] + [(name, "gone") for name in old if name not in new]
    found += [(name, "changed") for name in new if name in old and new[name] != old[name]]
    was, now = (set(form.schema_.get("required", [])) for form in (before, after))
    both = set(old) & set(new)
    return (
        found
        + [(name, "required") for name in sorted((now - was) & both)]
        + [(name, "optional") for name in sorted((was - now) & both)]
    )


def day_of(text: str) -> dt.date:
    """A day as a date field sends it; 422 for anything else."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise invalid(
            "no_day", "Hãy chọn ngày hiệu lực.", "Choose from which day it holds.", field="valid_from"
        ) from error
