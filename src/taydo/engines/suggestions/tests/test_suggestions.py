"""A purpose is trained from its own examples when enough is new, measured, kept, and answers from the newest version."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from taydo.engines.suggestions import purposes, queries, training
from taydo.kernel import sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.models import Actor, Grant

pytestmark = pytest.mark.django_db
SYSTEM = Viewer.system("test")
KEYWORDS = {"lighting": ["đèn đường", "chiếu sáng"], "waste": ["rác thải", "thu gom rác"]}
LAMPS = ["đèn đường không sáng", "trụ đèn bị ngã", "bóng đèn cháy", "hẻm tối quá", "đèn hư"]
BINS = ["rác đầy đường", "không thu gom rác", "bãi rác hôi", "đổ rác trộm", "thùng rác vỡ"]


@pytest.fixture
def said() -> Iterator[list[tuple[str, str]]]:
    """The examples of a purpose of the test's own."""
    examples: list[tuple[str, str]] = []
    purposes.declare("test.category", lambda: list(examples), lambda: KEYWORDS)
    yield examples
    del purposes.PURPOSES["test.category"]


def many(times: int) -> list[tuple[str, str]]:
    return [
        (f"{text} trước số nhà {n} khu {'abcdefgh'[n % 8]}", label)
        for n in range(times)
        for label, texts in (("lighting", LAMPS), ("waste", BINS))
        for text in texts
    ]


def test_before_any_report_is_closed_keywords_suggest(said: list[tuple[str, str]]) -> None:
    assert queries.suggest("test.category", "đèn đường hư") == []

    training.train(SYSTEM, "test.category")

    assert queries.suggest("test.category", "đèn đường hư")[0][0] == "lighting"
    newest = queries.newest("test.category")
    assert newest is not None and newest["quality"] is None


def test_it_learns_again_only_when_enough_is_new_and_the_newest_version_answers(said: list[tuple[str, str]]) -> None:
    first = training.train(SYSTEM, "test.category")
    said += many(1)
    assert training.train(SYSTEM, "test.category") is None
    said += many(9)
    second = training.train(SYSTEM, "test.category")

    assert first and second and second > first
    label, sure = queries.suggest("test.category", "hem toi qua")[0]
    assert label == "lighting" and sure > 0.6
    quality = queries.quality(SYSTEM, "test.category")["versions"][0]["quality"]
    assert quality["tested"] + quality["learned"] == 100
    assert quality["accuracy"] > quality["majority"]


def test_changed_keywords_are_learned_and_old_versions_go(said: list[tuple[str, str]]) -> None:
    training.train(SYSTEM, "test.category")
    KEYWORDS["roads"] = ["ổ gà"]
    try:
        assert training.train(SYSTEM, "test.category")
        assert queries.suggest("test.category", "có ổ gà")[0][0] == "roads"
    finally:
        del KEYWORDS["roads"]
    for _ in range(6):
        training.keep(SYSTEM, "test.category", 0, "", b"", None)
    assert sql.value("SELECT count(*) FROM suggestions_model WHERE purpose = 'test.category'") == training.VERSIONS


def test_an_unknown_purpose_is_named() -> None:
    with pytest.raises(Problem) as unknown:
        queries.suggest("test.nothing", "đèn")
    assert unknown.value.status == 404


def test_figures_are_for_those_who_may_see_them_and_training_for_those_who_may_train(
    said: list[tuple[str, str]],
) -> None:
    training.train(SYSTEM, "test.category")
    admin = Actor.objects.create(
        username="test-admin", name="A", kind="official", password=make_password("a-long-password")
    )
    Grant.objects.create(actor=admin, role="admin", scope="*")
    client = Client()
    assert client.get("/api/v1/suggestions/test.category").status_code == 401
    assert client.post("/api/v1/suggestions/test.category/train").status_code == 401

    client.force_login(admin)

    assert client.get("/api/v1/suggestions/test.category").json()["purpose"] == "test.category"
    assert client.post("/api/v1/suggestions/test.category/train").json() == {"state": "queued"}
    assert client.get("/api/v1/suggestions/test.other").status_code == 404


def test_the_page_says_what_was_measured_and_what_was_not(said: list[tuple[str, str]]) -> None:
    admin = Actor.objects.create(
        username="test-admin", name="A", kind="official", password=make_password("a-long-password")
    )
    Grant.objects.create(actor=admin, role="admin", scope="*")
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(admin)
    training.train(SYSTEM, "test.category")
    before = client.get("/suggestions").content.decode()
    said += many(10)
    training.train(SYSTEM, "test.category")

    measured = client.get("/suggestions").content.decode()

    assert Client().get("/suggestions").status_code == 302
    assert "test.category" in before and "it rests on keywords" in before
    assert "it rests on keywords" not in measured.split("test.category")[1].split("</tr>")[0]
    assert client.post("/suggestions", {"purpose": "test.category"}).status_code == 302
