"""The tests' own kind of case, and a look at the table anew for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from taydo.engines.workflows import keeping, queries, subjects

from .sample import declare


@pytest.fixture(autouse=True)
def declared(db: None) -> Iterator[None]:
    """The kind is declared, and nothing of another test is remembered."""
    declare()
    keeping._Memory.until = 0.0
    yield
    keeping._Memory.until = 0.0
    subjects.FAMILIES.pop("matters", None)
    queries._standard.pop("plain", None)
