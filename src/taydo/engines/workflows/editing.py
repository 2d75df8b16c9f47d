"""Changes of a workflow as an official makes them, on the declaration as JSON: every function returns a new one.

Ids stay what they are when words change: running code and other steps know steps and moves by id. A change may leave something that
does not hold together; `checking` says what, before it can be released.
"""

from __future__ import annotations

import copy
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from taydo.kernel.errors import conflict, invalid, missing

Json = dict[str, Any]
UNITS = ("working_days", "working_hours", "hours")
NEXT = {"vi": "Chuyển bước tiếp", "en": "Pass on"}


def change_title(spec: Json, given: Mapping[str, Any]) -> Json:
    """Name the workflow: `vi`, `en`."""
    made = copy.deepcopy(spec)
    made["title"] = _label(given)
    return made


def add_step(spec: Json, given: Mapping[str, Any]) -> Json:
    """A step after `after`: what led on from there begins in the new step, everything else can be done from both.

    So the new step has the state outside, the ways back and the ways out of the one before it.
    """
    made = copy.deepcopy(spec)
    before = _step(made, given.get("after", ""))
    if before["phase"] == "done":
        raise conflict(
            "after_the_end", "Không thêm bước sau khi kết thúc.", "There is no step after the end.", field="after"
        )
    old, new = given["after"], _fresh(given.get("vi", ""), made["states"])
    made["states"][new] = {
        **copy.deepcopy(before),
        "title": _label(given),
        "phase": "open",
        "pauses": False,
        "within": None,
        "asks": [],
    }
    onward = next((name for name, move in made["moves"].items() if move["primary"] and old in move["from"]), None)
    for name, move in made["moves"].items():
        if old in move["from"] and move["to"] != old:
            move["from"] = (
                [new if place == old else place for place in move["from"]] if name == onward else [*move["from"], new]
            )
    made["moves"][_fresh(f"to_{new}", made["moves"])] = _move(NEXT, [old], new, primary=True)
    return made


def change_step(spec: Json, given: Mapping[str, Any]) -> Json:
    """Words, state outside, planned time, pause and questions of a step."""
    made = copy.deepcopy(spec)
    step = _step(made, given.get("id", ""))
    step |= {"title": _label(given), "within": deadline(given), "asks": [_ask(row) for row in given.get("asks", ())]}
    step |= {name: given[name] for name in ("outside", "pauses") if name in given}
    step["phase"] = given.get("phase", step["phase"])
    return made


def remove_step(spec: Json, given: Mapping[str, Any], needed: frozenset[str] = frozenset()) -> Json:
    """Take a step out: what led on from it begins where one came from. 409 for the first step and for one that the house itself leads to."""
    made = copy.deepcopy(spec)
    gone = given.get("id", "")
    _step(made, gone)
    into = {name: move for name, move in made["moves"].items() if move["to"] == gone}
    if gone == made["start"] or any(name in needed for name in into):
        vi, en = "Không bỏ được bước này: hệ thống cần nó.", "This step cannot be removed: the house relies on it."
        raise conflict("step_needed", vi, en, field="id")
    origins = list(dict.fromkeys(place for move in into.values() for place in move["from"] if place != gone))
    for name in [*into]:
        del made["moves"][name]
    for name in [*made["moves"]]:
        move = made["moves"][name]
        if gone in move["from"]:
            places = [place for each in move["from"] for place in (origins if each == gone else [each])]
            move["from"] = list(dict.fromkeys(place for place in places if place != move["to"]))
        if not move["from"] and name not in needed:
            del made["moves"][name]
    del made["states"][gone]
    return made


def add_move(spec: Json, given: Mapping[str, Any]) -> Json:
    """A way from one step to another: `from`, `to`, `vi`, `en`; its particulars are set afterwards."""
    made = copy.deepcopy(spec)
    _step(made, given.get("from", ""))
    _step(made, given.get("to", ""))
    made["moves"][_fresh(given.get("vi", ""), made["moves"])] = _move(_label(given), [given["from"]], given["to"])
    return made


