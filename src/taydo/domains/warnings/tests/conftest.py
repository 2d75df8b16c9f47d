"""Today's units, loaded once: each test finds them and rolls its own changes back."""

from typing import Any

import pytest

from taydo.engines.places import actions as places
from taydo.kernel import i18n
from taydo.kernel.actors import Viewer
from taydo.kernel.specs import city


@pytest.fixture(scope="session", autouse=True)
def _units_once(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        places.load_units(Viewer.system("test"), city())


@pytest.fixture(autouse=True)
def _in_vietnamese() -> None:
    """Whatever language the page of an earlier test was made in."""
    i18n.use("vi")
