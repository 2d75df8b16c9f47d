"""Fixtures of the tests that no single domain owns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .running_city import RunningCity


@pytest.fixture(scope="session")
def city() -> Iterator[RunningCity]:
    """One running city for all tests that look at it from outside."""
    with RunningCity() as running:
        yield running
