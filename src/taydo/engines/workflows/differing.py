"""What is different between two versions of a workflow, in words, the steps first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .editing import Json

Words = tuple[str, str]
NAMES: dict[str, Words] = {
    "title": ("tên", "name"), "phase": ("loại bước", "kind of step"), "pauses": ("dừng tính hạn", "stops the clock"),
    "outside": ("trạng thái trên Cổng quốc gia", "state on the national portal"), "within": ("thời gian dự kiến", "planned time"),
    "asks": ("hỏi ý kiến", "questions"), "from": ("bắt đầu từ", "begins at"), "to": ("dẫn tới", "leads to"), "by": ("ai làm", "taken by"),
    "permission": ("quyền", "permission"), "note": ("ghi chú", "note"), "fields": ("ô cần điền", "fields"), "deadline": ("tính lại hạn", "begins the deadline"),
    "primary": ("bước chính", "usual next step"), "public": ("báo cho người dân", "for the citizen"), "tasks_done": ("chờ trả lời", "waits for answers"),
}  # fmt: skip
UNITS: dict[str, Words] = {
    "working_days": ("ngày làm việc", "working days"), "working_hours": ("giờ làm việc", "working hours"), "hours": ("giờ", "hours"),
    "minutes": ("phút", "minutes"),
}  # fmt: skip


def differences(before: Json, after: Json) -> list[Words]:
    """Lines such as “Thêm bước …”, “… : thời gian dự kiến 1 ngày làm việc → 2 ngày làm việc”, in Vietnamese and English."""
    lines: list[Words] = []
    known = {**before["states"], **after["states"]}
    called = {name: (str(state["title"]["vi"]), str(state["title"]["en"])) for name, state in known.items()}
    if before["title"] != after["title"]:
        lines.append((f"Tên quy trình: {_value(before['title'], 0)} → {_value(after['title'], 0)}",
                      f"Name: {_value(before['title'], 1)} → {_value(after['title'], 1)}"))  # fmt: skip
    for kind, vi, en in (("states", "bước", "step"), ("moves", "thao tác", "move")):
        old, new = before[kind], after[kind]
        lines += [
            (f"Thêm {vi} “{new[n]['title']['vi']}”", f"New {en} “{new[n]['title']['en']}”") for n in new if n not in old
        ]
        lines += [
            (f"Bỏ {vi} “{old[n]['title']['vi']}”", f"Removed {en} “{old[n]['title']['en']}”")
            for n in old
            if n not in new
        ]
        for name in (name for name in new if name in old):
            lines += [
                (f"{new[name]['title']['vi']}: {vi}", f"{new[name]['title']['en']}: {en}")
                for vi, en in _item(old[name], new[name], called)
            ]
    return lines


def _item(old: Json, new: Json, called: Mapping[str, Words]) -> list[Words]:
    lines: list[Words] = []
    for name, words in NAMES.items():
        then, now = old.get(name) or None, new.get(name) or None
        if then == now:
            continue
        if name == "from":
            lines.append(_places(then or [], now or [], called))
        elif name == "to":
            lines.append((f"{words[0]} “{called[str(now)][0]}”", f"{words[1]} “{called[str(now)][1]}”"))
        else:
            lines.append(
                (f"{words[0]} {_value(then, 0)} → {_value(now, 0)}", f"{words[1]} {_value(then, 1)} → {_value(now, 1)}")
            )
    return lines


def _places(then: list[str], now: list[str], called: Mapping[str, Words]) -> Words:
    """Where a way begins now and did not before, and the other way round."""
    made = []
    for language, (more, less) in enumerate((("làm được cả ở", "không còn ở"), ("also at", "no longer at"))):
        parts = [f"{more} “{called[place][language]}”" for place in now if place not in then]
        parts += [f"{less} “{called[place][language]}”" for place in then if place not in now]
        made.append(", ".join(parts))
    return made[0], made[1]


def _value(value: Any, language: int) -> str:
    if isinstance(value, bool):
        return (("có", "yes") if value else ("không", "no"))[language]
    if isinstance(value, list):
        return ", ".join(_value(item, language) for item in value) or "—"
    if not isinstance(value, dict):
        return str(value) if value else "—"
    if "vi" in value:
        return str(value[("vi", "en")[language]])
    if "agency" in value:
        return str(value["agency"])
    return (
        span(value, language) or ", ".join(_value(item.get("title", item), language) for item in value.values()) or "—"
    )


def span(within: Json | None, language: int) -> str:
    """A planned time in words; "" for none."""
    for unit, words in UNITS.items():
        amount = (within or {}).get(unit)
        if amount is not None:
            return f"{amount:g} {words[language]}"
    return ""
