"""Fixtures of the tests that no single domain owns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .running_city import RunningCity


@pytest.fixture(scope="session")
def shared_city() -> Iterator[RunningCity]:
    """One running city for all tests that look at it from outside."""
    with RunningCity() as running:
        yield running


@pytest.fixture(scope="module")
def city(shared_city: RunningCity) -> RunningCity:
    """The running city, in which the people of these tests have not been seen sending before.

    All tests come from one address: without this, what one module sends would be a burst of the next one's.
    """
    with shared_city.database() as link:
        link.execute("UPDATE hotline_report SET senders = '{}' WHERE senders <> '{}'")
    return shared_city
