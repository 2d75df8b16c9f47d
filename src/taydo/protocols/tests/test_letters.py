"""Letters of every kind of mailer are read for what their writer says; hostile ones are refused and never fail otherwise."""

from __future__ import annotations

import unicodedata
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taydo.protocols.htmltext import plain
from taydo.protocols.letters import MOST_TEXT, Hostile, charset_text, identity, read, without_quotes


def letter(text: str = "Đèn đường hư ở hẻm 7.", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"] = headers.pop("sender", "Nguyễn Văn An <an@example.vn>"), "1022@cantho.example"
    made["Subject"], made["Message-ID"] = headers.pop("subject", "Đèn hư"), "<a1@example.vn>"
    for name, said in headers.items():
        made[name.replace("_", "-")] = said
    made.set_content(text)
    return made


def raw(*lines: str | bytes) -> bytes:
    return b"\r\n".join(line.encode() if isinstance(line, str) else line for line in lines)


def test_who_about_what_which_words_which_files() -> None:
    made = letter()
    made.add_alternative("<p>Đèn đường hư ở <b>hẻm 7</b>.</p>", subtype="html")
    made.add_attachment(b"\xff\xd8\xff", maintype="image", subtype="jpeg", filename="ảnh hiện trường.jpg")

    found = read(made.as_bytes())

    assert (found.sender, found.sender_name, found.subject) == ("an@example.vn", "Nguyễn Văn An", "Đèn hư")
    assert (found.text, found.message_id, found.automatic) == ("Đèn đường hư ở hẻm 7.", "a1@example.vn", "")
    (photo,) = found.attachments
    assert (photo.name, photo.content_type, photo.data, photo.inline) == (
        "ảnh hiện trường.jpg",
        "image/jpeg",
        b"\xff\xd8\xff",
        False,
    )


def test_a_page_becomes_its_words() -> None:
    page = (
        "<html><head><title>x</title><style>p{}</style></head><body><p>Rác&nbsp;thải<br>đầy đường</p><script>alert(1)</script>"
        "<span style='display:none'>ẩn</span><div>Cảm ơn</div><div class='gmail_quote'>cũ <blockquote>cũ hơn</blockquote></div></body></html>"
    )
    made = EmailMessage()
    made["From"] = "b@example.vn"
    made.set_content(page, subtype="html")

    assert read(made.as_bytes()).text == "Rác thải\nđầy đường\n\nCảm ơn"


@pytest.mark.parametrize(
    "quoted",
    [
        "On Wed, 25 Nov 2026 at 10:00, 1022 <1022@cantho.example> wrote:\n> Mã của bạn",
        "Vào Th 4, 25 thg 11, 2026 lúc 10:00 Tổng đài 1022 <1022@cantho.example>\nđã viết:\n> Mã của bạn",
        "-----Original Message-----\nFrom: 1022",
        "________________________________\nTừ: 1022 <1022@cantho.example>\nMã của bạn",
        "Từ: 1022 <1022@cantho.example>\nĐã gửi: hôm qua",
        "> Mã của bạn",
        "-- \nNguyễn Văn An\n0901 234 567",
    ],
)
def test_what_is_quoted_and_signatures_are_cut(quoted: str) -> None:
    assert without_quotes(f"Vẫn chưa sáng.\n\n{quoted}\n") == "Vẫn chưa sáng."


def test_an_answer_below_the_quotation_is_found() -> None:
    assert without_quotes("> Đã sửa xong chưa?\n\nChưa, vẫn tối.") == "Chưa, vẫn tối."


def test_words_in_other_and_wrong_character_sets_are_read() -> None:
    vietnamese = "Đường ngập"
    assert unicodedata.normalize("NFC", charset_text("Đường ngập".encode(), "x-unknown")) == vietnamese
    windows = raw(
        "From: c@example.vn", "Content-Type: text/plain; charset=windows-1258", "", b"\xd0\xfdo\xf2ng ng\xe2\xf2p"
    )
    assert read(windows).text.startswith("Đ")
    wrong = raw("From: c@example.vn", "Content-Type: text/plain; charset=us-ascii", "", "Đường ngập".encode())
    assert read(wrong).text == vietnamese
    bare = raw("From: Nguyễn An <c@example.vn>", "Subject: Đường ngập", "", "x")
    assert (read(bare).sender_name, read(bare).subject) == ("Nguyễn An", vietnamese)
    header = raw("From: =?utf-8?b?TmfFqQ==?= <c@example.vn>", "Subject: =?no-such?q?abc?= =?utf-8?q?broken", "", "x")
    assert read(header).sender == "c@example.vn" and "abc" in read(header).subject


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated (vacation)"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"List_Id": "<news.example.vn>"},
        {"Return_Path": "<>"},
        {"sender": "MAILER-DAEMON@example.vn"},
    ],
)
def test_machines_and_lists_are_known(headers: dict[str, str]) -> None:
    assert read(letter(**headers).as_bytes()).automatic


