"""The city's units, loaded once: each test finds them and rolls its own changes back."""

import pytest

from taydo.engines.places import actions
from taydo.kernel.actors import Viewer
from taydo.kernel.specs import city


@pytest.fixture(scope="session", autouse=True)
def _units_once(django_db_setup: None, django_db_blocker) -> None:
    with django_db_blocker.unblock():
        actions.load_units(Viewer.system("test"), city())
