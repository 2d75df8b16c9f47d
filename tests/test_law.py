"""Every function that docs/law.md names exists, and says what it promises."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

LAW = Path(__file__).resolve().parents[1] / "docs" / "law.md"
NAMED = sorted(set(re.findall(r"\| `(taydo\.[\w.]+)` \|", LAW.read_text("utf-8"))))


def found(name: str) -> object:
    """The module, class or function of a dotted name."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, attribute = name.rpartition(".")
        return getattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize("name", NAMED)
def test_the_function_exists_and_promises_something(name: str) -> None:
    assert inspect.getdoc(found(name)), name


def test_the_law_is_long_enough_to_matter() -> None:
    assert len(NAMED) >= 15
