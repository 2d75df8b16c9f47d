"""Chats: only what a provider signed is taken, each message once; photos come from known hosts; answers go out once and in order."""

from __future__ import annotations

import datetime as dt
import io
import json
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sandbox.chat.provider import Provider as Sandbox

from taydo.engines.chats import actions, outgoing, photos, queries, rules
from taydo.kernel import clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.protocols.chatproviders import PROVIDERS, Said, Unsigned

SYSTEM = Viewer.system("test")
TONGUES = ("zalo", "facebook", "plain")


@pytest.fixture
def sandbox(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A provider that speaks all tongues, and a city that has an account with it in each."""
    settings.TAYDO_HOME = tmp_path
    with Sandbox().run() as provider:
        for tongue in TONGUES:
            monkeypatch.setenv(f"TAYDO_CHAT_{tongue.upper()}", provider.settings(tongue))
        yield provider
        provider.shutdown()


def says(sandbox: Sandbox, **said: Any) -> Any:
    """The city's answer to a webhook of the sandbox."""
    body, headers = sandbox.signed(said)
    return Client().post(f"/chats/{said.get('provider', 'plain')}", body, "application/json", headers=headers)


def told() -> list[queries.Message]:
    found = sql.rows(
        "SELECT (data->>'message_id')::int AS id FROM kernel_outbox WHERE type = 'chats.chat_received' ORDER BY seq"
    )
    return [queries.message(SYSTEM, item["id"]) for item in found]


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.effect_noise((64, 64), 80).convert("RGB").save(out, "JPEG")
    return out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("tongue", TONGUES)
def test_a_message_with_a_place_is_taken_in_every_tongue_and_once(sandbox: Sandbox, tongue: str) -> None:
    said = {"provider": tongue, "sender": "u1", "text": "Đèn đường hư", "lon": 105.78, "lat": 10.03, "id": "m1"}

    first, again = says(sandbox, **said), says(sandbox, **said)

    (message,) = told()
    assert (first.json(), again.json()) == ({"taken": 1}, {"taken": 0})
    assert (message.provider, message.text, message.lon, message.lat) == (tongue, "Đèn đường hư", 105.78, 10.03)


@pytest.mark.django_db
@pytest.mark.parametrize("tongue", TONGUES)
def test_a_wrong_signature_and_an_old_message_leave_nothing(sandbox: Sandbox, tongue: str) -> None:
    late = PROVIDERS[tongue].window.total_seconds() + 60
    answers = [
        says(sandbox, provider=tongue, text="x", **how) for how in ({"lie": True}, {"late_s": late}, {"late_s": -late})
    ]
    body, _ = sandbox.signed({"provider": tongue, "text": "x"})
    answers.append(Client().post(f"/chats/{tongue}", body, "application/json"))

    assert [answer.status_code for answer in answers] == [403] * 4
    assert answers[0].json()["code"] == "not_signed"
    assert sql.value("SELECT count(*) FROM chats_message") == 0


@pytest.mark.django_db
def test_a_changed_byte_breaks_every_signature(sandbox: Sandbox) -> None:
    for tongue in TONGUES:
        body, headers = sandbox.signed({"provider": tongue, "text": "hai trăm"})
        changed = body.replace(b"hai", b"ba ")
        assert Client().post(f"/chats/{tongue}", changed, "application/json", headers=headers).status_code == 403


@pytest.mark.django_db
def test_a_provider_the_city_does_not_use_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAYDO_CHAT_ZALO", raising=False)

    assert Client().post("/chats/zalo", b"{}", "application/json").status_code == 404
    assert Client().post("/chats/viber", b"{}", "application/json").status_code == 404


@pytest.mark.django_db
def test_what_is_signed_and_no_message_is_kept_with_the_reason_and_told_to_nobody(sandbox: Sandbox) -> None:
    says(sandbox, provider="zalo", kind="user_send_sticker", id="s1")
    says(sandbox, provider="facebook", kind="read", id="s2")
    says(sandbox, provider="plain", kind="typing", id="s3")
    says(sandbox, provider="plain", text="  ", id="s4")

    reasons = [item["reason"] for item in sql.rows("SELECT reason FROM chats_message ORDER BY id")]
    assert reasons == ["kind: user_send_sticker", "kind: read", "kind: typing", "nothing in it that we read"]
    assert told() == []
    sticker = sql.value("SELECT min(id) FROM chats_message")
    assert "user_send_sticker" in queries.raw(SYSTEM, sticker, "xem loại tin mới")
    with pytest.raises(Problem):
        queries.raw(SYSTEM, sticker, " ")


@pytest.mark.django_db
def test_the_first_call_of_messenger_is_answered_when_it_knows_the_word(sandbox: Sandbox) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444"}

    assert Client().get("/chats/facebook", {**query, "hub.verify_token": "sandbox"}).content == b"1158201444"
    assert Client().get("/chats/facebook", {**query, "hub.verify_token": "guess"}).status_code == 403
    assert Client().get("/chats/zalo", query).status_code == 403


@pytest.mark.django_db
def test_photos_are_fetched_from_the_providers_hosts_and_checked(sandbox: Sandbox) -> None:
    sandbox.photos |= {"lamp.jpg": jpeg(), "page.jpg": b"<!doctype html><script>alert(1)</script>"}
    says(sandbox, sender="u1", text="Xem ảnh", photos=["lamp.jpg", "page.jpg", "gone.jpg"], id="p1")
    assert told() == []

    photos.read_waiting()

    lamp, page, gone = told()[0].photos
    assert lamp["file"] and (page["refused"], gone["refused"]) == ("file_kind", "http_404")
    assert photos.read_waiting() == 0


@pytest.mark.django_db
def test_a_photo_elsewhere_is_not_fetched_and_a_provider_that_is_down_is_asked_again(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    for number, url in enumerate(("http://169.254.169.254/latest", f"http://127.0.0.1:{_nobody()}/a.jpg")):
        actions.take(SYSTEM, "plain", [Said(f"q{number}", "u1", now, "message", photos=(url,))], b"{}")

    photos.read_waiting()

    assert [message.photos[0]["refused"] for message in told()] == ["host_not_known"]
    for tries in range(1, rules.TRIES):
        with clock.at(now + dt.timedelta(days=tries)):
            photos.read_waiting()
    assert [message.photos[0]["refused"] for message in told()] == ["host_not_known", "not_reachable"]


def _nobody() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.django_db
@pytest.mark.parametrize("tongue", TONGUES)
def test_answers_arrive_once_and_in_order(sandbox: Sandbox, tongue: str) -> None:
    says(sandbox, provider=tongue, sender="u7", text="Đèn hư", id="r1")
    conversation = told()[0].conversation_id

    for key in ("k1", "k2", "k1"):
        actions.reply(SYSTEM, conversation, f"Trả lời {key}", key)
    outgoing.send_all()
    outgoing.send_all()

    assert [(item["to"], item["text"]) for item in reversed(sandbox.to())] == [
        ("u7", "Trả lời k1"),
        ("u7", "Trả lời k2"),
    ]
    assert {item["state"] for item in queries.replies(SYSTEM, conversation)} == {"sent"}


@pytest.mark.django_db
def test_an_answer_that_fails_for_now_is_sent_later_and_the_next_one_waits_for_it(sandbox: Sandbox) -> None:
    says(sandbox, sender="u7", text="Đèn hư", id="r1")
    conversation, now = told()[0].conversation_id, clock.now()
    sandbox.trouble = {"status": 503}
    for key in ("k1", "k2"):
        actions.reply(SYSTEM, conversation, key, key)
    outgoing.send_all()
    assert [(item["state"], item["tries"]) for item in queries.replies(SYSTEM, conversation)] == [
        ("waiting", 1),
        ("waiting", 0),
    ]

    sandbox.trouble = {}
    with clock.at(now + dt.timedelta(minutes=1)):
        outgoing.send_all()

    assert [item["text"] for item in reversed(sandbox.to())] == ["k1", "k2"]


@pytest.mark.django_db
def test_an_answer_begun_by_a_worker_that_died_is_taken_up_and_is_not_doubled(sandbox: Sandbox) -> None:
    says(sandbox, sender="u7", text="Đèn hư", id="r1")
    conversation = told()[0].conversation_id
    actions.reply(SYSTEM, conversation, "Một lần thôi", "k1")
    outgoing.send_all()
    sql.execute("UPDATE chats_reply SET state = 'sending', at = now() - interval '1 hour'")

    outgoing.send_all()

    assert sandbox.posts == 2 and len(sandbox.to()) == 1
    assert queries.replies(SYSTEM, conversation)[0]["state"] == "sent"


@pytest.mark.django_db
def test_zalo_says_no_with_200_and_is_understood(sandbox: Sandbox) -> None:
    says(sandbox, provider="zalo", sender="u7", text="Đèn hư", id="r1")
    conversation = told()[0].conversation_id
    for key, error in (("k1", -230), ("k2", -216)):
        sandbox.trouble = {"error": error}
        actions.reply(SYSTEM, conversation, key, key)
        outgoing.send_all()

    states = [(item["state"], item["reason"]) for item in queries.replies(SYSTEM, conversation)]
    assert states == [("failed", "zalo -230: told to fail"), ("waiting", "zalo -216: told to fail")]


@pytest.mark.django_db
def test_senders_and_words_are_sealed_and_a_draft_is_remembered(sandbox: Sandbox) -> None:
    says(sandbox, sender="nguoi-gui-so-9", text="Tôi tên Bình", id="x1")
    message = told()[0]

    actions.remember(SYSTEM, message.conversation_id, {"step": "place", "text": "Tôi tên Bình"})

    stored = str(sql.rows("SELECT * FROM chats_message")) + str(sql.rows("SELECT * FROM chats_conversation"))
    assert "Bình" not in stored and "nguoi-gui" not in stored
    assert "Bình" not in str(sql.value("SELECT string_agg(detail::text, '') FROM kernel_audit"))
    assert queries.message(SYSTEM, message.id).draft["step"] == "place"


@pytest.mark.django_db
def test_the_sandbox_program_shows_what_it_was_answered(sandbox: Sandbox) -> None:
    says(sandbox, sender="u7", text="Đèn hư", id="r1")
    actions.reply(SYSTEM, told()[0].conversation_id, "Mã <PA-1>", "k1")
    outgoing.send_all()

    with urllib.request.urlopen(f"{sandbox.url}/") as answer:
        page = answer.read().decode()
    with urllib.request.urlopen(f"{sandbox.url}/answers.json?to=u7") as answer:
        listed = json.load(answer)
    assert "SANDBOX" in page and "Mã &lt;PA-1&gt;" in page and listed[0]["text"] == "Mã <PA-1>"


def test_only_hosts_of_the_provider_are_asked_for_photos() -> None:
    assert rules.may_fetch("https://photo-stal-1.zadn.vn/a.jpg", "zalo", ())
    assert rules.may_fetch("http://cdn.example:8080/a.jpg", "plain", ("cdn.example",))
    for url in ("http://zadn.vn/a", "https://zadn.vn.evil.example/a", "https://evilzadn.vn/a", "https://a@zadn.vn/a", "https://zadn.vn:22/",
                "file:///etc/passwd", "https://[::1]/", "https://zadn.vn:port/"):  # fmt: skip
        assert not rules.may_fetch(url, "zalo", ())


@given(st.binary(max_size=400) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["entry", "messaging", "message", "sender", "id", "mid", "attachments", "payload", "type", "event_name", "text", "timestamp",
                         "coordinates", "lat", "long", "photos"]), inner, max_size=6), max_leaves=20).map(lambda v: json.dumps(v).encode()))  # fmt: skip
def test_no_body_makes_reading_fail_otherwise(body: bytes) -> None:
    for kind in PROVIDERS.values():
        provider = kind(secret="s", app="a")
        try:
            said = provider.read(body)
        except ValueError:
            said = []
        assert all(one.kind and isinstance(one.text, str) and "\0" not in one.text + one.sender for one in said)
        with pytest.raises(Unsigned):
            provider.check({}, body, dt.datetime.now(dt.UTC))
