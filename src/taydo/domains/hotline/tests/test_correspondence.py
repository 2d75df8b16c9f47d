"""Letters and chats: from a real IMAP server and a chat provider to a report, its code, its answer, and back. Real SMTP goes out."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from sandbox.chat.provider import Provider as Sandbox

from taydo.domains.hotline import actions, queries, rules
from taydo.domains.hotline.actions import handling
from taydo.domains.hotline.tests.conftest import photo
from taydo.engines.cases import actions as cases
from taydo.engines.cases import queries as case_queries
from taydo.engines.chats import outgoing, photos
from taydo.engines.mailroom import jobs as mailroom
from taydo.engines.mailroom.tests.imap_server import Server, imap_server
from taydo.engines.notices import delivery
from taydo.engines.notices.tests.mailbox import Mailbox, mail_server
from taydo.kernel import events, sql
from taydo.kernel.actors import Viewer

HOUSE, NOBODY = Viewer.system("test"), Viewer.anonymous()
AN = "an@example.vn"


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Server]:
    with imap_server() as server:
        yield server


@pytest.fixture
def post(dovecot: Server, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """The city with a mailbox letters come into and a mail server they leave by; what left is in the mailbox given."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = free.getsockname()[1]
    settings.TAYDO_HOME, settings.EMAIL_HOST = tmp_path, "127.0.0.1"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.TAYDO_MAIL_REPLY_TO = "1022@cantho.example"
    for name, text in dovecot.environment.items():
        monkeypatch.setenv(name, text)
    with dovecot.opened() as mailbox:
        mailbox.delete(mailbox.uids())
    with mail_server(settings.EMAIL_PORT) as box:
        yield box


def happens() -> None:
    """Everything that waits: letters, photos, events, mail and answers."""
    mailroom.fetch()
    photos.read_waiting()
    for _ in range(3):
        events.deliver_pending()
    delivery.send_due()
    outgoing.send_all()