def change_move(spec: Json, given: Mapping[str, Any], needed: frozenset[str] = frozenset()) -> Json:
    """Words, permission, note, fields, waiting of a way; where it begins and ends, too, unless the house itself takes it."""
    made = copy.deepcopy(spec)
    move = _way(made, given.get("id", ""))
    move |= {"title": _label(given), "fields": _fields(given.get("fields", ()), move["fields"])}
    move |= {name: given[name] for name in ("permission", "note", "public", "tasks_done", "primary") if name in given}
    if given["id"] not in needed:
        move |= {name: given[name] for name in ("from", "to") if given.get(name)}
    return made


def remove_move(spec: Json, given: Mapping[str, Any], needed: frozenset[str] = frozenset()) -> Json:
    """Take a way out; 409 for one that the house itself takes."""
    made = copy.deepcopy(spec)
    _way(made, given.get("id", ""))
    if given["id"] in needed:
        vi, en = "Không bỏ được thao tác này: hệ thống cần nó.", "This step cannot be removed: the house relies on it."
        raise conflict("move_needed", vi, en, field="id")
    del made["moves"][given["id"]]
    return made


VERBS: dict[str, Callable[..., Json]] = {
    "title": change_title, "add_step": add_step, "step": change_step, "remove_step": remove_step, "add_move": add_move,
    "move": change_move, "remove_move": remove_move,
}  # fmt: skip
GUARDED = ("remove_step", "move", "remove_move")


def deadline(given: Mapping[str, Any]) -> Json | None:
    """A planned time from `amount` and `unit`; None without an amount; 422 for one that is no number."""
    amount, unit = str(given.get("amount") or "").strip().replace(",", "."), given.get("unit", UNITS[0])
    if not amount:
        return None
    if unit not in UNITS or not re.fullmatch(r"\d{1,4}(\.\d{1,2})?", amount) or (unit == UNITS[0] and "." in amount):
        raise invalid("bad_time", "Thời gian dự kiến không đúng.", "The planned time is not right.", field="amount")
    return {unit: int(amount) if unit == UNITS[0] else float(amount)}


def _label(given: Mapping[str, Any]) -> Json:
    return {language: str(given.get(language, "")).strip()[:200] for language in ("vi", "en")}


def _ask(row: Mapping[str, Any]) -> Json:
    return {
        "agency": str(row["agency"]).strip(),
        "question": str(row.get("question", "")).strip(),
        "within": deadline(row),
    }


def _fields(rows: Any, before: Json) -> Json:
    made: Json = {}
    for row in rows:
        name = row.get("id") if row.get("id") in before else _fresh(row.get("vi", ""), {**before, **made})
        made[name] = {"title": _label(row), "kind": row.get("kind", "text"), "required": bool(row.get("required"))}
    return made


def _move(title: Json, places: list[str], to: str, *, primary: bool = False) -> Json:
    return {
        "title": dict(title), "from": places, "to": to, "by": "officials", "permission": "cases.move", "note": "optional", "fields": {},
        "deadline": None, "primary": primary, "public": False, "tasks_done": False,
    }  # fmt: skip


def _step(spec: Json, name: str) -> Json:
    found: Json | None = spec["states"].get(name)
    if found is None:
        raise missing("no_such_step", "Không có bước này.", "There is no such step.", step=name)
    return found


def _way(spec: Json, name: str) -> Json:
    found: Json | None = spec["moves"].get(name)
    if found is None:
        raise missing("no_such_move", "Không có thao tác này.", "There is no such move.", move=name)
    return found


def _fresh(words: str, taken: Mapping[str, Any]) -> str:
    """An id that nobody has, from Vietnamese words without accents."""
    plain = unicodedata.normalize("NFD", words.lower().replace("đ", "d"))
    name = (
        re.sub(r"[^a-z0-9]+", "_", "".join(c for c in plain if not unicodedata.combining(c))).strip("_")[:40] or "step"
    )
    name = name if name[0].isalpha() else f"s_{name}"
    return next(
        each for number in range(1, 10_000) if (each := name if number == 1 else f"{name}_{number}") not in taken
    )
