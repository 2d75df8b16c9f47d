"""Names of businesses: which are allowed, and which two are taken for one (Luật Doanh nghiệp 59/2020/QH14, Điều 37, 38, 41).

Household businesses: NĐ 01/2021/NĐ-CP Điều 88 and its successor NĐ 168/2025/NĐ-CP, whose text was not at hand; the rules here are those
both are quoted with. All functions are pure; words are compared without accents only where the law compares by sound.
"""

from __future__ import annotations

import re
import unicodedata

KINDS: dict[str, tuple[str, ...]] = {
    "household": ("hộ kinh doanh", "hkd"),
    "private": ("doanh nghiệp tư nhân", "doanh nghiệp tn", "dntn"),
    "limited": (
        "công ty trách nhiệm hữu hạn một thành viên", "công ty trách nhiệm hữu hạn", "công ty tnhh một thành viên", "công ty tnhh mtv",
        "công ty tnhh",
    ),
    "stock": ("công ty cổ phần", "công ty cp"),
    "partnership": ("công ty hợp danh", "công ty hd"),
}  # fmt: skip
"""How each kind of business is written before its own name (Đ37 khoản 2), the longest form first."""
NOT_FOR_HOUSEHOLDS = ("công ty", "doanh nghiệp")
STATE_WORDS = (
    "ủy ban", "uỷ ban", "nhà nước", "quốc hội", "chính phủ", "bộ công an", "bộ quốc phòng", "công an", "quân đội", "quân khu", "viện kiểm sát",
    "tòa án", "toà án", "đảng cộng sản", "mặt trận tổ quốc", "đoàn thanh niên", "hội liên hiệp phụ nữ", "thanh tra", "hải quan", "kho bạc",
)  # fmt: skip
"""Names of state bodies, armed forces and political organisations, not to be used without their consent (Đ38 khoản 2); ours, not exhaustive."""
REGIONS = ("miền bắc", "miền nam", "miền trung", "miền tây", "miền đông")
_LETTERS = set("aăâbcdđeêghiklmnoôơpqrstuưvxyfjzw")
_JOINERS = re.compile(r"\s*(?:&|\+|-|_|\.|,|\bvà\b)\s*")
_TAIL = re.compile(r"\s+(?:\d+|[fjzw]|[ivx]+)$")


def plain(text: str) -> str:
    """A name in one spelling: composed, lower case, single spaces."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text).strip().lower())


def own_name(name: str, kind: str) -> str | None:
    """The name after the words for its kind of business, or None when it does not begin with them."""
    text = plain(name)
    for words in KINDS[kind]:
        if text.startswith(words + " "):
            return text[len(words) + 1 :].strip()
    return None


def foreign_letters(own: str) -> str:
    """Letters of an own name that the Vietnamese alphabet (with F, J, Z, W) does not have, each once."""
    bare = (_bare(letter) for letter in plain(own) if letter.isalpha())
    return "".join(dict.fromkeys(letter for letter in bare if letter not in _LETTERS))


def state_words(own: str) -> list[str]:
    """Words of state bodies that the own name uses."""
    return [words for words in STATE_WORDS if re.search(rf"\b{re.escape(words)}\b", plain(own))]


def key(own: str) -> str:
    """The same for every two own names that Đ41 takes for confusable.

    They differ only by sound marks, a number or F J Z W at the end, joining signs or “và”, “tân” before, “mới” after, or a region.
    """
    text = _JOINERS.sub(" ", plain(own))
    for region in REGIONS:
        text = re.sub(rf"\b{region}\b", " ", text)
    text = re.sub(r"\s+", " ", text).strip()
    for _ in range(2):
        text = _TAIL.sub("", text)
        text = re.sub(r"^tân\s+|\s+mới$", "", text).strip() or text
    return re.sub(r"[^a-z0-9]", "", _fold(text))


def _bare(letter: str) -> str:
    """A letter without its tone mark: ế is ê."""
    parts = unicodedata.normalize("NFD", letter)
    return unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in "\u0300\u0301\u0303\u0309\u0323"))


def _fold(text: str) -> str:
    flat = unicodedata.normalize("NFD", text.replace("đ", "d"))
    return "".join(letter for letter in flat if not unicodedata.combining(letter))