def letter(subject: str, text: str, sender: str = f"Nguyễn An <{AN}>", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "1022@cantho.example", subject
    made["Message-ID"] = f"<{abs(hash((subject, text)))}@example.vn>"
    for name, said in headers.items():
        made[name.replace("_", "-")] = said
    made.set_content(text)
    return made


def lines(code: str) -> list[str]:
    found = queries.report(HOUSE, code)
    return [line["text"] for line in case_queries.timeline(HOUSE, found["case_id"], newest_first=False) if line["text"]]


@pytest.mark.django_db
def test_a_letter_with_a_photo_becomes_a_report_is_acknowledged_answered_and_its_reply_is_added(
    dovecot: Server, post: Mailbox, agent: Viewer
) -> None:
    first = letter("Đèn đường hư", "Hẻm 51 tối ba đêm nay.\n\n-- \nAn, 0901 234 567")
    first.add_attachment(photo((105.7782, 10.0340)).read(), maintype="image", subtype="jpeg", filename="den.jpg")
    first.add_attachment(b"%PDF-1.7\n", maintype="application", subtype="pdf", filename="don.pdf")
    dovecot.deliver(first.as_bytes())

    happens()

    (received,) = post.to(AN)
    code = rules.code_in(str(received["Subject"]))
    report = queries.report(HOUSE, code)
    assert (report["channel"], report["unit_name"], report["public"]) == ("mail", "Phường Ninh Kiều", False)
    assert report["text"] == "Đèn đường hư\nHẻm 51 tối ba đêm nay."
    assert [kept.content_type for kept in queries.photos(HOUSE, report)] == ["image/jpeg"]
    assert [kept.name for kept in case_queries.attachments(HOUSE, report["case_id"])] == ["don.pdf"]
    link = re.search(r"/report/\S+\?t=\w+", received.get_content())
    assert link and queries.report(NOBODY, code, link[0].partition("?t=")[2])["owner"]
    assert received["Reply-To"] == "1022@cantho.example"

    handling.answer_at_once(agent, code, "Đã thay bóng đèn chiều nay.")
    happens()
    answer = post.to(AN)[-1]
    assert "Đã thay bóng đèn chiều nay." in answer.get_content()

    quoted = f"Vẫn còn một bóng chưa sáng.\n\nVào Th 4, 25 thg 11, 2026 lúc 10:00 1022 <{answer['From']}> đã viết:\n> Đã thay bóng"
    dovecot.deliver(letter("Cảm ơn", quoted, In_Reply_To=str(answer["Message-ID"])).as_bytes())
    happens()

    assert lines(code)[-1] == "Vẫn còn một bóng chưa sáng."
    assert sql.value("SELECT count(*) FROM hotline_report") == 1


@pytest.mark.django_db
def test_a_strangers_letter_with_somebodys_code_is_a_report_of_its_own(dovecot: Server, post: Mailbox) -> None:
    mine = actions.report(HOUSE, "Đèn tắt", channel="mail", email=AN)
    dovecot.deliver(letter(f"Re: {mine['code']}", "Tôi cũng thấy vậy", sender="la@example.vn").as_bytes())

    happens()

    assert "Tôi cũng thấy vậy" not in lines(mine["code"])
    about = sql.value("SELECT extra->>'about' FROM hotline_report WHERE code <> %(c)s", {"c": mine["code"]})
    assert about == mine["code"]
    assert all(mine["code"] not in str(sent["Subject"]) for sent in post.to("la@example.vn"))


@pytest.mark.django_db
def test_an_automatic_answer_to_our_mail_is_not_answered_and_adds_nothing(dovecot: Server, post: Mailbox) -> None:
    dovecot.deliver(letter("Đèn hư", "Hẻm 51 tối.").as_bytes())
    happens()
    sent = post.to(AN)[0]

    away = letter(
        f"Vắng mặt: {sent['Subject']}",
        "Tôi đi vắng",
        In_Reply_To=str(sent["Message-ID"]),
        Auto_Submitted="auto-replied",
    )
    dovecot.deliver(away.as_bytes())
    happens()

    assert len(post.to(AN)) == 1
    assert "Tôi đi vắng" not in lines(rules.code_in(str(sent["Subject"])))


@pytest.mark.django_db
def test_an_empty_letter_is_told_what_is_missing(dovecot: Server, post: Mailbox) -> None:
    dovecot.deliver(letter("", " ").as_bytes())

    happens()

    assert "chưa có nội dung" in post.to(AN)[0].get_content()
    assert sql.value("SELECT count(*) FROM hotline_report") == 0


@pytest.mark.django_db
def test_a_letter_in_english_is_acknowledged_in_english(dovecot: Server, post: Mailbox) -> None:
    dovecot.deliver(letter("Street lamp", "The lamp in my street is out.").as_bytes())

    happens()

    assert str(post.to(AN)[0]["Subject"]).endswith("received")


@pytest.fixture
def sandbox(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    settings.TAYDO_HOME = tmp_path
    monkeypatch.delenv("TAYDO_IMAP_HOST", raising=False)
    with Sandbox().run() as provider:
        monkeypatch.setenv("TAYDO_CHAT_ZALO", provider.settings("zalo"))
        yield provider
        provider.shutdown()


def says(sandbox: Sandbox, text: str = "", sender: str = "u1", **more: Any) -> str:
    """What is answered to a message."""
    body, headers = sandbox.signed({"provider": "zalo", "sender": sender, "text": text, **more})
    assert Client().post("/chats/zalo", body, "application/json", headers=headers).json() == {"taken": 1}
    happens()
    return str(sandbox.to(sender)[0]["text"])


@pytest.mark.django_db
def test_a_chat_asks_for_words_and_place_gives_a_code_and_tells_how_it_stands(sandbox: Sandbox, agent: Viewer) -> None:
    sandbox.photos["den.jpg"] = photo().read()

    assert "1022 xin chào" in says(sandbox, "Xin chào")
    assert "chuyện gì xảy ra" in says(sandbox, photos=["den.jpg"])
    assert "Ở đâu" in says(sandbox, "Đèn đường hư")
    reported = says(sandbox, lon=105.7782, lat=10.0340)

    code = rules.code_in(reported)
    report = queries.report(HOUSE, code)
    assert (report["channel"], report["text"], report["unit_name"]) == ("chat", "Đèn đường hư", "Phường Ninh Kiều")
    assert len(queries.photos(HOUSE, report)) == 1 and f"/report/{code}?t=" in reported
    assert "Đã tiếp nhận" in says(sandbox, code)
    assert "không có phản ánh" in says(sandbox, code.lower(), sender="u2").lower()

    handling.answer_at_once(agent, code, "Đã thay bóng.")
    happens()
    assert "Đã thay bóng." in sandbox.to("u1")[0]["text"]
    assert "Đã thêm" in says(sandbox, f"{code} cảm ơn, đã sáng")
    assert lines(code)[-1] == "cảm ơn, đã sáng"


@pytest.mark.django_db
def test_what_the_agency_asks_reaches_the_chat_and_the_next_words_answer_it(sandbox: Sandbox) -> None:
    says(sandbox, "Nhà bên xây lấn hẻm")
    code = rules.code_in(says(sandbox, "hẻm 7 Nguyễn Trãi"))
    cases.move(HOUSE, queries.report(HOUSE, code)["case_id"], "ask_citizen", "Nhà số mấy?")
    happens()
    assert "Nhà số mấy?" in sandbox.to("u1")[0]["text"]

    assert "Đã thêm" in says(sandbox, "Nhà số 12")

    assert queries.report(HOUSE, code)["state"] == "in_progress"
    assert queries.report(HOUSE, code)["address"] == "hẻm 7 Nguyễn Trãi"


@pytest.mark.django_db
def test_a_photo_sent_just_after_belongs_to_the_report_and_words_begin_another(sandbox: Sandbox) -> None:
    sandbox.photos["a.jpg"] = photo().read()
    says(sandbox, "Ổ gà giữa đường")
    code = rules.code_in(says(sandbox, "bỏ qua"))

    assert f"Đã thêm vào phản ánh {code}" in says(sandbox, photos=["a.jpg"])
    assert len(queries.photos(HOUSE, queries.report(HOUSE, code))) == 1
    assert "Ở đâu" in says(sandbox, "Rác chưa gom")
    assert "Đã huỷ" in says(sandbox, "Huỷ")
    assert sql.value("SELECT count(*) FROM hotline_report") == 1


@pytest.mark.django_db
def test_somebody_who_writes_english_is_answered_in_english(sandbox: Sandbox) -> None:
    assert says(sandbox, "There is a pothole on the street").startswith("Where?")
    assert says(sandbox, "in front of the market").startswith("Report PA-")


@pytest.mark.parametrize(
    ("text", "code"),
    [("Re: Đã nhận phản ánh PA-7KQ2MXA", "PA-7KQ2MXA"), ("pa-7kq2mxa sao rồi", "PA-7KQ2MXA"), ("PA 7KQ2MXA", "PA-7KQ2MXA"), ("SPA-1234567", ""),
     ("PA-7KQ2MXAB", "")],
)  # fmt: skip
def test_codes_are_found_in_words(text: str, code: str) -> None:
    assert rules.code_in(text) == code
