"""Phone numbers and e-mail addresses in one form, so that the same contact is found again however it was typed."""

from __future__ import annotations

import re

_MAIL = re.compile(r"[^@\s,;<>\"]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}", re.I)
_OLD_MOBILE = {
    **{f"16{n}": f"3{n}" for n in range(2, 10)},
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78", "123": "83", "124": "84", "125": "85", "127": "81",
    "129": "82", "186": "56", "188": "58", "199": "59",
}  # fmt: skip
"""11-digit mobile prefixes and what they became on 2018-09-15 (Bộ TT&TT, QĐ 798/QĐ-BTTTT)."""


def phone(text: str) -> str | None:
    """A Vietnamese phone number as `+84…` (mobile or fixed, old 11-digit mobiles in their present form); None when it is none.

    Numbers of other countries are taken as they are when written with `+`.
    """
    digits = re.sub(r"[\s.\-()]", "", text.strip())
    if re.fullmatch(r"\+(?!84)[1-9]\d{7,14}", digits):
        return digits
    found = re.fullmatch(r"(?:\+84|0084|84|0)(\d{9,10})", digits)
    if found is None:
        return None
    number = found[1]
    if len(number) == 10 and number[:3] in _OLD_MOBILE:
        number = _OLD_MOBILE[number[:3]] + number[3:]
    mobile = re.fullmatch(r"[35789]\d{8}", number)
    fixed = re.fullmatch(r"2\d{9}", number)
    return f"+84{number}" if mobile or fixed else None


def email(text: str) -> str | None:
    """An e-mail address in lower case; None when it cannot be one."""
    address = text.strip().lower()
    return address if len(address) <= 254 and _MAIL.fullmatch(address) else None


def masked(contact: str) -> str:
    """A contact as people may see it who need not know it: +8490•••123, a•••@example.vn."""
    name, at, host = contact.partition("@")
    if at:
        return f"{name[:1]}•••@{host}"
    return f"{contact[:5]}•••{contact[-3:]}" if len(contact) > 8 else "•••"
