"""The pages of the relay: what waits and why, words only for a recorded purpose, deciding on what was refused."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from taydo.engines.relay import actions, partners, sending
from taydo.engines.relay.messages import Outcome
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.jobs import REGULAR
from taydo.kernel.models import Actor, Grant

SYSTEM = Viewer.system("test")


def signed_in(role: str) -> Client:
    actor = Actor.objects.create(
        username=role, name="Trần Trực", kind="official", agency="A", password=make_password("a-long-password")
    )
    Grant.objects.create(actor=actor, role=role, scope="*")
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(actor)
    return client


@pytest.fixture
def refused(db: None):
    said = {"kind": "refused", "code": "11", "reason": "trạng thái 10 không thể chuyển sang 4"}
    partners.partner("outside", send=lambda messages: [Outcome(**said) for _ in messages])
    ids = [
        actions.post(SYSTEM, "outside", "H13-1", {"ten": "Nguyễn Văn An"}, key=f"k{n}", title="Step") for n in (1, 2)
    ]
    sending.drain(partners.PARTNERS["outside"])
    yield ids
    del partners.PARTNERS["outside"], REGULAR["relay.outside"]


def test_a_refusal_is_shown_with_the_partners_words_and_passed_over_with_a_reason(refused: list[int]) -> None:
    operator = signed_in("operator")
    assert "Refused some" in operator.get("/relay").content.decode()
    listed = operator.get("/relay/outside?state=refused").content.decode()
    assert "không thể chuyển sang 4" in listed and "Nguyễn Văn An" not in listed

    address = f"/relay/outside/{refused[0]}"
    assert operator.post(address, {"do": "skip", "why": " "}).status_code == 422
    assert operator.post(address, {"do": "skip", "why": "Hồ sơ cũ"}).status_code == 302
    assert "Trần Trực: Hồ sơ cũ" in operator.get(address).content.decode()
    assert operator.post("/relay", {"do": "pause", "partner": "outside", "why": "Nâng cấp"}).status_code == 302
    assert "Paused" in operator.get("/relay").content.decode()
    assert operator.post(address, {"do": "look", "purpose": "xem"}).status_code == 403


def test_words_are_shown_for_a_purpose_and_the_look_is_recorded(refused: list[int]) -> None:
    admin, address = signed_in("admin"), f"/relay/outside/{refused[0]}"
    assert "Nguyễn Văn An" not in admin.get(address).content.decode()
    assert admin.post(address, {"do": "look", "purpose": ""}).status_code == 422
    assert "Nguyễn Văn An" in admin.post(address, {"do": "look", "purpose": "đối soát với Cổng"}).content.decode()
    assert (
        sql.value("SELECT count(*) FROM kernel_audit WHERE action = 'look' AND detail::text LIKE '%%đối soát%%'") == 1
    )
    for stranger in (Client(), signed_in("officer")):
        assert stranger.get("/relay").status_code in (302, 403)
    stands = {item["name"]: item["refused"] for item in admin.get("/api/v1/relay/partners").json()}
    assert stands["outside"] == 1
