"""What must hold before a workflow is released, each fault in words and with the step or move it is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from taydo.engines.cases.casetype import CaseType
from taydo.kernel import manifest
from taydo.protocols import dvcqg

from .editing import Json


@dataclass(frozen=True, slots=True)
class Fault:
    """`where`: the id of a step or move, "" for the whole."""

    where: str
    vi: str
    en: str


def faults(spec: Json, own: CaseType, needed: frozenset[str]) -> list[Fault]:
    """Everything that keeps a declaration from being released, the plainest first; [] when nothing does. `own`: the kind's own type."""
    found = [*_words(spec), *_ways(spec), *_needed(spec, own, needed)]
    found += [] if found else [*_outside(spec, own), *_questions(spec)]
    if not found:
        try:
            CaseType.model_validate(spec)
        except ValidationError as error:
            found += [Fault("", f"Chưa hợp lệ: {item['msg']}", f"Not valid: {item['msg']}") for item in error.errors()]
    return found


def _words(spec: Json) -> Iterator[Fault]:
    for name, item in [("", spec), *spec["states"].items(), *spec["moves"].items()]:
        for language, vi, en in (("vi", "tiếng Việt", "Vietnamese"), ("en", "tiếng Anh", "English")):
            if not item["title"].get(language):
                yield Fault(name, f"Thiếu tên {vi}: {_called(item, name)}", f"No {en} name: {_called(item, name)}")
    for name, move in spec["moves"].items():
        for field in move["fields"].values():
            if not (field["title"].get("vi") and field["title"].get("en")):
                yield Fault(
                    name,
                    f"Ô cần điền của “{_called(move, name)}” thiếu tên.",
                    f"A field of “{_called(move, name)}” has no name.",
                )
        if move["permission"] not in manifest.permissions():
            yield Fault(
                name, f"Không có quyền “{move['permission']}”.", f"There is no permission “{move['permission']}”."
            )


def _ways(spec: Json) -> Iterator[Fault]:
    states, moves = spec["states"], spec["moves"]
    for name, move in moves.items():
        if not move["from"] or any(place not in states for place in (*move["from"], move["to"])):
            title = _called(move, name)
            yield Fault(
                name, f"“{title}” không bắt đầu hoặc không dẫn tới bước nào.", f"“{title}” begins or ends nowhere."
            )
    ends = {name for name, state in states.items() if state["phase"] == "done"}
    if not ends:
        yield Fault("", "Không có bước kết thúc.", "There is no end.")
    reached, ending = _spread(spec, {spec["start"]}, forward=True), _spread(spec, ends, forward=False)
    for name, state in states.items():
        title = _called(state, name)
        if name not in reached and name != spec["merged"]:
            yield Fault(name, f"Không đường nào dẫn tới “{title}”.", f"Nothing leads to “{title}”.")
        elif ends and name not in ending:
            yield Fault(name, f"Từ “{title}” không đi tới kết thúc được.", f"“{title}” never comes to an end.")


def _spread(spec: Json, seeds: set[str], *, forward: bool) -> set[str]:
    found, before = set(seeds), -1
    while before != len(found):
        before = len(found)
        for move in spec["moves"].values():
            if forward and not found.isdisjoint(move["from"]):
                found.add(move["to"])
            if not forward and move["to"] in found:
                found.update(move["from"])
    return found


def _needed(spec: Json, own: CaseType, needed: frozenset[str]) -> Iterator[Fault]:
    for name in sorted(needed & own.moves.keys()):
        move, then = spec["moves"].get(name), own.moves[name]
        if move is None:
            yield Fault(
                name, f"Thiếu thao tác “{then.title.vi}” mà hệ thống cần.", f"The house needs “{then.title.en}”."
            )
        elif _code(spec, move["to"]) != own.states[then.to].outside:
            vi, en = (
                f"“{then.title.vi}” phải dẫn tới trạng thái như quy trình chuẩn.",
                f"“{then.title.en}” must lead to the standard's state.",
            )
            yield Fault(name, vi, en)


def _outside(spec: Json, own: CaseType) -> Iterator[Fault]:
    """States outside follow each other as the national portal takes them (or as the kind's own workflow already has them)."""
    if not any(state.outside for state in own.states.values()):
        return
    known = {
        (own.states[place].outside, own.states[move.to].outside) for move in own.moves.values() for place in move.from_
    }
    for name, state in spec["states"].items():
        if state["outside"] not in {str(number) for number in dvcqg.STATES} and name != spec["merged"]:
            title = _called(state, name)
            yield Fault(
                name,
                f"“{title}” chưa có trạng thái trên Cổng quốc gia.",
                f"“{title}” has no state on the national portal.",
            )
    for name, move in spec["moves"].items():
        for place in move["from"]:
            pair = (_code(spec, place), _code(spec, move["to"]))
            if (
                not all(code.isdecimal() for code in pair)
                or pair in known
                or dvcqg.may_follow(int(pair[0]), int(pair[1]))
            ):
                continue
            vi = f"“{_called(move, name)}”: Cổng quốc gia không cho chuyển từ trạng thái {pair[0]} sang {pair[1]}."
            yield Fault(
                name,
                vi,
                f"“{_called(move, name, 'en')}”: the national portal takes no state {pair[1]} after {pair[0]}.",
            )


def _questions(spec: Json) -> Iterator[Fault]:
    for name, state in spec["states"].items():
        if not state["asks"]:
            continue
        title, leaving = _called(state, name), [move for move in spec["moves"].values() if name in move["from"]]
        if name == spec["start"] or state["phase"] == "done":
            yield Fault(
                name,
                f"“{title}”: chỉ bước ở giữa mới hỏi ý kiến.",
                f"“{title}”: only a step in between can ask agencies.",
            )
        if any(not ask["agency"] or not ask["question"] for ask in state["asks"]):
            yield Fault(
                name, f"“{title}”: thiếu cơ quan hoặc câu hỏi.", f"“{title}”: an agency or a question is missing."
            )
        if not any(move["tasks_done"] for move in leaving):
            vi = f"“{title}” hỏi ý kiến nhưng không thao tác nào chờ trả lời."
            yield Fault(name, vi, f"“{title}” asks other agencies, but no step waits for their answers.")


def _code(spec: Json, state: str) -> str:
    return str(spec["states"].get(state, {}).get("outside", ""))


def _called(item: dict[str, Any], name: str, language: str = "vi") -> str:
    return str(item["title"].get(language) or item["title"].get("vi") or name)
