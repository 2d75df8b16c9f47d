"""The tests' own case type and officials."""

from __future__ import annotations

import pytest

from taydo.engines.cases import casetype
from taydo.kernel.actors import Viewer

from .sample import SAMPLE, official


@pytest.fixture(autouse=True)
def declared() -> None:
    """The sample type is the current one of its name."""
    casetype.every()
    casetype._stored.clear()
    casetype.declare(SAMPLE)


@pytest.fixture
def an(db: None) -> Viewer:
    """An official of agency A."""
    return official("An", "A")


@pytest.fixture
def binh(db: None) -> Viewer:
    """An official of agency B."""
    return official("Bình", "B")
