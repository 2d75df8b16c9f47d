"""Checks that need nothing but the answers: age, names of businesses, lines of business, money, numbers, papers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from taydo.methods import businessname

Said = tuple[str, str] | None
DIVISIONS = frozenset(
    [*range(1, 4), *range(5, 10), *range(10, 34), 35, *range(36, 40), *range(41, 44), *range(45, 48), *range(49, 54), 55, 56, *range(58, 64),
     *range(64, 67), 68, *range(69, 76), *range(77, 83), 84, 85, *range(86, 89), *range(90, 94), *range(94, 97), 97, 98, 99]
)  # fmt: skip
"""Two-digit divisions of VSIC, which follow ISIC."""


def business_name(value: Any, kind: str) -> Said:
    """Luật Doanh nghiệp 2020 Đ37–38; NĐ 01/2021 Đ88 for households: kind first, then letters of the Vietnamese alphabet, no state words."""
    name = businessname.plain(str(value or ""))
    first = businessname.KINDS[kind][0]
    own = businessname.own_name(name, kind)
    if own is None:
        return (
            f"Tên phải bắt đầu bằng “{first}”, rồi đến tên riêng.",
            f"The name must begin with “{first}”, then its own name.",
        )
    if kind == "household" and (bad := [word for word in businessname.NOT_FOR_HOUSEHOLDS if word in own]):
        return f"Hộ kinh doanh không được dùng chữ “{bad[0]}”.", f"A household business may not use “{bad[0]}”."
    if letters := businessname.foreign_letters(own):
        return (
            f"Tên riêng có chữ ngoài bảng chữ cái tiếng Việt: {letters}",
            f"Letters outside the Vietnamese alphabet: {letters}",
        )
    if words := businessname.state_words(own):
        return (
            f"Không dùng tên cơ quan nhà nước, tổ chức chính trị: “{words[0]}”.",
            f"Names of state bodies may not be used: “{words[0]}”.",
        )
    return None


def at_least_years(value: Any, years: int, today: dt.date) -> Said:
    """Somebody born on this day (ISO date) is at least so old today."""
    try:
        born = dt.date.fromisoformat(str(value))
    except ValueError:
        return "Ngày sinh chưa đúng.", "The date of birth is not right."
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if age < years:
        return f"Người này mới {age} tuổi; phải đủ {years} tuổi.", f"This person is {age}; they must be {years}."
    return None


def number_agrees(number: Any, born: Any, sex: Any) -> Said:
    """The personal number says a year of birth and a sex (NĐ 137/2015): a difference is worth a look, never proof of a fault."""
    digits = str(number or "")
    if not re.fullmatch(r"\d{12}", digits):
        return "Số định danh gồm đúng 12 chữ số.", "A personal number has exactly 12 digits."
    century = int(digits[3])
    year = 1900 + 100 * (century // 2) + int(digits[4:6])
    if str(born or "")[:4].isdigit() and int(str(born)[:4]) != year:
        return f"Số định danh cho năm sinh {year}, khác với ngày sinh đã ghi.", f"The number says born in {year}."
    if sex in ("male", "female") and (century % 2 == 0) != (sex == "male"):
        return "Số định danh cho giới tính khác với đã ghi.", "The number says another sex."
    return None


def business_lines(value: Any) -> Said:
    """Lines of business are four-digit codes of VSIC, at least one, each once; a row may hold them under `code`."""
    codes = [
        str(item.get("code", "")) if isinstance(item, Mapping) else str(item)
        for item in (value if isinstance(value, list) else [value] if value else [])
    ]
    if not codes:
        return "Hãy ghi ít nhất một ngành, nghề.", "Give at least one line of business."
    wrong = [code for code in codes if not re.fullmatch(r"\d{4}", code) or int(code[:2]) not in DIVISIONS]
    if wrong:
        return (
            f"Mã ngành không có trong hệ thống ngành kinh tế Việt Nam: {', '.join(wrong)}",
            f"No such code in VSIC: {', '.join(wrong)}",
        )
    if len(set(codes)) < len(codes):
        return "Một ngành được ghi hai lần.", "A line of business is given twice."
    return None


def tax_code(value: Any) -> Said:
    """A tax code of ten digits whose last one checks the others (TT 105/2020 Đ5), a branch of three, or a personal number."""
    text = str(value or "").strip()
    if re.fullmatch(r"\d{12}", text):
        return None
    weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
    if not re.fullmatch(r"\d{10}(-(?!000)\d{3})?", text):
        return "Mã số thuế gồm 10 số (thêm -001 nếu là chi nhánh) hoặc 12 số.", "A tax code has 10 or 12 digits."
    if (10 - sum(int(d) * w for d, w in zip(text, weights, strict=False)) % 11) != int(text[9]):
        return "Mã số thuế sai số kiểm tra; hãy xem lại từng chữ số.", "The tax code's check digit is wrong."
    return None


def least(value: Any, amount: float) -> Said:
    """A number of at least `amount`."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or value < amount:
        return f"Phải từ {amount:,.0f} trở lên.".replace(",", "."), f"Must be at least {amount:,.0f}."
    return None
