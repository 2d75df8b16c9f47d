"""Bills of an agency to pay, and people who may do what."""

from __future__ import annotations

import pytest

from taydo.engines.payments import actions
from taydo.engines.payments.queries import Bill
from taydo.engines.payments.rules import Line
from taydo.kernel.actors import Viewer, viewer_of
from taydo.kernel.models import Actor, Grant

AGENCY = "H13.31135"
PROCEDURES = Viewer.system("procedures")


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
def cashier(somebody) -> Viewer:
    """A cashier of the ward."""
    return somebody("thu1", "cashier", AGENCY)


@pytest.fixture
def citizen(somebody) -> Viewer:
    """Somebody with an account."""
    return somebody("lan", "citizen", kind="person")


def raised(amount_vnd: int = 45_000, agency: str = AGENCY, **more: object) -> Bill:
    """A bill to pay."""
    lines = [Line("fee", "Lệ phí", amount_vnd)]
    given = {"purpose": ("dossier", 1), "title": "Lệ phí cấp bản sao trích lục", "lines": lines} | more
    return actions.raise_bill(PROCEDURES, agency=agency, **given)
