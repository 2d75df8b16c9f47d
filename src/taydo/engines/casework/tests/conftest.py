"""The tests' own case type and officials of three agencies; H.1.2 stands under H.1."""

from __future__ import annotations

import pytest

from taydo.engines.cases import casetype
from taydo.engines.cases.tests.sample import SAMPLE
from taydo.kernel.actors import Viewer

from .sample import MATTER, officer


@pytest.fixture(autouse=True)
def declared() -> None:
    """The sample types are the current ones of their names."""
    casetype.every()
    casetype._stored.clear()
    for spec in (SAMPLE, MATTER):
        casetype.declare(spec)


@pytest.fixture
def an(db: None) -> Viewer:
    """An official of agency H.1.2."""
    return officer("An", "H.1.2")


@pytest.fixture
def binh(db: None) -> Viewer:
    """An official of agency H.3."""
    return officer("Bình", "H.3")


@pytest.fixture
def chi(db: None) -> Viewer:
    """An official of agency H.4."""
    return officer("Chi", "H.4")
