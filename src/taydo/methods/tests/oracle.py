"""The independent reference that the methods are held against, found by the directory of shared data."""

from __future__ import annotations

import importlib.util
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(os.environ.get("TAYDO_SHARED", "../shared"))


def shared(*parts: str) -> Path:
    """Return a path of the shared data; the test is skipped, saying so, when it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"shared data absent: {path} (set TAYDO_SHARED)")
    return path


@cache
def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("reference_algorithms", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def reference() -> Any:
    """Return the reference implementation as a module."""
    return _load(shared("data", "specs", "reference_algorithms.py"))
