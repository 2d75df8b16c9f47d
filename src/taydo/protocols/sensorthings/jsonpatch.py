"""JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7396) on plain JSON values."""

from __future__ import annotations

import copy
from typing import Any

from .errors import StaError


def apply_patch(document: dict[str, Any], operations: Any) -> dict[str, Any]:
    """The document after all operations; the given one is left alone. Raises StaError naming the operation (from 0)."""
    if not isinstance(operations, list) or len(operations) > 1_000:
        raise StaError("JSON Patch phải là mảng thao tác", "A JSON Patch is an array of operations")
    found: Any = copy.deepcopy(document)
    for number, one in enumerate(operations):
        try:
            found = _apply(found, one)
        except (KeyError, IndexError, TypeError, ValueError):
            raise StaError(
                f"Thao tác JSON Patch số {number} không thực hiện được",
                f"JSON Patch operation {number} cannot be applied",
                position=number,
            ) from None
    if not isinstance(found, dict):
        raise StaError("JSON Patch làm mất đối tượng", "The JSON Patch leaves no object")
    return found


def _apply(document: Any, one: dict[str, Any]) -> Any:
    op, path = one["op"], _pointer(one["path"])
    if op == "test":
        if _get(document, path) != one["value"]:
            raise ValueError("test")
        return document
    if op == "remove":
        return _remove(document, path)
    if op == "move":
        origin = _pointer(one["from"])
        if path[: len(origin)] == origin and path != origin:
            raise ValueError("into itself")
        moved = _get(document, origin)
        return _add(_remove(document, origin), path, moved)
    if op == "copy":
        return _add(document, path, copy.deepcopy(_get(document, _pointer(one["from"]))))
    if op == "replace":
        _get(document, path)
        return _add(_remove(document, path), path, one["value"]) if path else one["value"]
    if op == "add":
        return _add(document, path, one["value"])
    raise ValueError("op")


def _pointer(text: str) -> list[str]:
    if text == "":
        return []
    if not text.startswith("/"):
        raise ValueError("pointer")
    return [part.replace("~1", "/").replace("~0", "~") for part in text[1:].split("/")]


def _index(step: str) -> int:
    if not step.isdigit():
        raise ValueError("index")
    return int(step)


def _get(document: Any, path: list[str]) -> Any:
    for step in path:
        document = document[_index(step)] if isinstance(document, list) else document[step]
    return document


def _add(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent = _get(document, path[:-1])
    if isinstance(parent, list):
        at = len(parent) if path[-1] == "-" else _index(path[-1])
        if at > len(parent):
            raise IndexError
        parent.insert(at, value)
    elif isinstance(parent, dict):
        parent[path[-1]] = value
    else:
        raise TypeError("parent")
    return document


def _remove(document: Any, path: list[str]) -> Any:
    parent = _get(document, path[:-1])
    if isinstance(parent, list):
        parent.pop(_index(path[-1]))
    else:
        del parent[path[-1]]
    return document


def merge_patch(document: Any, patch: Any) -> Any:
    """RFC 7396: objects are merged key by key, null removes, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    found = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = merge_patch(found.get(key), value)
    return found
