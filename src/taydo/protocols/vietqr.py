"""VietQR: what a Vietnamese bank app reads to make a transfer (NAPAS, "Quy định định dạng mã VietQR" v1.0, 09/2021; EMVCo MPM).

A string of ID (2 digits), length (2 digits), value. `build` writes one, `read` reads any that keeps the rules; `read(build(x)) == x`.
Amounts are whole đồng. Text fields are ANS: ASCII without diacritics (`plain` makes it so).
"""

from __future__ import annotations

import csv
import functools
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

NAPAS = "A000000727"
TO_ACCOUNT, TO_CARD = "QRIBFTTA", "QRIBFTTC"
SERVICES = (TO_ACCOUNT, TO_CARD, "QRPUSH")
ASK = "***"
"""As a value of field 62: the payer's app asks for it."""
_ADDED = ("bill", "mobile", "store", "loyalty", "reference", "customer", "terminal", "purpose")
_MOST = {"mcc": 4, "name": 25, "place": 15, "postal": 10}
_ROOT = (("59", "name"), ("60", "place"), ("61", "postal"))
_ANS = re.compile(r"[\x20-\x7e]+")


class Unreadable(ValueError):
    """The string is no VietQR; says where."""


@dataclass(frozen=True, slots=True)
class VietQR:
    """One code. `dynamic`: meant for one payment (ID 01 = 12); a static one may be paid many times. `amount_vnd` None: the payer types it.

    `bill` … `purpose` are subfields 01–08 of field 62, each at most 25 characters, all of them at most 99 with their heads.
    """

    bin: str
    account: str
    service: str = TO_ACCOUNT
    amount_vnd: int | None = None
    dynamic: bool = False
    bill: str = ""
    mobile: str = ""
    store: str = ""
    loyalty: str = ""
    reference: str = ""
    customer: str = ""
    terminal: str = ""
    purpose: str = ""
    mcc: str = ""
    name: str = ""
    place: str = ""
    postal: str = ""


