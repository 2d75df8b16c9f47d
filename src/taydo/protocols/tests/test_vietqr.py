"""VietQR strings: the vectors of NAPAS' document, of other libraries, and what must be refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taydo.protocols import vietqr
from taydo.protocols.vietqr import TO_CARD, VietQR

SHARED = Path(os.environ.get("TAYDO_SHARED", "../shared")) / "data" / "specs" / "vietqr_fields.json"
STATIC_CARD = "00020101021138600010A00000072701300006970403011697040311012345670208QRIBFTTC53037045802VN63044F52"
DYNAMIC = (
    "00020101021238570010A00000072701270006970403011300110123456780208QRIBFTTA530370454061800005802VN"
    "62340107NPS68690819thanh toan don hang63042E2E"
)
ans = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=11)
codes = st.builds(
    VietQR, bin=st.from_regex(r"[0-9]{6}", fullmatch=True), account=st.from_regex(r"[0-9A-Za-z]{1,19}", fullmatch=True),
    service=st.sampled_from(vietqr.SERVICES), amount_vnd=st.none() | st.integers(1, 10**13 - 1), dynamic=st.booleans(), bill=ans,
    reference=ans, purpose=ans, store=ans, name=ans, place=ans, mcc=st.just("") | st.from_regex(r"[0-9]{4}", fullmatch=True),
)  # fmt: skip


def test_the_documents_own_strings_are_built_letter_by_letter() -> None:
    assert vietqr.build(VietQR("970403", "9704031101234567", TO_CARD)) == STATIC_CARD
    order = VietQR(
        "970403", "0011012345678", amount_vnd=180000, dynamic=True, bill="NPS6869", purpose="thanh toan don hang"
    )
    assert vietqr.build(order) == DYNAMIC
    assert vietqr.read(DYNAMIC) == order


@pytest.mark.skipif(not SHARED.exists(), reason="no shared data (TAYDO_SHARED)")
def test_every_vector_of_the_shared_data_is_read_and_built_again() -> None:
    data = json.loads(SHARED.read_text(encoding="utf-8"))

    for text in data["test_vectors_recomputed_ok"] + data["library_vectors"]:
        assert vietqr.build(vietqr.read(text)) == text


def test_the_crc_is_that_of_ccitt_false() -> None:
    assert vietqr.crc("123456789") == "29B1"


@pytest.mark.parametrize(
    "text",
    [
        "", "6304FFFF", "ă" * 20, STATIC_CARD[:-4] + "0000", STATIC_CARD[:-1], "0" * 600,
        # the document's 6.1.1: length 12 written on an account of 13 digits
        "00020101021138560010A00000072701260006970403011200110123456780208QRIBFTTA53037045802VN6304F4E5",
    ],
)  # fmt: skip
def test_what_is_no_vietqr_is_refused(text: str) -> None:
    with pytest.raises(vietqr.Unreadable):
        vietqr.read(text)


@pytest.mark.parametrize(
    "code",
    [
        VietQR("97043", "1"), VietQR("970436", ""), VietQR("970436", "1" * 20), VietQR("970436", "1", amount_vnd=0),
        VietQR("970436", "1", purpose="nộp phí"), VietQR("970436", "1", bill="x" * 26), VietQR("970436", "1", "PAY"),
        VietQR("970436", "1", bill="x" * 25, store="x" * 25, reference="x" * 25, purpose="x" * 25),
    ],
)  # fmt: skip
def test_a_code_that_breaks_the_rules_is_not_built(code: VietQR) -> None:
    with pytest.raises(ValueError, match=r".+"):
        vietqr.build(code)


@given(codes)
def test_what_is_built_is_read_the_same(code: VietQR) -> None:
    assert vietqr.read(vietqr.build(code)) == code


@given(codes, st.data())
def test_one_changed_character_is_noticed(code: VietQR, data: st.DataObject) -> None:
    text = vietqr.build(code)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(min_codepoint=0x20, max_codepoint=0x7E).filter(lambda c: c != text[at]))
    changed = text[:at] + other + text[at + 1 :]

    if changed.upper() != text.upper():  # the CRC's own letters may be small
        with pytest.raises(ValueError, match=r".+"):
            vietqr.read(changed)


@given(st.text(max_size=200))
def test_no_text_makes_the_reader_fail_otherwise(text: str) -> None:
    with pytest.raises(vietqr.Unreadable):
        vietqr.read(text)


def test_vietnamese_words_become_plain_ones() -> None:
    assert (
        vietqr.plain("Nộp lệ phí Đăng ký khai sinh — phường Ninh Kiều", 40)
        == "Nop le phi Dang ky khai sinh phuong Ninh"
    )


def test_banks_have_names() -> None:
    assert vietqr.banks()["970436"] == "Vietcombank" and len(vietqr.banks()) == 56
