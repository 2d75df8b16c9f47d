"""Parts of JSON values: what ``$select`` takes of them, and what an address leads to inside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def picked(whole: Any, paths: Sequence[Sequence[str]]) -> dict[str, Any]:
    """The same objects with only the ways asked for: ``{"a": {"b": 1, "c": 2}}`` by ``[["a", "b"]]`` is ``{"a": {"b": 1}}``."""
    found: dict[str, Any] = {}
    for steps in paths:
        here: Any = whole
        out: Any = found
        for step in steps[:-1]:
            here = here.get(step) if isinstance(here, dict) else None
            out = out.setdefault(step, {}) if isinstance(out, dict) else None
        if isinstance(here, dict) and isinstance(out, dict) and steps[-1] in here:
            out[steps[-1]] = here[steps[-1]]
    return found


def reached(value: Any, steps: Sequence[str]) -> Any:
    """The value at the end of names and array positions. Raises KeyError when there is none."""
    for step in steps:
        if isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            raise KeyError(step)
    return value
