"""A small city behind the face: who may what, and a client that speaks JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.test import Client

from taydo.kernel import actors, credentials, sql
from taydo.kernel.actors import Role
from taydo.kernel.specs import Label

ROOT = "http://testserver/sta/v1.1"
PASSWORD = "a-long-password"
ROLES = {
    "sta_manager": ["streams.declare", "streams.see", "streams.write", "streams.check"],
    "sta_device": ["streams.write"],
    "sta_reader": ["streams.see"],
}


class Sta:
    """The face as one account sees it."""

    def __init__(self, username: str = "") -> None:
        self.client = Client(raise_request_exception=False)
        pair = base64.b64encode(f"{username}:{PASSWORD}".encode()).decode()
        self.headers = {"HTTP_AUTHORIZATION": f"Basic {pair}"} if username else {}

    def send(self, method: str, path: str, body: Any = None, kind: str = "application/json", **more: str) -> Any:
        url = path.removeprefix(ROOT).lstrip("/") if path.startswith(ROOT) else path.lstrip("/")
        data = body if isinstance(body, bytes | str) else json.dumps(body) if body is not None else ""
        return self.client.generic(method, f"/sta/v1.1/{url}", data, content_type=kind, **self.headers, **more)

    def get(self, path: str, status: int = 200) -> Any:
        response = self.send("GET", path)
        assert response.status_code == status, response.content.decode()[:2000]
        return json.loads(response.content) if response.content else None

    def names(self, path: str) -> list[str]:
        return [one["name"] for one in self.get(path)["value"]]

    def ids(self, path: str) -> list[Any]:
        return [one["@iot.id"] for one in self.get(path)["value"]]

    def post(self, path: str, body: Any, status: int = 201) -> Any:
        response = self.send("POST", path, body)
        assert response.status_code == status, response.content.decode()[:2000]
        found = json.loads(response.content)
        return found["@iot.id"] if status == 201 and isinstance(found, dict) else found

    def patch(self, path: str, body: Any, status: int = 200, kind: str = "application/json") -> Any:
        response = self.send("PATCH", path, body, kind)
        assert response.status_code == status, response.content.decode()[:2000]
        return response

    def put(self, path: str, body: Any, status: int = 200) -> Any:
        response = self.send("PUT", path, body)
        assert response.status_code == status, response.content.decode()[:2000]
        return response

    def delete(self, path: str, status: int = 200) -> Any:
        response = self.send("DELETE", path)
        assert response.status_code == status, response.content.decode()[:2000]
        return response


def fresh() -> None:
    """No readings left by tests that ended with TRUNCATE, which takes datastreams away without their readings."""
    for table in ("observation", "latest", "quarantine", "hourly", "daily", "dirty"):
        sql.execute(f"DELETE FROM streams_{table}")


def account(username: str, role: str, scope: str, agency: str = "", kind: str = "official") -> None:
    """An account with one grant."""
    actor = actors_model()
    one = actor(username=username, name=username, kind=kind, agency=agency)
    one.set_password(PASSWORD)
    one.save()
    sql.execute(
        "INSERT INTO kernel_grant (actor_id, role, scope) VALUES (%(a)s, %(r)s, %(s)s)",
        {"a": one.pk, "r": role, "s": scope},
    )


def actors_model() -> Any:
    from django.contrib.auth import get_user_model

    return get_user_model()


@pytest.fixture(autouse=True)
def roles(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """The roles these tests speak of, and a hash that costs nothing."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    monkeypatch.setattr(actors, "roles", found_roles)
    credentials.forget()


@contextmanager
def small_city(username: str) -> Iterator[Sta]:
    """Rows that stay for many tests, made by an account that may everything; rolled back at the end."""
    with pytest.MonkeyPatch.context() as patch:
        hashers = ["django.contrib.auth.hashers.MD5PasswordHasher", *django_settings.PASSWORD_HASHERS]
        patch.setattr(django_settings, "PASSWORD_HASHERS", hashers)
        patch.setattr(actors, "roles", found_roles)
        credentials.forget()
        with transaction.atomic():
            fresh()
            account(username, "sta_manager", "*", "H13.06")
            yield Sta(username)
            transaction.set_rollback(True)


def found_roles() -> dict[str, Role]:
    """The roles these tests speak of."""
    return {name: Role(title=Label(vi=name, en=name), permissions=held) for name, held in ROLES.items()}


@pytest.fixture
def sta(db: None) -> Sta:
    """The face for somebody who may everything with streams, in the whole city."""
    fresh()
    account("manager", "sta_manager", "*", "H13.06")
    return Sta("manager")


@pytest.fixture
def anyone(db: None) -> Sta:
    """The face for nobody in particular."""
    return Sta()


def stream(name: str = "Nhiệt độ", **more: Any) -> dict[str, Any]:
    """A datastream with everything it needs."""
    return {
        "name": name, "description": "d",
        "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Observation",
        "unitOfMeasurement": {"name": "độ C", "symbol": "°C", "definition": "ucum:Cel"},
        "Sensor": {"name": f"sensor {name}", "description": "s", "encodingType": "application/pdf", "metadata": "http://x"},
        "ObservedProperty": {"name": f"property {name}", "description": "p", "definition": "http://p"},
        **more,
    }  # fmt: skip


def place(name: str = "Bến Ninh Kiều", lon: float = 105.788, lat: float = 10.03) -> dict[str, Any]:
    """A location."""
    return {"name": name, "description": "l", "encodingType": "application/geo+json",
            "location": {"type": "Point", "coordinates": [lon, lat]}}  # fmt: skip


def station(name: str = "Trạm 1", **more: Any) -> dict[str, Any]:
    """A thing with a place and a datastream."""
    return {"name": name, "description": "t", "Locations": [place()], "Datastreams": [stream()], **more}
