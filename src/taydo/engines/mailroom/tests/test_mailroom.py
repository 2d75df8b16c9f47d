"""Letters from a real IMAP server come in once, are kept before they are marked, read with their files, or set aside with a reason."""

from __future__ import annotations

import base64
import io
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from PIL import Image

from taydo.engines.files import queries as files
from taydo.engines.mailroom import actions, jobs, queries, rules
from taydo.engines.mailroom.rules import next_try, notice_of
from taydo.kernel import audit, clock, sql
from taydo.kernel.actors import Viewer
from taydo.kernel.errors import Problem
from taydo.kernel.models import Actor, Grant

from .imap_server import Server, imap_server

SYSTEM = Viewer.system("test")


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Server]:
    with imap_server() as server:
        yield server


@pytest.fixture
def box(dovecot: Server, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server with an empty inbox that the mailroom fetches from."""
    settings.TAYDO_HOME = tmp_path
    for name, text in dovecot.environment.items():
        monkeypatch.setenv(name, text)
    with dovecot.opened() as mailbox:
        mailbox.delete(mailbox.uids())
    return dovecot


def photo(size: int = 64) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((size, size), 90).convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def letter(
    number: int = 1, text: str = "Đèn đường hư ở hẻm 7.", sender: str = "An <an@example.vn>", **headers: str
) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Message-ID"] = (
        sender,
        "1022@cantho.example",
        f"Thư {number}",
        f"<m{number}@example.vn>",
    )
    for name, said in headers.items():
        made[name.replace("_", "-")] = said
    made.set_content(text)
    return made


def told() -> list[int]:
    """Letters that were told to whoever answers them."""
    found = sql.rows(
        "SELECT (data->>'letter_id')::int AS id FROM kernel_outbox WHERE type = 'mailroom.letter_received' ORDER BY seq"
    )
    return [item["id"] for item in found]


def states() -> list[tuple[str, str]]:
    return [
        (item["state"], item["reason"]) for item in sql.rows("SELECT state, reason FROM mailroom_letter ORDER BY id")
    ]


@pytest.mark.django_db
def test_a_letter_comes_in_with_its_words_and_photo_and_is_marked_seen(box: Server) -> None:
    made = letter(In_Reply_To="<notice-12-5@taydo.localhost>")
    made.add_attachment(photo(), maintype="image", subtype="jpeg", filename="ảnh.jpg")
    made.add_attachment(b"<script>alert(1)</script>", maintype="text", subtype="html", filename="trang.html")
    box.deliver(made.as_bytes())

    jobs.fetch()
    jobs.fetch()

    (number,) = told()
    found = queries.letter(SYSTEM, number)
    assert (found.sender, found.sender_name, found.subject, found.text) == (
        "an@example.vn",
        "An",
        "Thư 1",
        "Đèn đường hư ở hẻm 7.",
    )
    assert found.notice_id == 12
    picture, page = found.attachments
    assert (picture["type"], picture["refused"], page["file"], page["refused"]) == ("image/jpeg", "", None, "file_kind")
    assert files.open_file(SYSTEM, picture["file"])[0].name == "ảnh.jpg"
    with box.opened() as mailbox:
        assert [mail.flags for mail in mailbox.fetch(mark_seen=False)] == [("\\Seen",)]


@pytest.mark.django_db
def test_nothing_personal_stands_open_in_the_database(box: Server) -> None:
    box.deliver(letter(text="Tôi tên Trần Thị Bình").as_bytes())

    jobs.fetch()

    kept = str(sql.row("SELECT * FROM mailroom_letter"))
    assert "Bình" not in kept and "an@example" not in kept and "Thư 1" not in kept
    raw = queries.unpacked(sql.value("SELECT raw FROM mailroom_letter"))
    assert base64.b64encode("Tôi tên".encode())[:6] in raw or "Tôi tên".encode() in raw


@pytest.mark.django_db
def test_a_letter_that_comes_by_two_ways_is_one_and_a_new_uidvalidity_brings_none_again(box: Server) -> None:
    box.deliver(letter().as_bytes(), b"Received: by list\r\n" + letter().as_bytes(), letter(2).as_bytes())
    jobs.fetch()
    sql.execute("UPDATE mailroom_place SET uidvalidity = uidvalidity - 1")

    jobs.fetch()

    assert len(told()) == 2 == sql.value("SELECT count(*) FROM mailroom_letter")
    assert sql.value("SELECT count(*) FROM mailroom_place") == 6


@pytest.mark.django_db
def test_letters_already_read_by_a_person_are_taken_all_the_same(box: Server) -> None:
    box.deliver(letter().as_bytes())
    with box.opened() as mailbox:
        mailbox.flag(mailbox.uids(), "\\Seen", True)

    jobs.fetch()

    assert len(told()) == 1


@pytest.mark.django_db
def test_letters_are_moved_when_the_city_says_where_to(box: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAYDO_IMAP_DONE", "Taken")
    box.deliver(letter().as_bytes(), letter(2).as_bytes())

    jobs.fetch()

    with box.opened() as inbox, box.opened("Taken") as done:
        assert (len(inbox.uids()), len(done.uids()), len(told())) == (0, 2, 2)


@pytest.mark.django_db
def test_machines_floods_and_hostile_letters_are_set_aside_and_tell_nobody(
    box: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "FLOOD", 2)
    monkeypatch.setattr(actions, "FLOOD", 2)
    box.deliver(
        letter(1, Auto_Submitted="auto-replied").as_bytes(),
        letter(2, sender="khong-tra-loi@taydo.localhost").as_bytes(),
        b"Subject: no sender\r\n\r\nx",
        *(letter(number, sender="c@example.vn").as_bytes() for number in range(3, 6)),
        letter(6, sender="d@example.vn", Date="Mon, 05 Jan 2026 08:00:00 +0700").as_bytes(),
    )

    jobs.fetch()

    assert states() == [
        ("automatic", "Auto-Submitted: auto-replied"), ("automatic", "our own letter"), ("aside", "no sender that could be answered"),
        ("taken", ""), ("taken", ""), ("aside", "too many from one sender"),
        ("aside", "written more than 30 days before it came in"),
    ]  # fmt: skip
    assert len(told()) == 2


@pytest.mark.django_db
def test_a_letter_that_is_too_large_is_kept_by_its_headers_with_the_reason(
    box: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (rules, actions):
        monkeypatch.setattr(module, "MOST_BYTES", 10_000)
    monkeypatch.setattr("taydo.engines.mailroom.intake.MOST_BYTES", 10_000)
    box.deliver(letter(text="a" * 70 + "\n" + ("b" * 70 + "\n") * 300).as_bytes(), letter(2).as_bytes())

    jobs.fetch()

    (large, small) = states()
    assert large[0] == "aside" and "larger than" in large[1] and small == ("taken", "")
    raw = queries.unpacked(sql.value("SELECT raw FROM mailroom_letter WHERE state = 'aside'"))
    assert b"Subject:" in raw and b"bbbb" not in raw


@pytest.mark.django_db
def test_a_letter_whose_reading_fails_waits_and_is_given_up_in_the_end(
    box: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAYDO_CLAMD", "/nowhere/clamd.sock")
    made = letter()
    made.add_attachment(photo(), maintype="image", subtype="jpeg", filename="a.jpg")
    box.deliver(made.as_bytes())

    jobs.fetch()
    assert states() == [("kept", "")]
    with clock.at(next_try(1, clock.now())):
        monkeypatch.delenv("TAYDO_CLAMD")
        jobs.fetch()
    assert states() == [("taken", "")]

    sql.execute(
        "UPDATE mailroom_letter SET state = 'kept', tries = %(n)s, next_at = now() - interval '1 day'",
        {"n": rules.TRIES},
    )
    jobs.fetch()
    assert states() == [("aside", "reading it failed again and again")]


@pytest.mark.django_db
def test_letters_are_seen_by_those_who_may_with_a_purpose_and_released_by_those_who_may(box: Server) -> None:
    box.deliver(letter(1, Precedence="bulk").as_bytes())
    jobs.fetch()
    number = sql.value("SELECT id FROM mailroom_letter")
    admin = Actor.objects.create(
        username="test-admin", name="A", kind="official", password=make_password("a-long-password")
    )
    Grant.objects.create(actor=admin, role="admin", scope="*")
    stranger, client = Client(), Client()
    client.force_login(admin)

    listed = client.get("/api/v1/mailroom/letters?state=automatic").json()["letters"]
    unsaid = client.get(f"/api/v1/mailroom/letters/{number}")
    said = client.get(f"/api/v1/mailroom/letters/{number}?purpose=kiểm tra thư bị giữ")
    saved = client.get(f"/api/v1/mailroom/letters/{number}/raw?purpose=kiểm tra thư lạ")
    released = client.post(f"/api/v1/mailroom/letters/{number}/release")

    assert stranger.get(f"/api/v1/mailroom/letters/{number}?purpose=x").status_code == 401
    assert listed[0]["sender"] == "a•••@example.vn" and "text" not in listed[0]
    assert (unsaid.status_code, unsaid.json()["code"]) == (422, "purpose_missing")
    assert said.json()["text"] == "Đèn đường hư ở hẻm 7."
    assert [look["purpose"] for look in audit.looks([audit.person_by("an@example.vn")])] == [
        "kiểm tra thư lạ",
        "kiểm tra thư bị giữ",
    ]
    assert released.status_code == 200 and told() == [number]
    assert b"Precedence: bulk" in saved.content and saved["Content-Disposition"].startswith("attachment")
    assert client.get(f"/api/v1/mailroom/letters/{number}/raw").status_code == 422
    with pytest.raises(Problem) as again:
        actions.release(SYSTEM, number)
    assert again.value.status == 409


@pytest.mark.django_db
def test_the_page_shows_what_was_set_aside_its_words_for_a_purpose_and_lets_it_go_on(box: Server) -> None:
    box.deliver(letter(1, text="Hẻm tối\n<script>alert(1)</script>", Precedence="bulk").as_bytes())
    jobs.fetch()
    number = sql.value("SELECT id FROM mailroom_letter")
    admin = Actor.objects.create(
        username="test-admin", name="A", kind="official", password=make_password("a-long-password")
    )
    Grant.objects.create(actor=admin, role="admin", scope="*")
    client = Client()
    client.force_login(admin)

    listed = client.get("/mailroom?state=automatic").content.decode()
    unsaid = client.post(f"/mailroom/{number}", {"do": "look", "purpose": " "})
    said = client.post(f"/mailroom/{number}", {"do": "look", "purpose": "xem thư giữ nhầm"}).content.decode()

    assert "Precedence: bulk" in listed and "a•••@example.vn" in listed and "Hẻm" not in listed
    assert unsaid.status_code == 422 and "Hẻm tối" not in unsaid.content.decode()
    assert "Hẻm tối" in said and "&lt;script&gt;" in said
    assert client.post(f"/mailroom/{number}", {"do": "release"}).status_code == 302 and told() == [number]
    assert client.get("/mailroom/999").status_code == 404


@pytest.mark.django_db
def test_bytes_are_forgotten_after_their_time(box: Server) -> None:
    box.deliver(letter(1).as_bytes(), letter(2, Precedence="bulk").as_bytes())
    jobs.fetch()
    sql.execute("UPDATE mailroom_letter SET came_at = now() - interval '31 days'")

    jobs.tidy()

    taken, automatic = sql.rows("SELECT raw, text FROM mailroom_letter ORDER BY id")
    assert taken["raw"] == "" != taken["text"]
    assert automatic["raw"] == automatic["text"] == ""


def test_notices_are_known_by_their_message_ids() -> None:
    assert notice_of(["x@y", "notice-7-3@taydo.localhost", "notice-8-1@z"]) == 7
    assert notice_of(["notice-a-b@z", "other"]) is None


FETCHER = """
import django
django.setup()
from taydo.engines.mailroom import jobs
print("fetching", flush=True)
while True:
    jobs.fetch()
"""


def fetching(home: Path) -> subprocess.Popen[str]:
    """A process that fetches without end into the test's own database."""
    where = connection.settings_dict
    address = f"postgresql://{where['USER']}:{where['PASSWORD']}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": address,
        "TAYDO_POOL": "0",
        "TAYDO_HOME": str(home),
        "TAYDO_SECRET": settings.SECRET_KEY,
    }
    child = subprocess.Popen([sys.executable, "-c", FETCHER], env=environment, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline() == "fetching\n"
    return child


def _alone() -> None:
    question = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
    for _ in range(200):
        if not sql.value(question):
            return
        time.sleep(0.05)
    raise AssertionError("a killed process's connection is still at work")


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
def test_whoever_is_killed_every_letter_is_there_once_with_its_photo(box: Server, tmp_path: Path) -> None:
    chance, sent = random.Random(11), 0
    for turn in range(5):
        child = fetching(tmp_path)
        for _ in range(8):
            made = letter(sent := sent + 1)
            made.add_attachment(photo(200), maintype="image", subtype="jpeg", filename="a.jpg")
            made.replace_header("From", f"nguoi{sent}@example.vn")
            box.deliver(made.as_bytes())
            time.sleep(chance.random() * 0.12)
        child.kill()
        child.wait()
        assert turn or sql.value("SELECT count(*) FROM mailroom_letter") > 0, "nobody fetched before being killed"
    _alone()
    sql.execute("UPDATE mailroom_letter SET next_at = now() - interval '1 minute'")
    jobs.fetch()

    letters = sql.rows("SELECT id, state, attachments::text AS attachments FROM mailroom_letter ORDER BY id")
    assert len(letters) == sent and {item["state"] for item in letters} == {"taken"}
    assert sorted(told()) == [item["id"] for item in letters]
    assert sql.value("SELECT count(*) FROM files_file WHERE object_kind = 'letter'") == sent
    assert sorted(queries.letter(SYSTEM, item["id"]).subject for item in letters) == sorted(
        f"Thư {n}" for n in range(1, sent + 1)
    )
    with box.opened() as mailbox:
        assert mailbox.uids("UNSEEN") == []
