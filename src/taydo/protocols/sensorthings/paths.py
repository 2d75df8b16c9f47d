"""Addresses below the root: ``/Things(1)/Datastreams``, ``/Things(1)/name/$value``, ``/Things/$ref`` (18-088, 9.2)."""

from __future__ import annotations

import re
from urllib.parse import unquote

from .errors import StaError
from .tree import Resource, Step
from .vocabulary import SETS, TYPES

_SEGMENT = re.compile(r"([A-Za-z]+)(?:\((.*)\))?", re.DOTALL)
_NUMBER = re.compile(r"-?\d{1,18}")
_STRING = re.compile(r"'((?:[^']|'')*)'", re.DOTALL)
_ALONE = re.compile(r"[A-Za-z0-9_.:\-]{1,200}")
MAX_SEGMENTS = 12


def parse_path(text: str) -> Resource:
    """The address of a (percent-encoded) path below the root. Raises StaError; nothing is looked up."""
    segments = [unquote(part) for part in text.strip("/").split("/")]
    if len(segments) > MAX_SEGMENTS:
        raise StaError("Địa chỉ quá dài", "The address is too long", position=0, text=text)
    steps: list[Step] = []
    for index, segment in enumerate(segments):
        tail = _tail(steps, segments[index:], text)
        if tail is not None:
            return tail
        steps.append(_step(steps[-1] if steps else None, segment, text))
    return Resource(tuple(steps))


def _tail(steps: list[Step], rest: list[str], text: str) -> Resource | None:
    """What may end an address: ``$ref``, or a property with an optional way into JSON and an optional ``$value``."""
    if not steps:
        return None
    if rest == ["$ref"]:
        return Resource(tuple(steps), ref=True)
    kind = TYPES[steps[-1].entity]
    if rest[0] in kind.relations or (_SEGMENT.fullmatch(rest[0]) and "(" in rest[0]):
        return None
    if steps[-1].many and steps[-1].key is None:
        raise _unknown(rest[0], text)
    raw = rest[-1] == "$value"
    steps_in = rest[:-1] if raw else rest
    name = "@iot.id" if rest[0] in ("id", "@iot.id", "@iot.selfLink") else rest[0]
    if (name not in kind.properties and name != "@iot.id") or any(one.startswith("$") for one in steps_in):
        raise _unknown(rest[0], text)
    return Resource(tuple(steps), inside=(rest[0] if name != "@iot.id" else name, *steps_in[1:]), raw=raw)


def _step(before: Step | None, segment: str, text: str) -> Step:
    match = _SEGMENT.fullmatch(segment)
    if match is None:
        raise _unknown(segment, text)
    name, key = match.groups()
    if before is None:
        if name not in SETS:
            raise _unknown(name, text)
        return Step(name, SETS[name].name, True, None if key is None else parse_key(key, text))
    relation = TYPES[before.entity].relations.get(name)
    if relation is None or (before.many and before.key is None):
        raise _unknown(name, text)
    if key is not None and not relation.many:
        raise StaError(f"{name} chỉ có một, không nhận khoá", f"{name} is a single entity and takes no key", text=text)
    return Step(name, relation.target, relation.many, None if key is None else parse_key(key, text))


def parse_key(key: str, text: str = "") -> int | str:
    """The identifier between the brackets: a number, or a string in quotes (bare words are taken as strings)."""
    if _NUMBER.fullmatch(key):
        return int(key)
    match = _STRING.fullmatch(key)
    if match and "\x00" not in key:
        return match.group(1).replace("''", "'")
    if _ALONE.fullmatch(key):
        return key
    raise StaError(
        f"Khoá không hợp lệ: {key[:40]!r}", f"Not a valid key: {key[:40]!r}", position=max(text.find(key), 0), text=text
    )


def _unknown(segment: str, text: str) -> StaError:
    shown = segment[:60]
    return StaError(
        f"Không có địa chỉ nào tên {shown!r}",
        f"There is no resource named {shown!r}",
        position=max(text.find(segment), 0),
        text=text,
    )


def address(entity: str, key: int | str) -> str:
    """``Things(1)`` or ``Observations('7-1600000000000000')``."""
    inner = str(key) if isinstance(key, int) else "'" + key.replace("'", "''") + "'"
    return f"{TYPES[entity].plural}({inner})"
