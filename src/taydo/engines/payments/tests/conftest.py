"""Bills of an agency to pay, and people who may do what."""

from __future__ import annotations

import urllib.request

import pytest
from django.test import Client
from sandbox.bank.server import Bank

from taydo.engines.payments import actions, attempts
from taydo.engines.payments.queries import Bill
from taydo.engines.payments.rules import Line
from taydo.kernel import sql
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


@pytest.fixture
def bank(monkeypatch):
    """The SANDBOX bank, running and telling nothing by itself; the city has its keys."""
    with Bank(city="http://city.example") as running:
        running.run()
        running.books.trouble = {"silent": True}
        for name, keys in running.settings().items():
            monkeypatch.setenv(name, keys)
        yield running
        running.shutdown()


class Told:
    """Brings notices of the bank to the city's door, as HTTP requests, with or without trouble."""

    def __init__(self, bank: Bank) -> None:
        self.bank, self.client = bank, Client()

    def __call__(self, gateway: str, what: dict, **trouble: object):
        asked = self.bank.books.request(gateway, what, trouble)
        path = asked.full_url.removeprefix(self.bank.books.city)
        if asked.data is None:
            return self.client.get(path)
        headers = {name: text for name, text in asked.header_items() if name.startswith("X-")}
        return self.client.post(path, asked.data, content_type="application/json", headers=headers)


@pytest.fixture
def told(bank: Bank) -> Told:
    """`told("vnpay", order, lie=1)` — the city's answer."""
    return Told(bank)


def paid_at(bank: Bank, code: str, provider: str, ok: bool = True) -> dict:
    """Somebody goes to the gateway's page and pays (or gives up); the bank's order, of which nothing was told yet."""
    url = attempts.go(Viewer.anonymous(), code, provider, "127.0.0.1")
    urllib.request.urlopen(url).read()
    key = next(key for key in reversed(bank.books.orders) if key.startswith(f"{provider}|{code}"))
    return bank.books.pay(key, ok)


def balances(agency: str = AGENCY) -> dict[str, int]:
    """What stands on each account of an agency; accounts at 0 are left out."""
    found = sql.rows(
        "SELECT account, sum(amount_vnd)::bigint AS n FROM payments_posting WHERE agency = %(a)s GROUP BY 1",
        {"a": agency},
    )
    return {item["account"]: item["n"] for item in found if item["n"]}
