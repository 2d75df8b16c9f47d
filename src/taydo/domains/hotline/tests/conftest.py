"""The city's units, agencies, categories and answers, loaded once; each test rolls its own changes back."""

import io

import pytest
from PIL import Image

from taydo.kernel import credentials
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.jobs import LOADS
from taydo.kernel.models import Actor, Grant
from taydo.kernel.specs import city


@pytest.fixture(scope="session", autouse=True)
def _city_once(django_db_setup: None, django_db_blocker) -> None:
    with django_db_blocker.unblock():
        for name in ("places", "directory", "hotline"):
            LOADS[name].run(city())


@pytest.fixture(autouse=True)
def _fresh_memory() -> None:
    credentials.forget()


@pytest.fixture
def somebody(db):
    """Makes an account with one role in one scope; returns its viewer."""

    def make(username: str, role: str = "citizen", scope: str = "*", kind: str = "official") -> Viewer:
        agency = "" if scope == "*" else scope
        actor = Actor.objects.create(username=username, name=username.title(), kind=kind, agency=agency, password="!")
        Grant.objects.create(actor=actor, role=role, scope=scope)
        return viewer_of(actor.id)

    return make


@pytest.fixture
def agent(somebody) -> Viewer:
    """An operator of the 1022 centre."""
    return somebody("agent1", "hotline_agent", "H13.01.01")


@pytest.fixture
def roads(somebody) -> Viewer:
    """An officer of the Department of Construction."""
    return somebody("roads1", "officer", "H13.07")


@pytest.fixture
def citizen(somebody) -> Viewer:
    """Somebody with an account."""
    return somebody("lan", "citizen", kind="person")


def photo(place: tuple[float, float] | None = None, colour: str = "navy") -> io.BytesIO:
    """A JPEG, taken at (lon, lat) if given."""
    picture = Image.new("RGB", (64, 48), colour)
    exif = Image.Exif()
    if place:
        lon, lat = place

        def sixty(degrees: float) -> tuple[float, float, float]:
            whole, rest = divmod(degrees * 60, 60)
            return (float(int(degrees)), float(int(rest)), round((rest % 1) * 60, 4)) if whole >= 0 else (0.0, 0.0, 0.0)

        exif[0x8825] = {1: "N", 2: sixty(lat), 3: "E", 4: sixty(lon)}
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    out.seek(0)
    return out