def test_people_are_not_taken_for_machines() -> None:
    for headers in ({}, {"Auto_Submitted": "no"}, {"Return_Path": "<an@example.vn>"}, {"sender": "bounty@example.vn"}):
        assert read(letter(**headers).as_bytes()).automatic == ""


def test_a_report_of_delivery_is_known() -> None:
    report = raw(
        "From: Mail <x@example.vn>", 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "", "--b",
        "Content-Type: text/plain", "", "not delivered", "--b--",
    )  # fmt: skip
    assert read(report).automatic == "report of delivery"


def test_what_it_answers_is_read_newest_first() -> None:
    made = letter(In_Reply_To="<notice-7-3@cantho.example>", References="<first@x> <notice-7-3@cantho.example>")

    assert read(made.as_bytes()).answers == ("notice-7-3@cantho.example", "first@x")


def test_the_same_letter_by_two_ways_is_one_and_two_letters_with_one_id_are_two() -> None:
    first = letter().as_bytes()

    assert identity(b"Received: from a\nDelivered-To: b\n" + first) == identity(first.replace(b"\n", b"\r\n"))
    assert identity(letter("Chuyện khác").as_bytes()) != identity(first)


def nested(levels: int) -> bytes:
    lines: list[str | bytes] = ["From: d@example.vn"]
    for level in range(levels):
        lines += [f'Content-Type: multipart/mixed; boundary="b{level}"', "", f"--b{level}"]
    return raw(*lines, "Content-Type: text/plain", "", "x")


HOSTILE = {
    "no sender": raw("Subject: x", "", "x"),
    "sender without address": raw("From: nobody", "", "x"),
    "deep": nested(40),
    "very deep": nested(3000),
    "many parts": raw(
        "From: d@example.vn", 'Content-Type: multipart/mixed; boundary="b"', "", *["--b\r\n\r\nx"] * 500, "--b--"
    ),
    "long headers": raw("From: d@example.vn", "X-Pad: " + "a" * 300_000, "", "x"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_letters_are_refused_with_a_reason(name: str) -> None:
    with pytest.raises(Hostile) as refused:
        read(HOSTILE[name])
    assert str(refused.value)


@given(st.binary(max_size=2000))
def test_no_bytes_make_reading_fail_otherwise(data: bytes) -> None:
    for given_bytes in (
        data,
        b"From: e@example.vn\r\n" + data,
        b"From: e@example.vn\r\nContent-Type: text/html\r\n\r\n" + data,
    ):
        try:
            found = read(given_bytes)
        except Hostile:
            continue
        assert "\0" not in found.text + found.subject + found.sender_name
        found.text.encode("utf-8")


@given(st.text(alphabet='<>/="abdivpstylequobk -!&;#x', max_size=400))
def test_no_markup_makes_reading_fail(markup: str) -> None:
    assert "<script" not in plain(markup + "<script>x</script>")


def test_a_text_without_end_is_cut_and_unlikely_addresses_take_no_time() -> None:
    assert len(read(letter("a " * 400_000).as_bytes()).text) <= MOST_TEXT
    with pytest.raises(Hostile):
        read(b"From: " + b"<" * 100_000 + b"g@example.vn>\r\n\r\nx")
