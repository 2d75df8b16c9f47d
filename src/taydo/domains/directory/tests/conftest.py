"""The city's units and agencies, loaded once: each test finds them and rolls its own changes back."""

import functools

import pytest
from django.contrib.auth.hashers import make_password

from taydo.domains.directory import actions, queries
from taydo.engines.places import actions as places
from taydo.kernel import credentials
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.models import Actor, Grant
from taydo.kernel.specs import city

HOUSE = Viewer.system("test")


@functools.cache
def _hashed() -> str:
    return make_password("a-long-password")


@pytest.fixture(scope="session", autouse=True)
def _city_once(django_db_setup: None, django_db_blocker) -> None:
    with django_db_blocker.unblock():
        places.load_units(HOUSE, city())
        actions.load_directory(HOUSE, city())


@pytest.fixture(autouse=True)
def _fresh_memory() -> None:
    queries.forget_names()
    credentials.forget()


@pytest.fixture
def somebody(db):
    """Makes an official with one role in one scope; returns their viewer."""

    def make(username: str, role: str, scope: str = "*") -> Viewer:
        actor = Actor.objects.create(username=username, name=username.title(), kind="official", password=_hashed())
        Grant.objects.create(actor=actor, role=role, scope=scope)
        return viewer_of(actor.id)

    return make
