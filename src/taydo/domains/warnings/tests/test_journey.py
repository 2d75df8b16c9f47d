"""The whole way over HTTP without script: one officer drafts, another approves and publishes, a citizen reads."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from taydo.domains.warnings.tests.people import COMMAND
from taydo.kernel import actors, clock
from taydo.kernel.actors import Role
from taydo.kernel.models import Actor, Grant
from taydo.kernel.specs import Label

pytestmark = pytest.mark.django_db


@pytest.fixture
def duty_role(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A role that may do everything with warnings, whatever the city's own roles are."""
    verbs = [f"warnings.{verb}" for verb in ("see", "draft", "approve", "publish", "cancel")]
    given = {"duty": Role(title=Label(vi="Trực", en="Duty"), permissions=verbs)}
    monkeypatch.setattr(actors, "roles", lambda: given)
    yield


@functools.cache
def _hashed() -> str:
    return make_password("mot-mat-khau-dai")


def signed_in(name: str) -> Client:
    actor = Actor(username=name, name=name, kind="official", agency=COMMAND)
    actor.password = _hashed()
    actor.save()
    Grant.objects.create(actor=actor, role="duty", scope=COMMAND)
    client = Client()
    client.force_login(actor)
    return client


def local(hours: int) -> str:
    return f"{(clock.now() + dt.timedelta(hours=hours)).astimezone(clock.LOCAL):%Y-%m-%dT%H:%M}"


def form(**changes: Any) -> dict[str, Any]:
    return {
        "hazard": "salinity", "severity": "Severe", "urgency": "Expected", "certainty": "Observed", "status": "Actual",
        "headline_vi": "Mặn 4‰ trên sông Hậu", "description_vi": "Độ mặn 4,2 g/l tại cống.", "expires": local(6), "units": ["31135", "31120"],
    } | changes  # fmt: skip


def test_from_draft_to_the_citizens_page(duty_role: None) -> None:
    an, binh, citizen = signed_in("an"), signed_in("binh"), Client()

    wrong = an.post("/warnings/new", form(headline_vi="", expires=local(-1)))
    text = wrong.content.decode()
    assert wrong.status_code == 422 and "Phải viết bằng tiếng Việt" in text and "Độ mặn 4,2 g/l tại cống." in text

    address = an.post("/warnings/new", form())["Location"]
    assert re.fullmatch(r"/warnings/\d+", address)
    own = an.get(address).content.decode()
    assert "Duyệt bản này" not in own
    refused = an.post(f"{address}/approve", {"version": "1"})
    assert refused.status_code == 403 and "Người soạn không được tự duyệt" in refused.content.decode()
    assert citizen.get(address).status_code == 404

    assert "Duyệt bản này" in binh.get(address).content.decode()
    binh.post(f"{address}/approve", {"version": "1"})
    binh.post(f"{address}/publish")

    page = citizen.get("/warnings").content.decode()
    assert "Mặn 4‰ trên sông Hậu" in page and address in page
    assert "Mặn 4‰" in citizen.get("/warnings?unit=31120").content.decode()
    assert "Mặn 4‰" not in citizen.get("/warnings?unit=31150").content.decode()
    detail = citizen.get(address).content.decode()
    assert "Phường Ninh Kiều" in detail and "Việc của cán bộ" not in detail
    assert citizen.get("/api/v1/warnings?unit=31135").json()["warnings"][0]["hazard"] == "salinity"

    _updated_then_cancelled(an, binh, citizen, address)


def _updated_then_cancelled(an: Client, binh: Client, citizen: Client, address: str) -> None:
    draft = an.post(f"{address}/update")["Location"]
    update = draft.removesuffix("/edit")
    assert "Mặn 4‰ trên sông Hậu" in an.get(draft).content.decode()
    an.post(draft, form(severity="Extreme", version="1"))
    binh.post(f"{update}/approve", {"version": "2"})
    binh.post(f"{update}/publish")
    assert update in citizen.get(address).content.decode()

    assert binh.post(f"{update}/cancel", {"reason": ""}).status_code == 422
    binh.post(f"{update}/cancel", {"reason": "Mặn đã giảm"})
    assert "Hiện không có cảnh báo nào" in citizen.get("/warnings").content.decode()
    assert "Mặn đã giảm" in citizen.get("/cap/feed").content.decode()


@pytest.mark.parametrize("path", ["/warnings/desk", "/warnings/new"])
def test_officers_pages_send_strangers_to_sign_in(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 302 and answer["Location"].startswith("/signin")


def test_pages_speak_english_too(duty_role: None) -> None:
    an = signed_in("an")
    assert "No warnings are in force." in an.get("/warnings?lang=en").content.decode()
    assert "Draft a warning" in an.get("/warnings/new?lang=en").content.decode()
    assert "Nothing is being drafted" in an.get("/warnings/desk?lang=en").content.decode()


def test_the_api_does_the_same_and_refuses_the_same(duty_role: None) -> None:
    an, binh = signed_in("an"), signed_in("binh")
    tokens = {}
    for client in (an, binh):
        client.get("/warnings/new")
        tokens[client] = {"X-CSRFToken": client.cookies["taydo_csrf"].value}
    given = form(expires=(clock.now() + dt.timedelta(hours=6)).isoformat())

    def post(client: Client, path: str, data: Any = None) -> Any:
        return client.post(f"/api/v1/warnings{path}", data or {}, "application/json", headers=tokens[client])

    assert Client().post("/api/v1/warnings", given, "application/json").status_code == 401
    made = post(an, "", given)
    assert made.status_code == 201
    identifier = made.json()["id"]
    assert post(an, f"/{identifier}/approve", {"version": 1}).status_code == 403
    assert post(binh, f"/{identifier}/approve", {"version": 1}).json()["state"] == "approved"
    sent = post(binh, f"/{identifier}/publish").json()["identifier"]
    assert Client().get(f"/cap/{sent}").status_code == 200
    assert post(binh, f"/{identifier}/cancel", {"reason": "Thử"}).status_code == 200
    assert Client().get("/api/v1/warnings").json()["warnings"] == []
    assert "approved_by" not in Client().get(f"/api/v1/warnings/{identifier}").json()


@pytest.mark.parametrize(
    "path",
    ["/cap/a%00b", "/warnings?unit=%00", "/warnings?before=9999999999999999999", "/warnings/99999999999999999999"],
)
def test_strange_addresses_are_answered_and_never_fail(path: str) -> None:
    assert Client().get(path).status_code < 500
