from __future__ import annotations

import os
from pathlib import Path

import pytest

from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import LOADS
from taydo.kernel.specs import city

SHARED = Path(os.environ.get("TAYDO_SHARED", Path(__file__).resolve().parents[6] / "shared")) / "data" / "procedures"


@pytest.fixture(scope="session")
def _units_once(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        for name in ("places", "directory"):
            LOADS[name].run(city())


@pytest.fixture
def town(_units_once, db):
    """The city's communes and agencies, loaded once."""


@pytest.fixture
def official_list() -> Path:
    """The crawled procedures of the national portal; without them the test is skipped."""
    path = SHARED / "procedures_full.jsonl.gz"
    if not path.is_file():
        pytest.skip("the official list is not here: set TAYDO_SHARED")
    return path


@pytest.fixture
def editor() -> Viewer:
    """An official of the catalogue."""
    names = ("catalogue.see", "catalogue.edit", "catalogue.review")
    return Viewer(
        41, "editor", "Cán bộ danh mục", "official", "H13.24", grants={name: frozenset({"*"}) for name in names}
    )
