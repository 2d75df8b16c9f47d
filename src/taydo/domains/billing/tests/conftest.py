"""The city's agencies and billers, loaded once; bills, cashiers, and the sandbox bank."""

from __future__ import annotations

import pytest

from taydo.engines.payments import actions
from taydo.engines.payments.queries import Bill
from taydo.engines.payments.rules import Line
from taydo.kernel import credentials
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.jobs import LOADS
from taydo.kernel.models import Actor, Grant
from taydo.kernel.specs import city

AGENCY = "H13.31135"


@pytest.fixture(scope="session", autouse=True)
def _city_once(django_db_setup: None, django_db_blocker) -> None:
    with django_db_blocker.unblock():
        for name in ("places", "directory"):
            LOADS[name].run(city())


@pytest.fixture(autouse=True)
def _fresh_memory() -> None:
    credentials.forget()


@pytest.fixture
def somebody(db):
    """Makes an account with one role in one scope; returns its viewer."""

    def make(username: str, role: str = "citizen", scope: str = "*", kind: str = "official") -> Viewer:
        agency = "" if scope == "*" else scope
        actor = Actor(username=username, name=username.title(), kind=kind, agency=agency)
        actor.set_password("taydo-demo")
        actor.save()
        Grant.objects.create(actor=actor, role=role, scope=scope)
        return viewer_of(actor.id)

    return make


@pytest.fixture
def cashier(somebody) -> Viewer:
    """A cashier of the ward."""
    return somebody("thu1", "cashier", AGENCY)


def raised(amount_vnd: int = 45_000, **more: object) -> Bill:
    """A bill to pay."""
    given = {"purpose": ("dossier", 1), "title": "Lệ phí trích lục", "payer_name": "Nguyễn Thị Lan"} | more
    return actions.raise_bill(
        Viewer.system("procedures"), agency=AGENCY, lines=[Line("fee", "Lệ phí", amount_vnd)], **given
    )
