from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taydo.methods import businessname as names


@pytest.mark.parametrize(
    ("name", "kind", "own"),
    [
        ("Hộ kinh doanh Bánh Cống Cô Út", "household", "bánh cống cô út"),
        ("HKD  Tạp hóa Năm  Hiền", "household", "tạp hóa năm hiền"),
        ("CÔNG TY TNHH MTV Lúa Gạo Cờ Đỏ", "limited", "lúa gạo cờ đỏ"),
        ("Công ty cổ phần Dược Hậu Giang", "stock", "dược hậu giang"),
        ("Bánh Cống Cô Út", "household", None),
        ("Công ty TNHH", "limited", None),
    ],
)
def test_own_name_is_what_follows_the_kind(name, kind, own):
    assert names.own_name(name, kind) == own


@pytest.mark.parametrize(
    "other",
    [
        "Lúa Gạo Cờ Đỏ 2", "Lúa Gạo Cờ Đỏ W", "Lúa & Gạo Cờ Đỏ", "Lúa-Gạo Cờ Đỏ", "Tân Lúa Gạo Cờ Đỏ", "Lúa Gạo Cờ Đỏ Mới",
        "Lúa Gạo Cờ Đỏ miền Tây", "LÚA GẠO CỜ ĐỎ", "Lua Gao Co Do", "Lúa và Gạo Cờ Đỏ",
    ],
)  # fmt: skip
def test_what_article_41_calls_confusable_has_one_key(other):
    assert names.key(other) == names.key("Lúa Gạo Cờ Đỏ")


def test_another_word_is_another_name():
    assert names.key("Lúa Gạo Cờ Đỏ") != names.key("Lúa Gạo Ô Môn")
    assert names.key("Tân Mới") != names.key("Mỹ Khánh")


def test_names_of_the_state_and_foreign_letters_are_found():
    assert names.state_words("Dịch vụ Công An 24h") == ["công an"]
    assert names.state_words("Công Anh") == []
    assert names.foreign_letters("Кофе Ninh Kiều") == "кофе"
    assert names.foreign_letters("Phở Zĩn Wấy Fố 79") == ""


@given(st.text(alphabet="abcđêơ ưàáạÉ&-_.,0123", min_size=1, max_size=40))
def test_a_key_does_not_depend_on_case_and_spaces(own):
    assert names.key(own) == names.key("  " + own.upper() + " ")