def transfer(bin: str, account: str, amount_vnd: int | None = None, reference: str = "", name: str = "") -> VietQR:
    """A transfer to an account: dynamic when it names an amount; the reference stands where apps put the transfer's words (62/08)."""
    return VietQR(
        bin, account, amount_vnd=amount_vnd, dynamic=amount_vnd is not None, purpose=reference, name=plain(name, 25)
    )


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE (poly 1021, init FFFF) of ASCII text, four upper-case hex digits."""
    register = 0xFFFF
    for byte in text.encode("ascii"):
        register ^= byte << 8
        for _ in range(8):
            register = ((register << 1) ^ 0x1021) & 0xFFFF if register & 0x8000 else (register << 1) & 0xFFFF
    return f"{register:04X}"


def plain(text: str, most: int = 25) -> str:
    """ANS of any words: without diacritics, đ as d, other signs dropped, at most so many characters."""
    flat = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    kept = "".join(letter for letter in flat if " " <= letter <= "~")
    return " ".join(kept.split())[:most].strip()


def build(code: VietQR) -> str:
    """The string of a code. Raises ValueError when a field is too long, is not ANS, or the BIN or account cannot be one."""
    _sensible(code)
    merchant = (
        _field("00", NAPAS)
        + _field("01", _field("00", code.bin) + _field("01", code.account))
        + _field("02", code.service)
    )
    text = _field("00", "01") + _field("01", "12" if code.dynamic else "11") + _field("38", merchant)
    if code.mcc:
        text += _field("52", code.mcc)
    text += _field("53", "704")
    if code.amount_vnd is not None:
        text += _field("54", str(code.amount_vnd))
    text += _field("58", "VN")
    text += "".join(_field(mark, getattr(code, name)) for mark, name in _ROOT if getattr(code, name))
    added = "".join(
        _field(f"{at:02d}", getattr(code, name)) for at, name in enumerate(_ADDED, 1) if getattr(code, name)
    )
    if added:
        text += _field("62", added)
    return text + "6304" + crc(text + "6304")


def _sensible(code: VietQR) -> None:
    if not re.fullmatch(r"\d{6}", code.bin):
        raise ValueError("the BIN has six digits")
    if not re.fullmatch(r"[0-9A-Za-z]{1,19}", code.account):
        raise ValueError("an account has 1 to 19 letters or digits")
    if code.service not in SERVICES:
        raise ValueError(f"no such service: {code.service}")
    if code.amount_vnd is not None and not 0 < code.amount_vnd < 10**13:
        raise ValueError("an amount is more than 0 and has at most 13 digits")
    if code.mcc and not re.fullmatch(r"\d{4}", code.mcc):
        raise ValueError("a merchant category has four digits")
    for name in (*_ADDED, *_MOST):
        text, most = getattr(code, name), _MOST.get(name, 25)
        if text and (len(text) > most or not _ANS.fullmatch(text)):
            raise ValueError(f"{name}: at most {most} ASCII characters")


def _field(mark: str, text: str) -> str:
    if not 1 <= len(text) <= 99:
        raise ValueError(f"field {mark} has {len(text)} characters; 1 to 99 fit")
    return f"{mark}{len(text):02d}{text}"


def _fields(text: str, where: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        mark, length = text[at : at + 2], text[at + 2 : at + 4]
        if not (mark.isascii() and mark.isdecimal() and length.isascii() and length.isdecimal() and len(length) == 2):
            raise Unreadable(f"{where}: no field at character {at}")
        body = text[at + 4 : at + 4 + int(length)]
        if len(body) != int(length) or not body:
            raise Unreadable(f"{where}: field {mark} is cut off or empty")
        if mark in found:
            raise Unreadable(f"{where}: field {mark} stands twice")
        found[mark] = body
        at += 4 + len(body)
    return found


def read(text: str) -> VietQR:
    """The code a string says. Raises Unreadable (a ValueError) for a wrong CRC, a missing field, another currency or network.

    Fields that are none of ours (tips, other languages, 62/09, 62/50–99) are passed over.
    """
    text = text.strip()
    if not text.isascii() or len(text) > 512:
        raise Unreadable("a VietQR is ASCII and short")
    if text[-8:-4] != "6304" or crc(text[:-4]) != text[-4:].upper():
        raise Unreadable("the CRC is not right")
    root = _fields(text, "code")
    if next(iter(root)) != "00" or root["00"] != "01":
        raise Unreadable("it does not begin with the format indicator 01")
    if root.get("53") != "704" or root.get("58") != "VN" or root.get("01") not in ("11", "12"):
        raise Unreadable("not in đồng, not of Việt Nam, or neither static nor dynamic")
    merchant = _fields(root.get("38", ""), "38")
    if merchant.get("00") != NAPAS:
        raise Unreadable("not of NAPAS")
    to, added = _fields(merchant.get("01", ""), "38/01"), _fields(root.get("62", ""), "62")
    code = VietQR(
        to.get("00", ""), to.get("01", ""), merchant.get("02", TO_ACCOUNT), _amount(root.get("54")), root["01"] == "12",
        **{name: added.get(f"{at:02d}", "") for at, name in enumerate(_ADDED, 1)},
        mcc=root.get("52", ""), **{name: root.get(mark, "") for mark, name in _ROOT},
    )  # fmt: skip
    try:
        _sensible(code)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    return code


def _amount(text: str | None) -> int | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d{1,13})(?:\.0*)?", text)
    if found is None or len(text) > 13 or int(found[1]) == 0:
        raise Unreadable(f"54: {text} is no amount of đồng")
    return int(found[1])


@functools.cache
def banks() -> dict[str, str]:
    """Short names of the issuers of NAPAS by BIN (SBV's list of 31/12/2023)."""
    with (Path(__file__).parent / "tables" / "napas_bins.csv").open(encoding="utf-8") as source:
        return {line["bin"]: line["short_name"] for line in csv.DictReader(source)}
